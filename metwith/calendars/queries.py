"""What a viewer may see, read for the way it is shown. Every road out (page, API, search) goes through `_show`.

A record's feed is `Link` rows in order of time, paged by key; then a handful of queries fill in a page of meetings.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from django.core import signing
from django.utils.translation import gettext as _

from metwith.calendars import feed
from metwith.calendars.feed import FeedFilter, PageRequest, Whose
from metwith.calendars.models import Calendar, Entry, Event, Link
from metwith.calendars.read_models import (
    LinkedRecord,
    Meeting,
    Participant,
    Reason,
    Timeline,
    Timelines,
    Times,
    VisibleCopy,
    disclosed_meeting,
)
from metwith.calendars.reads import ranking, titles, visible, whole
from metwith.calendars.reads.named import WHICH, may_name
from metwith.calendars.rules import guest_list, precedence
from metwith.calendars.rules.folding import fold_series
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.lib import sql
from metwith.lib.errors import Invalid
from metwith.records.kinds import NAMES, Kind
from metwith.records.models import Company, Opportunity, Person
from metwith.rules import show
from metwith.rules.link import RecordKind
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from metwith.calendars.rules.folding import FoldedHit
    from metwith.lib.sql import Sql
    from metwith.rules.identity import WorkspaceIdentities
    from metwith.workspaces.models import Member
LAST = PageRequest(FeedFilter(when="past", figure=True), limit=1)
NEXT = PageRequest(FeedFilter(when="upcoming", figure=True), limit=1)
"""When a record was last met, and when it is next."""


def timelines_for(
    kind: Kind,
    record_id: int,
    viewer: Member,
    turns: Sequence[PageRequest],
    *,
    now: datetime,
    count_up_to: int = 0,
    details: bool = False,
    who: WorkspaceIdentities | None = None,
    view_as: int = 0,
) -> Timelines:
    """The same of a record; see `timelines`."""
    whose = Whose(kind, record_id)
    return timelines(whose, viewer, turns, now=now, count_up_to=count_up_to, details=details, who=who, view_as=view_as)


def timelines(
    whose: Whose,
    viewer: Member,
    turns: Sequence[PageRequest],
    *,
    now: datetime,
    count_up_to: int = 0,
    details: bool = False,
    who: WorkspaceIdentities | None = None,
    view_as: int = 0,
) -> Timelines:
    """Several pages of a feed and, of a record's, their number, at the price of one page.

    As `viewer` may see them: upcoming ones nearest first, others newest first. `details`: also what only the panel and the API show.
    `count_up_to` means that many or more that count (`rules/met.py`). `viewer.user` must be loaded. Raises Invalid for a bad cursor.
    `view_as`: as this colleague would see them, but never more than `viewer` may.
    """
    who = who or who_is_who(viewer.workspace_id)
    looks = _viewer(viewer, who, view_as)
    spared = visible.condition(viewer.workspace_id)
    eyes = feed.FeedContext(viewer.workspace_id, looks, ZoneInfo(viewer.user.time_zone), now, who, spared)
    found = feed.read_positions(whose, turns, eyes, count_up_to=count_up_to)
    wanted = dict.fromkeys(event_id for marks, turn in zip(found.pages, turns, strict=True) for _, event_id in marks[: turn.limit])
    shown = {m.id: m for m in _show(looks, viewer.workspace_id, list(wanted), who, details=details, spared=spared)}
    pages = (
        Timeline(
            tuple(
                shown[event_id].as_spoken() if turn.ask.figure else shown[event_id]
                for _, event_id in marks[: turn.limit]
                if event_id in shown
            ),
            feed.cursor(marks[turn.limit - 1]) if len(marks) > turn.limit else None,
        )
        for marks, turn in zip(found.pages, turns, strict=True)
    )
    return Timelines(tuple(pages), found.many)


def _viewer(member: Member, who: WorkspaceIdentities, view_as: int = 0) -> show.Viewer:
    impersonator = show.Viewer(member.pk, who.verified_of(member.pk), who.cap)
    if view_as in {0, member.pk}:
        return impersonator
    return show.Viewer(view_as, who.verified_of(view_as), who.cap, impersonator)


def timeline_for(
    kind: Kind,
    record_id: int,
    viewer: Member,
    *,
    now: datetime,
    feed_filter: FeedFilter | None = None,
    cursor: str | None = None,
    limit: int = 25,
    details: bool = False,
    who: WorkspaceIdentities | None = None,
) -> Timeline:
    """One page of a record's meetings; see `timelines_for`."""
    turn = PageRequest(feed_filter or FeedFilter(), cursor, limit)
    return timelines_for(kind, record_id, viewer, [turn], now=now, details=details, who=who).pages[0]


