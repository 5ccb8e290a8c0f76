"""Rows, groups and the panel as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.urls import reverse

from metwith.calendars.read_models import LinkedRecord, Participant, Reason
from metwith.web.calendar import origin
from metwith.web.calendar.meeting.panel import MOST_GUESTS, guests, panel, placings
from metwith.web.calendar.rows import meeting_url, past_groups, row, telling, upcoming_groups
from metwith.web.home.home import week
from tests.web.meetings import ANNA, EYES, INES, MARCO, ME, MINE, OF_INES, at, on


def test_a_row_says_everything_beforehand():
    shown = row(at("2026-11-21 10:00"), EYES)
    assert (shown.iso, shown.number, shown.weekday, shown.time, shown.extra) == ("2026-11-21", 21, "Sat", "10:00–10:45", "45 min")
    assert shown.title == "Pilot kick-off"
    assert shown.href == "/meetings/12/?from=company-5"
    assert shown.mine == "You take part"
    assert shown.company == "with Anna Lindt, you"


def test_addresses_made_by_hand_are_those_of_the_pages():
    assert meeting_url(12, "") == reverse("meeting", args=[12])
    for kind in ("person", "company", "opportunity"):
        assert origin.page(kind, 7) == reverse(kind, args=[7])


def test_outsiders_faces_come_first_and_four_are_shown():
    shown = row(at("2026-11-21 10:00", participants=(ME, INES, ANNA, MARCO, ANNA)), EYES)
    assert [face.letters for face in shown.faces] == ["AL", "M", "AL", "J"]
    assert [face.outsider for face in shown.faces] == [True, True, True, False]
    assert shown.more == "+1"


def test_a_title_that_is_not_shared_leaves_a_lock_with_a_name():
    shown = row(at("2026-11-21 10:00", title=None, copies=(OF_INES,), level="metadata"), EYES)
    assert shown.closed
    assert shown.title == "Not shared by Ines Albrecht"
    assert (shown.mark, shown.origin) == ("IA", "From the calendar of Ines Albrecht")


def test_an_empty_title_is_not_a_hidden_one():
    shown = row(at("2026-11-21 10:00", title=" "), EYES)
    assert not shown.closed
    assert shown.title == "Without a title"


def test_the_viewers_own_meeting_carries_no_mark():
    assert row(at("2026-11-21 10:00", copies=(OF_INES, MINE)), EYES).mark == ""


def test_past_meetings_stand_under_their_months_and_a_page_that_carries_on_does_not_repeat_one():
    past = [at("2026-11-11 10:00"), at("2026-11-04 10:00"), at("2026-10-28 10:00")]
    assert [(g.heading, len(g.rows)) for g in past_groups(past, EYES)] == [("November 2026", 2), ("October 2026", 1)]
    assert [g.heading for g in past_groups(past, EYES, carries_on="2026-11")] == ["", "October 2026"]


def test_a_month_is_the_viewers_month():
    assert past_groups([at("2026-11-01 00:30")], EYES)[0].key == "2026-11"


def test_upcoming_meetings_of_this_month_need_no_heading():
    coming = [at("2026-11-21 10:00"), on(date(2026, 12, 1)), at("2027-01-02 10:00")]
    assert [g.heading for g in upcoming_groups(coming, EYES)] == ["", "December 2026", "January 2027"]


def test_the_panel_groups_participants_by_their_answer():
    groups = guests((ME, MARCO, INES, ANNA))
    assert [(g.heading, [p.name for p in g.people]) for g in groups] == [
        ("Accepted", ["Anna Lindt", "Ines Albrecht", "You"]),
        ("No answer", ["marco@acme.example"]),
    ]
    assert groups[0].people[0].facts == "Acme GmbH · organizer"
    assert groups[0].people[0].href == "/people/7/"
    assert groups[1].people[0].facts == "optional"


def test_a_meeting_with_thousands_names_some_and_counts_the_rest():
    crowd = tuple(Participant(f"g{n}@acme.example", "", "accepted", "required", organizer=False, outsider=True) for n in range(5000))
    (group,) = guests(crowd)
    assert len(group.people) == MOST_GUESTS
    assert group.left == f"and {5000 - MOST_GUESTS} more"


def test_an_unknown_answer_counts_as_none():
    assert guests((replace(ANNA, response="delegated"),))[0].heading == "No answer"


def test_a_member_is_called_by_their_own_name_whatever_record_has_their_address():
    (group,) = guests((replace(INES, person_id=9, person_name="Colleague"),))
    assert [guest.name for guest in group.people] == ["Ines Albrecht"]


def test_the_panel_offers_only_safe_ways_to_join_and_open():
    safe = panel(at("2026-11-21 10:00", join_url="https://zoom.us/j/1", web_url="https://calendar.google.com/x"), EYES)
    assert (safe.join_href, safe.join_words, safe.open_words) == ("https://zoom.us/j/1", "Join on Zoom", "Open in Google Calendar")
    evil = panel(at("2026-11-21 10:00", join_url="javascript:alert(1)", web_url="file:///etc/passwd", location="javascript:x"), EYES)
    assert (evil.join_href, evil.open_href, evil.where_href) == ("", "", "")
    assert evil.where == "javascript:x"


def test_a_place_that_is_the_link_to_join_is_not_said_twice():
    assert panel(at("2026-11-21 10:00", join_url="https://zoom.us/j/1", location="https://zoom.us/j/1"), EYES).where == ""


def test_the_panel_says_why_a_title_is_missing_and_who_could_change_it():
    shown = panel(at("2026-11-21 10:00", title=None, level="metadata", copies=(OF_INES,)), EYES)
    assert "Only Ines Albrecht can change that" in shown.closed
    assert shown.copies[0].level == "times and participants shared"
    both = panel(at("2026-11-21 10:00", title=None, level="metadata", copies=(OF_INES, replace(OF_INES, owner="Bob"))), EYES)
    assert "Only they can change that" in both.closed


def test_who_is_on_the_list_by_an_address_that_is_not_confirmed_is_told_what_would_open_it():
    for level, title in (("metadata", None), ("subject", "Pilot kick-off")):
        shown = panel(at("2026-11-21 10:00", title=title, level=level, copies=(OF_INES,), took_part=False), EYES)
        assert "your address is not confirmed yet" in shown.unconfirmed
        assert "can change that" not in shown.closed
        stranger = panel(at("2026-11-21 10:00", title=title, level=level, copies=(OF_INES,), took_part=False, participants=(ANNA,)), EYES)
        assert stranger.unconfirmed == ""
    everything = panel(at("2026-11-21 10:00", copies=(OF_INES,), took_part=False), EYES)
    assert everything.unconfirmed == ""


def test_the_panel_names_what_else_is_not_shared():
    assert "not shared by Ines Albrecht" in panel(at("2026-11-21 10:00", level="subject", copies=(OF_INES,)), EYES).partly
    assert panel(at("2026-11-21 10:00"), EYES).partly == ""


def test_each_reason_has_its_words():
    acme = LinkedRecord("company", 5, "Acme")
    said = [
        placing.words
        for placing in placings(
            (
                Reason(acme, "address", "anna@acme.example", hidden=False),
                Reason(acme, "person", "anna@acme.example", hidden=False),
                Reason(acme, "domain", "x@acme.example", hidden=False),
                Reason(acme, "by-hand", "Jon", hidden=False),
                Reason(acme, "by-hand", "Jon", hidden=True),
                Reason(acme, "by-hand", "", hidden=True),
            )
        )
    ]
    assert said == [
        "anna@acme.example is among the participants",
        "anna@acme.example is among the participants, and works there",
        "x@acme.example is among the participants",
        "Linked by Jon",
        "Taken off by Jon",
        "Taken off by hand",
    ]


def test_an_opportunity_without_a_reason_of_its_own_can_still_be_taken_off():
    first = placings((), ("opportunity", 3, "Acme pilot"))[0]
    assert (first.key, first.href, first.taken_off) == ("opportunity-3", "/opportunities/3/", False)
    assert placings((), ("company", 5, "Acme")) == ()


def test_the_week_begins_on_monday_and_looks_beyond_sunday():
    assert week(date(2026, 11, 16)) == (date(2026, 11, 16), date(2026, 11, 23))
    assert week(date(2026, 11, 22)) == (date(2026, 11, 16), date(2026, 11, 26))


def test_a_list_of_many_records_names_companies_rather_than_people():
    acme, people = LinkedRecord("company", 1, "Acme"), (LinkedRecord("person", 2, "Anna"), LinkedRecord("person", 3, "Ben"))
    assert telling((*people, acme)) == (acme,)
    assert telling((*people, LinkedRecord("person", 4, "Cem"))) == people
