"""What counts as met and as next, asked of the database, is what rules/met.py says; and what it is about, by example."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metwith.calendars import queries
from metwith.calendars.actions import link
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Event, Link
from metwith.calendars.vocabulary import Response
from metwith.workspaces import actions as workspaces
from metwith.workspaces.addresses import who_is_who
from tests.calendars.answering import ALICE, ANNA, ANNA_TOO, ANSWERS, BOB, CLAIMED, DAY, KIM, SOME, ZOE, World
from tests.calendars.desk import HOUR, uid_of
from tests.people import NOW
from tests.remembered import once
from tests.savepoints import undone

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member


@once
def world(alice: Member, bob: Member) -> World:
    return World(alice, bob)


def test_every_combination_of_answers_is_what_the_rule_says(world: World) -> None:
    """Of the organizer and of a colleague with a copy or without; of Anna and of somebody else of her company."""
    walked = product([Response.ACCEPTED, Response.DECLINED], SOME, [("alice",), ("alice", "bob")], ANSWERS, SOME)
    for number, (alice, bob, copies, anna, zoe) in enumerate(walked):
        when = NOW + (1 if number % 2 else -1) * (number + 1) * HOUR
        world.put(f"m{number}", {ALICE: alice, BOB: bob, ANNA: anna, ZOE: zoe}, copies=copies, start=when)
    world.sync()
    assert world.agree()
    met, following, count = world.figures("company", world.acme)
    assert 0 < len(met) < count
    assert 0 < len(following) < count < Link.objects.of(world.alice.workspace).filter(record_kind=2, record_id=world.acme.pk).count()


MEETINGS = st.lists(
    st.fixed_dictionaries({
        "answers": st.fixed_dictionaries({
            address: st.sampled_from(ANSWERS) for address in (ALICE, BOB, CLAIMED, ANNA, ANNA_TOO, ZOE, KIM, "sue@south.acme.example")
        }),
        "copies": st.sampled_from([("alice",), ("bob",), ("alice", "bob")]),
        "cancelled": st.sampled_from([False, False, False, True]),
        "start": st.integers(-30, 30).map(lambda hours: NOW + hours * HOUR) | st.integers(-2, 2).map(lambda days: NOW.date() + days * DAY),
        "link": st.booleans(),
    }),
    min_size=1,
    max_size=8,
)  # fmt: skip


def test_whatever_is_answered_the_database_says_what_the_rule_says(world: World) -> None:
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(MEETINGS)
    def agree(meetings: list[dict[str, Any]]) -> None:
        with undone():
            for number, said in enumerate(meetings):
                length = HOUR if hasattr(said["start"], "hour") else DAY
                facts = {"start": said["start"], "length": length, "cancelled": said["cancelled"]}
                world.put(f"m{number}", said["answers"], copies=said["copies"], **facts)
            world.sync()
            for event in Event.objects.of(world.alice.workspace):
                if meetings[int(event.ical_uid[1:])]["link"]:
                    link.link_by_hand(world.alice, event.pk, "person", world.kim.pk)
            same = world.agree()
        world.clear()
        assert same

    agree()


# --- by example -----------------------------------------------------------------------------------------------------------------------


def last(world: World, kind: Kind, record: Any, viewer: Member | None = None, **facts: Any) -> list[str]:
    found = queries.timelines_for(kind, record.pk, viewer or world.alice, [queries.LAST], now=NOW, **facts)
    return [uid_of(meeting) for meeting in found.pages[0].items]


BEFORE = NOW - DAY


def test_what_the_only_outsider_declined_was_not_met_on_any_of_their_records(world: World) -> None:
    world.put("off", {ANNA: Response.DECLINED}, start=BEFORE)
    world.sync()
    for kind, record in world.records:
        assert last(world, kind, record) == []
        assert world.figures(kind, record) == (set(), set(), 0)


def test_a_company_was_met_where_one_of_its_people_came(world: World) -> None:
    world.put("some", {ANNA: Response.DECLINED, ZOE: Response.NEEDS_ACTION}, start=BEFORE)
    world.sync()
    assert (last(world, "person", world.anna), last(world, "company", world.acme)) == ([], ["some"])


def test_what_one_colleague_declined_is_met_by_the_other(world: World) -> None:
    guests = {ALICE: Response.DECLINED, BOB: Response.ACCEPTED, ANNA: Response.ACCEPTED}
    world.put("both", guests, copies=("alice", "bob"), start=BEFORE)
    world.sync()
    assert last(world, "person", world.anna) == ["both"]
    world.put("both", guests | {BOB: Response.DECLINED}, copies=("alice", "bob"), start=BEFORE)
    world.sync()
    assert last(world, "person", world.anna) == []


def test_an_answer_counts_by_whatever_address_is_the_owners_in_their_own_calendar(world: World) -> None:
    world.put("mine", {CLAIMED: Response.DECLINED, ANNA: Response.ACCEPTED}, copies=("bob",), start=BEFORE)
    world.sync()
    assert last(world, "person", world.anna) == []


def test_a_colleagues_answer_is_that_of_their_own_copy(world: World) -> None:
    """Bob's calendar says that he comes; that Alice's copy has an older answer takes nothing away."""
    world.put("plan", {ALICE: Response.DECLINED, BOB: Response.DECLINED, ANNA: Response.ACCEPTED}, start=BEFORE)
    world.put("plan", {ALICE: Response.DECLINED, BOB: Response.ACCEPTED, ANNA: Response.ACCEPTED}, copies=("bob",), start=BEFORE)
    world.sync()
    assert last(world, "person", world.anna) == ["plan"]


def test_linked_by_hand_it_needs_nobody_of_the_record(world: World) -> None:
    world.put("hand", {ANNA: Response.DECLINED}, start=BEFORE)
    world.sync()
    event = Event.objects.of(world.alice.workspace).get()
    link.link_by_hand(world.alice, event.pk, "person", world.kim.pk)
    assert last(world, "person", world.kim) == ["hand"]
    link.link_by_hand(world.alice, event.pk, "person", world.anna.pk)
    assert last(world, "person", world.anna) == []


def test_figures_follow_the_copy_that_speaks_whoever_looks(world: World) -> None:
    world.put("plan", {ANNA: Response.ACCEPTED, BOB: Response.ACCEPTED}, copies=("alice",), start=BEFORE, sequence=2)
    world.put("plan", {ANNA: Response.ACCEPTED, BOB: Response.ACCEPTED}, copies=("bob",), start=BEFORE, cancelled=True)
    world.sync()
    for viewer in (world.alice, world.bob):
        assert last(world, "person", world.anna, viewer) == ["plan"]


def test_the_workspaces_zone_says_when_an_all_day_meeting_begins(world: World) -> None:
    world.put("fair", {ANNA: Response.ACCEPTED}, start=NOW.date() + DAY, length=DAY)
    world.sync()
    assert last(world, "person", world.anna) == []
    workspaces.rename_workspace(world.alice, "Lumen", time_zone="Pacific/Auckland")  # where it is tomorrow by now
    assert last(world, "person", world.anna) == ["fair"]
    assert world.figures("person", world.anna)[1] == set()


def test_without_one_of_its_own_the_workspaces_zone_is_its_first_owners(world: World) -> None:
    assert who_is_who(world.alice.workspace_id).zone == "UTC"
    workspaces.change_profile(world.alice, name="Alice", time_zone="Europe/Berlin")
    workspaces.change_profile(world.bob, name="Bob", time_zone="America/New_York")
    assert who_is_who(world.alice.workspace_id).zone == "Europe/Berlin"


def test_a_meeting_that_has_begun_is_the_last_and_not_the_next(world: World) -> None:
    world.put("running", {ANNA: Response.ACCEPTED}, start=NOW - HOUR / 2)
    world.sync()
    met, following, _ = world.figures("person", world.anna)
    assert (len(met), len(following)) == (1, 0)


def test_while_a_copy_is_on_its_way_out_its_owners_coming_does_not_count(world: World) -> None:
    guests = {ALICE: Response.DECLINED, BOB: Response.ACCEPTED, ANNA: Response.ACCEPTED}
    world.put("both", guests, copies=("alice", "bob"), start=BEFORE)
    world.sync()
    assert last(world, "person", world.anna) == ["both"]
    Removal.objects.create(
        workspace=world.alice.workspace, kind=Removal.Kind.CALENDAR, sources=[world.desks["bob"].calendar.pk], created_at=NOW
    )
    assert last(world, "person", world.anna) == []
