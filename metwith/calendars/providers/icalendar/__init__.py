"""iCalendar (RFC 5545), as CalDAV servers and feeds write it."""
