"""The verbs on a member's own copies of one meeting: how much colleagues see of it, taking it out for good, letting it in again.

All copies in the member's calendars are meant. A meeting that the member has no copy of is not found (Event.DoesNotExist).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.accounts.models import SharingLevel
from metwith.calendars import jobs
from metwith.calendars.intents import noting
from metwith.calendars.models import Calendar, Event
from metwith.calendars.overrides import MeetingLevel, TakenOut
from metwith.calendars.reads import visible
from metwith.calendars.sync import exclude, overrides
from metwith.calendars.sync.access import content_key
from metwith.calendars.sync.meeting import alike
from metwith.calendars.vocabulary import FILE, WHOLE
from metwith.engine import queue
from metwith.engine.locks import lock_writers
from metwith.lib.errors import Invalid
from metwith.rules.show import LEVELS
from metwith.workspaces import audit
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """What may be changed of a meeting, as it stands."""

    repeats: bool
    """It is one of a series."""
    level: str
    """Set for it or its series; empty: none."""
    whole: bool
    """The level is set for the whole series."""
    series: str
    """Set for the whole series, whether it holds for this one or not; empty: none, or no series."""
    default_level: str
    """The level that holds where none is set: the calendar's or the account's; of several copies the highest."""
    levels: tuple[str, ...]
    """That the workspace allows."""


def own_copy(member: Member, event_id: int) -> OwnCopy:
    """How the member's copy of a meeting is set."""
    event = _mine(member, event_id)
    mine = overrides.copies(member.workspace_id, member.pk, event.ical_uid, event.key).values_list(
        "calendar__sharing", "calendar__account__sharing"
    )
    default_level = max((calendar or account for calendar, account in mine), key=LEVELS.index)
    levels = overrides.levels_of(member.workspace_id, member.pk)
    held = levels.of(event.ical_uid, event.key)
    series = levels.of_series(event.ical_uid) if event.key else ""
    return OwnCopy(bool(event.key), held.level, held.whole, series, default_level, allowed_levels(member))


def allowed_levels(member: Member) -> tuple[str, ...]:
    """The levels that the workspace's cap leaves."""
    return LEVELS[: LEVELS.index(who_is_who(member.workspace_id).cap) + 1]


@transaction.atomic
def set_level(member: Member, event_id: int, level: str, *, whole: bool) -> None:
    """How much colleagues see of this meeting, or of its whole series; empty: as much as of the calendar it is in. Holds at once."""
    if level and level not in allowed_levels(member):
        words = {"levels": ", ".join(str(SharingLevel(each).label) for each in allowed_levels(member))}
        raise Invalid("level", _("In this workspace you can choose: %(levels)s.") % words)
    lock_writers(member.workspace_id)
    event = _mine(member, event_id)
    mark, series = overrides.marker(member.workspace_id, member.pk), _scope(event, whole=whole)
    # Said of the whole series, it holds for this one too, whatever was said of it before.
    marks = {mark(event.ical_uid, series)} | ({mark(event.ical_uid, event.key)} if series == WHOLE else set())
    MeetingLevel.objects.of(member.workspace_id).filter(member=member, mark__in=marks).delete()
    if level:
        MeetingLevel.objects.create(workspace_id=member.workspace_id, member=member, mark=mark(event.ical_uid, series), level=level)
    overrides.apply_overrides(member.workspace_id, member.pk, event.ical_uid)
    audit.note(member, audit.Action.MEETING_LEVEL, meeting=event.pk, kind=_kind(event, series), to=level or "account")


@dataclass(frozen=True, slots=True)
class ExclusionEffect:
    """What taking out would do."""

    copies: int
    """Of the member's, that would go."""
    gone: int
    """Meetings that nobody else has: they go with their links."""
    colleagues: tuple[str, ...]
    """Who have a copy of their own, which stays."""
    from_file: bool
    """A copy is from a file: only reading the file again would bring it back."""


