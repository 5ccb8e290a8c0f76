"""What `metwith doctor` says of calendars that a defect of ours stopped: its type and place, which the log has in full. Never content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.models import Calendar
from metwith.cli.doctor.finding import bad, good
from metwith.engine.models import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.cli.doctor.finding import Finding

TOPIC = "reading"
NAMED = 10
"""So many are named, the rest is a number."""


def findings() -> Iterator[Finding]:
    """One line for each calendar, those that failed most often first."""
    everywhere = Calendar.objects.across_workspaces("the doctor looks at the whole installation")
    stopped = everywhere.filter(state=State.DEFECT, enabled=True, account__disconnected_at=None).order_by("-failures", "pk")
    for row in stopped[:NAMED]:
        at = f"{row.state_since:%Y-%m-%d %H:%M} UTC" if row.state_since else "?"
        words = f"calendar {row.pk} of account {row.account_id} is stopped by a defect of Metwith since {at}: {row.detail}, {row.failures} times"
        yield bad(TOPIC, f"{words}; the log has the place, it is tried again by itself")
    many = stopped.count()
    if many > NAMED:
        yield bad(TOPIC, f"{many - NAMED} more calendars are stopped so")
    if not many:
        yield good(TOPIC, "no calendar is stopped by a defect of Metwith")
