"""A month or a week of meetings, and how it is drawn."""
