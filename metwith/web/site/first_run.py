"""The first start: is there a workspace yet, and the sample to look at before making one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.db import connection, transaction

from metwith.calendars.demo import make_demo
from metwith.workspaces.models import Member, User, Workspace

if TYPE_CHECKING:
    from datetime import datetime

FIRST = 0x4D65_7477_6974_69
"""Any number nobody else locks."""


def needed() -> bool:
    """Whether nobody has made a workspace of their own yet. The sample does not count."""
    return not Workspace.objects.filter(sample=False).exists()


def alone() -> None:
    """Within a transaction: of two first visitors at the same moment the second waits here, and finds then that it is no longer needed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST])


def nobody_yet() -> bool:
    """Whether there is nobody who could sign in, not even the sample's owner."""
    return not User.objects.exists()


def offer_sample(zone: str, now: datetime) -> Member:
    """The owner of the sample workspace, which is made on the first call: in that zone, where it is one, and in the language asked for."""
    with transaction.atomic():
        alone()
        return sample_owner() or make_demo(zone=zone if zone in available_timezones() else "UTC", now=now)


def sample_owner() -> Member | None:
    """Who may look at the sample that was made, if it was."""
    found = Member.objects.across_workspaces("nobody has a workspace yet").filter(workspace__sample=True)
    return found.select_related("user", "workspace").order_by("pk").first()
