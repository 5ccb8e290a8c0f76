"""Keep or drop: the table of product.md, section 3."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules.keep import Policy, decide, filter_item, participants
from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import AttendeeKind, Drop, DropReason, Keep, Recurrence, RemoteAttendee, RemoteEvent, Visibility
from metwith.rules.blocks import Blocks
from metwith.rules.own_identities import OwnIdentities
from tests.calendars.desk import exception, meeting
from tests.people import us

START = datetime(2026, 6, 10, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ALICE = "alice@lumen.example"
POLICY = Policy(
    own_identities=OwnIdentities(us(ALICE, "bob@lumen.example", "mia@gmail.com"), us("lumen.example")),
    owner=frozenset({ALICE, "alice@home.example"}),
    blocks=Blocks(frozenset({"spouse@home.example", "clinic.example"}), frozenset({"job interview", "gehalt"})),
)
ROOM = RemoteAttendee("room7@rooms.example", kind=AttendeeKind.ROOM)
BEAMER = RemoteAttendee("beamer@acme.example", kind=AttendeeKind.RESOURCE)
PLACEHOLDER = RemoteAttendee("unknownorganizer@calendar.google.com", organizer=True)


def event(*guests: str, people: tuple[RemoteAttendee, ...] = (), **facts: Any) -> RemoteEvent:
    made = meeting("m", ALICE, *guests, **facts)
    return replace(made, attendees=(*made.attendees, *people))


@pytest.mark.parametrize(
    "guests",
    [
        ("anna@acme.example",),
        ("bob@lumen.example", "anna@acme.example"),
        ("anna@lumen.example.acme.test",),
        ("anna@notlumen.example",),
        ("tom@gmail.com",),
        ("mia@gmail.com", "tom@gmail.com"),
        ("nurse@otherclinic.example",),
    ],
)
def test_a_meeting_with_an_outsider_is_kept(guests: tuple[str, ...]) -> None:
    assert decide(event(*guests), POLICY) == Keep()


@pytest.mark.parametrize(
    ("reason", "guests", "people", "facts"),
    [
        # Nobody else.
        ("not-a-meeting", (), (), {}),
        ("not-a-meeting", ("alice@home.example",), (), {}),
        ("not-a-meeting", (), (ROOM,), {}),
        ("not-a-meeting", (), (BEAMER, ROOM), {}),
        ("not-a-meeting", (), (PLACEHOLDER,), {}),
        ("not-a-meeting", (), (RemoteAttendee("c_1@group.calendar.google.com"),), {}),
        ("not-a-meeting", (), (RemoteAttendee("c_2@resource.calendar.google.com"),), {}),
        ("not-a-meeting", ("anna@acme.example",), (), {"event_type": "other"}),
        # Private.
        ("private", ("anna@acme.example",), (), {"visibility": Visibility.PRIVATE}),
        # Blocked: an address, a domain, a subdomain of it.
        ("blocked", ("spouse@home.example",), (), {}),
        ("blocked", ("anna@acme.example", "dr@clinic.example"), (), {}),
        ("blocked", ("dr@north.clinic.example",), (), {}),
        ("blocked", ("bob@lumen.example", "dr@a.b.clinic.example"), (), {}),
        # Internal: a member, the own domain, a subdomain of it, a member with a free-mail address.
        ("internal", ("bob@lumen.example",), (), {}),
        ("internal", ("lab@research.lumen.example",), (), {}),
        ("internal", ("mia@gmail.com",), (), {}),
        ("internal", ("bob@lumen.example",), (ROOM, BEAMER, PLACEHOLDER), {}),
    ],
)
def test_a_drop_has_its_reason(reason: str, guests: tuple[str, ...], people: tuple[RemoteAttendee, ...], facts: dict[str, Any]) -> None:
    assert decide(event(*guests, people=people, **facts), POLICY) == Drop(DropReason(reason))


ORDER = ["switched-off", "not-a-meeting", "private", "blocked", "internal"]


@pytest.mark.parametrize("uid", ["3f2a@own.metwith.invalid", " 3F2A@OWN.METWITH.INVALID "])
def test_what_metwith_handed_out_is_no_meeting_wherever_it_stands(uid: str) -> None:
    """A member who subscribes to a record's meetings, or imports them, in a calendar that is read: they are here already."""
    assert decide(replace(event("anna@acme.example"), uid=uid), POLICY) == Drop(DropReason.NOT_A_MEETING)
    assert decide(replace(event("anna@acme.example"), uid=f"{uid.strip()}.example"), POLICY) == Keep()


