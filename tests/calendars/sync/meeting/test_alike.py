"""A feed that makes its identifiers anew at each reading: its meetings stand once, and what their owner said of them stays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metwith.calendars import account_status
from metwith.calendars.actions import connect, link, own_copy
from metwith.calendars.models import Calendar, Entry, Event, Link, Trace
from metwith.calendars.overrides import MeetingLevel
from metwith.calendars.sync.meeting import alike
from metwith.calendars.sync.run import sync_calendar
from metwith.rules.health import Succeeded
from metwith.rules.link import RecordKind
from tests.calendars.providers.ics.feed import Feed, served
from tests.people import NOW, person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.accounts.models import Account
    from metwith.workspaces.models import Member

ANNA, ALICE, BOB = "anna@acme.example", "alice@lumen.example", "bob@lumen.example"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Meeting:
    """One of a feed; `days` from now, `uid` empty: a new one at each reading."""

    title: str
    days: int
    guests: tuple[str, ...] = (ANNA,)
    uid: str = ""
    more: tuple[str, ...] = ()
    organizer: str = ALICE

    def block(self, uid: str) -> list[str]:
        start = NOW + self.days * DAY
        people = [f"ATTENDEE:mailto:{guest}" for guest in self.guests]
        return [
            *("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{self.title}", "DTSTAMP:20260601T000000Z"),
            *(
                f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
                f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
                f"ORGANIZER:mailto:{self.organizer}",
            ),
            *(*people, *self.more, "END:VEVENT"),
        ]


PAST, COMING = Meeting("Kick-off", -20), Meeting("Review", 20)
WEEKLY = Meeting("Weekly", -30, more=("RRULE:FREQ=WEEKLY;COUNT=6",))


@dataclass
class Renewing:
    """A member's feed, and a reader of it."""

    member: Member
    feed: Feed
    numbers: Iterator[int] = field(default_factory=count)
    account: Account | None = None

    @property
    def calendar(self) -> Calendar:
        return Calendar.objects.of(self.member.workspace_id).get(account__member=self.member)

    def read(self, *meetings: Meeting, now: datetime = NOW) -> None:
        """The feed holds these, each under its own UID or a new one, and is read."""
        lines = [line for meeting in meetings for line in meeting.block(meeting.uid or f"uid-{next(self.numbers)}")]
        self.feed.body = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()
        if self.account is None:
            self.account = connect.connect(self.member, "ics", address=self.member.user.email, secret=self.feed.url, now=lambda: NOW)
        assert isinstance(sync_calendar(self.member.workspace_id, self.calendar.pk, clock=lambda: now), Succeeded)

    def shown(self) -> list[tuple[str, int]]:
        """Title and days from now of every meeting, each as often as it stands."""
        entries = Entry.objects.of(self.member.workspace_id).order_by("starts_at", "pk")
        assert Event.objects.of(self.member.workspace_id).count() == len(set(entries.values_list("event_id", flat=True)))
        return [(entry.title, (entry.starts_at - NOW).days) for entry in entries]

    def event(self, title: str) -> Event:
        entries = Entry.objects.of(self.member.workspace_id).filter(calendar=self.calendar, title=title)
        return entries.select_related("event").order_by("starts_at")[0].event


@pytest.fixture
def reader(alice: Member, monkeypatch: pytest.MonkeyPatch) -> Iterator[Renewing]:
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    with served(Feed(conditional=False)) as feed:
        yield Renewing(alice, feed)


def test_past_and_coming_meetings_stand_once_however_often_they_are_read(reader: Renewing):
    for _number in range(4):
        reader.read(PAST, COMING)
    assert reader.shown() == [("Kick-off", -20), ("Review", 20)]


def test_a_feed_that_keeps_its_identifiers_is_known_by_them(reader: Renewing):
    kept = (replace(PAST, uid="a"), replace(COMING, uid="b"), *(replace(COMING, title=f"{n}", uid=f"{n}") for n in range(8)))
    reader.read(*kept)
    reader.read(*kept[1:], replace(COMING, title="Another"))
    assert not reader.calendar.by_content
    assert "a" in Event.objects.of(reader.member.workspace_id).values_list("ical_uid", flat=True)


def test_a_meeting_that_is_made_again_alike_is_no_reason_to_doubt_a_whole_feed(reader: Renewing):
    kept = tuple(replace(COMING, title=f"{n}", uid=f"{n}") for n in range(9))
    reader.read(*kept, COMING)
    reader.read(*kept, COMING)
    assert not reader.calendar.by_content


