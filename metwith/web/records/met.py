"""People you meet: who stands in one's meetings and on no record. Ticks and one button; what is unticked stays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from metwith.calendars import queries
from metwith.calendars.account_status import account_overview, in_first_reading
from metwith.calendars.actions import contacts
from metwith.calendars.actions.choose import choose_new_people
from metwith.calendars.feed import MINE, FeedFilter, PageRequest
from metwith.calendars.models import NewPeople
from metwith.calendars.reads.strangers import Stranger, strangers
from metwith.lib import clock
from metwith.lib.addresses import domain_of, registrable
from metwith.lib.errors import Invalid
from metwith.lib.freemail import is_free_mail
from metwith.records.contacts import companies_of
from metwith.records.models import Company, Person
from metwith.rules.company_names import name_from_domain
from metwith.web.calendar import words
from metwith.web.calendar.rows import RowContext, past_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from metwith.calendars.account_status import CalendarView
    from metwith.records.contacts import ContactsMade
    from metwith.web.calendar.rows import Group
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

NEWEST = 10
"""Meetings shown while a calendar is read for the first time."""
PAGE = 100
"""So many stand on the page at a time; the next ones come when these are decided."""


@dataclass(frozen=True, slots=True)
class MetRow:
    """Somebody whom one meets, as the page sets them."""

    key: str
    name: str
    address: str
    company: str
    often: str
    """`met 3 times · 5 days ago`"""
    ticked: bool


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def met(request: MemberRequest) -> HttpResponse:
    """Who they are; posted, the ticked ones become people and the others stay out."""
    if request.method == "POST":
        return _decide(request)
    return render(request, "records/met.html", _context(request.member, clock.now()))


@never_cache
@require_safe
def met_part(request: MemberRequest) -> HttpResponse:
    """The same without the frame: asks for itself again while something is being read for the first time."""
    return render(request, "records/met.html#met", _context(request.member, clock.now()))


@never_cache
@require_GET
def met_hint(request: MemberRequest) -> HttpResponse:
    """For other pages: how many there are, where there are any."""
    found = [one for one in strangers(request.member, now=clock.now()) if one.likely and not one.left_out]
    return render(request, "records/met_hint.html", {"many": len(found)})


@require_http_methods(["GET", "HEAD", "POST"])
def met_left_out(request: MemberRequest) -> HttpResponse:
    """Those who were left out, to be let in again."""
    now = clock.now()
    found = [one for one in strangers(request.member, now=now) if one.left_out]
    if request.method == "POST":
        wanted = {*request.POST.getlist("key")}
        contacts.let_strangers_in(request.member, [one.address for one in found if one.key in wanted])
        return redirect("met-left-out")
    return render(request, "records/met_left_out.html", {"rows": _rows(request.member, found[:PAGE], now), "more": len(found) > PAGE})


def _decide(request: MemberRequest) -> HttpResponse:
    shown, ticked, now = {*request.POST.getlist("shown")}, {*request.POST.getlist("add")}, clock.now()
    found = [one for one in strangers(request.member, now=now) if one.key in shown]
    adding = {one.address: one.name for one in found if one.key in ticked}
    try:
        with transaction.atomic():
            if wanted := request.POST.get("new_people"):
                choose_new_people(request.member, wanted)
            made = contacts.add_strangers(request.member, adding, now)
            contacts.leave_strangers_out(request.member, [one.address for one in found if one.key not in ticked])
    except Invalid as wrong:
        return render(request, "records/met.html", _context(request.member, now) | {"problem": wrong.message}, status=422)
    messages.success(request, _told(made, left=len(found) - len(adding)))
    return redirect("people" if made.people else "met")


def _told(made: ContactsMade, left: int) -> str:
    people = ngettext("%(n)d person was added", "%(n)d people were added", len(made.people)) % {"n": len(made.people)}
    companies = ngettext("%(n)d company", "%(n)d companies", len(made.companies)) % {"n": len(made.companies)}
    out = ngettext("%(n)d stays out", "%(n)d stay out", left) % {"n": left}
    told = [_("%(people)s, with %(companies)s") % {"people": people, "companies": companies} if made.companies else people]
    return "; ".join(told + ([out] if left else [])) + "."


def _context(member: Member, now: datetime) -> dict[str, Any]:
    everybody = strangers(member, now=now)
    found = [one for one in everybody if not one.left_out]
    views = [view for view in account_overview(member, now=now) if not view.disconnected]
    calendars = [calendar for view in views for calendar in view.calendars if calendar.enabled]
    reading = [calendar for calendar in calendars if in_first_reading(calendar)]
    return {
        "rows": _rows(member, found[:PAGE], now),
        "more": len(found) - PAGE,
        "headline": headline(found),
        "left_out": len(everybody) - len(found),
        "reading": reading,
        "newest": _newest(member, now) if reading else (),
        "connected": bool(calendars),
        **_for_the_future(member, calendars),
    }


def _newest(member: Member, now: datetime) -> tuple[Group, ...]:
    """The latest of the member's own meetings, as they come in."""
    found = queries.timelines(MINE, member, [PageRequest(FeedFilter("past"), limit=NEWEST)], now=now).pages[0]
    return past_groups(found.items, RowContext(words.zone_of(member.user.time_zone), now))


