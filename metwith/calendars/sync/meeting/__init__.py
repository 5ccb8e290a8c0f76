"""What the copies of one meeting come to: which are one, which speaks, who is kept."""
