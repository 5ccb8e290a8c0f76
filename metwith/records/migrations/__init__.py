"""The tables of records, as they came to be."""
