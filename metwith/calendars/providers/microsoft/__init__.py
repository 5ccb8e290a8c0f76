"""Microsoft Graph's calendars."""
