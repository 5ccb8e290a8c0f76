"""Secret addresses at which members' own calendar programs read the meetings of one record (`exports/subscribe.py`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from metwith.lib import clock
from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace


class Subscription(OwnedByWorkspace):
    """One address: it reads this record's meetings as its member may see them at that moment, and opens nothing else."""

    member = Reference(Member)
    record_kind = models.PositiveSmallIntegerField()
    """A `rules.link.RecordKind`."""
    record_id = models.BigIntegerField()
    """Of three tables, so no foreign key: `listeners.py` takes subscriptions off when a record goes."""
    token_hash = models.CharField(max_length=64)
    """SHA-256 of what the address holds; the address itself is shown once."""
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_hash"], name="subscription_token"),
            SameWorkspace(field="member", name="subscription_member"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "member"], name="subscription_of_member"),
            models.Index(fields=["workspace", "record_kind", "record_id"], name="subscription_to_record"),
        ]
