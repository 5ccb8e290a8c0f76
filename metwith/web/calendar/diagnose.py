"""A meeting is missing? A member looks for it in their own calendars, live; the answer is on this page and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from metwith.calendars.inquiries.questions import ToFind
from metwith.calendars.transparency.diagnose import hosts_of
from metwith.calendars.vocabulary import DropReason
from metwith.web.calendar import origin, words
from metwith.web.site import inquiry

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from django.http import HttpResponse

    from metwith.calendars.transparency.diagnose import DiagnosisAnswer, FoundMeeting, Looked
    from metwith.calendars.vocabulary import Moment
    from metwith.web.site.members import MemberRequest


class MissingForm(forms.Form):
    """What is looked for."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    text = forms.CharField(
        label=gettext_lazy("A part of its title"), min_length=2, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A meeting that was found, in words."""

    title: str
    when: str
    calendar: str
    here: bool
    why: tuple[str, ...]
    todo: str
    todo_href: str
    todo_label: str
    href: str
    records: tuple[tuple[str, str], ...]
    """Name and page."""


# POST, so that no address, and so no log and no history, holds what was looked for.
@sensitive_post_parameters("text")
@sensitive_variables()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def missing(request: MemberRequest) -> HttpResponse:
    """Ask; a worker looks."""
    form = MissingForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "calendar/diagnose.html", {"form": form}, status=422 if form.is_bound else 200)
    wanted = ToFind(form.cleaned_data["day"], form.cleaned_data["text"])
    return inquiry.ask(request, inquiry.Kind.MISSING, wanted, landing=reverse("missing-found"), hosts=hosts_of(request.member))


@sensitive_variables()
@never_cache
@require_safe
def answer(request: MemberRequest) -> HttpResponse:
    """Tell, and forget."""
    got = inquiry.fetch(request, inquiry.Kind.MISSING)
    if not isinstance(got, inquiry.FetchedAnswer):
        return got
    form = MissingForm(initial={"day": got.asked.day, "text": got.asked.text})
    return render(request, "calendar/diagnose.html", {"form": form, "answer": _answer_words(got.answer, request)})


def _answer_words(answer: DiagnosisAnswer, request: MemberRequest) -> dict[str, object]:
    zone = words.zone_of(request.member.user.time_zone)
    return {
        "found": [found_row(found, zone) for found in answer.found],
        "looked": [(each.calendar, each.account, looked(each)) for each in answer.looked],
    }


def found_row(diagnosed: FoundMeeting, zone: ZoneInfo) -> FoundRow:
    """One of them in words."""
    words, (todo, label, href) = _why(diagnosed), _todo(diagnosed)
    return FoundRow(
        title=diagnosed.title.strip() or _("Without a title"),
        when=_when(diagnosed.start, diagnosed.end, zone),
        calendar=diagnosed.calendar,
        here=diagnosed.read,
        why=words,
        todo=todo,
        todo_label=label,
        todo_href=href,
        href=reverse("meeting", args=[diagnosed.event_id]) if diagnosed.event_id else "",
        records=tuple((record.name, origin.page(record.kind, record.id)) for record in diagnosed.records),
    )


def _when(start: Moment, end: Moment, zone: ZoneInfo) -> str:
    if isinstance(start, datetime) and isinstance(end, datetime):
        return words.clock_range(start.astimezone(zone), end.astimezone(zone))
    return _("All day")


def _why(diagnosed: FoundMeeting) -> tuple[str, ...]:
    reasons = tuple(_reason(reason, diagnosed) for reason in diagnosed.reasons)
    if diagnosed.reasons and diagnosed.event_id and not diagnosed.read:
        return (*reasons, _("It is here all the same, from a colleague's calendar."))
    if diagnosed.reasons and diagnosed.read:
        return (*reasons, _("It is here still: it goes with the next reading."))
    if diagnosed.reasons:
        return reasons
    return _here(diagnosed) if diagnosed.read else _to_come(diagnosed)


def _here(diagnosed: FoundMeeting) -> tuple[str, ...]:
    if diagnosed.records:
        return (_("It is here, on these records:"),)
    told = {"who": words.names(list(diagnosed.outsiders))}
    return (_("It is here, but on no record: no person has the address, and no company the domain, of %(who)s.") % told,)


def _to_come(diagnosed: FoundMeeting) -> tuple[str, ...]:
    words = _("Nothing keeps it out, but it was not read from this calendar yet: %(state)s.") % {"state": diagnosed.state.rstrip(".")}
    return (words, _("It is here from a colleague's calendar.")) if diagnosed.event_id else (words,)


def _reason(reason: DropReason, diagnosed: FoundMeeting) -> str:
    return {
        DropReason.SWITCHED_OFF: _("The calendar is switched off."),
        DropReason.TAKEN_OUT: _("You took it out for good."),
        DropReason.NOT_A_MEETING: _(
            "Nobody else takes part, or your calendar says it is no meeting: a birthday, time set aside, being away."
        ),
        DropReason.PRIVATE: _("It is private in your calendar. Private events are never stored."),
        DropReason.BLOCKED: _blocked(diagnosed),
        DropReason.INTERNAL: _("Only colleagues take part."),
        DropReason.SCHEDULING: _("It is an answer or a proposal, and no meeting."),
        DropReason.UNREADABLE: _("It cannot be read."),
    }[reason]


def _blocked(diagnosed: FoundMeeting) -> str:
    said = [
        (_("your own block of “%(what)s”") if block.mine else _("the workspace's block of “%(what)s”")) % {"what": block.pattern}
        for block in diagnosed.blocked_by
    ]
    return _("It is kept out by %(blocks)s.") % {"blocks": words.names(said)} if said else _("It is kept out by a block.")


def _todo(diagnosed: FoundMeeting) -> tuple[str, str, str]:
    """What could be changed, the words of a link, and where it leads; only of the first reason, the others would come after."""
    if not diagnosed.reasons:
        return ("", "", "")
    return {
        DropReason.SWITCHED_OFF: (
            _("You can switch it on."),
            _("Calendars of this account"),
            reverse("account", args=[diagnosed.account_id]),
        ),
        DropReason.TAKEN_OUT: (_("You can let it in again."), _("What you took out"), reverse("taken-out")),
        DropReason.NOT_A_MEETING: (_("Invite in your calendar whoever took part, and it comes in."), "", ""),
        DropReason.PRIVATE: (_("If it should come in, change that in your calendar."), "", ""),
        DropReason.BLOCKED: (_("A block can be taken away."), _("Never let in"), reverse("blocks")),
        DropReason.INTERNAL: (_("If one of them is not one of you, an admin can look at who counts as your own."), "", ""),
    }.get(diagnosed.reasons[0], ("", "", ""))


def looked(calendar: Looked) -> str:
    """How far was looked into a calendar."""
    if calendar.state == "refused":
        return _("Could not be asked: %(why)s") % {"why": _(calendar.message)}
    if calendar.state == "closed":
        return _("Cannot be asked any more: it is disconnected, or was a file.")
    words = ngettext("%(n)d entry looked through", "%(n)d entries looked through", calendar.items) % {"n": calendar.items}
    if calendar.state == "partly":
        words = _("%(words)s, then the time was over: it may be further on") % {"words": words}
    if calendar.unreadable:
        broken = ngettext("%(n)d cannot be read", "%(n)d cannot be read", calendar.unreadable) % {"n": calendar.unreadable}
        words = f"{words} · {broken}"
    return words