@given(st.sets(st.sampled_from(ORDER)))
def test_of_several_reasons_the_first_of_the_order_decides(reasons: set[str]) -> None:
    guests = ["spouse@home.example"] if "blocked" in reasons else []
    guests += [] if "not-a-meeting" in reasons else ["bob@lumen.example" if "internal" in reasons else "anna@acme.example"]
    said = event(
        *guests,
        visibility=Visibility.PRIVATE if "private" in reasons else Visibility.PUBLIC,
        event_type="other" if "not-a-meeting" in reasons else "default",
    )
    expected = next((DropReason(reason) for reason in ORDER if reason in reasons), None)
    # A blocked guest is an outsider too, so a meeting with one is not internal: the order is what the block is found before.
    assert decide(said, replace(POLICY, switched_on="switched-off" not in reasons)) == (Drop(expected) if expected else Keep())


def test_a_block_of_the_owner_themself_blocks_nothing() -> None:
    policy = replace(POLICY, blocks=Blocks(frozenset({ALICE, "home.example"})))
    assert decide(event("alice@home.example", "anna@acme.example"), policy) == Keep()


@pytest.mark.parametrize(
    ("title", "stopped"), [("Job  Interview: second round", True), ("Gehaltsabrechnung", False), ("Über das GEHALT", True)]
)
def test_a_meeting_whose_title_holds_a_blocked_word_stays_out(title: str, *, stopped: bool) -> None:
    said = event("alice@lumen.example", "anna@acme.example", title=title)
    assert decide(said, POLICY) == (Drop(DropReason.BLOCKED) if stopped else Keep())


def test_two_strangers_at_a_free_mail_provider_are_outsiders_until_one_is_a_member() -> None:
    policy = Policy(OwnIdentities(us("mia@gmail.com"), frozenset()), owner=us("mia@gmail.com"))
    said = meeting("m", "mia@gmail.com", "tom@gmail.com")
    assert decide(said, policy) == Keep()
    hired = replace(policy, own_identities=OwnIdentities(us("mia@gmail.com", "tom@gmail.com"), frozenset()))
    assert decide(said, hired) == Drop(DropReason.INTERNAL)


def test_participants_are_people_rooms_and_placeholders_are_not() -> None:
    said = event("anna@acme.example", people=(ROOM, BEAMER, PLACEHOLDER, RemoteAttendee("all@acme.example", kind=AttendeeKind.GROUP)))
    assert participants(said) == {ALICE, "anna@acme.example", "all@acme.example"}


# --- series -----------------------------------------------------------------------------------------------------------------------

SERIES = event("anna@acme.example", recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=6",)))
BERLIN = replace(SERIES, zone="Europe/Berlin")


def days(*items: RemoteEvent) -> list[str]:
    """The keys' days of what is left of a series."""
    return [o.key[:8] for item in items for o in occurrences(item, until=START + 400 * DAY)]


def test_a_series_with_nothing_to_hide_stays_as_it_is() -> None:
    said = replace(SERIES, exceptions=(exception(SERIES, START + DAY, title="moved"),))
    assert filter_item(said, POLICY).kept == (said,)
    assert filter_item(said, POLICY).dropped == ()


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        ("private", {"visibility": Visibility.PRIVATE}),
        ("blocked", {"attendees": (*SERIES.attendees, RemoteAttendee("spouse@home.example"))}),
        ("internal", {"attendees": (RemoteAttendee(ALICE, organizer=True), RemoteAttendee("bob@lumen.example"))}),
        ("not-a-meeting", {"attendees": (RemoteAttendee(ALICE, organizer=True),)}),
    ],
)
def test_an_occurrence_that_may_not_come_in_is_cut_out_of_its_series(reason: str, facts: dict[str, Any]) -> None:
    hidden = exception(SERIES, START + 2 * DAY, title="hidden", **facts)
    shown = exception(SERIES, START + 3 * DAY, title="shown")
    sifted = filter_item(replace(SERIES, exceptions=(hidden, shown)), POLICY)
    assert days(*sifted.kept) == ["20260610", "20260611", "20260613", "20260614", "20260615"]
    assert [e.title for e in sifted.kept[0].exceptions] == ["shown"]
    assert [reason for _, reason in sifted.dropped] == [DropReason(reason)]
    assert "hidden" not in repr(sifted)


