"""What changed that decisions rest on, until what it concerns was decided again (`sync/reevaluate.py`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from metwith.workspaces.scope import OwnedByWorkspace


class ChangedFact(OwnedByWorkspace):
    """One change, written in its own transaction; gone when it was worked off. No references: what it was about may be gone.

    Here and not in a job's arguments, since a pattern may be somebody's address.
    """

    class Kind(models.TextChoices):
        """What an address, a domain or a word counts for now is asked when the work is done; this says where to look."""

        OURS = "ours", "who is one of us"
        BLOCKED = "blocked", "an address or domain must not come in"
        WORD = "word", "a word must not come in"
        ALLOWED = "allowed", "something may come in again"
        LET_IN = "let-in", "a meeting that was taken out may come in again"

    kind = models.CharField(max_length=8, choices=Kind)
    pattern = models.CharField(max_length=320, blank=True)
    """A folded address or domain, or a word; empty: whatever it may be."""
    member_id = models.BigIntegerField(null=True)
    """In whose calendars alone; none: in everybody's."""
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace"], name="changed_fact_of_workspace")]
