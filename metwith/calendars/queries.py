"""What a viewer may see, read for the way it is shown. Every road out (page, API, search) goes through `_show`.

A record's feed is `Link` rows in order of time, paged by key; then a handful of queries fill in a page of meetings.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, Exists, F, Func, JSONField, OuterRef, Q, QuerySet, TextField, Value
from django.db.models import When as If
from django.utils.translation import gettext as _

from metwith.accounts.queries import WhoIsWho, who_is_who
from metwith.calendars.models import Attendee, Calendar, Entry, Event, Link
from metwith.calendars.shown import CopyOf, Kind, LinkedRecord, Meeting, Participant, Reason, Timeline
from metwith.lib.errors import Invalid
from metwith.records.models import Company, Opportunity, Person, PersonAddress
from metwith.rules import show
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from metwith.workspaces.models import Member

type When = Literal["upcoming", "past", "all"]

KINDS: dict[Kind, RecordKind] = {"person": RecordKind.PERSON, "company": RecordKind.COMPANY, "opportunity": RecordKind.OPPORTUNITY}
NAMES: dict[int, Kind] = {number: name for name, number in KINDS.items()}
LONGEST = timedelta(days=31)
"""A meeting that began longer ago counts as past even while it lasts: so the feed needs no second index by end."""

COPY = (
    "title", "attendees", "event__ical_uid", "event__starts_at", "event__ends_at", "event__start_date", "event__end_date", "event__zone",
    "event__cancelled", "calendar__name", "calendar__sharing", "calendar__account__sharing", "calendar__account__member_id",
)  # fmt: skip
DETAILS = ("description", "location", "join_url", "web_url", "attachments")
"""What of an Entry and its Event, Calendar and Account a page is made from. A page reads nothing else: half of its time went there."""

type Feed = QuerySet[Link]
type Mark = tuple[datetime, int]
"""A place in a feed: start and event."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What part of a record's feed is wanted."""

    when: When = "all"
    start: date | None = None
    """First day, in the viewer's zone."""
    end: date | None = None
    """The day after the last one."""
    colleague: int | None = None
    """Only meetings in this member's calendars."""
    cancelled: bool = True
    q: str = ""
    """In titles that the viewer may see."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One page of a timeline."""

    ask: Ask = Ask()
    cursor: str | None = None
    limit: int = 25


LAST = Turn(Ask(when="past", cancelled=False), limit=1)
NEXT = Turn(Ask(when="upcoming", cancelled=False), limit=1)
"""For a record's header: cancelled ones do not count."""


def timelines_for(
    kind: Kind,
    record_id: int,
    viewer: Member,
    turns: Sequence[Turn],
    *,
    now: datetime,
    details: bool = False,
    who: WhoIsWho | None = None,
) -> tuple[Timeline, ...]:
    """Several pages of one record's meetings, shown at the price of one.

    As `viewer` may see them: upcoming ones nearest first, others newest first. `details`: also what only the panel and the API show.
    `viewer.user` must be loaded. Raises Invalid for a bad cursor.
    """
    who = who or who_is_who(viewer.workspace_id)
    feeds = _feeds(viewer.workspace_id, kind, record_id)
    found = [_turn(feeds, viewer, who, turn, now) for turn in turns]
    wanted = dict.fromkeys(event_id for marks, turn in zip(found, turns, strict=True) for _, event_id in marks[: turn.limit])
    shown = {m.id: m for m in _show(viewer, list(wanted), who, details=details)}
    return tuple(
        Timeline(
            tuple(shown[event_id] for _, event_id in marks[: turn.limit] if event_id in shown),
            _cursor(marks[turn.limit - 1]) if len(marks) > turn.limit else None,
        )
        for marks, turn in zip(found, turns, strict=True)
    )


