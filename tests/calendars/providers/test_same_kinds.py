"""What is true of a meeting whoever gives it: guests, organizer, stand-ins, a rule that never begins. Each by all three readers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.providers.google import series as google
from metwith.calendars.providers.google.parse import google_zone
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.providers.microsoft import parse as graph_parse
from metwith.calendars.providers.microsoft.recurrence import rule_of
from metwith.calendars.rules.keep import Policy, decide
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import Drop, DropReason, Keep, Recurrence, RemoteEvent
from metwith.rules.own_identities import own_identities

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER, UNTIL = "owner@north.example", datetime(2027, 1, 1, tzinfo=UTC)
POLICY = Policy(own_identities((), {}), frozenset({OWNER}))

type Guests = list[tuple[str, str, str]]
"""Address, name, answer in iCalendar's words."""


def by_file(guests: Guests, organizer: str = OWNER) -> RemoteEvent:
    lines = [f'ATTENDEE;CN="{name}";PARTSTAT={answer}:mailto:{address}' for address, name, answer in guests]
    text = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", "DTSTART:20260610T090000Z", f"ORGANIZER:mailto:{organizer}", *lines]
    (found,) = parse.events("a", "\r\n".join([*text, "END:VEVENT", "END:VCALENDAR"]).encode())
    assert isinstance(found, RemoteEvent)
    return found


def by_google(guests: Guests, organizer: str = OWNER) -> RemoteEvent:
    answers = {"ACCEPTED": "accepted", "DECLINED": "declined", "NEEDS-ACTION": "needsAction"}
    listed = [{"email": address, "displayName": name, "responseStatus": answers[answer]} for address, name, answer in guests]
    at = {"dateTime": "2026-06-10T09:00:00Z"}
    found = google.single({"id": "a", "start": at, "end": at, "organizer": {"email": organizer}, "attendees": listed}, google_zone("UTC"))
    assert isinstance(found, RemoteEvent)
    return found


def by_graph(guests: Guests, organizer: str = OWNER, **said: Any) -> RemoteEvent:
    answers = {"ACCEPTED": "accepted", "DECLINED": "declined", "NEEDS-ACTION": "none"}
    listed = [{"emailAddress": {"address": a, "name": name}, "status": {"response": answers[answer]}} for a, name, answer in guests]
    at = {"dateTime": "2026-06-10T09:00:00", "timeZone": "UTC"}
    payload = {"id": "a", "start": at, "end": at, "sensitivity": "normal", "attendees": listed}
    return graph_parse.graph_event(
        payload | {"organizer": {"emailAddress": {"address": organizer}}} | said, graph_parse.MailboxOwner(OWNER)
    )


READERS = pytest.mark.parametrize("read", [by_file, by_google, by_graph])
type Read = Callable[[Guests], RemoteEvent]


@READERS
def test_a_guest_listed_twice_is_one_with_the_answer_and_name_of_either(read: Read) -> None:
    event = read([("Jo@outside.test", "", "NEEDS-ACTION"), ("jo@outside.test", "Jo", "DECLINED")])
    assert [(guest.address, guest.name, guest.response) for guest in event.attendees if guest.address != OWNER] == [
        ("jo@outside.test", "Jo", "declined")
    ]


@READERS
def test_an_organizer_on_no_list_comes_and_one_who_declined_does_not(read: Read) -> None:
    assert next((g.address, g.organizer, g.response) for g in read([("jo@outside.test", "", "ACCEPTED")]).attendees) == (
        OWNER,
        True,
        "accepted",
    )
    assert [(g.organizer, g.response) for g in read([(OWNER, "", "DECLINED")]).attendees] == [(True, "declined")]


@READERS
def test_apostrophes_around_an_address_and_a_name_do_not_hide_the_guest(read: Read) -> None:
    event = read([("'jo@outside.test'", "'jo@outside.test'", "ACCEPTED")])
    assert [(guest.address, guest.name) for guest in event.attendees][1:] == [("jo@outside.test", "")]
    assert decide(event, POLICY) == Keep()


@READERS
@pytest.mark.parametrize(
    "address", ["Team@group", "2_ABC@imip.me.com", "IMCEAEX-_o=north@x.example", "outlook_3C0B4A2F91D7E6A8@outlook.com"]
)
def test_a_stand_in_is_nobody(read: Read, address: str) -> None:
    assert decide(read([(address, "", "ACCEPTED")]), POLICY) == Drop(DropReason.NOT_A_MEETING)


def test_the_owner_whom_graph_calls_by_an_alias_alone_meets_nobody() -> None:
    event = by_graph([], "outlook_3C0B4A2F91D7E6A8@outlook.com", isOrganizer=True)
    assert [(guest.address, guest.organizer) for guest in event.attendees] == [(OWNER, True)]
    assert decide(event, POLICY) == Drop(DropReason.NOT_A_MEETING)
    assert (
        decide(by_graph([("jo@outside.test", "", "ACCEPTED")], "outlook_3C0B4A2F91D7E6A8@outlook.com", isOrganizer=True), POLICY) == Keep()
    )


def test_a_rule_that_ends_before_its_start_has_no_occurrence_at_google() -> None:
    at = {"dateTime": "2026-03-02T10:00:00+01:00", "timeZone": "Europe/Berlin"}
    rule = ["RRULE:FREQ=WEEKLY;UNTIL=20260301T225959Z;BYDAY=MO"]
    (event,) = google.whole_series("a", [{"id": "a", "start": at, "end": at, "recurrence": rule}], google_zone("UTC"))
    assert isinstance(event, RemoteEvent)
    assert list(occurrences(event, until=UNTIL)) == []


def test_a_range_that_ends_before_its_start_has_no_occurrence_at_graph() -> None:
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
    rule = rule_of({"pattern": pattern, "range": {"type": "endDate", "endDate": "2026-06-01"}})
    assert rule is not None
    event = by_graph([("jo@outside.test", "", "ACCEPTED")])
    series = RemoteEvent("a", "a", event.start, event.end, recurrence=Recurrence((rule,)))
    assert list(occurrences(series, until=UNTIL)) == []
