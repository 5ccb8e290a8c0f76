"""A calendar's state in words that a user can act on: never a code alone, the technical detail folds out elsewhere. And a meeting's title."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from metwith.accounts.oauth.services import KEYS as OAUTH
from metwith.calendars.providers import catalogue
from metwith.calendars.vocabulary import FILE
from metwith.engine.models import State

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.calendars.models import Calendar
    from metwith.calendars.read_models import Meeting

TWO_MONTHS, TWO_YEARS = 61, 730
"""In days: from here on months, years are counted instead."""


def title_of(meeting: Meeting) -> str:
    """The title, or in its place what is to be said: `Not shared by Ines`."""
    if meeting.title is not None:
        return meeting.title.strip() or _("Without a title")
    return _("Not shared by %(name)s") % {"name": meeting.hidden_by} if meeting.hidden_by else _("Not shared")


def state_words(calendar: Calendar, now: datetime, zone: str, *, mine: bool = True) -> str:
    """One line: "Up to date, 2 minutes ago". Times in the viewer's zone; how many entries were read is for the owner's eyes (`mine`)."""
    if calendar.account.disconnected_at:
        return _("Disconnected. Its meetings stay and are no longer updated")
    if calendar.account.provider == FILE:
        ago = _ago(calendar.last_success_at, now)
        return _("Read from a file %(ago)s") % {"ago": ago} if ago else _("Read from a file just now")
    if not calendar.enabled:
        return _("Not chosen")
    if calendar.paused:
        return _("Paused by you") if mine else _("Paused by its owner")
    return _running(calendar, now, zone, mine=mine)


def _running(calendar: Calendar, now: datetime, zone: str, *, mine: bool) -> str:  # noqa: PLR0911  one line for each state
    match calendar.state:
        case State.NEW:
            return _("Waits for its first reading")
        case State.READING:
            return _reading(calendar) if mine else _("Is being read for the first time")
        case State.FINE:
            ago = _ago(calendar.last_success_at, now)
            return _("Up to date, %(ago)s") % {"ago": ago} if ago else _("Up to date, just now")
        case State.SLOW_DOWN:
            return _("The server asks to slow down, next try %(time)s") % {"time": clock_time(calendar.next_sync_at, now, zone)}
        case State.RECONNECT:
            return _("Access was withdrawn. Reconnect")
        case State.GONE:
            return _("The calendar is not there any more. What was read stays; we look again by ourselves")
        case State.SUSPECT:
            return _("The calendar is suddenly empty. Nothing was removed")
        case State.DEFECT:
            since = clock_time(calendar.state_since, now, zone)
            return _("Stopped since %(time)s by a fault of Metwith’s own; we try again by ourselves") % {"time": since}
        case _:
            since = clock_time(calendar.state_since, now, zone)
            return _("The server does not answer since %(time)s; we try again by ourselves") % {"time": since}


def _reading(calendar: Calendar) -> str:
    if calendar.expected:
        told = {"read": number_text(min(calendar.read, calendar.expected)), "expected": number_text(calendar.expected)}
        return _("Reading for the first time: %(read)s of about %(expected)s") % told
    return _("Reading for the first time: %(read)s so far") % {"read": number_text(calendar.read)}


def tells_of_changes(provider: str) -> str:
    """The provider tells of changes by itself. `provider` is a msgid."""
    return _("%(provider)s tells Metwith of changes at once.") % {"provider": _(provider)}


def polled(provider: str) -> str:
    """It could, but this installation has no address for it."""
    return _("Read every few minutes: Metwith has no public address at which %(provider)s could tell of changes.") % {
        "provider": _(provider)
    }


def advice(calendar: Calendar) -> str:
    """The next thing to do, when there is one for the user."""
    match calendar.state:
        case State.RECONNECT if calendar.account.provider in OAUTH:
            return _("Sign in there again and allow it once more. Nothing is lost meanwhile.")
        case State.RECONNECT:
            return _("Enter the password or address again. Nothing is lost meanwhile.")
        case State.GONE:
            return _("If it was moved or deleted on purpose, disconnect it here.")
        case State.SUSPECT:
            return _("If it is meant to be empty, say so, and its meetings are removed.")
        case State.DEFECT:
            return _("Tell whoever runs Metwith: its log has the place. The calendar is not to blame.")
        case _:
            return ""


def clock_time(moment: datetime | None, now: datetime, zone: str) -> str:
    """`13:20`, with the day when it is not today's."""
    if moment is None:
        return ""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    return f"{local:%H:%M}" if local.date() == today else f"{date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M}"


def number_text(value: int) -> str:
    """`1,240`, as the language groups it."""
    return number_format(value, force_grouping=True)


def and_others(many: int) -> str:
    """`and 1,500 others`; nothing for none."""
    return ngettext("and %(n)s other", "and %(n)s others", many) % {"n": number_text(many)} if many else ""


def _ago(moment: datetime | None, now: datetime) -> str:
    """`3 minutes ago`, in the whole units of the largest that fits; empty within the last minute."""
    if moment is None or (minutes := (now - moment) // timedelta(minutes=1)) < 1:
        return ""
    hours, days = minutes // 60, minutes // (24 * 60)
    if not hours:
        return npgettext("within a sentence", "%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if not days:
        return npgettext("within a sentence", "%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    if days < TWO_MONTHS:
        return npgettext("within a sentence", "%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    months, years = days * 12 // 365, days // 365
    if days < TWO_YEARS:
        return npgettext("within a sentence", "%(n)d month ago", "%(n)d months ago", months) % {"n": months}
    return npgettext("within a sentence", "%(n)d year ago", "%(n)d years ago", years) % {"n": years}


def provider_text(provider: str) -> str:
    """What a provider is called; its key where nobody knows it any more."""
    kind = catalogue.KINDS.get(provider)
    return _(kind.label) if kind else provider