def _turn(feeds: Sequence[Feed], viewer: Member, who: WhoIsWho, turn: Turn, now: datetime) -> list[Mark]:
    """The places of a page, and one more when there is a next page."""
    narrowed = [_narrow(feed, viewer, who, turn.ask, now) for feed in feeds]
    return _page(narrowed, _mark(turn.cursor), turn.limit + 1, rising=turn.ask.when == "upcoming")


def timeline_for(
    kind: Kind,
    record_id: int,
    viewer: Member,
    *,
    now: datetime,
    ask: Ask | None = None,
    cursor: str | None = None,
    limit: int = 25,
    details: bool = False,
    who: WhoIsWho | None = None,
) -> Timeline:
    """One page of a record's meetings; see `timelines_for`."""
    turn = Turn(ask or Ask(), cursor, limit)
    return timelines_for(kind, record_id, viewer, [turn], now=now, details=details, who=who)[0]


def count_for(kind: Kind, record_id: int, viewer: Member, *, cap: int = 1000) -> int:
    """How many meetings a record has; `cap` means that many or more."""
    seen: set[int] = set()
    for feed in _feeds(viewer.workspace_id, kind, record_id):
        seen.update(feed.values_list("event_id", flat=True)[:cap])
    return min(len(seen), cap)


def meeting(viewer: Member, event_id: int) -> Meeting:
    """One meeting in full, as far as the viewer may see. Raises Event.DoesNotExist, also for another workspace's."""
    found = _show(viewer, [event_id], who_is_who(viewer.workspace_id), details=True)
    if not found:
        raise Event.DoesNotExist
    return found[0]


def agenda(viewer: Member, start: datetime, end: datetime) -> tuple[tuple[Meeting, tuple[LinkedRecord, ...]], ...]:
    """The viewer's own meetings that overlap [start, end), earliest first, each with its records."""
    mine = Entry.objects.of(viewer.workspace_id).filter(calendar__account__member_id=viewer.pk, event_id=OuterRef("pk"))
    events = Event.objects.of(viewer.workspace_id).filter(Exists(mine), starts_at__lt=end, starts_at__gt=start - LONGEST, ends_at__gt=start)
    return with_records(viewer, list(events.order_by("starts_at", "pk").values_list("pk", flat=True)[:200]))


def search_meetings(viewer: Member, q: str, *, limit: int = 20) -> tuple[tuple[Meeting, tuple[LinkedRecord, ...]], ...]:
    """Meetings whose title the viewer may see and that holds `q`, newest first."""
    if not q.strip():
        return ()
    who = who_is_who(viewer.workspace_id)
    titled = _titled(viewer, who, q).filter(event_id=OuterRef("pk"))
    events = Event.objects.of(viewer.workspace_id).filter(Exists(titled)).order_by("-starts_at", "-pk")
    return with_records(viewer, list(events.values_list("pk", flat=True)[:limit]), who)


def with_records(
    viewer: Member, event_ids: Sequence[int], who: WhoIsWho | None = None
) -> tuple[tuple[Meeting, tuple[LinkedRecord, ...]], ...]:
    """Meetings with the records that they are on, in the order given."""
    reasons: dict[int, list[LinkedRecord]] = defaultdict(list)
    for event_id, reason in _reasons(viewer.workspace_id, event_ids):
        if not reason.hidden:
            reasons[event_id].append(reason.record)
    shown = _show(viewer, event_ids, who or who_is_who(viewer.workspace_id), details=False)
    return tuple((found, tuple(reasons[found.id])) for found in shown)


def why_here(viewer: Member, event_id: int) -> tuple[Reason, ...]:
    """Why a meeting is on its records, and where it was taken off by hand."""
    return tuple(reason for _, reason in _reasons(viewer.workspace_id, [event_id]))


def anybody_connected(workspace_id: int) -> bool:
    """Whether anybody in the workspace has a calendar that is read."""
    return Calendar.objects.of(workspace_id).filter(enabled=True, account__disconnected_at=None).exists()


