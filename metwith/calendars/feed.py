"""The feed: which meetings stand on a record, on any, or are a viewer's own, in what order, a page at a time. All pages of a request are one statement.

`Link` rows hold what this needs, and the index `link_feed` has them in order: each page is a range of it. Conditions that look beyond
the row are asked row by row in that order (`OFFSET 0` keeps PostgreSQL from turning them into a join that reads everything first).
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from metwith.calendars.reads import figures, titles, whole
from metwith.calendars.reads.named import names_sql
from metwith.calendars.reads.visible import shown
from metwith.calendars.reads.whole import ON_A_RECORD
from metwith.lib.errors import Invalid
from metwith.lib.sql import Sql, joined, rows
from metwith.records.kinds import NUMBERS
from metwith.rules import show
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metwith.calendars.reads.titles import TitleWords
    from metwith.records.kinds import Kind
    from metwith.rules.identity import WorkspaceIdentities


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose feed it is: a record's, or one of the two below."""

    kind: Kind | Literal["everybody", "mine"]
    record_id: int = 0


EVERYBODY = Whose("everybody")
"""What stands on any record."""
MINE = Whose("mine")
"""What is in the viewer's calendars or names them by a verified address, also on no record."""

type When = Literal["upcoming", "past", "all"]
type Mark = tuple[datetime, int]
"""A place in a feed: start and event."""

LONGEST = timedelta(days=31)
"""A meeting that began longer ago counts as past even while it lasts: so the feed needs no second index by end."""
ALL = Sql("TRUE")
LINKS = Sql("calendars_link l")


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """What part of a feed is wanted."""

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
    figure: bool = False
    """Only what counts as met, when it is past, or as next, when it is upcoming (`rules/met.py`): as the speaking copies have it, whatever
    the viewer's own say. A meeting that has begun is past then."""
    reaching: bool = False
    """Also what began before `start`, by `LONGEST` at most, and lasts into it."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page of a timeline."""

    ask: FeedFilter = FeedFilter()
    cursor: str | None = None
    limit: int = 25
    earliest_first: bool = False
    """In the order of a diary, whenever it is."""

    @property
    def rising(self) -> bool:
        """Upcoming ones come nearest first, all others newest first unless told otherwise."""
        return self.earliest_first or self.ask.when == "upcoming"


class FeedContext(NamedTuple):
    """Who looks, when and from where."""

    workspace_id: int
    viewer: show.Viewer
    zone: ZoneInfo
    now: datetime
    who: WorkspaceIdentities
    spared: Sql | None = None
    """Which copies are there to be shown (`visible.condition`); None: all."""
    searches: Mapping[str, TitleSearch] = {}
    """What is looked for in titles, by `FeedFilter.q`."""


class TitleSearch(NamedTuple):
    """What is looked for in titles, and the meetings that may have it; None: any."""

    words: TitleWords
    candidates: list[int] | None


class Places(NamedTuple):
    """What stands where."""

    pages: list[list[Mark]]
    """One for each turn; with one place more than its limit when there is a next page."""
    many: int
    """How many meetings of the record count as met or next, up to the cap that was asked for."""


def read_positions(whose: Whose, turns: Sequence[PageRequest], context: FeedContext, *, count_up_to: int = 0) -> Places:
    """The pages of a feed, and of a record's the count. Raises Invalid for a bad cursor."""
    context = context._replace(searches={q: _seek(q, context) for q in dict.fromkeys(turn.ask.q for turn in turns) if q.strip()})
    feeds = _feeds(context, whose, _member(context.viewer))
    figured = _counting(_feeds(context, whose, 0), context, whose) if any(turn.ask.figure for turn in turns) else []
    asked = [_page(number, feed, turn, context) for number, turn in enumerate(turns) for feed in (figured if turn.ask.figure else feeds)]
    if count_up_to:
        asked.append(_count(len(turns), _counting(feeds, context, whose), count_up_to))
    if not asked:
        return Places([], 0)
    statement = joined(asked, " UNION ALL ")
    found: list[list[list[Mark]]] = [[[] for _feed in feeds] for _turn in turns]
    count = 0
    for turn, feed, starts_at, event_id in rows(statement.text, statement.params):
        if turn == len(turns):
            count = event_id
        else:
            found[turn][feed].append((starts_at, event_id))
    return Places([_merged(pages, turn) for pages, turn in zip(found, turns, strict=True)], count)


