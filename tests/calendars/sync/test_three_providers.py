"""One meeting, as three members have it: Alice at Google, Bob at Microsoft, Carol on a CalDAV server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from metwith.calendars.actions import connect
from metwith.calendars.models import Calendar, Entry, Event, Link
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.vocabulary import Recurrence, RemoteAttendee, RemoteEvent
from metwith.practice.google import Google
from metwith.practice.graph import events
from metwith.practice.graph.store import foreign_uid, made_uid, on_day
from metwith.practice.microsoft import GraphService
from metwith.practice.serve import serving
from metwith.rules.health import Succeeded
from metwith.workspaces import actions as workspaces
from tests.accounts.test_tokens import account
from tests.calendars.desk import HOUR, exception
from tests.calendars.providers.google.world import ident
from tests.calendars.sync.world_caldav import body
from tests.people import NOW, person
from tests.servers import PASSWORD, USER, radicale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.models import QuerySet

    from metwith.practice.graph.store import Mailbox
    from metwith.workspaces.models import Member
    from tests.servers import CalDavServer

pytestmark = pytest.mark.server
ALICE, BOB, CAROL, ANNA = "alice@lumen.example", "bob@lumen.example", "carol@lumen.example", "anna@acme.example"
NINE = datetime(2026, 6, 10, 9, tzinfo=ZoneInfo("Europe/Berlin"))
WEEK = timedelta(days=7)
EXCHANGE = made_uid("series")
"""What Exchange calls a meeting; Google and others keep it as the UID."""


def meeting(uid: str) -> RemoteEvent:
    people = (RemoteAttendee(ALICE, organizer=True), *map(RemoteAttendee, (BOB, CAROL, ANNA)))
    return RemoteEvent("lunch", uid, start=NINE, end=NINE + HOUR, title="Lunch", attendees=people, zone="Europe/Berlin")


def weekly(uid: str) -> RemoteEvent:
    """Three weeks; the second is moved by a day and a title of its own."""
    plain = replace(meeting(uid), recurrence=Recurrence(rules=("FREQ=WEEKLY;COUNT=3",)))
    later = NINE + WEEK + timedelta(days=1)
    moved = exception(plain, NINE + WEEK, start=later, end=later + HOUR, title="Late lunch")
    return replace(plain, exceptions=(moved,))


@dataclass
class Team:
    """Three members, each with a calendar elsewhere. The same item is called the same by none of the three."""

    google: Google
    mailbox: Mailbox
    carol: Member
    caldav: CalDavServer
    lunch: str
    """The path of the meeting on Carol's server."""
    calendars: list[Calendar]

    def put(self, found: RemoteEvent) -> None:
        self.google.put_item(ALICE, ident("lunch"), (found,))
        events.write(self.mailbox, next(iter(self.mailbox.calendars)), "lunch", found)
        self.caldav.put(self.lunch, body(found))

    def delete_from(self, who: int) -> None:
        (lambda: self.google.delete(ALICE, ident("lunch")), lambda: self.mailbox.delete("lunch"), lambda: self.caldav.delete(self.lunch))[
            who
        ]()

    def sync(self, *order: int) -> None:
        for who in order or range(3):
            calendar = self.calendars[who]
            assert sync_calendar(calendar.workspace_id, calendar.pk, clock=lambda: NOW) == Succeeded()

    @property
    def events(self) -> QuerySet[Event]:
        return Event.objects.of(self.carol.workspace_id)

    def meetings(self) -> list[tuple[datetime | date, str, int]]:
        """Of each Event when it begins, what it is called, and how many have it; no two call it differently."""
        return [(event.start_date or event.starts_at, *self._entries(event)) for event in self.events.order_by("starts_at")]

    def _entries(self, event: Event) -> tuple[str, int]:
        titles = list(Entry.objects.of(event.workspace_id).filter(event=event).values_list("title", flat=True))
        (title,) = set(titles)
        return title, len(titles)