# --- the feed ---------------------------------------------------------------------------------------------------------------------


def _feeds(workspace_id: int, kind: Kind, record_id: int) -> list[Feed]:
    """A record's feeds. An opportunity reads those of its company and its point of contact, and what was linked by hand."""
    links = Link.objects.of(workspace_id).filter(hidden=False)
    own = links.filter(record_kind=KINDS[kind], record_id=record_id)
    if kind != "opportunity":
        return [own]
    facts = Opportunity.objects.of(workspace_id).filter(pk=record_id, trashed_at=None).values_list("company_id", "contact_id").first()
    company_id, contact_id = facts or (None, None)
    taken_off = Link.objects.of(workspace_id).filter(
        hidden=True, record_kind=RecordKind.OPPORTUNITY, record_id=record_id, event_id=OuterRef("event_id")
    )
    sources = ((RecordKind.COMPANY, company_id), (RecordKind.PERSON, contact_id))
    through = [links.filter(~Exists(taken_off), record_kind=k, record_id=i) for k, i in sources if i]
    return [own, *through]


def _narrow(feed: Feed, viewer: Member, who: WhoIsWho, ask: Ask, now: datetime) -> Feed:
    zone = ZoneInfo(viewer.user.time_zone)
    feed = _side(feed, ask.when, now, zone)
    if ask.start:
        feed = feed.filter(_from(ask.start, zone))
    if ask.end:
        feed = feed.exclude(_from(ask.end, zone))
    if not ask.cancelled:
        feed = feed.filter(event__workspace_id=viewer.workspace_id, event__cancelled=False)
    if ask.colleague:
        theirs = Entry.objects.of(viewer.workspace_id).filter(event_id=OuterRef("event_id"), calendar__account__member_id=ask.colleague)
        feed = feed.filter(Exists(theirs))
    if ask.q.strip():
        feed = feed.filter(Exists(_titled(viewer, who, ask.q).filter(event_id=OuterRef("event_id"))))
    return feed


def _side(feed: Feed, when: When, now: datetime, zone: ZoneInfo) -> Feed:
    """Upcoming is what has not ended; an all-day meeting ends with its day where the viewer is."""
    if when == "all":
        return feed
    today = datetime.combine(now.astimezone(zone).date(), time(), UTC)
    ended = Q(ends_at__lte=Case(If(all_day=True, then=Value(today)), default=Value(now))) | Q(starts_at__lte=now - LONGEST)
    if when == "past":
        return feed.filter(ended, starts_at__lt=now + timedelta(days=1))
    return feed.filter(starts_at__gt=now - LONGEST).exclude(ended)


def _from(day: date, zone: ZoneInfo) -> Q:
    """Starts on this day or later, where the viewer is; all-day meetings by their date."""
    return Q(all_day=False, starts_at__gte=datetime.combine(day, time(), zone)) | Q(
        all_day=True, starts_at__gte=datetime.combine(day, time(), UTC)
    )


def _page(feeds: Sequence[Feed], mark: Mark | None, size: int, *, rising: bool) -> list[Mark]:
    """The next rows of several feeds as one, each event once."""
    order = ("starts_at", "event_id") if rising else ("-starts_at", "-event_id")
    pages = [
        list((_beyond(feed, mark, rising=rising) if mark else feed).order_by(*order).values_list("starts_at", "event_id")[:size])
        for feed in feeds
    ]
    merged = merge(*pages, reverse=not rising)
    return list(islice(dict.fromkeys(merged), size))


def _beyond(feed: Feed, mark: Mark, *, rising: bool) -> Feed:
    """What comes after a mark. The single bound on the start is what lets the index begin there."""
    at, event_id = mark
    if rising:
        return feed.filter(Q(starts_at__gt=at) | Q(event_id__gt=event_id), starts_at__gte=at)
    return feed.filter(Q(starts_at__lt=at) | Q(event_id__lt=event_id), starts_at__lte=at)