def _seek(q: str, context: FeedContext) -> TitleSearch:
    words = titles.words_of(q)
    return TitleSearch(words, titles.candidates(context.workspace_id, context.viewer, words))


def _merged(pages: list[list[Mark]], request: PageRequest) -> list[Mark]:
    """The next places of several feeds as one, each event once."""
    ordered = merge(*(sorted(page, reverse=not request.rising) for page in pages), reverse=not request.rising)
    return list(islice(dict.fromkeys(ordered), request.limit + 1))


class _Feed(NamedTuple):
    number: int
    where: Sql
    source: Sql = LINKS
    """The rows `l`."""
    several: bool = False
    """A meeting may have several rows."""
    by_calendar: bool = False
    """The rows are those of the viewer's calendars, a page of each."""


def _member(viewer: show.Viewer) -> int:
    """Whose own rows stand in place of everybody's; 0: nobody's. Seen as somebody else, a copy that only they have tells nothing."""
    return 0 if viewer.impersonator else viewer.member_id


def _feeds(context: FeedContext, whose: Whose, member_id: int) -> list[_Feed]:
    """The feeds that are merged into one. An opportunity reads those of its company and its point of contact, and what was linked by hand."""
    if whose.kind == "mine":
        return _own(context)
    if whose.kind == "everybody":
        where = [whole.everybody(context.workspace_id, member_id), *shown(context.spared)]
        return [_Feed(0, joined(where, " AND "), several=True)]
    return [
        _Feed(number, joined([where, *shown(context.spared)], " AND "))
        for number, where in enumerate(_sources(context.workspace_id, whose.kind, whose.record_id, member_id))
    ]


def _own(context: FeedContext) -> list[_Feed]:
    """What is in the viewer's calendars; and, where there is an address by which a copy may name them, what is not."""
    own, viewer = _Feed(0, ALL, by_calendar=True), context.viewer
    if not viewer.addresses:
        return [own]
    return [own, _Feed(1, ALL, whole.naming(context.workspace_id, viewer, context.spared or ALL))]


def _sources(workspace_id: int, kind: Kind, record_id: int, member_id: int) -> list[Sql]:
    own = _of(workspace_id, NUMBERS[kind], Sql("%s", (record_id,)), member_id)
    if kind != "opportunity":
        return [own]
    stays = Sql(
        "NOT EXISTS (SELECT 1 FROM calendars_link o WHERE o.workspace_id = l.workspace_id AND o.event_id = l.event_id"
        " AND o.record_kind = %s AND o.record_id = %s AND o.hidden OFFSET 0)",
        (int(RecordKind.OPPORTUNITY), record_id),
    )
    through = [
        joined([_of(workspace_id, source, _its(workspace_id, record_id, column), member_id), stays], " AND ")
        for source, column in ((RecordKind.COMPANY, "company_id"), (RecordKind.PERSON, "contact_id"))
    ]
    return [own, *through]


def _of(workspace_id: int, kind: RecordKind, record: Sql, member_id: int) -> Sql:
    """Everybody's rows, but for the meetings of which the member has one of their own; or with 0 everybody's."""
    where = (workspace_id, int(kind), *record.params)
    whose = Sql(PREFERRED.format(record=record.text), (member_id, *where, member_id)) if member_id else Sql("l.member = 0")
    text = f"l.workspace_id = %s AND NOT l.hidden AND l.record_kind = %s AND l.record_id = {record.text} AND {whose.text}"
    return Sql(text, (*where, *whose.params))