def would_leave(member: Member, event_id: int, *, whole: bool) -> ExclusionEffect:
    """What would go, before it does."""
    event = _mine(member, event_id)
    mine = overrides.copies(member.workspace_id, member.pk, event.ical_uid, _scope(event, whole=whole))
    found = list(mine.values_list("event_id", "calendar__account__provider"))
    event_ids = {event_id for event_id, _provider in found}
    others = visible.copies(member.workspace_id).filter(event_id__in=event_ids).exclude(calendar__account__member_id=member.pk)
    theirs = set(others.values_list("event_id", "calendar__account__member_id").distinct())
    names = who_is_who(member.workspace_id).names
    return ExclusionEffect(
        len(found),
        len(event_ids - {event_id for event_id, _owner in theirs}),
        tuple(sorted({names.get(owner, "") for _event, owner in theirs})),
        any(provider == FILE for _event, provider in found),
    )


@transaction.atomic
def take_out(member: Member, event_id: int, *, whole: bool, now: datetime) -> int:
    """Remove the member's copies of a meeting, or of its whole series, for good. Returns how many. Colleagues' copies stay."""
    event = _mine(member, event_id)
    # First: whoever syncs locks the calendar before they wait for the writers' lock, so we do too.
    exclude.stop_readers(member.workspace_id, member.pk, event.ical_uid)
    lock_writers(member.workspace_id)
    event = _mine(member, event_id)
    scope = _scope(event, whole=whole)
    mine = overrides.copies(member.workspace_id, member.pk, event.ical_uid, scope)
    mark = overrides.marker(member.workspace_id, member.pk)
    TakenOut.objects.of(member.workspace_id).update_or_create(
        workspace_id=member.workspace_id,
        member=member,
        mark=mark(event.ical_uid, scope),
        defaults={
            "alike": alike.mark_of(mine, content_key(member.workspace_id), mark, scope),
            "whole": scope == WHOLE and bool(event.key),
            "calendar_id": mine.order_by("pk").values_list("calendar_id", flat=True)[0],
            "taken_on": now.date(),
        },
    )
    row = exclude.mark(member.workspace_id, member.pk, event.ical_uid, scope)
    gone = mine.count()
    jobs.take_away(row)
    audit.note(member, audit.Action.MEETING_OUT, meeting=event.pk, kind=_kind(event, scope), purged=gone)
    for calendar_id in _read_by_itself(member).values_list("pk", flat=True):
        # In full where it was, so that what is out is counted; a reading of another calendar that was stopped goes on.
        jobs.ask_sync(member.workspace_id, calendar_id, priority=queue.QUICK)
    return gone


def taken_out(member: Member) -> QuerySet[TakenOut]:
    """What the member took out, the latest first."""
    rows = TakenOut.objects.of(member.workspace_id).filter(member=member)
    return rows.select_related("calendar__account").order_by("-taken_on", "-pk")


@transaction.atomic
def let_in(member: Member, taken_out_id: int) -> None:
    """Let it in again: the member's calendars are read in full once more. Raises TakenOut.DoesNotExist."""
    row = TakenOut.objects.of(member.workspace_id).get(pk=taken_out_id, member=member)
    TakenOut.objects.of(member.workspace_id).filter(pk=row.pk).delete()
    if noting.note_change(member.workspace_id, noting.Kind.LET_IN, member_id=member.pk):
        jobs.decide_soon(member.workspace_id)
    audit.note(member, audit.Action.MEETING_BACK, kind="series" if row.whole else "one")


def _mine(member: Member, event_id: int) -> Event:
    event = Event.objects.of(member.workspace_id).get(pk=event_id)
    if not visible.copies(member.workspace_id).filter(event_id=event.pk, calendar__account__member_id=member.pk).exists():
        raise Event.DoesNotExist
    return event


def _scope(event: Event, *, whole: bool) -> str:
    """An occurrence's key; WHOLE for a series, and for a meeting that is none: it should stay what it is when it begins to repeat."""
    return WHOLE if whole or not event.key else event.key


def _kind(event: Event, scope: str) -> str:
    return "series" if scope == WHOLE and event.key else "one"


def _read_by_itself(member: Member) -> QuerySet[Calendar]:
    mine = Calendar.objects.of(member.workspace_id).filter(
        account__member=member, enabled=True, paused=False, account__disconnected_at=None
    )
    return mine.exclude(account__provider=FILE).exclude(next_sync_at=None)
