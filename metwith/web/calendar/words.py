"""The words for a meeting's times, people and places, in the viewer's zone and the active language.

Pure: no clock, no database. `zone` is always the viewer's, `today` and `now` are handed in. All-day meetings are dates and
belong to no zone. What a meeting must have to be spoken of is `Timed`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import dateformat
from django.utils.dates import MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

HOUR = 60
DAY = 24 * HOUR
A_FORTNIGHT, TWO_MONTHS, TWO_YEARS = 14, 61, 730
"""In days: from here on weeks, months, years are counted instead."""
SMALL_MONTHS = frozenset({"pt"})
"""Languages that write months and weekdays in lower case. Their words for them are ours (web/site/date_words.py)."""
_SPELLED = {"Sao_Paulo": "São Paulo", "Bogota": "Bogotá", "Asuncion": "Asunción", "Reykjavik": "Reykjavík"}
"""Cities whose names the zone database writes without their accents."""


class Timed(Protocol):
    """Something that takes place: what `calendars.shown.Meeting` says of its times."""

    @property
    def starts_at(self) -> datetime:
        """Aware."""
        ...

    @property
    def ends_at(self) -> datetime:
        """Aware, exclusive."""
        ...

    @property
    def all_day(self) -> bool:
        """Then the dates count."""
        ...

    @property
    def start_date(self) -> date | None:
        """The first day of an all-day meeting."""
        ...

    @property
    def end_date(self) -> date | None:
        """Exclusive."""
        ...

    @property
    def zone(self) -> str | None:
        """IANA name of the zone it was planned in; None where that is not shared."""
        ...

    @property
    def minutes(self) -> int:
        """How long it is."""
        ...


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name; UTC for a name this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


# Days


def first_day(meeting: Timed, zone: ZoneInfo) -> date:
    """The day under which it stands in the viewer's diary."""
    return meeting.start_date if meeting.all_day and meeting.start_date else meeting.starts_at.astimezone(zone).date()


def last_day(meeting: Timed, zone: ZoneInfo) -> date:
    """The last day it touches; an end at midnight does not touch the next one."""
    first = first_day(meeting, zone)
    if meeting.all_day and meeting.end_date:
        return max(first, meeting.end_date - timedelta(days=1))
    return max(first, (meeting.ends_at - datetime.resolution).astimezone(zone).date())


def weekday(day: date) -> str:
    """`Sat`."""
    return str(WEEKDAYS_ABBR[day.weekday()])


def short_day(day: date) -> str:
    """`Wed 25 Nov`."""
    return pgettext("a day, short", "%(weekday)s %(day)d %(month)s") % {
        "weekday": weekday(day),
        "day": day.day,
        "month": _month_short(day.month),
    }


def _month_short(month: int) -> str:
    """Django writes all of these small; only some languages do."""
    text = str(MONTHS_3[month])
    return text if get_language() in SMALL_MONTHS else text.title()


def long_day(day: date, today: date) -> str:
    """`Saturday 21 November`, with the year when it is not this one."""
    if day.year == today.year:
        return dateformat.format(day, pgettext("a day, long, as a Django date format", "l j F"))
    return dateformat.format(day, pgettext("a day with its year, long, as a Django date format", "l j F Y"))


def month(day: date) -> str:
    """`November 2026`."""
    return dateformat.format(day, pgettext("a month, as a Django date format", "F Y"))


def relative_day(day: date, today: date) -> str:
    """`Today`, `Tomorrow`, `9 days ago`, `In 3 weeks`."""
    days = (day - today).days
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}
    return near.get(days) or (_ahead(days) if days > 0 else _ago(-days))


