"""The Calendar tab of a record: what is coming, what has been, and the ways to narrow it. The list of all meetings is the same with another feed.

`context` serves the record's page, `part` the same piece by itself for htmx. Both show the same state for the same query string.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from metwith.calendars import queries
from metwith.calendars.account_status import Freshness, freshness
from metwith.calendars.feed import PageRequest
from metwith.calendars.read_models import Timeline
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.privacy.view_as import note_look
from metwith.web.calendar import download, header, origin, view_as, words
from metwith.web.calendar.filters import Filters, parse, period_words, periods
from metwith.web.calendar.period import period, view
from metwith.web.calendar.rows import Group, RowContext, past_groups, telling, upcoming_groups
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from django.http import HttpResponse

    from metwith.calendars.read_models import LinkedRecord
    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord
    from metwith.rules.identity import WorkspaceIdentities
    from metwith.web.calendar.origin import FeedPage
    from metwith.web.calendar.period.view import PeriodView
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

NEAREST = 5
"""Upcoming ones shown at first."""
PAGE = 25
NOTHING = Timeline((), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a filter's menu."""

    label: str
    query: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """A chip that unfolds."""

    label: str
    """What the chip says."""
    active: bool
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """Everything that templates/calendar/tab.html sets."""

    page: str
    """The page that it stands on; with a query string, the state of this tab."""
    part: str
    """The same for htmx."""
    filters: Filters
    upcoming: tuple[Group, ...]
    past: tuple[Group, ...]
    more_upcoming: str
    """Query string, or nothing when there are no more."""
    more_upcoming_label: str
    earlier: str
    later_page: bool
    """This is not the first page: there is a way back to it."""
    today: str
    today_iso: str
    period: Menu
    colleague: Menu
    cancelled: Choice
    everything: str
    """Query string without any filter."""
    state: Freshness | None
    problem: str
    empty: tuple[str, str]
    """A heading and a sentence, when there is nothing to show."""
    connect: bool
    """Nobody has connected a calendar yet."""
    view_as: str
    """The name of the colleague through whose eyes this is; else nothing."""
    view_as_menu: Menu
    """Colleagues to see it as."""
    as_oneself: str
    """Query string of the same through one's own eyes."""
    narrowing: str
    """What opens the filters where the screen is narrow: `Filter (2)`."""
    narrowed: str
    """Query string of the filters alone, for the same meetings as a file."""
    files: tuple[tuple[str, str], ...]
    """Ending and label of each kind of file."""
    views: tuple[Choice, ...]
    """List, month and week."""
    sides: tuple[Choice, ...]
    """Of all meetings: everybody's, and the viewer's own."""
    period_view: PeriodView | None
    """The month or the week; None for the list."""


def context(request: MemberRequest, kind: Kind, record: AnyRecord) -> dict[str, Any]:
    """What `{% include "calendar/tab.html" %}` needs on a record's page, and the page's header, read in the same breath."""
    now = clock.now()
    place = origin.of_record(kind, record)
    asked, meetings = read(request.member, place, request.GET, now, with_header=True)
    _note(request.member, kind, record, asked, opened=True)
    told = header.header_from(
        request.member,
        kind,
        record.pk,
        last=meetings.page("last"),
        following=meetings.page("following"),
        count=meetings.count,
        now=now,
        narrowed=Filters(view_as=asked.filters.view_as).query(),
    )
    return {"tab": tab_of(request.member, place, asked, meetings), "header": told}