def test_links_by_hand_go_along_when_one_meeting_is_made_again_alike(reader: Renewing):
    kept = tuple(replace(COMING, title=f"{n}", uid=f"{n}") for n in range(9))
    zoe = person(reader.member, "Zoe", "zoe@kin.example")
    reader.read(*kept, PAST)
    link.link_by_hand(reader.member, reader.event("Kick-off").pk, "person", zoe.pk)
    reader.read(*kept, PAST)
    assert [title for title, _days in reader.shown()].count("Kick-off") == 1
    assert Link.objects.of(reader.member.workspace_id).get(record_id=zoe.pk).event_id == reader.event("Kick-off").pk
    assert not reader.calendar.by_content


def test_half_of_a_feed_that_is_renewed_does_not_double(reader: Renewing):
    kept = tuple(replace(PAST, title=f"Kept {n}", uid=f"{n}") for n in range(4))
    renewed = tuple(replace(PAST, title=f"New {n}") for n in range(4))
    for _number in range(4):
        reader.read(*kept, *renewed)
    assert len(reader.shown()) == 8


def test_a_few_that_are_renewed_at_each_reading_are_noticed_in_time_and_joined(reader: Renewing):
    kept = tuple(replace(PAST, title=f"Kept {n}", uid=f"{n}") for n in range(11))
    for _number in range(6):
        reader.read(*kept, PAST)
    assert len(reader.shown()) == 12


def test_a_feed_that_alternates_between_two_sets_does_not_double(reader: Renewing):
    for number in range(6):
        reader.read(replace(PAST, uid=f"past-{number % 2}"), replace(COMING, uid=f"coming-{number % 2}"))
    assert len(reader.shown()) == 2


def test_a_feed_that_keeps_its_identifiers_again_does_not_double(reader: Renewing):
    for _number in range(3):
        reader.read(PAST, COMING)
    for _number in range(3):
        reader.read(replace(PAST, uid="a"), replace(COMING, uid="b"))
    assert len(reader.shown()) == 2


def test_a_series_stands_once_with_its_occurrences(reader: Renewing):
    for _number in range(3):
        reader.read(WEEKLY, PAST)
    assert [days for title, days in reader.shown() if title == "Weekly"] == [-30, -23, -16, -9, -2, 5]


def test_two_at_once_that_are_alike_are_two(reader: Renewing):
    for _number in range(4):
        reader.read(PAST, PAST, COMING, COMING)
    assert [title for title, _days in reader.shown()] == ["Kick-off", "Kick-off", "Review", "Review"]


def test_what_is_gone_from_the_coming_ones_goes_and_the_past_stays(reader: Renewing):
    for meetings in ((PAST, COMING), (PAST, COMING), (COMING,), (Meeting("Other", 30),)):
        reader.read(*meetings)
    assert reader.shown() == [("Kick-off", -20), ("Other", 30)]


def test_a_title_that_changes_with_the_identifier_makes_another_coming_meeting(reader: Renewing):
    for title in ("Review", "Review", "Retro"):
        reader.read(PAST, replace(COMING, title=title), Meeting("Third", 40))
    assert reader.shown() == [("Kick-off", -20), ("Retro", 20), ("Third", 40)]


@pytest.mark.parametrize(
    "change",
    [{"title": "Weekly sync"}, {"guests": (ANNA, "zoe@kin.example")}, {"more": ("RRULE:FREQ=WEEKLY;COUNT=5",)}],
    ids=["title", "people", "rule"],
)
def test_a_series_that_is_changed_lists_its_past_once(reader: Renewing, change: dict[str, Any]):
    for meeting in (WEEKLY, WEEKLY, replace(WEEKLY, **change), replace(WEEKLY, **change)):
        reader.read(PAST, meeting)
    days = [days for title, days in reader.shown() if title != "Kick-off"]
    assert days == [-30, -23, -16, -9, -2, 5][: 5 if "more" in change else 6]


def test_a_past_meeting_whose_title_changes_with_the_identifier_stands_once_and_keeps_its_links(reader: Renewing):
    zoe = person(reader.member, "Zoe", "zoe@kin.example")
    for _number in range(2):
        reader.read(PAST, COMING)
    link.link_by_hand(reader.member, reader.event("Kick-off").pk, "person", zoe.pk)
    reader.read(replace(PAST, title="Kick-off!"), COMING)
    assert reader.shown() == [("Kick-off!", -20), ("Review", 20)]
    assert Link.objects.of(reader.member.workspace_id).filter(event=reader.event("Kick-off!"), record_id=zoe.pk).exists()


