"""One meeting at each sharing level, as a colleague would see it: the member's own, or an invented one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from metwith.calendars.models import Entry
from metwith.calendars.reads import visible
from metwith.calendars.transparency.colleague_view import ColleagueView
from metwith.rules import show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from metwith.calendars.read_models import Meeting
    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class Example:
    """What choosing a level means."""

    invented: bool
    seen: Mapping[str, Meeting]
    """Level → the meeting, within what the workspace allows."""


def example(member: Member, now: datetime, *, account_id: int = 0) -> Example:
    """The next meeting in the member's own account, else its latest; without one, an invented one. `member.user` must be loaded."""
    own = _own(member, account_id, now) if account_id else None
    eyes, entry = ColleagueView.on(member), own or _invented(member, now)
    return Example(own is None, {level: eyes.see([entry], level)[0] for level in show.LEVELS})


def _own(member: Member, account_id: int, now: datetime) -> Entry | None:
    mine = visible.copies(member.workspace_id).filter(calendar__account_id=account_id, calendar__account__member_id=member.pk)
    takes_place = mine.filter(cancelled=False)
    coming = takes_place.filter(ends_at__gt=now).order_by("starts_at", "pk").first()
    return coming or takes_place.order_by("-starts_at", "pk").first()


def _invented(member: Member, now: datetime) -> Entry:
    day = (now + timedelta(days=1)).astimezone(ZoneInfo(member.user.time_zone))
    starts_at = day.replace(hour=10, minute=0, second=0, microsecond=0)
    people = [[member.user.email, "", "accepted", "required", "individual", True]]
    people.append(["anna.lindt@customer.example", "Anna Lindt", "accepted", "required", "individual", False])
    return Entry(
        pk=0,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        zone=member.user.time_zone,
        title=_("Pilot kick-off"),
        location=_("Room 4"),
        description=_("Agenda: scope, price, who does what."),
        join_url="https://meet.customer.example/pilot",
        attachments=[_("Offer.pdf")],
        attendees=people,
    )
