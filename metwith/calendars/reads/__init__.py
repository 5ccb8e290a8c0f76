"""What the queries rest on: what is visible, which copy speaks in the database, numbers and figures."""
