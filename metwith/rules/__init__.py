"""Decisions that all channels share: pure, no Django, no network, no clock."""
