"""Our reader against the icalendar library, block by block: where both understand an event, they must say the same."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Event, vDDDTypes

from metwith.calendars.providers.icalendar import event as vevent
from metwith.calendars.providers.icalendar.split import split
from metwith.calendars.providers.icalendar.zones import Zones

from .support import PAYLOADS, calendar, payload

if TYPE_CHECKING:
    from metwith.calendars.vocabulary import Moment, RemoteEvent

CONTEXT = vevent.Context(Zones((), "", "UTC"))
TIMES_ARE_OURS = {
    # Times that the library reads otherwise or not at all; our decision on each has its own test.
    "zone-custom-of-outlook", "zone-custom-without-summer", "zone-custom-like-no-other", "zone-custom-with-endless-rule",
    "zone-custom-with-lic-location", "zone-as-outlook-shows-it", "zone-unknown", "zone-custom-broken", "zone-in-lower-case",
    "floating-with-x-wr-timezone", "several-calendars", "windows-zone-quoted", "time-declared-as-date",
}  # fmt: skip
ONLY_OURS = {
    "latin-1",  # replaced by question marks there
    "zone-path-of-mozilla",  # warned of there
}


@pytest.mark.parametrize("case", sorted({path.stem for path in PAYLOADS.glob("*.ics")} - ONLY_OURS))
def test_both_readers_agree_on_every_payload(case: str) -> None:
    for found in split(payload(case)).calendars:
        for block in found.blocks:
            compare(block, times=case not in TIMES_ARE_OURS)


def compare(block: bytes, *, times: bool = True) -> None:
    theirs: Any = Event.from_ical(b"BEGIN:VEVENT" + block + b"\nEND:VEVENT")
    try:
        ours = vevent.parse_event(block, CONTEXT, id="r", uid="u")
    except vevent.Broken:
        return
    assert ours.title == " ".join(_text(theirs, "SUMMARY").split())
    assert ours.description == _text(theirs, "DESCRIPTION")
    assert ours.location == _text(theirs, "LOCATION")
    if times:
        assert ours.start == _moment(theirs, "DTSTART")
        _compare_ends(ours, theirs)
        assert (ours.original_start is None) == ("RECURRENCE-ID" not in theirs)
    listed = {_address(who) for who in _list(theirs, "ATTENDEE") + _list(theirs, "ORGANIZER")} - {""}
    assert {who.address for who in ours.attendees} >= {address.lower() for address in listed if address.isascii()}


def _compare_ends(ours: RemoteEvent, theirs: Any) -> None:
    end = _moment(theirs, "DTEND")
    if isinstance(end, datetime) and isinstance(ours.end, datetime) and isinstance(ours.start, datetime):
        assert ours.end == max(end, ours.start)
    if "DTEND" not in theirs and "DURATION" in theirs and isinstance(ours.start, datetime):
        duration = theirs["DURATION"].dt
        assert ours.end == ours.start + duration or duration < timedelta()


def _list(event: Any, name: str) -> list[Any]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _address(value: Any) -> str:
    text = str(value)
    return text[7:] if text.lower().startswith("mailto:") and "@" in text else ""


def _text(event: Any, name: str) -> str:
    found = _list(event, name)
    return str(found[0]).strip() if found else ""


def _moment(event: Any, name: str) -> Moment | None:
    found = _list(event, name)
    if not found or not isinstance(found[0], vDDDTypes):
        return None
    moment = found[0].dt
    if isinstance(moment, datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=CONTEXT.zones.default.time)
    return moment if isinstance(moment, date) else None


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85\ufeff\ufffe\uffff"), max_size=60)
STARTS = st.one_of(
    st.dates(date(1970, 1, 1), date(2100, 1, 1)).map(lambda day: f"DTSTART;VALUE=DATE:{day:%Y%m%d}"),
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda when: f"DTSTART:{when:%Y%m%dT%H%M%S}Z"),  # noqa: DTZ001 - wall time
    st.tuples(
        st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
        st.datetimes(datetime(1980, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - wall time
    ).map(lambda pair: f"DTSTART;TZID={pair[0]}:{pair[1]:%Y%m%dT%H%M%S}"),
)


READ_OTHERWISE = frozenset("\"^\\'`\u2018\u2019\u201c\u201d")
"""In a name: escapes, which the other reader has its own mind about, and quotes, which we take off its ends."""


@settings(deadline=None)
@given(
    STARTS,
    TEXTS,
    TEXTS,
    st.integers(0, 10_000),
    st.lists(st.tuples(TEXTS, st.from_regex(r"[a-z0-9]{1,9}@[a-z]{1,9}\.test", fullmatch=True)), max_size=4),
)
def test_both_readers_agree_on_any_event(start: str, title: str, text: str, minutes: int, people: list[tuple[str, str]]) -> None:
    event = Event()
    for name, address in people:
        event.add("ATTENDEE", f"mailto:{address}", parameters={"CN": name})
    event.add("SUMMARY", title)
    event.add("DESCRIPTION", text)
    event.add("LOCATION", text[:10])
    event.add("DURATION", timedelta(minutes=minutes))
    lines = event.to_ical().decode().replace("BEGIN:VEVENT\r\n", "").replace("END:VEVENT\r\n", "").removesuffix("\r\n")
    (found,) = split(calendar(start, *lines.split("\r\n"))).calendars
    compare(found.blocks[0])
    ours = vevent.parse_event(found.blocks[0], CONTEXT, id="r", uid="u")
    assert ours.description == text.strip()
    names = {who.address: who.name for who in ours.attendees}
    for name, address in people:
        if not READ_OTHERWISE & set(name) and len({a for _, a in people}) == len(people):
            assert names[address] == " ".join(name.split())
