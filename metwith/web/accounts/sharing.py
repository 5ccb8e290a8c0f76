"""What colleagues see, as a choice between three cards: each level in words, and with one meeting as a colleague would see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from metwith.accounts.models import SharingLevel
from metwith.calendars.transparency.sharing_example import example
from metwith.lib import clock
from metwith.rules.show import capped
from metwith.web.calendar import rows
from metwith.web.calendar.meeting import panel
from metwith.web.calendar.words import zone_of

if TYPE_CHECKING:
    from metwith.calendars.read_models import Meeting
    from metwith.web.calendar.meeting.panel import Panel
    from metwith.web.calendar.rows import Row
    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class Level:
    """A sharing level."""

    value: str
    label: str
    about: str
    chosen: bool
    above: bool
    """More than the workspace allows: the example shows what colleagues would really see."""
    row: Row
    panel: Panel


def cards(member: Member, chosen: str, *, account_id: int = 0) -> dict[str, Any]:
    """For accounts/levels.html. With an account, the example is the member's own meeting in it, when there is one."""
    now = clock.now()
    found, context = example(member, now, account_id=account_id), rows.RowContext(zone_of(member.user.time_zone), now, links=False)
    cap = member.workspace.sharing_cap
    return {
        "invented": found.invented,
        "levels": [_level(value, chosen == value, capped(value, cap) != value, seen, context) for value, seen in found.seen.items()],
    }


def _level(value: str, chosen: bool, above: bool, seen: Meeting, context: rows.RowContext) -> Level:  # noqa: FBT001  set in one place
    row, opened = rows.row(seen, context), panel.panel(seen, context)
    return Level(value, str(SharingLevel(value).label), _about(value), chosen, above, row, opened)


def _about(level: str) -> str:
    return {
        "metadata": _("When it is, and who takes part."),
        "subject": _("When, who, and what it is about."),
        "everything": _("Also notes, place, how to join, and the names of attachments."),
    }[level]