def _ago(days: int) -> str:
    if days < A_FORTNIGHT:
        return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    if days < TWO_MONTHS:
        return ngettext("%(n)d week ago", "%(n)d weeks ago", days // 7) % {"n": days // 7}
    if days < TWO_YEARS:
        return ngettext("%(n)d month ago", "%(n)d months ago", days * 12 // 365) % {"n": days * 12 // 365}
    return ngettext("%(n)d year ago", "%(n)d years ago", days // 365) % {"n": days // 365}


def _ahead(days: int) -> str:
    if days < A_FORTNIGHT:
        return ngettext("In %(n)d day", "In %(n)d days", days) % {"n": days}
    if days < TWO_MONTHS:
        return ngettext("In %(n)d week", "In %(n)d weeks", days // 7) % {"n": days // 7}
    if days < TWO_YEARS:
        return ngettext("In %(n)d month", "In %(n)d months", days * 12 // 365) % {"n": days * 12 // 365}
    return ngettext("In %(n)d year", "In %(n)d years", days // 365) % {"n": days // 365}


# Times


def clock(at: datetime) -> str:
    """`09:30`, of a time that is already in the zone it is shown in."""
    return f"{at.hour:02}:{at.minute:02}"


def clock_range(start: datetime, end: datetime) -> str:
    """`10:00–10:45`; one time alone for something of no duration."""
    return clock(start) if start == end else f"{clock(start)}–{clock(end)}"


def duration(minutes: int) -> str:
    """`45 min`, `1 h`, `1 h 30`, `2 days 2 h`; empty for none."""
    days, rest = divmod(minutes, DAY)
    hours, left = divmod(rest, HOUR)
    parts = [days_long(days)] if days else []
    if hours and left:
        parts.append(_("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": left})
    elif hours:
        parts.append(_("%(hours)d h") % {"hours": hours})
    elif left:
        parts.append(_("%(minutes)d min") % {"minutes": left})
    return " ".join(parts)


def days_long(days: int) -> str:
    """`3 days`."""
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def row_time(meeting: Timed, zone: ZoneInfo) -> tuple[str, str]:
    """A row's time and, in grey, its length: `("10:00–10:45", "45 min")`, `("All day", "3 days, until Wed")`."""
    first, last = first_day(meeting, zone), last_day(meeting, zone)
    if meeting.all_day:
        days = (last - first).days + 1
        return _("All day"), _until(days_long(days), weekday(last) if days < 7 else short_day(last)) if last > first else ""
    start, end = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    long = duration(meeting.minutes)
    if last == first:
        return clock_range(start, end), long
    if meeting.minutes < DAY:
        return clock_range(start, end), _until(long, weekday(last))
    return _("from %(time)s") % {"time": clock(start)}, _("until %(day)s, %(time)s") % {"day": short_day(end.date()), "time": clock(end)}


def _until(long: str, end: str) -> str:
    return _("%(duration)s, until %(end)s") % {"duration": long, "end": end}


def sentence(meeting: Timed, zone: ZoneInfo, today: date) -> tuple[str, str]:
    """When, in full: `("Tomorrow, Saturday 21 November", "10:00–10:45")`; over several days all of it is in the first."""
    first, last = first_day(meeting, zone), last_day(meeting, zone)
    opening = _dated(first, today)
    if meeting.all_day:
        return (opening if last == first else f"{opening} – {long_day(last, today)}"), ""
    start, end = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    if last == first:
        return opening, clock_range(start, end)
    return f"{opening}, {clock(start)} – {long_day(end.date(), today)}, {clock(end)}", ""


def moment(at: datetime, zone: ZoneInfo, today: date) -> str:
    """`Today 09:30`, `Yesterday 22:10`, `Thu 3 Dec, 14:00`."""
    local = at.astimezone(zone)
    if abs((local.date() - today).days) <= 1:
        return f"{relative_day(local.date(), today)} {clock(local)}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{short_day(local.date())}{year}, {clock(local)}"


def since(at: datetime, zone: ZoneInfo) -> str:
    """The day of something lasting, with its year: `3 May 2026`."""
    return dateformat.format(at.astimezone(zone).date(), pgettext("a day with its year, as a Django date format", "j F Y"))


def _dated(day: date, today: date) -> str:
    full = long_day(day, today)
    return f"{relative_day(day, today)}, {full}" if abs((day - today).days) <= 1 else full


def length(meeting: Timed, zone: ZoneInfo) -> str:
    """How long, in words, all-day meetings in days; empty for one day or no duration."""
    if not meeting.all_day:
        return duration(meeting.minutes)
    days = (last_day(meeting, zone) - first_day(meeting, zone)).days + 1
    return days_long(days) if days > 1 else _("All day")


def elsewhere(meeting: Timed, zone: ZoneInfo) -> str:
    """`06:00–06:45 in São Paulo, where it was planned`; empty when clocks there show the same, for all-day meetings, where the zone is not shared, and where it is no place (UTC): who planned it there is nowhere."""
    if meeting.all_day or meeting.zone is None or not is_place(meeting.zone):
        return ""
    there = zone_of(meeting.zone)
    start, end = meeting.starts_at.astimezone(there), meeting.ends_at.astimezone(there)
    here = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    if (start.utcoffset(), end.utcoffset()) == (here[0].utcoffset(), here[1].utcoffset()):
        return ""
    times = clock_range(start, end)
    if start.date() != here[0].date():
        times = f"{weekday(start.date())} {times}"
    return _("%(times)s in %(city)s, where it was planned") % {"times": times, "city": city(there.key)}


def is_place(zone_name: str) -> bool:
    """Whether a zone is named after a city: `Europe/Berlin`, but not `UTC` or `Etc/GMT+3`."""
    return "/" in zone_name and not zone_name.startswith(("Etc/", "SystemV/", "US/"))


def city(zone_name: str) -> str:
    """`America/Sao_Paulo` → `São Paulo`."""
    last = zone_name.rpartition("/")[2]
    return _SPELLED.get(last, last.replace("_", " "))


def is_now(meeting: Timed, now: datetime) -> bool:
    """Whether it is going on; all-day meetings never interrupt anybody."""
    return not meeting.all_day and meeting.starts_at <= now < meeting.ends_at


def next_words(meeting: Timed, zone: ZoneInfo, now: datetime) -> str:
    """For a record's header: `Tomorrow 10:00`, `Thursday 14:00`, `Thu 3 Dec, 14:00`, `Now, until 10:45`."""
    if is_now(meeting, now):
        return _("Now, until %(time)s") % {"time": clock(meeting.ends_at.astimezone(zone))}
    today, day = now.astimezone(zone).date(), first_day(meeting, zone)
    if meeting.all_day:
        return near_day(max(day, today), today)
    at = clock(meeting.starts_at.astimezone(zone))
    if (day - today).days < 7:
        return f"{near_day(day, today)} {at}"
    return f"{near_day(day, today)}, {at}"


def near_day(day: date, today: date) -> str:
    """`Tomorrow`, `Thursday`, `Thu 3 Dec`."""
    away = (day - today).days
    if away in {0, 1}:
        return relative_day(day, today)
    if 1 < away < 7:
        return str(WEEKDAYS[day.weekday()])
    return short_day(day) if day.year == today.year else f"{short_day(day)} {day.year}"


def last_words(meeting: Timed, zone: ZoneInfo, now: datetime) -> str:
    """For a record's header: `9 days ago`; of one that still lasts, `Today`."""
    today = now.astimezone(zone).date()
    return relative_day(min(last_day(meeting, zone), today), today)


# People and places


def first_name(label: str) -> str:
    """Of a name its first word; an address stays whole."""
    return label if "@" in label else label.split(maxsplit=1)[0] if label else ""


def unconfirmed() -> str:
    """See `shown.Meeting`."""
    return _(
        "You are on the list of participants, but your address is not confirmed yet. Once an owner vouches for it, you see everything."
    )


def names(people: list[str]) -> str:
    """`Ines`, `Ines and Jon`, `Ines, Jon and 2 others`."""
    if len(people) < 2:
        return "".join(people)
    if len(people) == 2:
        return _("%(first)s and %(second)s") % {"first": people[0], "second": people[1]}
    left = len(people) - 2
    return ngettext("%(first)s, %(second)s and %(n)d other", "%(first)s, %(second)s and %(n)d others", left) % {
        "first": people[0],
        "second": people[1],
        "n": left,
    }


_ROOMS = {
    "meet.google.com": "Google Meet",
    "zoom.us": "Zoom",
    "teams.microsoft.com": "Teams",
    "teams.live.com": "Teams",
    "webex.com": "Webex",
    "whereby.com": "Whereby",
    "meet.jit.si": "Jitsi",
}
_DIARIES = {
    "calendar.google.com": "Google Calendar",
    "google.com": "Google Calendar",
    "outlook.office.com": "Outlook",
    "outlook.office365.com": "Outlook",
    "outlook.live.com": "Outlook",
}


def _known(url: str, hosts: dict[str, str]) -> str:
    host = urlsplit(url).hostname or ""
    return next((name for known, name in hosts.items() if host == known or host.endswith(f".{known}")), "")


def is_web_address(url: str | None) -> bool:
    """Whether it may stand behind a link: http or https with a host, nothing else."""
    try:
        parts = urlsplit(url or "")
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def join_words(url: str) -> str:
    """`Join on Zoom`; `Join` for a host we do not know."""
    name = _known(url, _ROOMS)
    return _("Join on %(service)s") % {"service": name} if name else _("Join")


def open_words(url: str) -> str:
    """`Open in Google Calendar`; otherwise the host's name."""
    return _("Open in %(service)s") % {"service": _known(url, _DIARIES) or urlsplit(url).hostname or ""}
