"""The calendar channel: README.md tells the life of an event."""