def test_other_words_about_a_meeting_are_its_own(reader: Renewing):
    for words in ("one", "one", "two"):
        reader.read(PAST, replace(COMING, more=(f"DESCRIPTION:{words}",)))
    assert len(reader.shown()) == 2
    assert Entry.objects.of(reader.member.workspace_id).filter(title="Review").values_list("description", flat=True)[0] == "two"


def doubled(reader: Renewing, *meetings: Meeting, times: int) -> None:
    """As a version stored them that knew nothing of this."""
    with pytest.MonkeyPatch.context() as before:
        before.setattr(alike, "join", lambda *_: None)
        for _number in range(times):
            reader.read(*meetings)
            Calendar.objects.of(reader.member.workspace_id).update(cursor="", by_content=False)


def test_what_was_doubled_before_is_joined(reader: Renewing):
    doubled(reader, PAST, WEEKLY, COMING, times=3)
    assert len([title for title, _days in reader.shown() if title == "Kick-off"]) == 3
    reader.read(PAST, WEEKLY, COMING)
    assert [title for title, _days in reader.shown()].count("Kick-off") == 1
    assert len(reader.shown()) == 8


def test_a_full_read_afterwards_doubles_nothing(reader: Renewing):
    for _number in range(3):
        reader.read(PAST, COMING)
    Calendar.objects.of(reader.member.workspace_id).update(cursor="")
    reader.read(PAST, COMING)
    assert len(reader.shown()) == 2


def test_each_meeting_is_looked_at_once_however_many_are_at_one_time(reader: Renewing, monkeypatch: pytest.MonkeyPatch):
    """A feed says how many there are, and nobody else writes in the workspace meanwhile."""
    looked: list[int] = []
    people = alike._people

    def look(entry: Entry) -> frozenset[str]:
        looked.append(entry.pk)
        return people(entry)

    monkeypatch.setattr(alike, "_people", look)
    for reading in range(2):
        reader.read(*(replace(PAST, guests=(f"{reading}-{number}@kin.example",)) for number in range(30)))
    assert len(reader.shown()) == 60
    assert sorted(looked) == sorted({*looked})
    assert len(looked) == 60


def test_links_by_hand_stay_with_the_meeting_of_their_organizer(reader: Renewing, bob: Member):
    """A colleague's feed has one alike, of somebody else's."""
    mine = replace(PAST, guests=(ANNA, ALICE, BOB))
    zoe = person(reader.member, "Zoe", "zoe@kin.example")
    with served(Feed(conditional=False)) as feed:
        bobs = Renewing(bob, feed, count(100))
        for _number in range(2):
            bobs.read(replace(mine, organizer=ANNA))
    reader.read(mine)
    link.link_by_hand(reader.member, reader.event("Kick-off").pk, "person", zoe.pk)
    reader.read(mine)
    assert reader.event("Kick-off").ical_uid == bobs.event("Kick-off").ical_uid
    links = Link.objects.of(reader.member.workspace_id).filter(record_kind=RecordKind.PERSON, record_id=zoe.pk)
    assert [link.event_id for link in links] == [reader.event("Kick-off").pk]
    assert reader.event("Kick-off").pk != bobs.event("Kick-off").pk


# --- what its owner said ----------------------------------------------------------------------------------------------------------------


def test_links_by_hand_go_along(reader: Renewing):
    zoe = person(reader.member, "Zoe", "zoe@kin.example")
    reader.read(PAST, COMING)
    link.link_by_hand(reader.member, reader.event("Kick-off").pk, "person", zoe.pk)
    for _number in range(3):
        reader.read(PAST, COMING)
    links = Link.objects.of(reader.member.workspace_id).filter(record_kind=RecordKind.PERSON, record_id=zoe.pk)
    assert [link.event_id for link in links] == [reader.event("Kick-off").pk]


