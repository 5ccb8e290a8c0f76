"""Why a meeting is here, and why a viewer sees of it what they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.calendars import queries, visible
from metwith.calendars.models import Attendee, Event
from metwith.calendars.rules import explain, speak
from metwith.calendars.sync import own_word, rows
from metwith.calendars.vocabulary import Fallback
from metwith.rules import show
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from metwith.calendars.models import Entry
    from metwith.calendars.rules.explain import Setting, Speaks
    from metwith.calendars.shown import Reason
    from metwith.rules.identity import WhoIsWho
    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class Source:
    """A copy, by whose calendar it is in."""

    owner: str
    mine: bool
    calendar: str
    """The calendar's name: for its owner's eyes only, else empty."""


@dataclass(frozen=True, slots=True)
class Why:
    """The answer, as far as the viewer may know it."""

    sources: tuple[Source, ...]
    """The calendars that hold it."""
    outsiders: tuple[str, ...]
    """The addresses that are not one of us: for them it was kept."""
    times_from: Source
    """Whose copy speaks for the times."""
    times_because: Speaks
    seen_of: Source
    """Whose copy the viewer is shown."""
    setting: Setting
    """What decides how much of that."""
    level: str
    capped: bool
    """The workspace allows less than that."""
    records: tuple[Reason, ...]
    guessed: tuple[Fallback, ...] = ()
    """What the reader of the copy whose times these are had to guess."""


def why(viewer: Member, event_id: int) -> Why:
    """Of a meeting that the viewer may know of. Raises Event.DoesNotExist, also for one that stands on no record and is none of theirs."""
    event = Event.objects.of(viewer.workspace_id).get(pk=event_id)
    queries.meeting(viewer, event.pk)  # raises for what the viewer may not know of
    mine = visible.copies(viewer.workspace_id).filter(event_id=event.pk).select_related("calendar__account")
    stored = {entry.pk: entry for entry in mine.defer("title", "description", "location", "join_url", "web_url", "attachments")}
    if not stored:
        raise Event.DoesNotExist
    who = who_is_who(viewer.workspace_id)
    copies = speak.ranked([rows.copy(entry, who) for entry in stored.values()])
    entries = {copy.entry_id: stored[copy.entry_id] for copy in copies}
    eyes = show.Viewer(viewer.pk, who.verified_of(viewer.pk), who.cap)
    facts = {pk: _facts(entry) for pk, entry in entries.items()}
    shown = show.sight(list(facts.values()), eyes).entry_id
    spoken, because = explain.times(copies)
    seen = explain.sight(facts[shown], _levels(event, entries[shown]), eyes)
    people = Attendee.objects.of(viewer.workspace_id).filter(event_id=event.pk).order_by("-organizer", "address")
    return Why(
        sources=tuple(dict.fromkeys(_source(entry, viewer, who) for entry in entries.values())),
        outsiders=explain.kept_for(people.values_list("address", flat=True), who.ours),
        times_from=_source(entries[spoken.entry_id], viewer, who),
        times_because=because,
        seen_of=_source(entries[shown], viewer, who),
        setting=seen.setting,
        level=seen.level,
        capped=seen.capped,
        records=queries.why_here(viewer, event.pk),
        guessed=tuple(map(Fallback, entries[spoken.entry_id].fallbacks.split())),
    )


def _facts(entry: Entry) -> show.CopyFacts:
    level = entry.sharing or entry.calendar.sharing or entry.calendar.account.sharing
    return show.CopyFacts(entry.pk, entry.calendar.account.member_id, level, frozenset(said[0] for said in entry.attendees))


def _levels(event: Event, entry: Entry) -> explain.Levels:
    account = entry.calendar.account
    own = own_word.levels_of(account.workspace_id, account.member_id).of(event.ical_uid, event.key) if entry.sharing else own_word.Set()
    whole = own.whole and bool(event.key)
    return explain.Levels(
        meeting="" if whole else entry.sharing,
        series=entry.sharing if whole else "",
        calendar=entry.calendar.sharing,
        account=account.sharing,
    )


def _source(entry: Entry, viewer: Member, who: WhoIsWho) -> Source:
    owner_id = entry.calendar.account.member_id
    mine = owner_id == viewer.pk
    return Source(who.names.get(owner_id, ""), mine, entry.calendar.name if mine else "")
