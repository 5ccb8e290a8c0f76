"""What is held of somebody, forgetting it, and proof of what is not held: for all channels."""