@pytest.fixture
def team(alice: Member, bob: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    google, graph = Google(ALICE, clock=lambda: NOW), GraphService(now=lambda: NOW)
    google.tokens["access-0"] = ALICE
    mailbox = graph.add_mailbox(BOB, token="access-0")
    inbox = mailbox.add_calendar("Calendar")
    carol = workspaces.add_member(alice.workspace, CAROL, "member", None, "Carol", now=NOW)
    with serving(google) as at_google, serving(graph) as at_microsoft, radicale(tmp_path / "radicale") as caldav:
        monkeypatch.setenv("METWITH_GOOGLE_SERVER", at_google)
        monkeypatch.setenv("METWITH_MICROSOFT_SERVER", at_microsoft)
        work = caldav.make_calendar("work")
        # Something that stays, and stays out: a calendar that is suddenly empty would be doubted.
        caldav.put(f"{work}alone.ics", body(replace(meeting("alone"), attendees=())))
        calendars = [_calendar(alice, "google", ALICE), _calendar(bob, "microsoft", inbox), _calendar_at(caldav, carol)]
        yield Team(google, mailbox, carol, caldav, f"{work}lunch.ics", calendars)


def _calendar(member: Member, provider: str, remote_id: str) -> Calendar:
    """A calendar whose owner signed in a minute ago."""
    return Calendar.objects.create(workspace=member.workspace, account=account(member, provider), remote_id=remote_id, enabled=True)


def _calendar_at(caldav: CalDavServer, member: Member) -> Calendar:
    found = connect.connect(
        member, "caldav", address=CAROL, server=caldav.url, username=USER, secret=PASSWORD, calendars=["work"], now=lambda: NOW
    )
    return Calendar.objects.of(member.workspace_id).get(account=found, enabled=True)


@pytest.mark.parametrize("uid", ["lunch@elsewhere.example", EXCHANGE])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_a_meeting_that_three_have_is_one_with_three_entries(team: Team, uid: str, order: tuple[int, ...]):
    anna = person(team.carol, "Anna", ANNA)
    team.put(meeting(uid))
    team.sync(*order)
    assert team.meetings() == [(NINE, "Lunch", 3)]
    assert team.events.get().ical_uid == uid
    assert [link.record_id for link in Link.objects.of(anna.workspace_id)] == [anna.pk]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_it_goes_with_the_last_who_has_it(team: Team, order: tuple[int, ...]):
    team.put(weekly("lunch@elsewhere.example"))
    team.sync()
    for gone, who in enumerate(order, start=1):
        team.delete_from(who)
        team.sync()
        assert {count for _start, _title, count in team.meetings()} == ({3 - gone} if gone < 3 else set())
    assert not team.events.exists()


@pytest.mark.parametrize("uid", ["lunch@elsewhere.example", EXCHANGE])
def test_a_moved_occurrence_is_the_same_for_all_three(team: Team, uid: str):
    team.put(weekly(uid))
    team.sync()
    moved = (NINE + WEEK + timedelta(days=1), "Late lunch", 3)
    assert team.meetings() == [(NINE, "Lunch", 3), moved, (NINE + 2 * WEEK, "Lunch", 3)]
    assert set(team.events.values_list("ical_uid", flat=True)) == {uid}


def test_an_occurrence_that_is_moved_later_moves_for_each_as_each_is_read(team: Team):
    whole = weekly("lunch@elsewhere.example")
    team.put(replace(whole, exceptions=()))
    team.sync()
    assert [count for _start, _title, count in team.meetings()] == [3, 3, 3]
    keys = set(team.events.values_list("pk", "key"))
    team.put(whole)
    team.sync()
    assert team.meetings()[1] == (NINE + WEEK + timedelta(days=1), "Late lunch", 3)
    assert set(team.events.values_list("pk", "key")) == keys


def test_who_is_invited_to_one_occurrence_only_has_that_of_the_others(team: Team):
    whole = replace(weekly("lunch@elsewhere.example"), exceptions=())
    team.put(whole)
    second = replace(whole, recurrence=None, start=NINE + WEEK, end=NINE + WEEK + HOUR)
    named = on_day(foreign_uid(whole.uid), (NINE + WEEK).date())
    inbox = next(iter(team.mailbox.calendars))
    team.mailbox.put(inbox, "lunch", events.payload_of(second, BOB) | {"iCalUId": named})
    team.sync()
    assert [count for _start, _title, count in team.meetings()] == [2, 3, 2]


def test_all_day_it_is_one_too(team: Team):
    day = date(2026, 6, 10)
    team.put(replace(meeting("fair@elsewhere.example"), start=day, end=day + timedelta(days=2)))
    team.sync()
    assert team.meetings() == [(day, "Lunch", 3)]
    assert {(e.start_date, e.end_date) for e in team.events} == {(day, day + timedelta(days=2))}
