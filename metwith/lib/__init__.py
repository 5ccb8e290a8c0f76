"""Values and small helpers, one topic a file."""