def _cursor(mark: Mark) -> str:
    return base64.urlsafe_b64encode(json.dumps([mark[0].isoformat(), mark[1]]).encode()).decode().rstrip("=")


def _mark(cursor: str | None) -> Mark | None:
    if not cursor:
        return None
    try:
        at, event_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        found = datetime.fromisoformat(at), int(event_id)
        in_range = found[0].tzinfo is not None and found[0].astimezone(UTC).year > 1 and 0 <= found[1] < 2**63
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Invalid("cursor", _("The cursor is not one that we gave out. Start again without it.")) from error
    if not in_range:
        raise Invalid("cursor", _("The cursor is not one that we gave out. Start again without it."))
    return found[0].astimezone(UTC), found[1]


def _titled(viewer: Member, who: WhoIsWho, q: str) -> QuerySet[Entry]:
    """The entries whose title this viewer may see and that holds `q`: the database's side of rules/show.py, held to it by a test."""
    mine = Q(calendar__account__member_id=viewer.pk)
    took_part = Q(_Names(sorted(who.addresses_of(viewer.pk))))
    shared = ["subject", "everything"]
    level = Q(calendar__sharing__in=shared) | Q(calendar__sharing="", calendar__account__sharing__in=shared)
    return Entry.objects.of(viewer.workspace_id).filter(mine | took_part | level, title__icontains=q.strip().replace("\0", ""))


class _Names(Func):
    """Whether a copy names one of these addresses. As an address: the names that stand beside them are whatever somebody wrote."""

    function = "jsonb_path_exists"
    template = "%(function)s(%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, addresses: Sequence[str]) -> None:
        path = Func(Value("$[*][0] ? (@ == $mine[*])"), template="%(expressions)s::jsonpath", output_field=TextField())
        super().__init__(F("attendees"), path, Value({"mine": [*addresses]}, JSONField()))


# --- what is shown of it ------------------------------------------------------------------------------------------------------------


def _show(viewer: Member, event_ids: Sequence[int], who: WhoIsWho, *, details: bool) -> tuple[Meeting, ...]:
    """The meetings in the order given, each as far as the viewer may see it. Unknown ids, and other workspaces', are left out."""
    if not event_ids:
        return ()
    copies: dict[int, list[Entry]] = defaultdict(list)
    entries = (
        Entry.objects.of(viewer.workspace_id).filter(event_id__in=event_ids).select_related("event", "calendar__account").order_by("pk")
    )
    for entry in entries.only(*COPY, *(DETAILS if details else ())):
        copies[entry.event_id].append(entry)
    people = _participants(viewer, event_ids, who)
    eyes = show.Viewer(viewer.pk, who.addresses_of(viewer.pk))
    return tuple(
        _meeting(copies[event_id][0].event, copies[event_id], people.get(event_id, ()), eyes, who, details=details)
        for event_id in event_ids
        if event_id in copies
    )


def _meeting(
    event: Event, copies: Sequence[Entry], people: tuple[Participant, ...], eyes: show.Viewer, who: WhoIsWho, *, details: bool
) -> Meeting:
    sight = show.sight([_facts(copy) for copy in copies], eyes)
    chosen = next(copy for copy in copies if copy.pk == sight.entry_id)
    owners = [copy.calendar.account.member_id for copy in copies]

    def seen(field: str) -> str | None:
        return getattr(chosen, field) if sight.may(field) and (details or field == "title") else None

    return Meeting(
        id=event.pk,
        ical_uid=event.ical_uid,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        all_day=event.start_date is not None,
        start_date=event.start_date,
        end_date=event.end_date,
        zone=event.zone,
        cancelled=event.cancelled,
        level=sight.level,
        title=seen("title"),
        description=seen("description"),
        location=seen("location"),
        join_url=seen("join_url"),
        web_url=seen("web_url"),
        attachments=tuple(chosen.attachments) if details and sight.may("attachments") else None,
        participants=people,
        took_part=any(p.me for p in people) or eyes.member_id in owners,
        copies=tuple(_copy(copy, eyes, who) for copy in copies),
    )


