"""What is set aside (product.md, sections 2 and 3): no longer allowed, and not to be read again.

A table of its own: so nothing that shows, counts or searches meetings can come upon it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models

from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable

STAYS = timedelta(days=14)
"""After the latest change that had to do with it; then it is purged."""


class SetAside(OwnedByWorkspace):
    """A copy of a meeting, or the rule of a series, that became internal where nothing could be read again (`sync/aside.py`)."""

    calendar = Reference("calendars.Calendar")
    remote_id = models.CharField(max_length=2000)
    ical_uid = models.CharField(max_length=1000)
    key = models.CharField(max_length=16, blank=True)
    """Which occurrence, as of an Event; of a series' rule WHOLE."""
    expanded_until = models.DateTimeField(null=True)
    """Of a series' rule, as of a Series; of a copy empty."""
    digest = models.BinaryField(default=b"")
    """Of a copy, as of an Entry."""
    definition = models.JSONField()
    """A RemoteEvent as `sync/series_json.py` writes it; of a copy with the occurrence's own times."""
    links = models.JSONField(default=list)
    """What was linked or taken off by hand: `[[record kind, record id, because, hidden], …]`. It comes back with the copy."""
    set_aside_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "set aside"
        constraints: ClassVar = [
            addressable("set_aside_addressable"),
            models.UniqueConstraint(fields=["workspace", "calendar", "remote_id", "ical_uid", "key"], name="set_aside_once"),
            SameWorkspace(field="calendar", name="set_aside_calendar"),
        ]
        indexes: ClassVar = [
            # The nightly purge serves all workspaces.
            models.Index(fields=["set_aside_at"], name="set_aside_to_purge"),
        ]
