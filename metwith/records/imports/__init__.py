"""Files of others coming in: which column is which, what would happen, and storing it piece by piece (docs/decisions/import.md)."""
