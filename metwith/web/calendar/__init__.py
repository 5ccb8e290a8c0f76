"""The Calendar tab of a record."""