PREFERRED = """(l.member = %s OR l.member = 0 AND l.event_id <> ALL(ARRAY(SELECT o.event_id FROM calendars_link o
WHERE o.workspace_id = %s AND NOT o.hidden AND o.record_kind = %s AND o.record_id = {record} AND o.member = %s AND o.member > 0)))"""
"""An ARRAY of a subquery is read once, by an index that holds such rows alone; nearly always there are none."""


def _counting(feeds: Sequence[_Feed], context: FeedContext, whose: Whose) -> list[_Feed]:
    """Of a record's feeds only what counts as met or next."""
    if whose.kind == "everybody" or whose.kind == "mine":  # noqa: PLR1714  mypy narrows by this
        raise ValueError("only a record is met")
    counts = figures.counting(_through(context.workspace_id, whose.kind, whose.record_id), context.who, context.spared or ALL)
    return [_Feed(feed.number, joined([feed.where, counts], " AND ")) for feed in feeds]


def _through(workspace_id: int, kind: Kind, record_id: int) -> Sql:
    """The ids of the person and of the company through which meetings are on a record, as `figures.counting` takes them."""
    if kind == "opportunity":
        return joined([_its(workspace_id, record_id, column) for column in ("contact_id", "company_id")], ", ")
    return Sql("%s::bigint, NULL::bigint" if kind == "person" else "NULL::bigint, %s::bigint", (record_id,))


def _its(workspace_id: int, opportunity_id: int, column: str) -> Sql:
    """Company or contact of an opportunity; of one in the trash, nobody."""
    text = f"(SELECT d.{column} FROM records_opportunity d WHERE d.workspace_id = %s AND d.id = %s AND d.trashed_at IS NULL)"  # noqa: S608  ours
    return Sql(text, (workspace_id, opportunity_id))


def _page(number: int, feed: _Feed, request: PageRequest, context: FeedContext) -> Sql:
    # What narrows a list stands within the LIMIT: taken off afterwards, a page would come out short, or empty with more behind it.
    where = joined([feed.where, *_narrowed(request.ask, context), *_past_bounds(_mark(request.cursor), rising=request.rising)], " AND ")
    # In the order of the index, from a key on rather than an offset, so that the thousandth page costs what the first does. The event's id
    # decides between two that begin at once: without it a page could begin between them and leave one out.
    way = "ASC" if request.rising else "DESC"
    # One more than is shown tells whether there is a next page. Each feed gives as many, since all of a merged page may be of one of them.
    rest = Sql(f"WHERE {where.text} ORDER BY l.starts_at {way}, l.event_id {way} LIMIT %s", (*where.params, request.limit + 1))
    if feed.by_calendar:
        read = whole.in_own_calendars(context.workspace_id, context.viewer.member_id, context.spared or ALL, rest)
    else:
        once = "DISTINCT " if feed.several else ""
        params = (*feed.source.params, *rest.params)
        read = Sql(f"(SELECT {once}l.starts_at, l.event_id FROM {feed.source.text} {rest.text})", params)  # noqa: S608  values are params
    return Sql(f"SELECT {number}, {feed.number}, l.starts_at, l.event_id FROM {read.text} l", read.params)  # noqa: S608  as above


def _count(number: int, feeds: Sequence[_Feed], cap: int) -> Sql:
    """Each event once, and no further than the cap: counting on would cost more than it tells."""
    text = "(SELECT l.event_id FROM calendars_link l WHERE {} LIMIT %s)"
    held = joined([Sql(text.format(feed.where.text), (*feed.where.params, cap)) for feed in feeds], " UNION ")
    return Sql(f"(SELECT {number}, 0, NULL, least(count(*), %s) FROM ({held.text}) held)", (cap, *held.params))  # noqa: S608  values are params


