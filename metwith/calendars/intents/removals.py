"""The table of what is to go (`sync/purge.py`): marked in one row, shown to nobody from then on, and taken away page by page."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from metwith.engine.models import RemovalBase


class Removal(RemovalBase):
    """An intent to remove copies of meetings."""

    class Kind(models.TextChoices):
        """Which copies."""

        CALENDAR = "calendar", "all of some calendars"
        ACCOUNT = "account", "all of an account, and then the account"
        MEETING = "meeting", "those of one meeting or series in some calendars"
        ERASED = "erased", "all that name an address, in whatever calendar"

    HALTS = (Kind.CALENDAR, Kind.ACCOUNT)

    kind = models.CharField(max_length=8, choices=Kind)
    sources = ArrayField(models.BigIntegerField(), default=list, db_column="calendars")
    account_id = models.BigIntegerField(null=True)
    """That goes at the end."""
    member_id = models.BigIntegerField(null=True)
    """Who goes with the last of their accounts."""
    companies = ArrayField(models.BigIntegerField(), default=list)
    """Ids of companies that go at the end, where nothing else is known of them by then."""
    sealed = models.TextField(blank=True)
    """The address, or UID and occurrence: encrypted for this workspace (lib.secrets), since by the end of the work nothing may tell them."""
    by = models.BigIntegerField(null=True)
    """The member who wanted it; none: a rule."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace"], name="removal_of_workspace")]
