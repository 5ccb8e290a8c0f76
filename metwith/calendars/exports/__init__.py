"""Meetings on their way out of Metwith: files and feeds. What a viewer may see of each was decided before, in queries.py."""
