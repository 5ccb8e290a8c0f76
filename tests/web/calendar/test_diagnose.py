"""A meeting is missing?"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from metwith.accounts import blocks
from metwith.calendars.actions import choose, connect, own_copy
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.transparency import diagnose
from metwith.calendars.vocabulary import Recurrence, RemoteCalendar, Visibility
from tests.calendars.desk import Desk, invited_by
from tests.calendars.desk import meeting as a_meeting
from tests.calendars.worker import work
from tests.people import NOW, person
from tests.remembered import once
from tests.web.landing import landed
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

AT = "/meetings/missing/"
ANNA = "anna@acme.example"


@once
def desk(bob: Member) -> Desk:
    return Desk(bob, "bob")


def ask(client: Client, text: str = "talk", day: str = "2026-06-10") -> str:
    answer = landed(client, client.post(AT, {"day": day, "text": text}))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return tight(answer.content.decode())


def put(desk: Desk, *guests: str, **facts: Any) -> None:
    desk.put("one", *guests, **{"title": "The secret talk"} | facts)


@pytest.mark.parametrize(
    ("guests", "facts", "words"),
    [
        ((ANNA,), {"visibility": Visibility.PRIVATE}, "It is private in your calendar."),
        (("alice@lumen.example",), {}, "Only colleagues take part."),
        ((), {}, "Nobody else takes part"),
        ((ANNA,), {"event_type": "other"}, "your calendar says it is no meeting"),
    ],
)
def test_the_rules_reason_is_told(as_bob: Client, desk: Desk, guests: tuple[str, ...], facts: dict[str, Any], words: str):
    put(desk, *guests, **facts)
    desk.sync()
    told = ask(as_bob)
    assert "The secret talk" in told
    assert words in told
    assert desk.uids() == set()


def test_a_block_is_named_and_whose_it_is(as_bob: Client, desk: Desk, alice: Member, bob: Member):
    blocks.add_blocks(bob, "who", ["acme.example"], everybody=False)
    blocks.add_blocks(alice, "word", ["talk"], everybody=True)
    blocks.add_blocks(bob, "who", ["other.example"], everybody=False)
    work()
    put(desk, ANNA)
    told = ask(as_bob)
    assert "your own block of “acme.example”" in told
    assert "the workspace&#x27;s block of “talk”" in told
    assert "other.example" not in told


def test_a_calendar_that_is_off_is_looked_into_too(as_bob: Client, desk: Desk):
    desk.server.add_calendar(RemoteCalendar("side", "Side projects"))
    Calendar.objects.create(workspace=desk.member.workspace, account=desk.account, remote_id="side", name="Side projects")
    desk.server.put("side", a_meeting("two", desk.member.user.email, ANNA, title="Side talk", visibility=Visibility.PRIVATE))
    told = ask(as_bob)
    assert "The calendar is switched off." in told
    assert "It is private in your calendar." in told
    assert f"/settings/accounts/{desk.account.pk}/" in told


def test_what_was_taken_out_says_so(as_bob: Client, desk: Desk, bob: Member):
    put(desk, ANNA)
    desk.sync()
    own_copy.take_out(bob, Event.objects.get().pk, whole=False, now=NOW)
    told = ask(as_bob)
    assert "You took it out for good." in told
    assert "/settings/accounts/taken-out/" in told


def test_what_is_here_says_on_which_records_or_why_on_none(as_bob: Client, desk: Desk, bob: Member):
    put(desk, ANNA, recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=3",)))
    desk.sync()
    assert "no person has the address, and no company the domain, of anna@acme.example." in ask(as_bob, day="2026-06-12")
    anna = person(bob, "Anna Lindt", ANNA)
    work()
    told = ask(as_bob, day="2026-06-12")
    assert "It is here, on these records:" in told
    assert f'<a href="/people/{anna.pk}/">Anna Lindt</a>' in told


def test_what_nothing_keeps_out_waits_for_its_calendar(as_bob: Client, desk: Desk, bob: Member):
    desk.sync()
    choose.pause(bob, desk.calendar.pk)
    put(desk, ANNA)
    assert "it was not read from this calendar yet: Paused by you." in ask(as_bob)


def test_what_is_not_there_was_not_shown_to_us(as_bob: Client, desk: Desk):
    put(desk, ANNA)
    for told in (ask(as_bob, "lunch"), ask(as_bob, day="2026-06-11")):
        assert "Not in your calendars" in told
        assert "1 entry looked through" in told
        assert "secret" not in told


def test_a_calendar_that_cannot_be_asked_says_why_and_keeps_its_state(as_bob: Client, desk: Desk):
    desk.sync()
    desk.server.faults.needs_reconnect = True
    assert "Could not be asked: The server refuses the password." in ask(as_bob)
    assert desk.calendar.state == "fine"
    connect.disconnect(desk.member, desk.account.pk, purge=False, now=NOW)
    assert "Cannot be asked any more" in ask(as_bob)


def test_it_stops_in_time(desk: Desk, bob: Member):
    desk.server.page_size = 2
    for number in range(9):
        desk.put(f"m{number}", ANNA, title="Talk")
    clock = iter(NOW + timedelta(seconds=7 * n) for n in range(1000))
    answer = diagnose.look_for(bob, NOW.date() + timedelta(days=9), "talk", now=lambda: next(clock))
    (looked,) = answer.looked
    assert (looked.state, looked.items) == ("partly", 4)
    assert len(answer.found) == 4


def test_without_a_calendar_there_is_nothing_to_look_into(as_alice: Client):
    assert "No calendar connected yet" in ask(as_alice)


def test_of_colleagues_nothing_is_told_not_even_a_number(as_bob: Client, desk: Desk, alice: Member):
    before = ask(as_bob)
    hers = Desk(alice, "alice")
    hers.put("two", ANNA, title="Her own talk", visibility=Visibility.PRIVATE)
    hers.sync()
    assert without_tokens(ask(as_bob)) == without_tokens(before)
    assert "nothing is told of what is in them" in before


def without_tokens(page: str) -> str:
    """Every page has one against forged forms."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", page)


