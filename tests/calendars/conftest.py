"""Calendars whose provider tells of changes."""

from __future__ import annotations

from tests.engine.conftest import at_google, at_microsoft, open_told, told

__all__ = ["at_google", "at_microsoft", "open_told", "told"]
