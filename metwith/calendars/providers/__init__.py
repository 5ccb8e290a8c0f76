"""The outside world: a folder for each kind of provider. No Django."""