def headline(offered: Sequence[Stranger]) -> str:
    """`You met 6 people at 3 companies, 18 times`; nothing of nobody."""
    met = [one for one in offered if one.met]
    if not met:
        many = len(offered)
        return ngettext("You will meet %(n)d person", "You will meet %(n)d people", many) % {"n": many} if many else ""
    people = ngettext("%(n)d person", "%(n)d people", len(met)) % {"n": len(met)}
    domains = {registrable(domain_of(one.address)) for one in met if not is_free_mail(domain_of(one.address))}
    companies = ngettext("%(n)d company", "%(n)d companies", len(domains)) % {"n": len(domains)}
    often = len(frozenset().union(*(one.met for one in met)))
    times = ngettext("%(n)d time", "%(n)d times", often) % {"n": often}
    if not domains:
        return _("You met %(people)s, %(times)s") % {"people": people, "times": times}
    return _("You met %(people)s at %(companies)s, %(times)s") % {"people": people, "companies": companies, "times": times}


def _rows(member: Member, offered: Sequence[Stranger], now: datetime) -> list[MetRow]:
    zone = words.zone_of(member.user.time_zone)
    today = now.astimezone(zone).date()
    companies = _companies(member, [one.address for one in offered])
    return [
        MetRow(
            one.key,
            one.name or one.address,
            one.address,
            companies.get(one.address, ""),
            _often(one, lambda at: words.relative_day(at.astimezone(zone).date(), today)),
            one.likely,
        )
        for one in offered
    ]


def _often(one: Stranger, day: Callable[[datetime], str]) -> str:
    if one.met and one.last:
        often = len(one.met)
        told = ngettext("met once", "met %(n)d times", often) % {"n": often}
        return f"{told} · {day(one.last)}"
    return f"{_('first meeting')} · {day(one.next)}" if one.next else ""


def _companies(member: Member, addresses: Sequence[str]) -> Mapping[str, str]:
    """Of each address at work: the name of the company on record, or the one that would be made."""
    held, _missing = companies_of(member.workspace_id, addresses)
    names = dict(Company.objects.of(member.workspace_id).filter(pk__in=held.values()).values_list("pk", "name"))
    work = [address for address in addresses if not is_free_mail(domain_of(address))]
    return {address: names.get(held.get(address, 0)) or name_from_domain(domain_of(address)) for address in work}


def _for_the_future(member: Member, calendars: Sequence[CalendarView]) -> dict[str, Any]:
    """What the calendars do with new people from now on. In a workspace without people, those of meetings that one organises."""
    now_set = {calendar.new_people for calendar in calendars}
    nobody = not Person.objects.of(member.workspace_id).exists()
    chosen = NewPeople.ORGANISED if nobody and now_set == {NewPeople.OFF} else now_set.pop() if len(now_set) == 1 else ""
    return {"new_people": NewPeople.choices, "chosen": chosen}
