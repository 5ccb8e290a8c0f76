"""Decisions about meetings: pure, no Django, no network, no clock."""
