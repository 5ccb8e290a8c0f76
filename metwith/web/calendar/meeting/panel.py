"""One meeting in full: the panel beside a list, and the same as a page. Words worked out beforehand; pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metwith.calendars.status_text import and_others, title_of
from metwith.web.calendar import origin, words
from metwith.web.calendar.meeting.description import description_html, was_cut
from metwith.web.calendar.rows import meeting_url
from metwith.web.calendar.view_as import sees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from metwith.calendars.read_models import Meeting, Participant, Reason, VisibleCopy
    from metwith.records.kinds import Kind
    from metwith.web.calendar.rows import RowContext

MOST_GUESTS = 40
"""Named per group; a meeting with thousands must stay a page."""
_ORDER = ("accepted", "tentative", "declined", "needs-action")


@dataclass(frozen=True, slots=True)
class Guest:
    """A participant."""

    letters: str
    outsider: bool
    name: str
    href: str
    facts: str
    """`Acme GmbH · organizer`."""
    add: str = ""
    """The address of somebody who is on no record and can be added; else nothing."""


@dataclass(frozen=True, slots=True)
class Guests:
    """Those who answered alike."""

    heading: str
    people: tuple[Guest, ...]
    left: str
    """`and 12 more`, or nothing."""


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A calendar that holds the meeting."""

    owner: str
    level: str
    """How much colleagues see of it, in words."""
    frozen: str
    """`no longer updated since 3 May 2026`, or nothing."""


@dataclass(frozen=True, slots=True)
class Twin:
    """Another meeting that says it is this one."""

    href: str
    words: str
    when: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that templates/calendar/meeting/panel.html sets."""

    id: int
    title: str
    closed: str
    """Why the title is not there and who could change it; nothing when it is."""
    partly: str
    """What else the viewer does not see."""
    unconfirmed: str
    """That the viewer would see everything, were their address confirmed; or nothing."""
    withheld: str
    """Seen as a colleague: that they see more."""
    cancelled: bool
    mine: bool
    ahead: bool
    """It takes place and has not ended: one may want to read up on who comes."""
    iso: str
    when: str
    times: str
    """Empty when they are part of `when`."""
    length: str
    elsewhere: str
    where: str
    where_href: str
    join_href: str
    join_words: str
    guests: tuple[Guests, ...]
    unknown: int
    """How many of them are from outside and on no record."""
    others: str
    """`and 1,500 others`, or nothing."""
    description: SafeString | str
    description_cut: bool
    attachments: tuple[str, ...]
    copies: tuple[CopyRow, ...]
    open_href: str
    open_words: str
    spoken: str
    """What colleagues see of when it is, where the viewer's own copy says otherwise."""
    twins: tuple[Twin, ...]
    """Meetings of the same identifier and start that somebody else organizes."""


def panel(meeting: Meeting, context: RowContext, twins: Sequence[Meeting] = ()) -> Panel:
    """Everything of a meeting that its viewer may know, in words. `twins`: see `calendars.twins`."""
    join = (meeting.join_url or "") if words.is_web_address(meeting.join_url) else ""
    web = (meeting.web_url or "") if words.is_web_address(meeting.web_url) else ""
    where = (meeting.location or "").strip()
    when, times = words.sentence(meeting, context.zone, context.today)
    return Panel(
        id=meeting.id,
        title=title_of(meeting),
        closed=_closed(meeting),
        partly=_partly(meeting),
        unconfirmed=words.unconfirmed() if meeting.unconfirmed else "",
        withheld=sees(context.view_as, meeting.withheld_level),
        cancelled=meeting.cancelled,
        mine=meeting.took_part,
        ahead=not meeting.cancelled and meeting.ends_at > context.now,
        iso=(meeting.start_date or meeting.starts_at).isoformat(),
        when=when,
        times=times,
        length=words.length(meeting, context.zone),
        elsewhere=words.elsewhere(meeting, context.zone),
        where="" if where == join else where,
        where_href=where if words.is_web_address(where) else "",
        join_href=join,
        join_words=words.join_words(join) if join else "",
        guests=guests(meeting.participants),
        unknown=sum(person.addable for person in meeting.participants),
        others=and_others(meeting.others),
        description=description_html(meeting.description or ""),
        description_cut=was_cut(meeting.description or ""),
        attachments=meeting.attachments or (),
        copies=tuple(_copy(copy, context) for copy in meeting.copies),
        open_href=web,
        open_words=words.open_words(web) if web else "",
        spoken=_spoken(meeting, context),
        twins=tuple(_twin(twin, context) for twin in twins),
    )


def _spoken(meeting: Meeting, context: RowContext) -> str:
    if meeting.spoken is None:
        return ""
    if meeting.spoken.cancelled != meeting.cancelled:
        if meeting.spoken.cancelled:
            return _("Your own calendar has it like this. Colleagues without a copy of their own see it as cancelled.")
        told = _("Your own calendar has it as cancelled. Colleagues without a copy of their own see it like this: %(when)s.")
    else:
        told = _("Your own calendar has it like this. Colleagues without a copy of their own see it at another time: %(when)s.")
    return told % {"when": _when(meeting.as_spoken(), context)}


