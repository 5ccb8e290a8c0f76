"""The tables of the calendar channel, as they came to be."""