@pytest.mark.parametrize("given", [{"day": ""}, {"day": "soon"}, {"text": ""}, {"text": "a"}, {"text": "x" * 201}, {"text": "a\0b"}])
def test_what_cannot_be_looked_for_is_said_at_its_field(as_bob: Client, desk: Desk, given: dict[str, str]):
    answer: Any = as_bob.post(AT, {"day": "2026-06-10", "text": "talk"} | given)
    assert answer.status_code == 422
    assert "_error" in answer.content.decode()
    assert desk.server.reads == 0


def everything_stored() -> str:
    """Every value of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608  the catalogue's names
            found += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return "\n".join(found)


def test_nothing_of_it_is_kept_anywhere(as_bob: Client, desk: Desk, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    put(desk, ANNA, visibility=Visibility.PRIVATE, title="Marker of a kind")
    before = everything_stored()
    assert "Marker of a kind" in ask(as_bob, "marker of")
    after = everything_stored()
    assert "arker of" not in after
    assert before == after
    assert "arker of" not in caplog.text
    assert all("marker" not in str(session.get_decoded()) for session in Session.objects.all())


def test_the_way_there_is_on_the_tab_and_among_the_accounts(as_bob: Client, desk: Desk, bob: Member):
    anna = person(bob, "Anna Lindt", ANNA)
    assert AT in as_bob.get(f"/people/{anna.pk}/").content.decode()
    put(desk, ANNA)
    desk.sync()
    assert AT in as_bob.get(f"/people/{anna.pk}/").content.decode()
    assert AT in as_bob.get("/settings/accounts/").content.decode()


def test_a_meeting_that_only_a_colleague_has_here_says_so(as_bob: Client, desk: Desk, alice: Member):
    person(alice, "Anna", ANNA)
    hers = Desk(alice, "alice")
    event = hers.put("one", ANNA, title="The secret talk")
    hers.sync()
    desk.server.put("work", replace(event, visibility=Visibility.PRIVATE))
    told = ask(as_bob)
    assert "It is private in your calendar." in told
    assert "from a colleague&#x27;s calendar" in told


@pytest.mark.parametrize("facts", [{"visibility": Visibility.PRIVATE}, {}])
def test_whoever_makes_a_copy_up_hears_nothing_of_a_colleagues_meeting_on_no_record(
    as_bob: Client, desk: Desk, alice: Member, bob: Member, facts: dict[str, Any]
):
    desk.sync()
    choose.pause(bob, desk.calendar.pk)
    put(desk, ANNA, **facts)
    hers = Desk(alice, "alice")
    hers.put("one", ANNA, title="The secret talk")
    hers.sync()
    event = f"/meetings/{Event.objects.of(bob.workspace).get().pk}/"
    told = ask(as_bob)
    assert "The secret talk" in told
    assert "from a colleague&#x27;s calendar" not in told
    assert event not in told
    person(alice, "Anna", ANNA)
    work()
    told = ask(as_bob)
    assert "from a colleague&#x27;s calendar" in told
    assert event in told


def test_of_two_meetings_of_one_identifier_the_own_one_is_told(as_bob: Client, desk: Desk, alice: Member, bob: Member):
    person(alice, "Zoe", "zoe@other.example")
    hers = Desk(alice, "alice")
    hers.put("one", attendees=invited_by("zoe@other.example", alice.user.email), title="Another talk")
    hers.sync()
    put(desk, attendees=invited_by(ANNA, bob.user.email))
    desk.sync()
    one = Entry.objects.of(bob.workspace).get(calendar=desk.calendar).event
    assert Event.objects.of(bob.workspace).exclude(pk=one.pk).get().pk < one.pk
    told = ask(as_bob)
    assert "It is here, but on no record" in told
    assert f'href="/meetings/{one.pk}/"' in told