def _twin(meeting: Meeting, context: RowContext) -> Twin:
    organizer = next((p.label for p in meeting.participants if p.organizer), "")
    words = (
        _("Another meeting of the same identifier, organized by %(who)s") % {"who": organizer}
        if organizer
        else _("Another meeting of the same identifier")
    )
    return Twin(meeting_url(meeting.id, context.origin), words, _when(meeting, context))


def _when(meeting: Meeting, context: RowContext) -> str:
    return ", ".join(filter(None, words.sentence(meeting, context.zone, context.today)))


def _copy(copy: VisibleCopy, context: RowContext) -> CopyRow:
    since = copy.frozen_at and words.since(copy.frozen_at, context.zone)
    frozen = _("no longer updated since %(day)s") % {"day": since} if since else ""
    return CopyRow(_("You") if copy.mine else copy.owner, level_words(copy.level), frozen)


def level_words(level: str) -> str:
    """How much colleagues see of a copy, in a word or two."""
    words = {"metadata": _("times and participants shared"), "subject": _("title shared"), "everything": _("everything shared")}
    return words.get(level, words["metadata"])


def _owners(meeting: Meeting) -> list[str]:
    return list(dict.fromkeys(copy.owner for copy in meeting.copies if not copy.mine))


def _closed(meeting: Meeting) -> str:
    if meeting.title is not None:
        return ""
    owners = _owners(meeting)
    if not owners:
        return _("The title of this meeting is not shared.")
    told = {"names": words.names(owners)}
    if meeting.unconfirmed:
        # It is not for the owners alone to change: the viewer's address may yet be confirmed.
        return (
            ngettext(
                "%(names)s shares when it is and who takes part, nothing else.",
                "%(names)s share when it is and who takes part, nothing else.",
                len(owners),
            )
            % told
        )
    return (
        ngettext(
            "%(names)s shares when it is and who takes part, nothing else. Only %(names)s can change that, under Settings, Accounts.",
            "%(names)s share when it is and who takes part, nothing else. Only they can change that, under Settings, Accounts.",
            len(owners),
        )
        % told
    )


def _partly(meeting: Meeting) -> str:
    """With the title shared and the rest not, the gap is named: an empty place must not look like none."""
    if meeting.level != "subject":
        return ""
    return _("Place, description and the way to join are not shared by %(names)s.") % {"names": words.names(_owners(meeting))}


def guests(people: Sequence[Participant]) -> tuple[Guests, ...]:
    """Participants grouped by their answer; the organizer first, then outsiders, then by name."""
    ordered = sorted(people, key=lambda p: (_rank(p.response), not p.organizer, not p.outsider, p.label.casefold()))
    groups = []
    for rank, those in groupby(ordered, lambda p: _rank(p.response)):
        members = list(those)
        more = len(members) - MOST_GUESTS
        left = ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more} if more > 0 else ""
        groups.append(Guests(_answer(_ORDER[rank]), tuple(_guest(p) for p in members[:MOST_GUESTS]), left))
    return tuple(groups)


def _rank(response: str) -> int:
    return _ORDER.index(response) if response in _ORDER else len(_ORDER) - 1


def _answer(response: str) -> str:
    return {"accepted": _("Accepted"), "tentative": _("Tentative"), "declined": _("Declined")}.get(response, _("No answer"))


def _guest(person: Participant) -> Guest:
    facts = [person.address if person.addable and person.name else person.company_name]
    if person.organizer:
        facts.append(_("organizer"))
    elif person.role == "optional":
        facts.append(_("optional"))
    return Guest(
        letters=person.initials,
        outsider=person.outsider,
        name=_("You") if person.me else person.label,
        href=origin.page("person", person.person_id) if person.person_id else "",
        facts=" · ".join(fact for fact in facts if fact),
        add=person.address if person.addable else "",
    )


@dataclass(frozen=True, slots=True)
class Placing:
    """A record that the meeting is on, or was taken off, and why."""

    kind: Kind
    record_id: int
    name: str
    words: str
    taken_off: bool

    @property
    def key(self) -> str:
        """`company-5`."""
        return f"{self.kind}-{self.record_id}"

    @property
    def href(self) -> str:
        """The record's page."""
        return origin.page(self.kind, self.record_id)


def placings(reasons: Sequence[Reason], opened_on: tuple[Kind, int, str] | None = None) -> tuple[Placing, ...]:
    """The records with their reasons in words.

    `opened_on`: kind, id and name of the record whose list the meeting was opened from. An opportunity reads its company's and its
    contact's meetings, so it may have no reason of its own.
    """
    found = tuple(Placing(r.record.kind, r.record.id, r.record.name, _why(r), r.hidden) for r in reasons)
    if opened_on is None or opened_on[0] != "opportunity" or any((p.kind, p.record_id) == opened_on[:2] for p in found):
        return found
    return (Placing(*opened_on, _("It is on the opportunity's company or point of contact"), taken_off=False), *found)


def _why(reason: Reason) -> str:
    told = {"who": reason.because}
    if reason.hidden:
        return _("Taken off by %(who)s") % told if reason.because else _("Taken off by hand")
    if reason.reason == "by-hand":
        return _("Linked by %(who)s") % told if reason.because else _("Linked by hand")
    if reason.reason == "person":
        return _("%(who)s is among the participants, and works there") % told
    return _("%(who)s is among the participants") % told
