"""Each habit of Google's that could mislead, with a payload named after it. The practice server lists them as they stand in the file."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.providers.google import parse
from metwith.calendars.rules.keep import participants
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import AttendeeKind, RemoteEvent, Response, Unreadable, Visibility
from tests.calendars.providers.google.world import ANA, opened

if TYPE_CHECKING:
    from metwith.calendars.vocabulary import ChangePage
    from metwith.practice.google import Google
    from metwith.practice.store import Payload

PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> list[Payload]:
    found: list[Payload] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return found


def load(google: Google, name: str) -> None:
    for item in payload(name):
        google.put(ANA, item)


def read(google: Google, cursor: str = "") -> list[ChangePage]:
    with opened(google) as provider:
        return list(provider.changes(ANA, cursor))


def items(pages: list[ChangePage]) -> list[RemoteEvent | Unreadable]:
    return [item for page in pages for item in page.events]


def events(google: Google, name: str) -> dict[str, RemoteEvent]:
    load(google, name)
    return {event.id: event for event in items(read(google)) if isinstance(event, RemoteEvent)}


def one(google: Google, name: str) -> RemoteEvent:
    (event,) = events(google, name).values()
    return event


def meetings(event: RemoteEvent) -> dict[str, tuple[str, str, bool]]:
    """Key → start, title, cancelled."""
    found = occurrences(event, until=datetime(2037, 1, 1, tzinfo=UTC))
    return {o.key: (o.start.strftime("%m-%d %H:%M"), o.event.title, o.event.cancelled) for o in found}


PLAIN = {
    "20360310T090000Z": ("03-10 09:00", "Weekly", False),
    "20360317T090000Z": ("03-17 09:00", "Weekly", False),
    "20360324T090000Z": ("03-24 09:00", "Weekly", False),
    "20360331T080000Z": ("03-31 08:00", "Weekly", False),
    "20360407T080000Z": ("04-07 08:00", "Weekly", False),
}
"""Mondays at ten in Berlin, across the change to summer time."""
MOVED = {"20360317T090000Z": ("03-18 14:00", "Moved", False)}
CANCELLED = {"20360324T090000Z": ("03-24 09:00", "Weekly", True)}


def without(key: str) -> dict[str, tuple[str, str, bool]]:
    return {other: value for other, value in PLAIN.items() if other != key}


class TestCancelled:
    def test_a_bare_grave_is_a_deletion(self, google: Google):
        assert set(events(google, "bare-grave")) == {"plan"}
        assert "gone" in {name for page in read(google) for name in page.removed}

    def test_a_bare_grave_takes_away_what_was_read_before(self, google: Google):
        load(google, "bare-grave")
        cursor = read(google)[-1].cursor
        google.put(ANA, {"id": "plan", "status": "cancelled"})
        pages = read(google, cursor or "")
        assert [page.removed for page in pages if page.removed] == [("plan",)]
        assert items(pages) == []

    def test_what_the_organizer_called_off_stays_marked(self, google: Google):
        event = one(google, "cancelled-by-organizer")
        assert event.cancelled
        assert event.title == "Plan"

    def test_what_the_owner_called_off_as_organizer_stays_marked(self, google: Google):
        assert one(google, "cancelled-on-organizers-calendar").cancelled

    def test_what_a_guest_removed_is_gone(self, google: Google):
        assert events(google, "removed-by-guest") == {}

    def test_the_stub_that_a_change_of_organizer_leaves_is_gone(self, google: Google):
        assert events(google, "stub-after-change-of-organizer") == {}

    def test_a_bare_cancelled_exception_marks_its_occurrence_and_blanks_nothing(self, google: Google):
        event = one(google, "cancelled-exception-bare")
        assert meetings(event) == PLAIN | CANCELLED
        (exception,) = event.exceptions
        assert [who.address for who in exception.attendees] == [who.address for who in event.attendees]
        assert exception.end.astimezone(UTC) == datetime(2036, 3, 24, 10, tzinfo=UTC)  # type: ignore[union-attr]

    def test_an_occurrence_that_its_guest_removed_is_not_there(self, google: Google):
        assert meetings(one(google, "cancelled-exception-removed-by-guest")) == without("20360324T090000Z")


class TestSeries:
    def test_exceptions_may_come_before_their_master(self, google: Google):
        found = events(google, "exception-before-master")
        assert set(found) == {"weekly", "other"}
        assert meetings(found["weekly"]) == PLAIN | MOVED | CANCELLED

    @pytest.mark.parametrize("page", [1, 2, 3])
    def test_exceptions_may_stand_on_another_page_than_their_master(self, google: Google, page: int):
        load(google, "exception-before-master")
        with opened(google, page=page) as provider:
            found = [event for event in items(list(provider.changes(ANA, ""))) if event.id == "weekly"]
        assert found
        for event in found:
            assert isinstance(event, RemoteEvent)
            assert meetings(event) == PLAIN | MOVED | CANCELLED

    def test_an_exception_without_its_master_is_a_meeting_of_its_own(self, google: Google):
        event = one(google, "exception-without-master")
        assert (event.id, event.uid, event.recurrence) == ("weekly", "weekly@google.com", None)
        assert meetings(event) == MOVED

    def test_when_the_master_comes_later_it_is_one_item(self, google: Google):
        load(google, "exception-without-master")
        cursor = read(google)[-1].cursor or ""
        google.put(ANA, payload("exception-moved-to-another-day")[0])
        (event,) = items(read(google, cursor))
        assert isinstance(event, RemoteEvent)
        assert event.id == "weekly"
        assert meetings(event) == PLAIN | MOVED

    def test_when_the_master_goes_its_exceptions_stay(self, google: Google):
        load(google, "exception-moved-to-another-day")
        cursor = read(google)[-1].cursor or ""
        google.put(ANA, {"id": "weekly", "status": "cancelled"})
        google.put(ANA, payload("exception-without-master")[0])
        left = [event for event in items(read(google, cursor)) if isinstance(event, RemoteEvent)]
        assert [meetings(event) for event in left] == [MOVED]

    def test_a_bare_exception_without_its_master_is_nothing(self, google: Google):
        assert events(google, "bare-exception-without-master") == {}

    def test_the_last_exception_without_its_master_goes(self, google: Google):
        load(google, "exception-without-master")
        cursor = read(google)[-1].cursor or ""
        google.put(ANA, payload("bare-exception-without-master")[0] | {"id": "weekly_20360317T090000Z"})
        pages = read(google, cursor)
        assert items(pages) == []
        assert "weekly" in {name for page in pages for name in page.removed}

    def test_a_moved_exception_keeps_the_key_of_its_original_start(self, google: Google):
        assert meetings(one(google, "exception-moved-to-another-day")) == PLAIN | MOVED

    def test_an_exception_may_be_private(self, google: Google):
        event = one(google, "exception-private")
        assert event.visibility is Visibility.PUBLIC
        assert [exception.visibility for exception in event.exceptions] == [Visibility.PRIVATE]

    def test_a_broken_exception_costs_its_occurrence_only(self, google: Google):
        load(google, "exception-broken")
        found = items(read(google))
        assert [item.id for item in found if isinstance(item, Unreadable)] == ["weekly#20360317T090000Z"]
        assert [meetings(item) for item in found if isinstance(item, RemoteEvent)] == [without("20360317T090000Z")]

    def test_this_and_following_is_two_series(self, google: Google):
        found = events(google, "this-and-following")
        assert list(meetings(found["weekly"])) == ["20360310T090000Z", "20360317T090000Z"]
        later = meetings(found["weekly_R20360324T090000"])
        assert later == {
            "20360324T130000Z": ("03-24 13:00", "Later", False),
            "20360331T120000Z": ("04-01 12:00", "Moved later", False),
            "20360407T120000Z": ("04-07 12:00", "Later", False),
        }

    def test_every_line_of_a_rule_counts(self, google: Google):
        assert [start for start, _title, _cancelled in meetings(one(google, "rule-with-every-line")).values()] == [
            "03-10 09:00",
            "03-12 09:00",
            "04-07 08:00",
        ]

    def test_a_rule_of_nothing_costs_its_series_only(self, google: Google):
        load(google, "rule-of-nothing")
        found = items(read(google))
        assert [item.id for item in found if isinstance(item, Unreadable)] == ["weekly"]
        assert [item.id for item in found if isinstance(item, RemoteEvent)] == ["other"]

    def test_a_single_event_survives_the_graves_of_its_old_exceptions(self, google: Google):
        event = one(google, "single-among-graves-of-its-exceptions")
        assert meetings(event) == {"": ("01-10 09:00", "Once", False)}

    def test_a_series_that_becomes_a_single_event_and_back(self, google: Google):
        load(google, "exception-moved-to-another-day")
        cursor = read(google)[-1].cursor or ""
        load(google, "single-among-graves-of-its-exceptions")
        google.put(ANA, payload("bare-exception-without-master")[0] | {"id": "weekly_20360317T090000Z"})
        pages = read(google, cursor)
        last = [item for item in items(pages) if isinstance(item, RemoteEvent)][-1]
        assert meetings(last) == {"": ("01-10 09:00", "Once", False)}
        assert not any(page.removed for page in pages)
        google.put(ANA, payload("exception-moved-to-another-day")[0])
        last = [item for item in items(read(google, pages[-1].cursor or "")) if isinstance(item, RemoteEvent)][-1]
        assert len(meetings(last)) == 5


class TestTimes:
    def test_an_all_day_end_is_exclusive(self, google: Google):
        event = one(google, "all-day")
        assert (event.start, event.end) == (date(2036, 1, 10), date(2036, 1, 12))

    def test_exceptions_of_an_all_day_series_are_days(self, google: Google):
        found = occurrences(one(google, "all-day-series"), until=datetime(2037, 1, 1, tzinfo=UTC))
        assert {o.key: o.start for o in found} == {
            "20360110": date(2036, 1, 10),
            "20360111": date(2036, 1, 15),
            "20360113": date(2036, 1, 13),
        }

    def test_an_end_that_google_made_up_is_none(self, google: Google):
        event = one(google, "end-time-unspecified")
        assert event.end == event.start

    def test_a_time_without_offset_is_of_its_zone(self, google: Google):
        event = one(google, "time-without-offset")
        assert event.start == datetime(2036, 7, 10, 7, tzinfo=UTC)
        assert event.zone == "Europe/Berlin"

    def test_a_time_without_zone_is_of_the_calendars(self, google: Google):
        google.add_calendar(ANA, ANA, primary=True, timeZone="America/Sao_Paulo")
        event = one(google, "time-without-zone")
        assert event.zone == "America/Sao_Paulo"
        assert event.start == datetime(2036, 7, 10, 12, tzinfo=UTC)

    @pytest.mark.parametrize("name", ["time-that-is-none", "year-nobody-means"])
    def test_an_event_without_a_time_costs_the_others_nothing(self, google: Google, name: str):
        load(google, name)
        found = items(read(google))
        assert [item.id for item in found if isinstance(item, Unreadable)] == ["plan"]
        assert [item.id for item in found if isinstance(item, RemoteEvent)] == ["other"]
        assert not any("soon" in item.reason for item in found if isinstance(item, Unreadable))


class TestPrivacy:
    def test_only_what_is_known_to_be_public_is(self, google: Google):
        public = {ident for ident, event in events(google, "visibility").items() if event.visibility is Visibility.PUBLIC}
        assert public == {"default", "public", "silent"}

    def test_hidden_details_are_private(self, google: Google):
        event = one(google, "details-hidden")
        assert event.visibility is Visibility.PRIVATE

    @pytest.mark.parametrize("role", ["reader", "writerWithoutPrivateAccess"])
    def test_a_reader_gets_private_events_without_details_and_they_stay_private(self, google: Google, role: str):
        load(google, "visibility")
        google.add_calendar(ANA, ANA, primary=True, accessRole=role)
        found = {event.id: event for event in items(read(google)) if isinstance(event, RemoteEvent)}
        assert (found["private"].title, found["private"].visibility) == ("", Visibility.PRIVATE)
        assert (found["public"].title, found["public"].visibility) == ("Plan", Visibility.PUBLIC)

    def test_event_types_that_are_no_meetings(self, google: Google):
        found = events(google, "event-types")
        assert {ident for ident, event in found.items() if event.event_type == "default"} == {"default", "fromgmail"}
        assert len(found) == 7


class TestPeople:
    def test_a_list_cut_short_says_so(self, google: Google):
        assert one(google, "attendees-omitted").attendees_omitted

    def test_guests_hidden_from_each_other_are_a_list_cut_short(self, google: Google):
        found = events(google, "guests-hidden-from-each-other")
        assert found["plan"].attendees_omitted
        assert not found["own"].attendees_omitted

    def test_the_organizer_takes_part_though_not_listed(self, google: Google):
        organizer, guest = one(google, "organizer-not-among-guests").attendees
        assert (organizer.address, organizer.name, organizer.organizer) == ("bob@south.example", "Bob", True)
        assert organizer.response is Response.ACCEPTED
        assert (guest.address, guest.organizer) == (ANA, False)

    def test_an_address_stands_once(self, google: Google):
        people = one(google, "organizer-also-guest-twice").attendees
        assert [(who.address, who.organizer, who.response) for who in people] == [
            ("bob@south.example", True, Response.TENTATIVE),
            (ANA, False, Response.ACCEPTED),
        ]

    def test_a_room_is_no_person(self, google: Google):
        event = one(google, "room-among-guests")
        assert [who.name for who in event.attendees if who.kind is AttendeeKind.ROOM] == ["Room 7"]
        assert participants(event) == {ANA}

    def test_made_up_addresses_are_nobody(self, google: Google):
        assert participants(one(google, "placeholder-addresses")) == {ANA}


class TestFacts:
    @pytest.mark.parametrize(
        ("name", "link"),
        [
            ("conference-with-phone-first", "https://meet.google.com/abc-defg-hij"),
            ("conference-without-video", "https://meet.google.com/abc-defg-hij"),
            ("conference-in-the-text", "https://north.zoom.us/j/123"),
            ("conference-with-a-script", ""),
        ],
    )
    def test_how_to_join(self, google: Google, name: str, link: str):
        assert one(google, name).join_url == link

    def test_where_it_opens(self, google: Google):
        assert one(google, "all-day").web_url == "https://www.google.com/calendar/event?eid=fair"

    def test_a_link_that_no_browser_should_follow_is_none(self, google: Google):
        assert one(google, "conference-with-a-script").web_url == ""

    def test_attachments_are_names(self, google: Google):
        assert one(google, "attachments").attachments == ("Offer 2036.pdf",)

    def test_an_event_may_say_next_to_nothing(self, google: Google):
        event = one(google, "bare-as-can-be")
        assert (event.title, event.uid, event.cancelled) == ("", "plan@google.com", False)
        assert event.end - event.start == timedelta(minutes=30)  # type: ignore[operator]
        assert event.updated is not None

    def test_of_an_event_that_comes_twice_the_last_one_stands(self, google: Google):
        first, last = payload("duplicate-on-a-page")
        google.put(ANA, first)
        key = google.store.calendars[ANA].items.pop("plan")
        google.put(ANA, last)
        google.store.calendars[ANA].items = {"": key, **google.store.calendars[ANA].items}
        (event,) = items(read(google))
        assert isinstance(event, RemoteEvent)
        assert (event.title, event.sequence) == ("New", 1)


def test_what_is_of_the_wrong_type_costs_nobody_anything():
    """The practice server would not say such things, so it goes to the readers as it is."""
    found = [readable(item) for item in payload("oddly-typed")[:2]]
    assert [event.title for event in found] == ["Plan", ""]
    assert found[1].attendees == ()


def readable(item: Any) -> RemoteEvent:
    return parse.google_event(item, item["id"], parse.google_zone("UTC"))


def test_every_payload_is_used():
    """A payload without a test tells nothing."""
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [path.stem for path in PAYLOADS.glob("*.json") if f'"{path.stem}"' not in text] == []
