"""What people see and steer of their privacy: looking before anything is stored, why, one's own copy, what is held about somebody, and the proof."""
