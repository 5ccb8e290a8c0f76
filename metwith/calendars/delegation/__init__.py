"""Whole organisations: their members' calendars by one permission of an admin."""
