from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from metwith.calendars.providers.microsoft import parse
from metwith.calendars.providers.microsoft.uid import identity
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import AttendeeKind, RemoteEvent, Response, Role, Visibility
from metwith.practice.graph.store import foreign_uid, made_uid, on_day
from tests.calendars.providers.microsoft import csdl
from tests.calendars.providers.microsoft.recorded import PAYLOADS, payload

OWNER = parse.MailboxOwner("ana@north.example", "Europe/Berlin")
SINGLE = sorted(path.stem for path in PAYLOADS.glob("*.json") if path.read_text().startswith("{"))
TALKS = sorted(path.stem for path in PAYLOADS.glob("*.json") if not path.read_text().startswith("{"))
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def read(name: str, **changes: object) -> RemoteEvent:
    return parse.graph_event(payload(name) | changes, OWNER)


@pytest.mark.parametrize("name", SINGLE)
def test_every_event_here_is_one_that_graph_could_give(name: str):
    csdl.needed()
    csdl.check(("events", "one"), payload(name))


@pytest.mark.parametrize("name", TALKS)
def test_every_answer_here_is_one_that_graph_could_give(name: str):
    csdl.needed()
    for answer in payload(name):
        if answer["status"] == 200:
            csdl.check(tuple(answer["path"].strip("/").split("/")[1:]), answer["body"] | {})


def test_the_description_refuses_what_graph_does_not_say():
    csdl.needed()
    good = payload("seven_fractional_digits")
    wrong = (
        {"visiblity": "private"},
        {"sensitivity": "secret"},
        {"isAllDay": "no"},
        {"originalStart": "24.11.2026"},
        {"start": {"date": "2026-11-24"}},
    )
    for change in wrong:
        with pytest.raises(AssertionError):
            csdl.check(("events", "one"), good | change)


def test_every_field_we_ask_for_is_there():
    known = csdl.needed()
    assert {*parse.FIELDS} <= known.properties("event")
    assert {"mail", "userPrincipalName", "proxyAddresses"} <= known.properties("user")
    assert {"exceptionOccurrences", "instances", "calendar"} <= known.properties("event")
    assert {"calendarView", "events"} <= known.properties("calendar")


@pytest.mark.parametrize("name", ["sensitivity_personal", "sensitivity_private", "sensitivity_confidential", "masked_private_event"])
def test_everything_but_normal_is_private(name: str):
    assert read(name).visibility is Visibility.PRIVATE


def test_a_sensitivity_that_is_not_known_or_not_given_is_private():
    assert read("seven_fractional_digits").visibility is Visibility.PUBLIC
    assert read("seven_fractional_digits", sensitivity="secret").visibility is Visibility.PRIVATE
    assert read("seven_fractional_digits", sensitivity=None).visibility is Visibility.PRIVATE


def test_an_event_that_the_organizer_cancelled_is_there_and_cancelled():
    found = read("cancelled_by_the_organizer")
    assert (found.cancelled, found.title) == (True, "Canceled: Plan")


def test_a_list_that_hides_the_others_is_not_the_whole_list():
    assert read("hidden_attendees").attendees_omitted
    assert not read("hidden_attendees", isOrganizer=True).attendees_omitted
    assert not read("hidden_attendees", hideAttendees=False).attendees_omitted


def test_who_has_no_address_is_left_out_and_each_stands_once():
    found = read("attendees_without_an_address").attendees
    assert [(who.address, who.organizer, who.role, who.kind) for who in found] == [
        ("ana@north.example", True, Role.REQUIRED, AttendeeKind.INDIVIDUAL),
        ("carla@south.example", False, Role.OPTIONAL, AttendeeKind.INDIVIDUAL),
        ("room7@north.example", False, Role.REQUIRED, AttendeeKind.RESOURCE),
    ]
    assert found[1].response is Response.TENTATIVE


def test_the_owners_answer_stands_beside_the_list():
    answers = {who.address: who.response for who in read("own_answer_stands_beside").attendees}
    assert answers == {
        "bob@south.example": Response.ACCEPTED,
        "ana@north.example": Response.DECLINED,
        "carla@south.example": Response.NEEDS_ACTION,
    }


def test_times_have_seven_fractional_digits_and_no_offset():
    found = read("seven_fractional_digits")
    assert (found.start, found.updated) == (NINE, datetime(2026, 11, 2, 8, 0, 0, 123456, UTC))