def _narrowed(feed_filter: FeedFilter, context: FeedContext) -> list[Sql]:
    found = (
        figures.side(feed_filter.when, context.now, ZoneInfo(context.who.zone)) if feed_filter.figure else _side(feed_filter.when, context)
    )
    if feed_filter.start:
        bounds = _midnights(feed_filter.start, context.zone)
        found.append(Sql(REACHING, (*bounds * 3, LONGEST)) if feed_filter.reaching else Sql(BEGINNING, bounds * 2))
    if feed_filter.end:
        bounds = _midnights(feed_filter.end, context.zone)
        found.append(Sql("l.starts_at < CASE WHEN l.all_day THEN %s ELSE %s END AND l.starts_at < greatest(%s, %s)", bounds * 2))
    if not feed_filter.cancelled:
        found.append(Sql(figures.NOT_CANCELLED))
    if feed_filter.colleague:
        spared = context.spared or ALL
        there = _known(context)
        text = IN_CALENDARS_OF.format(spared=spared.text, known=there.text)
        found.append(Sql(text, (context.workspace_id, feed_filter.colleague, *spared.params, *there.params)))
    if feed_filter.q.strip():
        found += _titled(context, context.searches[feed_filter.q])
    return found


def _titled(context: FeedContext, search: TitleSearch) -> list[Sql]:
    among = [] if search.candidates is None else [Sql("l.event_id = ANY(%s)", (search.candidates,))]
    there = _known(context)
    return [
        *among,
        titled(
            search.words, context.workspace_id, context.viewer, event="l.event_id", row_by_row=True, spared=context.spared, shown_to=there
        ),
    ]


def _known(context: FeedContext) -> Sql:
    """The same as `known`, for a copy of a feed's row: what stands there for everybody is on a record."""
    either = copy_is_known(context.workspace_id, context.viewer, "l.event_id")
    return Sql(f"(l.member = 0 OR {either.text})", either.params)


BEGINNING = "l.starts_at >= CASE WHEN l.all_day THEN %s ELSE %s END AND l.starts_at >= least(%s, %s)"
REACHING = """(l.starts_at >= CASE WHEN l.all_day THEN %s ELSE %s END OR l.ends_at > CASE WHEN l.all_day THEN %s ELSE %s END)
AND l.starts_at > least(%s, %s) - %s"""
"""The second half of each is what the index can jump to."""
IN_CALENDARS_OF = """EXISTS (SELECT 1 FROM calendars_entry e WHERE e.workspace_id = l.workspace_id AND e.event_id = l.event_id
AND e.calendar_id = ANY(ARRAY(SELECT c.id FROM calendars_calendar c
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
WHERE c.workspace_id = %s AND a.member_id = %s)) AND {spared} AND {known} OFFSET 0)"""
"""An ARRAY of a subquery is read once, not for every row."""


def _side(when: When, context: FeedContext) -> list[Sql]:
    """Upcoming is what has not ended; an all-day meeting ends with its day where the viewer is."""
    if when == "all":
        return []
    today = datetime.combine(context.now.astimezone(context.zone).date(), time(), UTC)
    over = Sql("l.ends_at <= CASE WHEN l.all_day THEN %s ELSE %s END", (today, context.now))
    began_long_ago = context.now - LONGEST
    if when == "past":
        ended = Sql(f"(l.starts_at <= %s OR {over.text})", (began_long_ago, *over.params))
        return [ended, Sql("l.starts_at < %s", (context.now + timedelta(days=1),))]
    return [Sql("l.starts_at > %s", (began_long_ago,)), Sql(f"NOT {over.text}", over.params)]


