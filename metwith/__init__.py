"""Metwith: the meeting history of a CRM."""