def test_links_by_hand_of_what_was_doubled_come_to_the_one_that_stays(reader: Renewing):
    anna, zoe = person(reader.member, "Anna", ANNA), person(reader.member, "Zoe", "zoe@kin.example")
    doubled(reader, PAST, COMING, times=2)
    last = Entry.objects.of(reader.member.workspace_id).filter(title="Kick-off").order_by("-pk")[0]
    link.link_by_hand(reader.member, last.event_id, "person", zoe.pk)
    Link.objects.of(reader.member.workspace_id).filter(event_id=last.event_id, record_id=anna.pk).update(hidden=True)
    for _number in range(2):
        reader.read(PAST, COMING)
    links = Link.objects.of(reader.member.workspace_id).filter(event=reader.event("Kick-off"), record_kind=RecordKind.PERSON)
    assert {(link.record_id, link.hidden) for link in links} == {(anna.pk, True), (zoe.pk, False)}


@pytest.mark.parametrize("meeting", [PAST, COMING, WEEKLY])
@pytest.mark.parametrize("after", [1, 3])
@pytest.mark.parametrize("whole", [True, False])
def test_what_was_taken_out_stays_out(reader: Renewing, meeting: Meeting, after: int, whole: bool):
    for _number in range(after):
        reader.read(meeting, Meeting("Other", 30))
    left = len(reader.shown())
    gone = own_copy.take_out(reader.member, reader.event(meeting.title).pk, whole=whole, now=NOW)
    for _number in range(3):
        reader.read(meeting, Meeting("Other", 30))
        assert len(reader.shown()) == left - gone


@pytest.mark.parametrize("whole", [True, False])
def test_the_level_of_one_meeting_stays_at_every_reading(reader: Renewing, whole: bool):
    reader.read(WEEKLY, COMING)
    for title in ("Weekly", "Review"):
        own_copy.set_level(reader.member, reader.event(title).pk, "everything", whole=whole)
    apart = Entry.objects.of(reader.member.workspace_id).exclude(sharing="").count()
    for _number in range(3):
        reader.read(WEEKLY, COMING)
        assert Entry.objects.of(reader.member.workspace_id).exclude(sharing="").count() == apart
    assert MeetingLevel.objects.of(reader.member.workspace_id).exists()


def test_what_does_not_come_in_leaves_one_trace_and_no_content(reader: Renewing):
    private = replace(COMING, title="Doctor", more=("CLASS:PRIVATE",))
    internal = replace(PAST, title="Standup", guests=("bob@lumen.example",))
    for _number in range(4):
        reader.read(PAST, private, internal)
    traces = Trace.objects.of(reader.member.workspace_id)
    assert sorted(traces.values_list("reason", flat=True)) == ["internal", "private"]
    assert len(reader.shown()) == 1
    assert "Doctor" not in reader.calendar.cursor


def test_a_meeting_that_turns_private_goes(reader: Renewing):
    for _number in range(3):
        reader.read(PAST, COMING)
    reader.read(replace(PAST, more=("CLASS:PRIVATE",)), COMING)
    assert reader.shown() == [("Review", 20)]


# --- told ------------------------------------------------------------------------------------------------------------------------------


def test_the_account_says_so(reader: Renewing):
    def said() -> str:
        (account,) = account_status.account_overview(reader.member, now=NOW)
        return account.freshness

    reader.read(PAST, COMING)
    assert "identifier" not in said()
    reader.read(PAST, COMING)
    assert "new identifiers" in said()


def test_nothing_is_written_anew_while_nothing_changes(reader: Renewing):
    for _number in range(3):
        reader.read(PAST, COMING, WEEKLY)
    before = set(Entry.objects.of(reader.member.workspace_id).values_list("pk", "event_id", "digest"))
    reader.read(PAST, COMING, WEEKLY)
    assert set(Entry.objects.of(reader.member.workspace_id).values_list("pk", "event_id", "digest")) == before


# --- in any order ----------------------------------------------------------------------------------------------------------------------

POOL = (PAST, COMING, WEEKLY, replace(PAST, title="Old"), replace(COMING, guests=("zoe@kin.example",)), replace(PAST, uid="stable"))


def test_the_order_is_nothing_to_the_meetings_of_a_feed(reader: Renewing):
    reader.read(*POOL)
    reader.read(*reversed(POOL))
    assert len(reader.shown()) == 5 + 6


@pytest.mark.thorough
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=st.lists(st.permutations(POOL), min_size=2, max_size=4))
def test_whatever_the_order_each_meeting_of_the_feed_stands_once(reader: Renewing, readings: list[tuple[Meeting, ...]]):
    Calendar.objects.of(reader.member.workspace_id).delete()
    reader.account = None
    for meetings in readings:
        reader.read(*meetings)
    assert len(reader.shown()) == 5 + 6
