"""A series as JSON and back: what `Series.definition` holds. And which occurrences it has."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from metwith.calendars.rules.recur import BrokenRule, TooManyOccurrences, occurrences
from metwith.calendars.vocabulary import AttendeeKind, Fallback, Moment, Recurrence, RemoteAttendee, RemoteEvent, Response, Role, Visibility
from metwith.lib.border import at_item

if TYPE_CHECKING:
    from collections.abc import Collection

type Json = dict[str, Any]

_MOMENTS = {"start", "end", "original_start", "updated"}


def keys(events: Collection[RemoteEvent], until: datetime) -> frozenset[str] | None:
    """The keys of the occurrences that what is kept of a series has; None where they cannot be keys_now."""

    def keys_now() -> frozenset[str]:
        return frozenset(occurrence.key for event in events for occurrence in occurrences(event, until=until))

    return at_item(keys_now, lambda _reason: None, known=(BrokenRule, TooManyOccurrences))


def lost(item: RemoteEvent, kept: Collection[RemoteEvent], until: datetime) -> frozenset[str]:
    """The occurrences that go with what spoke for them, where this is left of a series; none where they cannot be keys_now."""
    before, after = keys((item,), until), keys(kept, until)
    return frozenset() if before is None or after is None else before - after


def to_json(event: RemoteEvent) -> Json:
    """The series as plain values; what is at its default is left out."""
    plain = asdict(event)
    defaults = {f.name: f.default for f in fields(RemoteEvent)}
    found = {name: value for name, value in plain.items() if defaults[name] != getattr(event, name)}
    for name in _MOMENTS & found.keys():
        found[name] = _write(found[name], event.zone)
    if event.recurrence:
        found["recurrence"] = _write_recurrence(event.recurrence, event.zone)
    if event.exceptions:
        found["exceptions"] = [to_json(exception) for exception in event.exceptions]
    return found


def from_json(data: Json) -> RemoteEvent:
    """The inverse of `to_json`."""
    values = dict(data)
    for name in _MOMENTS & values.keys():
        values[name] = _instant(values[name])
    if "recurrence" in values:
        values["recurrence"] = _read_recurrence(values["recurrence"])
    if "visibility" in values:
        values["visibility"] = Visibility(values["visibility"])
    values["exceptions"] = tuple(from_json(exception) for exception in values.get("exceptions", ()))
    values["clock"] = tuple((at, offset) for at, offset in values.get("clock", ()))
    values["fallbacks"] = tuple(map(Fallback, values.get("fallbacks", ())))
    values["attachments"] = tuple(values.get("attachments", ()))
    values["attendees"] = tuple(_read_attendee(a) for a in values.get("attendees", ()))
    return RemoteEvent(**values)


def _read_attendee(data: Json) -> RemoteAttendee:
    return RemoteAttendee(**data | {"response": Response(data["response"]), "role": Role(data["role"]), "kind": AttendeeKind(data["kind"])})


def _write_recurrence(recurrence: Recurrence, zone: str) -> Json:
    return {
        "rules": list(recurrence.rules),
        "dates": [_write(m, zone) for m in recurrence.dates],
        "periods": [[_write(a, zone), _write(b, zone)] for a, b in recurrence.periods],
        "excluded": [_write(m, zone) for m in recurrence.excluded],
        "excluded_rules": list(recurrence.excluded_rules),
        "ends_before": _write(recurrence.ends_before, zone) if recurrence.ends_before else None,
    }


def _read_recurrence(data: Json) -> Recurrence:
    return Recurrence(
        rules=tuple(data["rules"]),
        dates=tuple(_instant(m) for m in data["dates"]),
        periods=tuple((_instant(a), _instant(b)) for a, b in data["periods"]),
        excluded=tuple(_instant(m) for m in data["excluded"]),
        excluded_rules=tuple(data["excluded_rules"]),
        ends_before=_instant(data["ends_before"]) if data["ends_before"] else None,
    )


def _write(moment: Moment, zone: str) -> str:
    """`2026-11-21`, or the instant in UTC and the zone that its wall time is read in: `2026-11-21T09:00:00+00:00 Europe/Berlin`.

    Without an offset it is the wall time itself, of one that the clock skips.
    """
    if not isinstance(moment, datetime):
        return moment.isoformat()
    instant, name = moment.astimezone(UTC), getattr(moment.tzinfo, "key", "") or zone
    # Where the clock skips a series' wall time its instant is another one, and the next occurrences are not.
    skipped = isinstance(moment.tzinfo, ZoneInfo) and instant.astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(tzinfo=None)
    return f"{(moment.replace(tzinfo=None) if skipped else instant).isoformat()} {name}"


def _instant(text: str) -> Moment:
    instant, _, zone = text.partition(" ")
    if not zone:
        return date.fromisoformat(instant)
    moment = datetime.fromisoformat(instant)
    return moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
