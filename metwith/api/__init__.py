"""JSON for programs, at /api/v1/."""
