"""How a mailbox looks to somebody who asks: ids of the kind they prefer, times in the zone they prefer, occurrences bare."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import win_tz

from metwith.practice.graph.series import days
from metwith.practice.graph.store import on_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.practice.graph.store import Event, Mailbox, Payload

IMMUTABLE, CHANGING = "AAkALg", "AAMkAD"
_PREFERENCE = re.compile(r'([\w.-]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a Prefer header asks for."""

    zone: str = "UTC"
    immutable: bool = False
    page: int = 10
    text: bool = False

    @classmethod
    def of(cls, header: str) -> Preferences:
        """Read the header; preferences that are not known are left aside."""
        found = {name.lower(): quoted or plain for name, quoted, plain in _PREFERENCE.findall(header)}
        return cls(
            zone=found.get("outlook.timezone", "UTC"),
            immutable=found.get("idtype") == "ImmutableId",
            page=max(int(found.get("odata.maxpagesize", "10")), 1),
            text=found.get("outlook.body-content-type") == "text",
        )

    def applied(self) -> str:
        """The header Preference-Applied."""
        body = ', outlook.body-content-type="text"' if self.text else ""
        ids = ', IdType="ImmutableId"' if self.immutable else ""
        return f'outlook.timezone="{self.zone}"{body}{ids}'


@dataclass(frozen=True, slots=True)
class View:
    """Renders the events of one mailbox."""

    mailbox: Mailbox
    prefer: Preferences
    all_day_floats: bool = False
    """Give all-day events as midnights whatever the zone; else as the instants at which they begin. Graph was seen to do both."""

    def id_of(self, event: Event, day: date | None = None) -> str:
        """The id of an event, or of its occurrence of a day. An id that is not immutable changes with the calendar."""
        core = event.name if day is None else f"{event.name}\n{day}"
        kind, text = (IMMUTABLE, core) if self.prefer.immutable else (CHANGING, f"{core}\t{event.calendar}")
        return kind + urlsafe_b64encode(text.encode()).decode()

    def full(self, event: Event) -> Payload:
        """A single event, or the master of a series: with the times of its first occurrence."""
        kind = "seriesMaster" if event.payload.get("recurrence") else "singleInstance"
        return self._rendered(event, event.payload, self.id_of(event)) | {"type": kind, "seriesMasterId": None}

    def exception(self, event: Event, day: date) -> Payload:
        """An occurrence that was changed, in full."""
        payload = event.exceptions[day]
        original = slot(event, day)[0].astimezone(UTC)
        return self._rendered(event, payload, self.id_of(event, day)) | {
            "type": "exception",
            "seriesMasterId": self.id_of(event),
            "iCalUId": on_day(event.payload["iCalUId"], day),
            "originalStart": f"{original:%Y-%m-%dT%H:%M:%S}Z",
        }

    def bare(self, event: Event, day: date) -> Payload:
        """An occurrence as delta gives it: hardly more than its times."""
        start, end = slot(event, day)
        ident = self.id_of(event, day)
        return {
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": f'W/"{event.changed}"',
            "id": ident,
            "seriesMasterId": self.id_of(event),
            "type": "occurrence",
            "start": self._time(start, all_day=event.payload["isAllDay"]),
            "end": self._time(end, all_day=event.payload["isAllDay"]),
        }

    def instance(self, event: Event, day: date) -> Payload:
        """An occurrence as `instances` and `calendarView` give it: in full."""
        if day in event.exceptions:
            return self.exception(event, day)
        full = self._rendered(event, event.payload | {"recurrence": None}, self.id_of(event, day))
        original = slot(event, day)[0].astimezone(UTC)
        return (
            full
            | self.bare(event, day)
            | {"iCalUId": on_day(event.payload["iCalUId"], day), "originalStart": f"{original:%Y-%m-%dT%H:%M:%S}Z"}
        )

    def _rendered(self, event: Event, payload: Payload, ident: str) -> Payload:
        times = {edge: self._given(payload, edge) for edge in ("start", "end")}
        rest = {name: value for name, value in payload.items() if not name.startswith("_")}
        return rest | {
            "@odata.etag": f'W/"{event.changed}"',
            "id": ident,
            "changeKey": f"ck{event.changed}",
            "webLink": f"https://outlook.office365.com/owa/?itemid={ident}&exvsurl=1&path=/calendar/item",
            **times,
        }

    def _given(self, payload: Payload, edge: str) -> Payload:
        moment = instant(payload[edge])
        if moment is None:  # what nobody can read is passed on as it is
            return dict(payload[edge])
        return self._time(moment, all_day=payload["isAllDay"])

    def _time(self, moment: datetime, *, all_day: bool) -> Payload:
        floats = all_day and self.all_day_floats
        wall = moment.replace(tzinfo=None) if floats else moment.astimezone(zone(self.prefer.zone)).replace(tzinfo=None)
        return {"dateTime": f"{wall:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": self.prefer.zone}


def name_of(ident: str) -> tuple[str, date | None] | None:
    """The name of an event, and the day of an occurrence, that an id of either kind stands for; None for what is no id."""
    if not ident.startswith((IMMUTABLE, CHANGING)):
        return None
    try:
        core = urlsafe_b64decode(ident[len(IMMUTABLE) :]).decode().partition("\t")[0]
        name, _mark, day = core.partition("\n")
        return name, date.fromisoformat(day) if day else None
    except (NoBase64, ValueError):
        return None


def zone(name: str) -> ZoneInfo:
    """A zone by its Windows or IANA name."""
    return ZoneInfo(win_tz.get(name, name))


def instant(value: dict[str, Any]) -> datetime | None:
    """A dateTimeTimeZone as it was written; None when nobody can read it."""
    try:
        return datetime.fromisoformat(value["dateTime"]).replace(tzinfo=zone(value["timeZone"]))
    except ValueError:
        return None


def slot(event: Event, day: date) -> tuple[datetime, datetime]:
    """Start and end that the rule gives to an occurrence, in the series' zone."""
    start, end = instant(event.payload["start"]), instant(event.payload["end"])
    assert start is not None
    assert end is not None
    begin = datetime.combine(day, start.time(), start.tzinfo)
    if event.payload["isAllDay"]:
        return begin, begin + (end.date() - start.date())
    return begin, (begin.astimezone(UTC) + (end.astimezone(UTC) - start.astimezone(UTC))).astimezone(start.tzinfo)


def in_view(event: Event, start: datetime, end: datetime) -> Iterator[date | None]:
    """What of an event a view of this time shows: None for a single event, else the days of occurrences and exceptions."""
    recurrence = event.payload.get("recurrence")
    if not recurrence:
        if _overlaps(instant(event.payload["start"]), instant(event.payload["end"]), start, end):
            yield None
        return
    moved = {day for day, payload in event.exceptions.items() if _overlaps(instant(payload["start"]), instant(payload["end"]), start, end)}
    plain = set()
    for day in days(recurrence, until=end.date() + timedelta(days=1)):
        if day not in event.cancelled and day not in event.exceptions and _overlaps(*slot(event, day), start, end):
            plain.add(day)
    yield from sorted(plain | moved)


def _overlaps(first: datetime | None, last: datetime | None, start: datetime, end: datetime) -> bool:
    """What cannot be read is shown everywhere, so that a reader meets it."""
    if first is None or last is None:
        return True
    return first < end and (last > start or first == last == start)
