"""Tables of the privacy receipt: how many came in, did not, and went, and what was done to prove it. Numbers only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace


class CounterKind(models.TextChoices):
    """What was counted."""

    KEPT = "kept", _("came in")
    DROPPED = "dropped", _("did not come in")
    PURGED = "purged", _("was removed again")


class Tally(OwnedByWorkspace):
    """How many items of a calendar met which fate on a day (`sync/counting.py`). Outlives the calendar as part of the workspace's sums."""

    calendar = Reference("calendars.Calendar", null=True)
    day = models.DateField()
    what = models.CharField(max_length=8, choices=CounterKind)
    reason = models.CharField(max_length=16, blank=True)
    """A `vocabulary.DropReason`, or DISCONNECTED; empty for what came in."""
    many = models.PositiveIntegerField()
    """An item is counted when its fate changes, so a full read that finds everything as it was adds nothing."""
    last_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "tallies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "calendar", "day", "what", "reason"], name="tally_once"),
            SameWorkspace(field="calendar", name="tally_calendar", set_null=True),
        ]


class PrivacyRun(OwnedByWorkspace):
    """`metwith privacy verify` or `purge` was run."""

    class Kind(models.TextChoices):
        """Which."""

        VERIFY = "verify", _("Looked for what must not be stored")
        SCRUB = "scrub", _("Wrote the files anew without what was deleted")

    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind)
    account_id = models.BigIntegerField(null=True)
    """Of a verification of one account only. No reference: the line outlives the account."""
    facts = models.JSONField(default=dict)
    """Numbers by name (`proof.noted`, `scrubbing.noted`)."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "kind", "-at"], name="privacy_run_latest")]


DISCONNECTED = "disconnected"
"""The reason of what went because an account or a member did."""
