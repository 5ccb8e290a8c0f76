"""CalDAV servers (RFC 4791)."""
