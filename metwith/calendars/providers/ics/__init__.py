"""Feeds: calendars at an address, read only."""
