"""The e-mail channel: not begun. It will stand beside the calendars, on the same engine, rules and sharing."""