@require_safe
def part(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """The tab alone, or the next piece of a list; with a plain request, the record's page in the same state."""
    record = origin.find(request.member, kind, record_id)
    place = origin.of_record(kind, record)
    if not request.htmx:
        return redirect(f"{place.page}?{request.GET.urlencode()}" if request.GET else place.page)
    asked, meetings = read(request.member, place, request.GET, clock.now(), with_header=False)
    _note(request.member, kind, record, asked, opened=False)
    return piece_of(request, place, asked, meetings)


def piece_of(request: MemberRequest, place: FeedPage, asked: TabRequest, meetings: Meetings) -> HttpResponse:
    """The tab alone, or the next piece of a list, as htmx asks for it."""
    piece = {"earlier": "#earlier", "later": "#later"}.get(request.htmx.target or "", "")
    answer = render(request, f"calendar/tab.html{piece}", {"tab": tab_of(request.member, place, asked, meetings)})
    patch_vary_headers(answer, ["HX-Request"])
    if request.htmx.trigger == "calendar-q":
        # Typing changes the address without a step in the history for every letter; links name the address they lead to themselves.
        query = asked.filters.query()
        answer["HX-Replace-Url"] = f"{place.page}?{query}" if query else place.page
    return answer


def _note(viewer: Member, kind: Kind, record: AnyRecord, asked: TabRequest, *, opened: bool) -> None:
    if asked.view_as:
        note_look(viewer, asked.view_as, kind, record.pk, whose=asked.filters.colleague, opened=opened, now=asked.context.now)


@dataclass(frozen=True, slots=True)
class TabRequest:
    """What the address asks for, and through whose eyes."""

    filters: Filters
    context: RowContext
    who: WorkspaceIdentities
    view_as: int = 0
    """The colleague as whom the viewer looks."""


@dataclass(frozen=True, slots=True)
class Meetings:
    """What was read for a page."""

    pages: Mapping[str, Timeline]
    """By name: what `_turns` and `HEADED`, or for a month or a week `calendar_spread`, asks for."""
    count: int = 0
    problem: str = ""

    def page(self, name: str) -> Timeline:
        """Nothing where nothing was asked for."""
        return self.pages.get(name, NOTHING)


def read(
    viewer: Member, place: FeedPage, parameters: Mapping[str, str], now: datetime, *, with_header: bool
) -> tuple[TabRequest, Meetings]:
    """Everything the page needs in one go: its cost lies in the number of questions, not of rows."""
    zone = words.zone_of(viewer.user.time_zone)
    who = who_is_who(viewer.workspace_id)
    filters = parse(parameters, now.astimezone(zone).date())
    filters = replace(filters, mine=False) if place.record_id else replace(filters, view_as="")
    colleague_id = view_as.asked(filters.view_as, viewer, who)
    filters = replace(filters, view_as=str(colleague_id or ""))
    context = RowContext(
        zone,
        now,
        origin.Origin(place.kind, place.record_id, filters.query()).query,
        view_as=who.names[colleague_id] if colleague_id else "",
    )
    asked = TabRequest(filters, context, who, colleague_id)
    count_up_to = header.MANY if with_header else 0

    def ask(turns: Mapping[str, PageRequest]) -> tuple[dict[str, Timeline], int]:
        whose, wanted = place.whose(mine=filters.mine), tuple(turns.values())
        found = queries.timelines(whose, viewer, wanted, now=now, count_up_to=count_up_to, who=asked.who, view_as=asked.view_as)
        return dict(zip(turns, found.pages, strict=True)), found.count

    headed = HEADED if with_header else {}
    problem = filters.problem
    if filters.leaf:
        pages, count = ask(view.turns(filters, filters.leaf) | headed)
        if further := view.further(filters, filters.leaf, pages["shown"], context.today):
            pages |= ask(further)[0]
    else:
        try:
            pages, count = ask(_turns(filters) | headed)
        except Invalid as wrong:
            pages, count = ask(headed)
            problem = wrong.message
    if not place.record_id:
        asked = replace(asked, context=replace(context, records=_records(viewer, pages)))
    return asked, Meetings(pages, count, problem)


def _records(viewer: Member, pages: Mapping[str, Timeline]) -> Mapping[int, tuple[LinkedRecord, ...]]:
    """Of what stands on no record's page, the records."""
    shown = {meeting.id for page in pages.values() for meeting in page.items}
    return {event_id: telling(records) for event_id, records in queries.records_of(viewer, [*shown]).items()}


HEADED = {"last": queries.LAST, "following": queries.NEXT}


def _turns(filters: Filters) -> dict[str, PageRequest]:
    """The two halves of the list; a page further into one of them leaves out the other."""
    turns = {}
    if not filters.before:
        limit = PAGE if filters.whole else NEAREST + 1
        turns["upcoming"] = PageRequest(filters.ask("upcoming"), filters.after or None, limit)
    if not filters.after:
        turns["past"] = PageRequest(filters.ask("past"), filters.before or None, PAGE)
    return turns


def tab_of(viewer: Member, place: FeedPage, asked: TabRequest, meetings: Meetings) -> Tab:
    """The tab as `viewer` may see it."""
    filters, context = asked.filters, asked.context
    upcoming, past = meetings.page("upcoming"), meetings.page("past")
    nothing = not (
        any(page.items for name, page in meetings.pages.items() if name not in HEADED) or (meetings.problem and not filters.leaf)
    )
    period_view = view.period_view(filters, filters.leaf, meetings.pages, context) if filters.leaf else None
    return Tab(
        page=place.page,
        part=place.part,
        filters=filters,
        upcoming=upcoming_groups(upcoming.items if filters.whole else upcoming.items[:NEAREST], context),
        past=past_groups(past.items, context, filters.month),
        **_ways_on(filters, upcoming, past, context),
        later_page=bool(filters.before or filters.after),
        today=f"{_('Today')}, {words.long_day(context.today, context.today)}",
        today_iso=context.today.isoformat(),
        period=_periods(filters),
        colleague=_colleagues(viewer, asked),
        cancelled=Choice(_("Without cancelled"), filters.query(cancelled="no" if filters.cancelled else None), not filters.cancelled),
        everything=Filters(whole=filters.whole, view_as=filters.view_as, mine=filters.mine, leaf=filters.leaf).query(),
        # How a colleague's calendars are doing is not the looker's to see.
        state=None if asked.view_as else freshness(viewer, now=context.now),
        problem=meetings.problem,
        empty=_empty(place, filters, nothing=nothing) if nothing or (period_view and not meetings.page("shown").items) else ("", ""),
        connect=nothing and not filters.active and not queries.anybody_connected(viewer.workspace_id),
        view_as=context.view_as,
        view_as_menu=_see_as(viewer, asked) if place.record_id else Menu("", active=False, choices=()),
        as_oneself=filters.query(**{"as": None}),
        narrowing=_("Filter (%(n)d)") % {"n": filters.many} if filters.many else _("Filter"),
        narrowed=filters.query(upcoming=None, view=None, on=None, **{"as": None}),
        files=download.choices(),
        views=_views(filters, context.today),
        sides=() if place.record_id else _sides(filters),
        period_view=period_view,
    )


def _views(filters: Filters, today: date) -> tuple[Choice, ...]:
    """The other views at the same time: a period of the list becomes the month or the week that it begins in."""
    shown = filters.leaf
    begins = filters.start or (filters.end - timedelta(days=1) if filters.end else None)
    span = {"period": None, "from": None, "to": None, "upcoming": None}
    choices = [Choice(_("List"), filters.query(view=None, on=None), shown is None)]
    views: tuple[tuple[period.View, str], ...] = (("month", _("Month")), ("week", _("Week")))
    for shape, label in views:
        if shown:
            on = shown.on if shown.view == shape else shown.turned(shape, today)
        else:
            inside = begins is None or (begins <= today and (filters.end is None or today < filters.end))
            on = "" if inside or begins is None else begins.isoformat()[: 7 if shape == "month" else 10]
        choices.append(Choice(label, filters.query(view=shape, on=on, **span), shown is not None and shown.view == shape))
    return tuple(choices)


def _sides(filters: Filters) -> tuple[Choice, ...]:
    """What stands on records, and what is the viewer's own."""
    return (
        Choice(_("Everybody"), filters.query(mine=None), not filters.mine),
        Choice(_("Mine"), filters.query(mine="true"), filters.mine),
    )


def _ways_on(filters: Filters, upcoming: Timeline, past: Timeline, context: RowContext) -> dict[str, str]:
    """The links to what does not stand on this page."""
    label, more = "", ""
    if not filters.whole and len(upcoming.items) > NEAREST:
        label, more = _("Show all upcoming"), filters.query(upcoming="all")
    elif filters.whole and upcoming.next:
        label, more = _("Later meetings"), filters.query(after=upcoming.next)
    earlier = ""
    if past.next:
        ended_in = past_groups(past.items[-1:], context)[0].key
        earlier = filters.query(before=past.next, month=ended_in)
    return {"more_upcoming": more, "more_upcoming_label": label, "earlier": earlier}


def _periods(filters: Filters) -> Menu:
    choices = tuple(
        Choice(label, filters.query(period=value, **{"from": None, "to": None}), filters.period == value) for value, label in periods()
    )
    return Menu(period_words(filters), bool(filters.period), choices)


def _others(viewer: Member, who: WorkspaceIdentities) -> dict[int, str]:
    """The other members by name."""
    ordered = sorted((name.casefold(), pk, name) for pk, name in who.names.items() if pk != viewer.pk)
    return {pk: name for _key, pk, name in ordered}


def _see_as(viewer: Member, asked: TabRequest) -> Menu:
    """Each colleague; choosing one opens the page anew."""
    filters = asked.filters
    choices = (Choice(name, filters.query(**{"as": pk}), asked.view_as == pk) for pk, name in _others(viewer, asked.who).items())
    return Menu(_("See it as"), bool(asked.view_as), tuple(choices))


def _colleagues(viewer: Member, asked: TabRequest) -> Menu:
    """Everybody, me, and the others by name."""
    filters = asked.filters
    labels = {viewer.pk: _("Me")} | _others(viewer, asked.who)
    everyone = filters.query(**{"with": None})
    choices = [Choice(_("Everyone"), everyone, filters.colleague is None)]
    choices += [Choice(label, f"{everyone}&with={pk}".lstrip("&"), filters.colleague == pk) for pk, label in labels.items()]
    return Menu(labels.get(filters.colleague or 0, _("Everyone")), filters.colleague is not None, tuple(choices))


def _empty(place: FeedPage, filters: Filters, *, nothing: bool) -> tuple[str, str]:
    """`nothing`: not even before or after the month or the week that is shown."""
    if filters.leaf and (filters.active or not nothing):
        return view.empty(filters.leaf, place.name), _no_match(place) if filters.active else ""
    if filters.before or filters.after:
        return _("No more meetings"), _("This was the end of the list.")
    if filters.active:
        return _("No meeting fits"), _no_match(place)
    if place.record_id:
        return (
            _("No meetings with %(name)s yet") % {"name": place.name},
            _("They appear here by themselves once somebody on your team has one in a connected calendar."),
        )
    if filters.mine:
        return _("No meetings of yours yet"), _("They appear here by themselves once one is in a calendar of yours, or names you.")
    return _("No meetings yet"), _("They appear here by themselves once somebody takes part who is among your people and companies.")


def _no_match(place: FeedPage) -> str:
    if not place.record_id:
        return _("Nothing matches what you narrowed the list to.")
    return _("Nothing with %(name)s matches what you narrowed the list to.") % {"name": place.name}
