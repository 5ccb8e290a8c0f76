"""Clients of the services that more than one channel reads."""
