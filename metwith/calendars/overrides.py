"""What owners said about their own calendars: how much colleagues see of one meeting, what is out for good, and who is no contact.

The first two are kept by a keyed mark of the member, the iCalendar UID and the occurrence (`sync/overrides.py`), not by a row of the meeting: so they
outlive a move, a calendar switched off and on, and a full read; and of what is out, or never came in, nothing is written in clear. So it is with people.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from metwith.accounts.models import SharingLevel
from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace


class MeetingLevel(OwnedByWorkspace):
    """How much colleagues see of a member's copies of one meeting, or of a whole series: set apart from calendar and account."""

    member = Reference(Member)
    mark = models.CharField(max_length=32)
    level = models.CharField(max_length=12, choices=SharingLevel)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "mark"], name="meeting_level_once"),
            SameWorkspace(field="member", name="meeting_level_member"),
        ]


class TakenOut(OwnedByWorkspace):
    """A meeting, or a whole series, that its owner took out for good: it stays out when the provider sends it again."""

    member = Reference(Member)
    mark = models.CharField(max_length=32)
    alike = models.CharField(max_length=32, blank=True, default="", db_default="")
    """Of one from a calendar address, the mark that it has if its feed makes its identifiers anew: by its content (rules/likeness.py)."""
    whole = models.BooleanField(default=False)
    """The whole series."""
    calendar = Reference("calendars.Calendar", null=True)
    """Where it was, for its owner to remember it by."""
    taken_on = models.DateField()

    class Meta:
        verbose_name_plural = "taken out"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "mark"], name="taken_out_once"),
            SameWorkspace(field="member", name="taken_out_member"),
            SameWorkspace(field="calendar", name="taken_out_calendar", set_null=True),
        ]


class NotAContact(OwnedByWorkspace):
    """Somebody whom a member meets and does not want among the records: no calendar of theirs makes a person of the address."""

    member = Reference(Member)
    digest = models.CharField(max_length=32)
    """Of the folded address (`reads/strangers.py`)."""

    class Meta:
        verbose_name_plural = "not contacts"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "digest"], name="not_a_contact_once"),
            SameWorkspace(field="member", name="not_a_contact_member"),
        ]