def meeting(viewer: Member, event_id: int, *, view_as: int = 0) -> Meeting:
    """One meeting in full, as far as the viewer may see; `seen_as` as for `timelines_for`.

    Raises Event.DoesNotExist, also for another workspace's.
    """
    who = who_is_who(viewer.workspace_id)
    spared = visible.condition(viewer.workspace_id)
    found = _show(_viewer(viewer, who, view_as), viewer.workspace_id, [event_id], who, details=True, spared=spared)
    if not found:
        raise Event.DoesNotExist
    return found[0]


def meetings(viewer: Member, event_ids: Sequence[int], *, view_as: int = 0) -> tuple[Meeting, ...]:
    """These meetings in full, in the order given, each as far as the viewer may see; `seen_as` as for `timelines_for`.

    Unknown ids, and other workspaces', are left out.
    """
    who, spared = who_is_who(viewer.workspace_id), visible.condition(viewer.workspace_id)
    return _show(_viewer(viewer, who, view_as), viewer.workspace_id, event_ids, who, details=True, spared=spared)


def identities_of(workspace_id: int, event_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """UID and occurrence (`models.Event.key`) of each of these. For files, which make names of their own of it: it is no part of what a level shows."""
    found = Event.objects.of(workspace_id).filter(pk__in=event_ids).values_list("pk", "ical_uid", "key")
    return {pk: (uid, key) for pk, uid, key in found}


class MeetingLine(NamedTuple):
    """A line of what a search finds: a meeting, or of a series the next one, else the last."""

    meeting: Meeting
    records: tuple[LinkedRecord, ...]
    number: int
    """How many of its series fit, itself included."""
    at_least: bool
    """There may be more of them."""


class MeetingLines(NamedTuple):
    """A page of them, nearest to now first."""

    lines: tuple[MeetingLine, ...]
    next: str
    """A cursor for the next page; empty on the last one."""


def search_meetings(viewer: Member, q: str, *, now: datetime, limit: int = 20, cursor: str = "") -> MeetingLines:
    """Meetings with a title that the viewer may see and that holds the words of `q`. Raises Invalid for a bad cursor."""
    now, after = _place_of(cursor) if cursor else (now, None)
    words = titles.words_of(q)
    if not words.trigrams:
        return MeetingLines((), "")
    who, spared = who_is_who(viewer.workspace_id), visible.condition(viewer.workspace_id)
    eyes = _viewer(viewer, who)
    ids = titles.candidates(viewer.workspace_id, eyes, words)
    titled = feed.titled(words, viewer.workspace_id, eyes, event="v.id", row_by_row=ids is None, spared=spared)
    if ids is None:
        hits = titles.around(viewer.workspace_id, titled, now, after[0] if after else timedelta(0))
    else:
        hits = titles.among(viewer.workspace_id, ids, titled)
    lines = [line for line in fold_series(hits, now) if after is None or line.place > after]
    shown = {meeting.id: (meeting, records) for meeting, records in with_records(viewer, [line.event_id for line in lines[:limit]], who)}
    found = (MeetingLine(*shown[line.event_id], line.number, ids is None) for line in lines[:limit] if line.event_id in shown)
    return MeetingLines(tuple(found), _place(now, lines[limit - 1]) if len(lines) > limit else "")


_PLACE = "metwith.calendars.search"


def _place(now: datetime, line: FoldedHit) -> str:
    return signing.dumps([now.isoformat(), line.distance.total_seconds(), line.event_id], salt=_PLACE)


def _place_of(cursor: str) -> tuple[datetime, tuple[timedelta, int]]:
    try:
        at, distance, event_id = signing.loads(cursor, salt=_PLACE)
    except signing.BadSignature as error:
        raise Invalid("cursor", _("The cursor is not one that we gave out. Start again without it.")) from error
    return datetime.fromisoformat(at), (timedelta(seconds=distance), event_id)


def with_records(
    viewer: Member, event_ids: Sequence[int], who: WorkspaceIdentities | None = None
) -> tuple[tuple[Meeting, tuple[LinkedRecord, ...]], ...]:
    """Meetings with the records that they are on, in the order given."""
    records = records_of(viewer, event_ids)
    who, spared = who or who_is_who(viewer.workspace_id), visible.condition(viewer.workspace_id)
    shown = _show(_viewer(viewer, who), viewer.workspace_id, event_ids, who, details=False, spared=spared)
    return tuple((found, records.get(found.id, ())) for found in shown)


def records_of(viewer: Member, event_ids: Sequence[int]) -> dict[int, tuple[LinkedRecord, ...]]:
    """The records that each of these meetings is on for the viewer."""
    found: dict[int, list[LinkedRecord]] = defaultdict(list)
    for event_id, reason in _reasons(viewer, event_ids):
        if not reason.hidden:
            found[event_id].append(reason.record)
    return {event_id: tuple(records) for event_id, records in found.items()}


def why_here(viewer: Member, event_id: int) -> tuple[Reason, ...]:
    """Why a meeting is on its records, and where it was taken off by hand."""
    return tuple(reason for _, reason in _reasons(viewer, [event_id]))


def anybody_connected(workspace_id: int) -> bool:
    """Whether anybody in the workspace has a calendar that is read."""
    return Calendar.objects.of(workspace_id).filter(enabled=True, account__disconnected_at=None).exists()


# --- what is shown of it ------------------------------------------------------------------------------------------------------------


def _show(
    viewer: show.Viewer, workspace_id: int, event_ids: Sequence[int], who: WorkspaceIdentities, *, details: bool, spared: Sql | None
) -> tuple[Meeting, ...]:
    """The meetings in the order given, each as far as the viewer may see it. Unknown ids, and other workspaces', are left out.

    `spared`: which copies are there to be shown (`visible.condition`).
    """
    if not event_ids:
        return ()
    copies: dict[int, list[_Copy]] = defaultdict(list)
    for row in _copies(viewer, workspace_id, event_ids, who, details=details, spared=spared or feed.ALL):
        copy = _Copy._make(row)
        copies[copy.event_id].append(copy)
    known = {event_id: _known(_ranked(found, who), viewer) for event_id, found in copies.items()}
    parts = {event_id: found for event_id, found in known.items() if len(found) < len(copies[event_id])}
    most = guest_list.MOST if details else MOST_LISTED
    selves = _Selves.of(viewer, known, who)
    people = _participants(selves, workspace_id, event_ids, who, most=most) | _named_by(selves, workspace_id, parts, who)
    return tuple(
        _meeting(known[event_id], people.get(event_id, NOBODY), viewer, who, details=details, in_part=event_id in parts)
        for event_id in event_ids
        if known.get(event_id)
    )


def _copies(
    viewer: show.Viewer, workspace_id: int, event_ids: Sequence[int], who: WorkspaceIdentities, *, details: bool, spared: Sql
) -> Iterable[tuple[Any, ...]]:
    """The copies that matter to who looks, the older ones first: of one member's copies of a meeting the best `precedence.MOST_OF_ONE`.

    Of those that may name who looks, the list is asked in the best `MOST_ASKED` of a meeting: one that does is among them.
    """
    addresses = viewer.addresses | (viewer.impersonator.addresses if viewer.impersonator else frozenset())
    might, mine, ranked = may_name(addresses), 0 if viewer.impersonator else viewer.member_id, ranking.facts(who)
    statement = (COPIES_IN_FULL if details else COPIES).format(
        may_name=might.text,
        facts=ranked.text,
        best=ranking.BEST,
        spared=spared.text,
        on_a_record=whole.ON_A_RECORD.format(of="v", event="v.id"),
        which=WHICH,
    )
    meetings = (workspace_id, list(event_ids))
    return sql.rows(
        statement,
        (
            *meetings,
            *might.params,
            list(show.LEVELS),
            *ranked.params,
            *meetings,
            *spared.params,
            mine,
            MOST_ASKED,
            list(addresses),
            workspace_id,
            precedence.MOST_OF_ONE,
        ),
    )


def _known(copies: Sequence[_Copy], viewer: show.Viewer) -> Sequence[_Copy]:
    """The copies that are there for a viewer, of all by rank: on no record those of theirs or that name them, which say alone when it is.

    So whoever makes a copy up learns nothing of the others.
    """
    if copies[0].on_a_record:
        return copies
    known = [copy for copy in copies if show.knows([_facts(copy)], viewer)]
    return known if len(known) == len(copies) else [copy.speaking_as(known[0]) for copy in known]


def _ranked(copies: Sequence[_Copy], who: WorkspaceIdentities) -> Sequence[_Copy]:
    """The one that speaks first: of copies that show a viewer the same, the best informed one is shown, whichever was read first."""
    if len(copies) == 1:
        return copies
    found = {copy.entry_id: copy for copy in copies}
    return [found[rank.entry_id] for rank in precedence.ranked([_rank(copy, who) for copy in copies])]


def _rank(copy: _Copy, who: WorkspaceIdentities) -> precedence.Ranked:
    organized = copy.organizer in who.verified_of(copy.owner_id)
    source = precedence.source(copy.provider, copy.kind, is_read=copy.read)
    return precedence.Ranked(
        copy.entry_id, source, copy.organizer or "", organized, precedence.sequence(copy.provider, copy.sequence), copy.updated
    )


class Judged(NamedTuple):
    """A copy of a meeting, as far as a viewer's sight and its times rest on it."""

    rank: precedence.Ranked
    facts: show.SharedCopy
    calendar: str
    """The calendar's name."""


def judged(viewer: Member, event_id: int) -> tuple[Judged, ...]:
    """The copies of a meeting that the viewer may know of, the one that speaks first; without any otherwise."""
    who, spared = who_is_who(viewer.workspace_id), visible.condition(viewer.workspace_id)
    eyes = _viewer(viewer, who)
    found = [_Copy._make(row) for row in _copies(eyes, viewer.workspace_id, [event_id], who, details=False, spared=spared or feed.ALL)]
    known = _known(_ranked(found, who), eyes) if found else ()
    return tuple(Judged(_rank(copy, who), _facts(copy), copy.calendar) for copy in known)


def shown_copy(viewer: Member, event_id: int) -> int:
    """The id of the copy (`Entry`) by which a viewer is shown a meeting. Raises Event.DoesNotExist, as `meeting` does."""
    copies = [copy.facts for copy in judged(viewer, event_id)]
    if not copies:
        raise Event.DoesNotExist
    return show.best_disclosure(copies, _viewer(viewer, who_is_who(viewer.workspace_id))).entry_id


class CopyConditions(NamedTuple):
    """For what other rooms keep with a copy: conditions on a row `e` of calendars_entry, as `rules/show.py` judges it."""

    there: Sql
    """A viewer may know of the copy, and it is there to be shown."""
    titled: Sql
    """The same, and they may see its title."""


def copy_conditions(viewer: Member) -> CopyConditions:
    """What a copy must be for a viewer."""
    looks, spared = _viewer(viewer, who_is_who(viewer.workspace_id)), visible.condition(viewer.workspace_id)
    known = feed.copy_is_known(viewer.workspace_id, looks, "e.event_id")
    there = sql.joined([known, *([spared] if spared else [])], " AND ")
    return CopyConditions(there, sql.joined([there, feed.title_seen(viewer.workspace_id, looks)], " AND "))


class _Copy(NamedTuple):
    """Of an Entry and its Event, Calendar and Account, what a meeting is made from."""

    event_id: int
    entry_id: int
    named: list[str]
    """Of the addresses of who looks, those that it names."""
    owner_id: int
    provider: str
    kind: str
    read: bool
    organizer: str | None
    sequence: int
    updated: datetime | None
    level: str
    calendar: str
    frozen_at: datetime | None
    ical_uid: str
    starts_at: datetime
    ends_at: datetime
    start_date: date | None
    end_date: date | None
    zone: str
    cancelled: bool
    more: int
    """`models.Event.more`."""
    own_starts_at: datetime
    """As this copy has it; before, as the event has it for everybody."""
    own_ends_at: datetime
    own_start_date: date | None
    own_end_date: date | None
    own_zone: str
    own_cancelled: bool
    on_a_record: bool
    title: str
    description: str
    location: str
    join_url: str
    web_url: str
    attachments: list[str]

    def speaking_as(self, other: _Copy) -> _Copy:
        """The same if another copy said for everybody when it is."""
        return self._replace(
            starts_at=other.own_starts_at,
            ends_at=other.own_ends_at,
            start_date=other.own_start_date,
            end_date=other.own_end_date,
            zone=other.own_zone,
            cancelled=other.own_cancelled,
            more=0,
        )


MOST_ASKED = 20
"""Of the copies of a meeting with long lists that may name who looks."""
COPIES_IN_FULL = """WITH meeting AS MATERIALIZED (
SELECT v.*, {on_a_record} AS on_a_record FROM calendars_event v WHERE v.workspace_id = %s AND v.id = ANY(%s)
), copy AS MATERIALIZED (
SELECT one.*, row_number() OVER (PARTITION BY event_id, member_id ORDER BY may_name DESC, shared DESC, best DESC) AS of_member,
row_number() OVER (PARTITION BY event_id ORDER BY may_name DESC, shared DESC, best DESC) AS of_all FROM (
SELECT e.id, e.event_id, a.member_id, {may_name} AS may_name,
a.provider, c.kind, f.read, c.name, a.disconnected_at,
coalesce(nullif(e.sharing, ''), nullif(c.sharing, ''), a.sharing) AS level,
coalesce(array_position(%s::text[], coalesce(nullif(e.sharing, ''), nullif(c.sharing, ''), a.sharing)::text), 0) AS shared, {best} AS best
FROM calendars_entry e
JOIN calendars_calendar c ON c.workspace_id = e.workspace_id AND c.id = e.calendar_id
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
{facts}
WHERE e.workspace_id = %s AND e.event_id = ANY(%s) AND {spared}) one
)
SELECT e.event_id, e.id, CASE WHEN k.may_name AND k.member_id <> %s AND (k.of_all <= %s OR e.sieve IS NULL) THEN {which} ELSE ARRAY[]::text[] END,
k.member_id, k.provider, k.kind, k.read, e.organizer, e.sequence, e.remote_updated_at, k.level, k.name, k.disconnected_at,
v.ical_uid, v.starts_at, v.ends_at, v.start_date, v.end_date, v.zone, v.cancelled, v.more,
e.starts_at, e.ends_at, e.start_date, e.end_date, e.zone, e.cancelled, v.on_a_record,
e.title, e.description, e.location, e.join_url, e.web_url, e.attachments
FROM copy k JOIN calendars_entry e ON e.workspace_id = %s AND e.id = k.id JOIN meeting v ON v.id = k.event_id WHERE k.of_member <= %s ORDER BY e.id"""
COPIES = COPIES_IN_FULL.replace("e.description, e.location, e.join_url, e.web_url, e.attachments", "'', '', '', '', '{{}}'::text[]")
"""A list shows no details, so it does not read them."""


def _meeting(
    copies: Sequence[_Copy], people: _People, viewer: show.Viewer, who: WorkspaceIdentities, *, details: bool, in_part: bool
) -> Meeting:
    event = copies[0]
    facts = [_facts(copy) for copy in copies]
    sight = show.best_disclosure(facts, viewer)
    chosen = next(copy for copy in copies if copy.entry_id == sight.entry_id)
    when, spoken, zone = _when(copies, viewer)
    return disclosed_meeting(
        event.event_id,
        chosen,
        sight,
        when,
        zone=zone,
        ical_uid=event.ical_uid,
        participants=people.named,
        others=people.left + event.more,
        took_part=_took_part(copies, people, viewer),
        copies=tuple(_copy_of(copy, viewer, who) for copy in copies),
        details=details,
        withheld_level=show.withheld_level(facts, viewer) if viewer.impersonator else "",
        spoken=spoken if spoken != when else None,
        in_part=in_part,
    )


def _took_part(copies: Sequence[_Copy], people: _People, viewer: show.Viewer) -> bool:
    """By a copy of their own, or as one of the participants; where not all of these are kept, also as one whom a copy names."""
    if any(copy.owner_id == viewer.member_id for copy in copies) or any(p.address in viewer.addresses for p in people.named):
        return True
    return copies[0].more > 0 and any(not viewer.addresses.isdisjoint(copy.named) for copy in copies)


def _when(copies: Sequence[_Copy], viewer: show.Viewer) -> tuple[Times, Times, str]:
    """When it is for the viewer, by the best of their own copies; when for everybody else; and the zone of the former."""
    copy = copies[0]
    spoken = Times(copy.starts_at, copy.ends_at, copy.start_date, copy.end_date, copy.cancelled)
    own = None if viewer.impersonator else next((copy for copy in copies if copy.owner_id == viewer.member_id), None)
    if own is None:
        return spoken, spoken, copy.zone
    when = Times(own.own_starts_at, own.own_ends_at, own.own_start_date, own.own_end_date, own.own_cancelled)
    return when, spoken, own.own_zone


def _facts(copy: _Copy) -> show.SharedCopy:
    return show.SharedCopy(copy.entry_id, copy.owner_id, copy.level, frozenset(copy.named))


def _copy_of(copy: _Copy, viewer: show.Viewer, who: WorkspaceIdentities) -> VisibleCopy:
    # Seen as somebody else everybody has a name, and a calendar's own name stays with its owner.
    mine = copy.owner_id == viewer.member_id and viewer.impersonator is None
    return VisibleCopy(
        who.names.get(copy.owner_id, ""), mine, show.capped(copy.level, who.cap), copy.calendar if mine else "", copy.frozen_at
    )


class _People(NamedTuple):
    """Who takes part in a meeting."""

    named: tuple[Participant, ...]
    """Outsiders first, the organizer before the others."""
    left: int
    """How many more are kept."""


NOBODY = _People((), 0)
MOST_LISTED = 30
"""Participants of a meeting in a list, which shows four of them; and all members among them, who are counted by name."""


class _Selves(NamedTuple):
    """Who of the participants is the viewer. Whoever looks as somebody else is nobody there: to everybody a claimed address is a stranger's."""

    member_id: int
    own: Collection[int]
    """The meetings that are in a calendar of theirs."""
    addresses: Collection[str]
    """All that stands for them there, claimed ones too (product.md, section 3). It opens nothing: what they see is decided before."""

    @classmethod
    def of(cls, viewer: show.Viewer, copies: Mapping[int, Sequence[_Copy]], who: WorkspaceIdentities) -> _Selves:
        if viewer.impersonator:
            return cls(0, (), ())
        me = viewer.member_id
        own = {event_id for event_id, found in copies.items() if any(copy.owner_id == me for copy in found)}
        return cls(me, own, who.addresses_of(me))

    def include(self, participant: _Named) -> bool:
        return participant.event_id in self.own and participant.address in self.addresses


def _participants(
    selves: _Selves, workspace_id: int, event_ids: Collection[int], who: WorkspaceIdentities, *, most: int
) -> dict[int, _People]:
    """Who takes part, so many of each meeting besides members."""
    own_domains = [*who.own_identities.domains, *who.own_identities.exact]
    said = sql.rows(SAID.format(said=OF_EVENTS), (own_domains, workspace_id, list(event_ids), most, workspace_id, workspace_id))
    return _people_of(map(_Named._make, said), selves, who)


def _named_by(selves: _Selves, workspace_id: int, copies: Mapping[int, Sequence[_Copy]], who: WorkspaceIdentities) -> dict[int, _People]:
    """The same by some copies of a meeting alone."""
    ids = [copy.entry_id for found in copies.values() for copy in found]
    if not ids:
        return {}
    rows = Entry.objects.of(workspace_id).filter(pk__in=ids).values_list("pk", "attendees", "more")
    lists = {pk: (named, more) for pk, named, more in rows}
    said: list[list[Any]] = []
    for event_id, found in copies.items():
        held = [_as_said(copy, *lists.get(copy.entry_id, ([], 0)), who) for copy in found]
        people = precedence.merged_attendees(held)
        kept = len(people) + max((copy.more for copy in held), default=0)
        said += [[event_id, a.address, a.name, a.response, a.role, a.organizer, kept] for a in people]
    return _people_of(map(_Named._make, sql.rows(SAID.format(said=OF_COPIES), (json.dumps(said), workspace_id))), selves, who)


def _as_said(copy: _Copy, named: list[list[Any]], more: int, who: WorkspaceIdentities) -> precedence.RankedCopy:
    rank = _rank(copy, who)
    return precedence.RankedCopy(
        rank.entry_id,
        rank.source,
        rank.organizer,
        rank.organized,
        rank.sequence,
        rank.updated,
        copy.own_starts_at,
        copy.own_ends_at,
        copy.own_zone,
        copy.own_cancelled,
        tuple(map(RemoteAttendee.of, named)),
        who.known_of(copy.owner_id),
        copy.owner_id,
        more=more,
    )


def _people_of(participants: Iterable[_Named], selves: _Selves, who: WorkspaceIdentities) -> dict[int, _People]:
    found: dict[int, list[Participant]] = defaultdict(list)
    kept: dict[int, int] = {}
    for one in participants:
        kept[one.event_id] = one.kept
        found[one.event_id].append(_participant(one, who, selves))
    return {
        event_id: _People(tuple(sorted(people, key=lambda p: not p.outsider)), kept[event_id] - len(people))
        for event_id, people in found.items()
    }


class _Named(NamedTuple):
    """Of an Attendee, and of the person that the address leads to."""

    event_id: int
    address: str
    name: str
    response: str
    role: str
    organizer: bool
    kept: int
    """Attendees of the event."""
    person_id: int | None
    person_name: str | None
    company_name: str | None


OF_EVENTS = """SELECT event_id, address, name, response, role, organizer, kept FROM (
SELECT t.*, count(*) OVER (PARTITION BY event_id) AS kept,
row_number() OVER (PARTITION BY event_id ORDER BY organizer DESC, substring(address FROM '[^@]*$') = ANY(%s), address) AS place
FROM calendars_attendee t WHERE workspace_id = %s AND event_id = ANY(%s)) t
WHERE place <= %s OR address IN (SELECT m.address FROM workspaces_memberaddress m WHERE m.workspace_id = %s)"""
OF_COPIES = """SELECT (said ->> 0)::bigint AS event_id, said ->> 1 AS address, said ->> 2 AS name, said ->> 3 AS response, said ->> 4 AS role,
(said ->> 5)::boolean AS organizer, (said ->> 6)::bigint AS kept FROM jsonb_array_elements(%s::jsonb) said"""
SAID = """WITH said AS MATERIALIZED (
{said}
), known AS MATERIALIZED (
SELECT DISTINCT ON (h.folded) h.folded, h.person_id, p.name, o.name AS company FROM records_personaddress h
JOIN records_person p ON p.workspace_id = h.workspace_id AND p.id = h.person_id AND p.trashed_at IS NULL
LEFT JOIN records_company o ON o.workspace_id = p.workspace_id AND o.id = p.company_id AND o.trashed_at IS NULL
WHERE h.workspace_id = %s AND h.folded = ANY(ARRAY(SELECT address FROM said))
ORDER BY h.folded, h."primary" DESC, p.created_at, p.id
)
SELECT t.event_id, t.address, t.name, t.response, t.role, t.organizer, t.kept, k.person_id, k.name, k.company
FROM said t LEFT JOIN known k ON k.folded = t.address ORDER BY t.organizer DESC, t.address"""
"""Each with the person of the tie rule of product.md, section 5. All addresses are looked up at once, however little PostgreSQL knows yet."""


def _participant(participant: _Named, who: WorkspaceIdentities, selves: _Selves) -> Participant:
    own = selves.include(participant)
    member_id = selves.member_id if own else who.members.get(participant.address)
    return Participant(
        address=participant.address,
        name=participant.name,
        response=participant.response,
        role=participant.role,
        organizer=participant.organizer,
        outsider=not own and not who.own_identities.includes(participant.address),
        person_id=participant.person_id,
        person_name=participant.person_name or "",
        company_name=participant.company_name or "",
        member_id=member_id,
        member_name=who.names.get(member_id, "") if member_id else "",
        me=member_id == selves.member_id,
    )


def _reasons(viewer: Member, event_ids: Collection[int]) -> Iterable[tuple[int, Reason]]:
    """Each record once: what the viewer's own copy leads to stands beside what is for everybody."""
    workspace_id = viewer.workspace_id
    rows = (
        Link.objects.of(workspace_id)
        .filter(event_id__in=event_ids, member__in=(0, viewer.pk))
        .order_by("record_kind", "record_id", "-member")
    )
    links = list({(link.event_id, link.record_kind, link.record_id): link for link in rows}.values())
    names = {
        kind: dict(
            model.objects.of(workspace_id).filter(pk__in=[x.record_id for x in links if x.record_kind == kind]).values_list("pk", "name")
        )
        for kind, model in ((RecordKind.PERSON, Person), (RecordKind.COMPANY, Company), (RecordKind.OPPORTUNITY, Opportunity))
    }
    by_hand = any(link.reason == Link.Reason.BY_HAND for link in links)
    members = who_is_who(workspace_id).names if by_hand else {}
    for link in links:
        name = names[RecordKind(link.record_kind)].get(link.record_id)
        if name is not None:
            record = LinkedRecord(NAMES[link.record_kind], link.record_id, name)
            because = link.because if link.reason != Link.Reason.BY_HAND else members.get(int(link.because or 0), "")
            yield link.event_id, Reason(record, link.reason, because, link.hidden)
