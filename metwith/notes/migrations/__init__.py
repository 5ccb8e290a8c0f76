"""The tables of notes, as they came to be."""
