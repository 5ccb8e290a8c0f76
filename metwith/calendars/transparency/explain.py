"""Why a meeting is here, and why a viewer sees of it what they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.calendars import queries
from metwith.calendars.models import Entry, Event
from metwith.calendars.rules import explain
from metwith.calendars.sync import overrides
from metwith.calendars.vocabulary import Fallback
from metwith.rules import show
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from metwith.calendars.queries import Judged
    from metwith.calendars.read_models import Meeting, Reason
    from metwith.calendars.rules.explain import DecidedBy, Speaks
    from metwith.rules.identity import WorkspaceIdentities
    from metwith.workspaces.models import Member

CONTENT = ("title", "description", "location", "join_url", "web_url", "attachments", "attendees", "sieve")
"""Of a copy what is not asked here."""


@dataclass(frozen=True, slots=True)
class CopySource:
    """A copy, by whose calendar it is in."""

    owner: str
    mine: bool
    calendar: str
    """The calendar's name: for its owner's eyes only, else empty."""


@dataclass(frozen=True, slots=True)
class Why:
    """The answer, as far as the viewer may know it."""

    sources: tuple[CopySource, ...]
    """The calendars that hold it."""
    outsiders: tuple[str, ...]
    """The addresses that are not one of us: for them it was kept."""
    times_from: CopySource
    """Whose copy speaks for the times."""
    times_because: Speaks
    seen_of: CopySource
    """Whose copy the viewer is shown."""
    setting: DecidedBy
    """What decides how much of that."""
    level: str
    capped: bool
    """The workspace allows less than that."""
    records: tuple[Reason, ...]
    unconfirmed: bool = False
    """See `shown.Meeting`."""
    guessed: tuple[Fallback, ...] = ()
    """What the reader of the copy whose times these are had to guess."""


def why(viewer: Member, event_id: int, *, known: Meeting | None = None) -> Why:
    """Of a meeting that the viewer may know of. Raises Event.DoesNotExist, also for one that stands on no record and is none of theirs.

    `known`: the same meeting, where the viewer has just read it with their own eyes.
    """
    event = Event.objects.of(viewer.workspace_id).get(pk=event_id)
    copies = {copy.rank.entry_id: copy for copy in queries.judged(viewer, event.pk)}
    if not copies:
        raise Event.DoesNotExist
    who = who_is_who(viewer.workspace_id)
    eyes = show.Viewer(viewer.pk, who.verified_of(viewer.pk), who.cap)
    shown = show.best_disclosure([copy.facts for copy in copies.values()], eyes).entry_id
    spoken, because = explain.times([copy.rank for copy in copies.values()])
    mine = Entry.objects.of(viewer.workspace_id).select_related("calendar__account").defer(*CONTENT)
    entries = mine.in_bulk([spoken.entry_id, shown])
    seen = explain.explained_level(copies[shown].facts, _levels(event, entries[shown]), eyes)
    found = known or queries.meeting(viewer, event.pk)
    people = sorted(found.participants, key=lambda p: (not p.organizer, p.address))
    return Why(
        sources=tuple(dict.fromkeys(_source(copy, viewer, who) for copy in copies.values())),
        outsiders=explain.kept_for((p.address for p in people if not p.me), who.own_identities),
        times_from=_source(copies[spoken.entry_id], viewer, who),
        times_because=because,
        seen_of=_source(copies[shown], viewer, who),
        setting=seen.setting,
        level=seen.level,
        capped=seen.capped,
        records=queries.why_here(viewer, event.pk),
        unconfirmed=found.unconfirmed,
        guessed=tuple(map(Fallback, entries[spoken.entry_id].fallbacks.split())),
    )


def _levels(event: Event, entry: Entry) -> explain.SharingSettings:
    account = entry.calendar.account
    own = (
        overrides.levels_of(account.workspace_id, account.member_id).of(event.ical_uid, event.key)
        if entry.sharing
        else overrides.Override()
    )
    whole = own.whole and bool(event.key)
    return explain.SharingSettings(
        meeting="" if whole else entry.sharing,
        series=entry.sharing if whole else "",
        calendar=entry.calendar.sharing,
        account=account.sharing,
    )


def _source(copy: Judged, viewer: Member, who: WorkspaceIdentities) -> CopySource:
    owner_id = copy.facts.owner_id
    mine = owner_id == viewer.pk
    return CopySource(who.names.get(owner_id, ""), mine, copy.calendar if mine else "")