def test_a_zone_that_was_not_asked_for_is_obeyed_all_the_same():
    assert read("times_in_another_zone_than_asked_for").start == NINE


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("all_day_seen_from_utc", (24, 26)),
        ("all_day_west_of_utc", (24, 25)),
        ("all_day_at_midnight", (24, 26)),
        ("all_day_in_a_customized_zone", (24, 25)),
    ],
)
def test_the_days_of_an_all_day_event_are_those_of_its_own_zone(name: str, days: tuple[int, int]):
    found = read(name)
    assert (found.start, found.end) == (date(2026, 11, days[0]), date(2026, 11, days[1]))


def test_a_day_is_the_nearest_midnight_where_the_zone_says_nothing():
    unknown = payload("all_day_in_a_customized_zone")
    assert parse.graph_event(unknown, replace(OWNER, zone="UTC")).start == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("name", "zone"),
    [("windows_zone", "Asia/Tokyo"), ("customized_time_zone", "Europe/Berlin"), ("zone_as_the_menu_shows_it", "Europe/Amsterdam")],
)
def test_zones_have_windows_names_or_none_that_is_known(name: str, zone: str):
    assert read(name).zone == zone


def test_how_to_join_and_where_it_opens():
    assert read("teams_meeting").join_url == "https://teams.microsoft.com/l/meetup-join/19%3ameeting_1/0"
    assert read("join_link_in_the_text").join_url == "https://zoom.us/j/123456789"
    assert read("seven_fractional_digits").web_url == "https://outlook.office365.com/owa/?itemid=1"
    assert read("seven_fractional_digits", webLink="javascript:alert(1)").web_url == ""


def test_the_uid_is_the_one_that_colleagues_elsewhere_have():
    assert read("uid_of_another_program").uid == "7kukuqrfedlm2f9t0vr4q5l8e4@google.com"
    assert read("uid_in_plain").uid == "7kukuqrfedlm2f9t0vr4q5l8e4@google.com"
    own = read("seven_fractional_digits")
    assert own.uid.startswith("040000008200E00074C5B7101A82E00800000000")


def test_who_is_invited_to_one_occurrence_has_it_under_the_key_of_the_series():
    found = read("invited_to_one_occurrence")
    assert found.uid == read("seven_fractional_digits").uid
    assert [one.key for one in occurrences(found, until=NINE)] == ["20261124T090000Z"]


def test_a_uid_that_is_missing_is_made_of_the_id():
    assert (
        read("uid_in_plain", iCalUId="").uid == read("uid_in_plain", iCalUId=None).uid != read("uid_in_plain", iCalUId="", id="other").uid
    )


def test_every_occurrence_of_a_series_has_the_uid_of_the_series():
    for series, uid in ((made_uid("x"), made_uid("x")), (foreign_uid("a@b"), "a@b"), (made_uid("x").lower(), made_uid("x"))):
        assert identity(series).day is None
        found = identity(on_day(series, date(2026, 12, 1)) if series.isupper() else series)
        assert found.uid == uid
    assert identity(on_day(made_uid("x"), date(2026, 12, 1))).day == date(2026, 12, 1)


@pytest.mark.parametrize("text", ["", "040000008200E00074C5B7101A82E008", "040000008200E00074C5B7101A82E008" + "Z" * 60, "a@b"])
def test_an_id_of_another_form_is_the_uid(text: str):
    assert identity(text).uid == text


@pytest.mark.parametrize(
    "change",
    [
        {"start": None},
        {"end": {"dateTime": 5}},
        {"start": {"dateTime": "0001-01-01T00:00:00", "timeZone": "Tokyo Standard Time"}},
        {"type": "exception"},
    ],
)
def test_what_cannot_be_understood_is_broken(change: dict[str, object]):
    with pytest.raises(parse.BrokenPayload):
        read("seven_fractional_digits", **change)


@pytest.mark.parametrize("nonsense", [None, 5, "text", [], {"a": 1}, [{"emailAddress": {"address": 7}}, 3]])
@pytest.mark.parametrize("name", ["attendees", "organizer", "body", "location", "onlineMeeting", "recurrence", "responseStatus", "subject"])
def test_nonsense_in_a_field_costs_no_more_than_the_field(name: str, nonsense: object):
    assert read("seven_fractional_digits", **{name: nonsense}).start == NINE
