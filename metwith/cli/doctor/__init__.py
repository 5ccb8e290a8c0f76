"""`metwith doctor`: what must be right, looked at one after the other."""