def _facts(copy: Entry) -> show.CopyFacts:
    account = copy.calendar.account
    return show.CopyFacts(copy.pk, account.member_id, copy.calendar.sharing or account.sharing, frozenset(a[0] for a in copy.attendees))


def _copy(copy: Entry, eyes: show.Viewer, who: WhoIsWho) -> CopyOf:
    account = copy.calendar.account
    mine = account.member_id == eyes.member_id
    return CopyOf(who.names.get(account.member_id, ""), mine, copy.calendar.sharing or account.sharing, copy.calendar.name if mine else "")


def _participants(viewer: Member, event_ids: Collection[int], who: WhoIsWho) -> Mapping[int, tuple[Participant, ...]]:
    """Everybody who takes part: outsiders first, the organizer before the others."""
    attendees = Attendee.objects.of(viewer.workspace_id).filter(event_id__in=event_ids).order_by("-organizer", "address")
    rows = [_Said._make(row) for row in attendees.values_list(*_Said._fields)]
    known = _people(viewer.workspace_id, {row.address for row in rows})
    found: dict[int, list[Participant]] = defaultdict(list)
    for row in rows:
        found[row.event_id].append(_participant(row, known, who, viewer.pk))
    return {event_id: tuple(sorted(people, key=lambda p: not p.outsider)) for event_id, people in found.items()}


class _Said(NamedTuple):
    """Of an Attendee. A page has a hundred of them, so they are read without making models."""

    event_id: int
    address: str
    name: str
    response: str
    role: str
    organizer: bool


def _participant(row: _Said, known: Mapping[str, tuple[int, str, str]], who: WhoIsWho, viewer_id: int) -> Participant:
    person_id, person_name, company_name = known.get(row.address, (None, "", ""))
    member_id = who.members.get(row.address)
    return Participant(
        address=row.address,
        name=row.name,
        response=row.response,
        role=row.role,
        organizer=row.organizer,
        outsider=not who.ours.includes(row.address),
        person_id=person_id,
        person_name=person_name,
        company_name=company_name,
        member_id=member_id,
        member_name=who.names.get(member_id, "") if member_id else "",
        me=member_id == viewer_id,
    )


def _people(workspace_id: int, addresses: Collection[str]) -> dict[str, tuple[int, str, str]]:
    """Address → id, name and company of the person it leads to (the tie rule of product.md, section 5)."""
    rows = (
        PersonAddress.objects.of(workspace_id)
        .filter(folded__in=list(addresses), person__trashed_at=None)
        .order_by("-primary", "person__created_at", "person_id")
        .values_list("folded", "person_id", "person__name", "person__company__name", "person__company__trashed_at")
    )
    found: dict[str, tuple[int, str, str]] = {}
    for address, person_id, name, company, trashed_at in rows:
        found.setdefault(address, (person_id, name, "" if trashed_at else company or ""))
    return found


def _reasons(workspace_id: int, event_ids: Collection[int]) -> Iterable[tuple[int, Reason]]:
    links = list(Link.objects.of(workspace_id).filter(event_id__in=event_ids).order_by("record_kind", "record_id"))
    names = {
        kind: dict(
            model.objects.of(workspace_id).filter(pk__in=[x.record_id for x in links if x.record_kind == kind]).values_list("pk", "name")
        )
        for kind, model in ((RecordKind.PERSON, Person), (RecordKind.COMPANY, Company), (RecordKind.OPPORTUNITY, Opportunity))
    }
    for link in links:
        name = names[RecordKind(link.record_kind)].get(link.record_id)
        if name is not None:
            record = LinkedRecord(NAMES[link.record_kind], link.record_id, name)
            yield link.event_id, Reason(record, link.reason, link.because, link.hidden)