def test_a_private_occurrence_that_was_moved_leaves_nothing_at_either_time() -> None:
    hidden = exception(SERIES, START + DAY, visibility=Visibility.PRIVATE, start=START + 5 * DAY, end=START + 5 * DAY)
    sifted = filter_item(replace(SERIES, exceptions=(hidden,)), POLICY)
    assert days(*sifted.kept) == ["20260610", "20260612", "20260613", "20260614", "20260615"]


def test_a_private_this_and_following_ends_the_series_there() -> None:
    hidden = exception(SERIES, START + 3 * DAY, visibility=Visibility.PRIVATE, this_and_future=True, title="hidden")
    sifted = filter_item(replace(SERIES, exceptions=(hidden,)), POLICY)
    assert days(*sifted.kept) == ["20260610", "20260611", "20260612"]
    assert len(sifted.dropped) == 1
    assert "hidden" not in repr(sifted)


def test_a_public_occurrence_after_a_private_end_stays_for_itself() -> None:
    hidden = exception(SERIES, START + 2 * DAY, visibility=Visibility.PRIVATE, this_and_future=True, title="hidden")
    shown = exception(SERIES, START + 4 * DAY, title="shown")
    sifted = filter_item(replace(SERIES, exceptions=(hidden, shown)), POLICY)
    assert days(*sifted.kept) == ["20260610", "20260611", "20260614"]
    assert [kept.title for kept in sifted.kept] == ["About m", "shown"]
    assert "hidden" not in repr(sifted)


def test_of_several_private_this_and_following_the_earliest_ends_the_series() -> None:
    later, earlier = (exception(SERIES, START + n * DAY, visibility=Visibility.PRIVATE, this_and_future=True) for n in (4, 2))
    assert days(*filter_item(replace(SERIES, exceptions=(later, earlier)), POLICY).kept) == ["20260610", "20260611"]


def test_an_all_day_series_is_cut_by_dates() -> None:
    series = event("anna@acme.example", start=date(2026, 6, 10), length=DAY, recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=5",)))
    hidden = exception(series, date(2026, 6, 11), visibility=Visibility.PRIVATE)
    tail = exception(series, date(2026, 6, 13), visibility=Visibility.PRIVATE, this_and_future=True)
    assert days(*filter_item(replace(series, exceptions=(hidden, tail)), POLICY).kept) == ["20260610", "20260612"]


def test_public_exceptions_of_a_private_series_stay_each_for_itself() -> None:
    shown = exception(SERIES, START + 2 * DAY, title="shown", visibility=Visibility.PUBLIC, this_and_future=True)
    secret = replace(SERIES, visibility=Visibility.PRIVATE, title="secret", exceptions=(shown,))
    sifted = filter_item(secret, POLICY)
    assert days(*sifted.kept) == ["20260612"]
    assert sifted.dropped == (("", DropReason.PRIVATE),)
    assert "secret" not in repr(sifted)


def test_a_dropped_single_event_leaves_only_its_reason() -> None:
    sifted = filter_item(event("bob@lumen.example"), POLICY)
    assert sifted.kept == ()
    assert sifted.dropped == (("", DropReason.INTERNAL),)