def _midnights(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Where a day begins for all-day meetings, which go by their date, and for others: where the viewer is."""
    return datetime.combine(day, time(), UTC), datetime.combine(day, time(), zone)


def _past_bounds(mark: Mark | None, *, rising: bool) -> list[Sql]:
    """What comes after a mark."""
    return [Sql(f"(l.starts_at, l.event_id) {'>' if rising else '<'} (%s, %s)", mark)] if mark else []


def cursor(mark: Mark) -> str:
    """A mark as the outside hands it back; opaque there."""
    return base64.urlsafe_b64encode(json.dumps([mark[0].isoformat(), mark[1]]).encode()).decode().rstrip("=")


def _mark(text: str | None) -> Mark | None:
    if not text:
        return None
    try:
        at, event_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        found = datetime.fromisoformat(at), int(event_id)
        # PostgreSQL takes neither a year before the first nor an offset of more than 16 hours.
        known = found[0].tzinfo is not None and found[0].astimezone(UTC).year > 1 and 0 <= found[1] < 2**63
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Invalid("cursor", _("The cursor is not one that we gave out. Start again without it.")) from error
    if not known:
        raise Invalid("cursor", _("The cursor is not one that we gave out. Start again without it."))
    return found[0].astimezone(UTC), found[1]


def titled(
    words: TitleWords,
    workspace_id: int,
    viewer: show.Viewer,
    *,
    event: str,
    row_by_row: bool,
    spared: Sql | None = None,
    shown_to: Sql | None = None,
) -> Sql:
    """That a copy of `event` (a column) has a title that this viewer may see and that holds the words, and that the viewer may know of (`shown_to`; else `known`).

    The database's side of rules/show.py, held to it by a test. The attendees are judged by their addresses: a name that reads like one
    is no proof of having taken part.
    """
    there = shown_to or copy_is_known(workspace_id, viewer, event)
    looks = (viewer.impersonator, show.alone(viewer)) if viewer.impersonator else (viewer,)
    # Both of them of the same copy: else a match would tell what stands in one that the impersonator may not see.
    seen = joined([*(title_seen(workspace_id, one) for one in looks), *([spared] if spared else []), there], " AND ")
    held, fence = titles.holds(words), " OFFSET 0" if row_by_row else ""
    return Sql(TITLED.format(event=event, seen=seen.text, held=held.text, fence=fence), (workspace_id, *seen.params, *held.params))


def copy_is_known(workspace_id: int, viewer: show.Viewer, event: str) -> Sql:
    """That a copy `e` is there for a viewer: its event (a column) is on a record, or the copy is theirs or names them."""
    mine = theirs(workspace_id, viewer)
    return Sql(f"({ON_A_RECORD.format(of='e', event=event)} OR {mine.text})", mine.params)


def title_seen(workspace_id: int, viewer: show.Viewer) -> Sql:
    """That the title of a copy `e` may be shown to a viewer, whoever looks on: `rules/show.py`, as the database judges it."""
    levels = titles.LEVELS if viewer.cap in titles.LEVELS else []
    naming = names_sql(viewer.addresses)
    params = (levels, workspace_id, viewer.member_id, workspace_id, levels, *naming.params)
    return Sql(TITLE_SEEN.format(naming=naming.text), params)


def theirs(workspace_id: int, viewer: show.Viewer) -> Sql:
    """That a copy is the viewer's, or names them."""
    naming = names_sql(viewer.addresses)
    return Sql(THEIRS.format(naming=naming.text), (workspace_id, viewer.member_id, *naming.params))


TITLED = """EXISTS (SELECT 1 FROM calendars_entry e
WHERE e.workspace_id = %s AND e.event_id = {event} AND CASE WHEN {seen} THEN {held} ELSE FALSE END{fence})"""
"""Who may see a title is asked first: else a hidden one that holds the words would take longer than one that does not."""
THEIRS = """(e.calendar_id = ANY(ARRAY(SELECT c.id FROM calendars_calendar c
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id WHERE c.workspace_id = %s AND a.member_id = %s))
OR {naming})"""
TITLE_SEEN = """(e.sharing = ANY(%s)
OR e.calendar_id = ANY(ARRAY(SELECT c.id FROM calendars_calendar c
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id WHERE c.workspace_id = %s AND a.member_id = %s))
OR e.sharing = '' AND e.calendar_id = ANY(ARRAY(SELECT c.id FROM calendars_calendar c
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
WHERE c.workspace_id = %s AND coalesce(nullif(c.sharing, ''), a.sharing) = ANY(%s)))
OR {naming})"""
