"""Signing in, and what a login library leaves to us."""
