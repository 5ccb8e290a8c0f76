from __future__ import annotations

from metwith.calendars.vocabulary import AttendeeKind, RemoteAttendee, Response, Role

from .support import calendar, one, readable


def test_the_organizer_is_a_participant_who_comes() -> None:
    assert one("organizer-not-listed").attendees == (
        RemoteAttendee("ann@example.test", "Ann", Response.ACCEPTED, organizer=True),
        RemoteAttendee("bob@example.test", "Bob"),
    )


def test_an_organizer_who_is_listed_stands_once_and_with_the_answer_given() -> None:
    assert one("organizer-listed").attendees == (
        RemoteAttendee("ann@example.test", "Ann", Response.DECLINED, organizer=True),
        RemoteAttendee("bob@example.test", "Bob"),
    )


def test_an_address_stands_once_however_often_it_is_given() -> None:
    assert one("attendee-twice").attendees == (RemoteAttendee("bob@example.test", "Bob", Response.ACCEPTED),)


def test_icloud_names_addresses_in_a_parameter() -> None:
    assert one("attendee-of-icloud").attendees == (
        RemoteAttendee("ann@example.test", "Ann", Response.ACCEPTED, organizer=True),
        RemoteAttendee("bob@example.test", "Bob", Response.TENTATIVE),
    )


def test_who_has_no_address_is_left_out() -> None:
    assert [person.address for person in one("attendee-without-address").attendees] == ["di@example.test"]


def test_rooms_groups_and_roles_are_told_apart() -> None:
    room, beamer, team, bob, cy = one("attendee-kinds").attendees
    assert (room.kind, beamer.kind, team.kind) == (AttendeeKind.ROOM, AttendeeKind.RESOURCE, AttendeeKind.GROUP)
    assert (bob.kind, cy.kind) == (AttendeeKind.INDIVIDUAL, AttendeeKind.INDIVIDUAL)
    assert (room.role, team.role, bob.role) == (Role.REQUIRED, Role.OPTIONAL, Role.INFORMED)


def test_who_sent_somebody_else_does_not_come() -> None:
    *_, bob, cy = one("attendee-kinds").attendees
    assert (bob.response, cy.response) == (Response.DECLINED, Response.NEEDS_ACTION)


def test_domains_of_another_alphabet_are_folded() -> None:
    assert one("attendee-of-another-alphabet").attendees == (RemoteAttendee("j@xn--bcher-kva.example", "Jürgen"),)


def test_a_name_that_is_the_address_is_no_name() -> None:
    assert [person.name for person in one("attendee-named-by-outlook").attendees] == ["", "Cy Young"]


def test_carets_stand_for_what_quotation_marks_cannot_hold() -> None:
    assert one("caret-encoding").attendees[0].name == 'Ann "the boss" ^ Smith Berlin'


def test_a_quoted_name_may_hold_a_colon() -> None:
    assert one("quoted-colon").attendees == (RemoteAttendee("ann@example.test", "Smith: Ann; the boss", Response.ACCEPTED),)


def test_a_lost_quotation_mark_does_not_lose_the_address() -> None:
    assert one("quote-lost").attendees[0].address == "ann@example.test"


def test_names_of_properties_may_be_in_lower_case() -> None:
    assert one("lower-case-names").attendees == (RemoteAttendee("ann@example.test", "Ann", Response.ACCEPTED),)


def test_five_thousand_participants_pass() -> None:
    people = [f"ATTENDEE;CN=P{number}:mailto:p{number}@example.test" for number in range(5_000)]
    (event,) = readable(calendar("UID:a", "DTSTART:20260601T070000Z", *people))
    assert len(event.attendees) == 5_000


def test_a_name_has_an_end() -> None:
    (event,) = readable(calendar("UID:a", "DTSTART:20260601T070000Z", f"ATTENDEE;CN={'x' * 1_000}:mailto:a@example.test"))
    assert len(event.attendees[0].name) == 300
