"""Tables of the privacy receipt: how many came in, did not, and went, and what was done to prove it. Numbers only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from metwith.engine.models import CounterBase
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace


class Tally(CounterBase):
    """How many items of a calendar met which fate on a day. Reasons are `vocabulary.DropReason`s."""

    source = Reference("calendars.Calendar", db_column="calendar_id", null=True)

    class Meta:
        verbose_name_plural = "tallies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "source", "day", "what", "reason"], name="tally_once"),
            SameWorkspace(field="source", name="tally_calendar", set_null=True),
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
