"""Looking for what must not be there, byte by byte, and bringing deleted rows out of the files."""
