"""What all tests may ask for. The server and the borders of a test run are in tests/plugin.py."""
