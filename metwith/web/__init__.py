"""Pages: HTML, with or without JavaScript."""
