"""Lists by figures: as a recount from scratch has them, whatever happened and whenever they are read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metwith.calendars.actions import link
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Event
from metwith.calendars.vocabulary import Response
from metwith.lib.errors import Invalid
from metwith.overview import lists, months, recount
from metwith.overview.asking import FigureFilter
from metwith.overview.gone_quiet import gone_quiet
from metwith.overview.models import Outdated
from metwith.records import actions as records
from metwith.records import queries
from metwith.records.kinds import NAMES
from metwith.records.models import Opportunity
from metwith.rules.link import RecordKind
from metwith.workspaces import actions as workspaces
from tests.calendars.answering import ALICE, ANNA, ANSWERS, BOB, CLAIMED, DAY, KIM, ZOE, World
from tests.calendars.desk import HOUR
from tests.calendars.worker import work
from tests.people import NOW, person
from tests.remembered import once
from tests.savepoints import undone

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.overview.figures import Figures
    from metwith.workspaces.models import Member

ALL = FigureFilter()
ORDERS = [sign + name for name in lists.ORDERS for sign in ("", "-")]


@once
def world(alice: Member, bob: Member) -> World:
    return World(alice, bob)


def read(world: World, kind: RecordKind, order: str = "-last_met", asked: FigureFilter = ALL, *, now: datetime = NOW, **page: Any) -> Any:
    where = world.alice.workspace_id
    rows = queries.MODELS[NAMES[kind]].objects.of(where).filter(trashed_at=None)
    return lists.read(
        recount.world_of(where), rows, order=order, asked=asked, now=now, cursor=page.get("cursor"), limit=page.get("limit", 100)
    )


def names(listing: Any) -> list[str]:
    return [item.record.name for item in listing.items]


def from_scratch(world: World, kind: RecordKind, now: datetime) -> dict[int, Figures]:
    where = world.alice.workspace_id
    rows = queries.MODELS[NAMES[kind]].objects.of(where).filter(trashed_at=None)
    return recount.count(recount.world_of(where), kind, [row.pk for row in rows], now)


def shape(figures: Figures, month: int) -> tuple[Any, ...]:
    one = [found and (found.item, found.at, found.all_day, found.members) for found in (figures.last, figures.next)]
    known = {member: (known.meetings, known.last.at) for member, known in figures.known.items()}
    return *one, known, figures.quiet_from(month), figures.first, {one: many for one, many in figures.by_month.items() if one > month - 24}


def agrees(world: World, now: datetime) -> bool:
    """Every list, in every order, by every filter, is what a count from scratch makes of it; who has gone quiet too."""
    return all(_agrees(world, kind, now) for kind in RecordKind) and all_quiet(world, now) == quiet_from_scratch(world, now)


def all_quiet(world: World, now: datetime, *, mine: bool = False) -> list[tuple[str, str]]:
    """Kind and name, a page after the other."""
    found: list[tuple[str, str]] = []
    cursor = ""
    while True:
        page = gone_quiet(world.alice, recount.world_of(world.alice.workspace_id), mine=mine, cursor=cursor, limit=1, now=now)
        found += [(one.kind, str(one.record)) for one in page.items]
        if not page.next:
            return found
        cursor = page.next


def quiet_from_scratch(world: World, now: datetime) -> list[tuple[str, str]]:
    where = world.alice.workspace_id
    month = months.of(now, recount.world_of(where).zone)
    deals = Opportunity.objects.of(where).filter(trashed_at=None, stage__in=queries.OPEN_STAGES)
    found = []
    for kind, column in ((RecordKind.PERSON, "contact_id"), (RecordKind.COMPANY, "company_id")):
        for pk, figures in from_scratch(world, kind, now).items():
            record: Any = queries.MODELS[NAMES[kind]].objects.of(where).get(pk=pk)
            quiet = figures.quiet_from(month)
            alone = kind is RecordKind.COMPANY or not record.company_id or record.company.trashed_at
            if alone and quiet and quiet <= now:
                found.append((not deals.filter(**{column: pk}).exists(), quiet, int(kind), pk, str(record)))
    return [(NAMES[kind], name) for _phase, _quiet, kind, _pk, name in sorted(found)]


def _agrees(world: World, kind: RecordKind, now: datetime) -> bool:
    counted = from_scratch(world, kind, now)
    listing = read(world, kind, now=now)
    month = months.of(now, recount.world_of(world.alice.workspace_id).zone)
    said = {item.record.pk: shape(item.figures, month) for item in listing.items}
    same = said == {pk: shape(found, month) for pk, found in counted.items()}
    present = recount.world_of(world.alice.workspace_id).present
    filters = [
        FigureFilter(not_met_for=10),
        FigureFilter(never_met=True),
        FigureFilter(met_since=now - timedelta(days=7)),
        FigureFilter(planned=True),
        FigureFilter(planned=False),
        FigureFilter(known_by=world.alice.pk),
        FigureFilter(known_by=world.bob.pk),
        FigureFilter(known_by="nobody"),
    ]
    fit = {asked: read(world, kind, "name", asked, now=now) for asked in filters}
    wanted = {asked: {pk for pk, figures in counted.items() if asked.fits(figures, now, present)} for asked in filters}
    same = same and wanted == {asked: {item.record.pk for item in found.items} for asked, found in fit.items()}
    return (
        same
        and all(found.total == len(found.items) for found in fit.values())
        and all(_ordered(world, kind, order, counted, now) for order in ORDERS)
    )


def _ordered(world: World, kind: RecordKind, order: str, counted: dict[int, Figures], now: datetime) -> bool:
    found = read(world, kind, order, now=now).items
    value = {
        "last_met": lambda item: item.figures.last and item.figures.last.at,
        "next": lambda item: item.figures.next and item.figures.next.at,
        "meetings": lambda item: item.meetings if item.figures.last else None,
    }[order.removeprefix("-")]
    values = [value(item) for item in found]
    there = [one for one in values if one is not None]
    return (
        len(found) == len(counted)
        and values == [*there, *[None] * (len(values) - len(there))]
        and there == sorted(there, reverse=order.startswith("-"))
    )


STEPS = st.lists(
    st.one_of(
        st.fixed_dictionaries({
            "do": st.just("put"),
            "uid": st.sampled_from("abcd"),
            "answers": st.fixed_dictionaries({address: st.sampled_from(ANSWERS) for address in (ALICE, BOB, CLAIMED, ANNA, ZOE, KIM)}),
            "copies": st.sampled_from([("alice",), ("bob",), ("alice", "bob")]),
            "cancelled": st.sampled_from([False, False, True]),
            "start": st.integers(-90, 60).map(lambda hours: NOW + 11 * hours * HOUR) | st.integers(-40, 40).map(lambda d: NOW.date() + d * DAY),
        }),
        st.fixed_dictionaries({"do": st.sampled_from(["clear", "recount", "recount", "zone", "trash", "restore", "merge", "hand", "off", "move"])}),
        st.fixed_dictionaries({"do": st.just("pass"), "days": st.integers(0, 90)}),
    ),
    min_size=1,
    max_size=10,
)  # fmt: skip


class Run:
    """One sequence."""

    def __init__(self, world: World) -> None:
        """Something stands there, and was counted: what is not marked afterwards is told wrong."""
        self.world, self.now = world, NOW
        for uid, days in (("long ago", -70), ("again", -50), ("once more", -30), ("a", -20), ("b", 10)):
            met(world, uid, days, ANNA, KIM, BOB)
        world.sync()
        self.step({"do": "recount"})

    def step(self, said: dict[str, Any]) -> None:
        do, world = said["do"], self.world
        if do == "put":
            length = HOUR if hasattr(said["start"], "hour") else DAY
            world.put(said["uid"], said["answers"], copies=said["copies"], start=said["start"], length=length, cancelled=said["cancelled"])
            world.sync()
        elif do == "clear":
            world.clear()
            world.sync()
        elif do == "recount":
            while recount.recount(world.alice.workspace_id, self.now):
                pass
        elif do == "zone":
            workspaces.rename_workspace(world.alice, "Lumen", time_zone="Pacific/Auckland")
        elif do == "pass":
            self.now += said["days"] * DAY
        else:
            self._records(do)

    def _records(self, do: str) -> None:
        alice, world = self.world.alice, self.world
        people = queries.people(alice.workspace_id).items
        event = Event.objects.of(alice.workspace_id).order_by("pk").first()
        if do == "trash" and people:
            records.trash(alice, "person", people[0].pk, now=self.now)
        elif do == "restore":
            records.restore(alice, "person", world.anna.pk) if world.anna in queries.people(alice.workspace_id).items else None
        elif do == "merge" and {world.anna, world.kim} <= {*people}:
            records.merge_people(alice, world.anna.pk, world.kim.pk, now=self.now)
        elif do in {"hand", "off"} and event and people:
            put = link.link_by_hand if do == "hand" else link.unlink_by_hand
            put(alice, event.pk, "person", people[-1].pk)
        elif do == "move" and people:
            records.update_person(alice, people[0].pk, now=self.now, company_id=world.south.pk)


def test_whatever_happens_lists_are_what_a_count_from_scratch_makes_of_it(world: World) -> None:
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def agree(steps: list[dict[str, Any]]) -> None:
        with undone():
            run = Run(world)
            for said in steps:
                run.step(said)
                work()
            same = agrees(world, run.now)
            # What is read as it was stored, too, and not only what is counted as it is read.
            run.step({"do": "recount"})
            same = same and agrees(world, run.now)
        world.there.clear()
        assert same

    agree()


# --- by example -------------------------------------------------------------------------------------------------------------------------


def met(world: World, uid: str, days: float, *guests: str, **facts: Any) -> None:
    world.put(uid, dict.fromkeys(guests, Response.ACCEPTED), start=NOW + days * DAY, **facts)


@pytest.fixture
def busy(world: World) -> World:
    met(world, "old", -100, ANNA)
    met(world, "new", -2, KIM, BOB)
    met(world, "plan", 3, ANNA)
    person(world.alice, "Zed")
    world.sync()
    return world


def test_who_went_quiet_is_told_by_what_is_stored_a_page_after_the_other(world: World) -> None:
    """Kim, who has no company, and Acme went quiet at the same moment, and have an open opportunity both; Anna is told as Acme."""
    for days in (-100, -90, -80):
        met(world, f"talk {days}", days, ANNA, KIM)
    world.sync()
    while recount.recount(world.alice.workspace_id, NOW):
        pass
    assert not Outdated.objects.of(world.alice.workspace_id).exists()
    later = NOW + 40 * DAY  # in another month than the one in which they were counted
    for now in (NOW, later):
        assert all_quiet(world, now) == [("person", "Kim"), ("company", "Acme")] == quiet_from_scratch(world, now)
    assert all_quiet(world, NOW - 53 * DAY) == []


def test_people_by_when_they_were_met_last(busy: World) -> None:
    assert names(read(busy, RecordKind.PERSON, "-last_met")) == ["Kim", "Anna", "Zed"]
    assert names(read(busy, RecordKind.PERSON, "last_met")) == ["Anna", "Kim", "Zed"]
    assert names(read(busy, RecordKind.PERSON, "next")) == ["Anna", "Kim", "Zed"]
    assert names(read(busy, RecordKind.PERSON, "-next")) == ["Anna", "Kim", "Zed"]


def test_known_by_whoever_was_there(busy: World) -> None:
    assert names(read(busy, RecordKind.PERSON, "name", FigureFilter(known_by=busy.bob.pk))) == ["Kim"]
    assert names(read(busy, RecordKind.PERSON, "name", FigureFilter(known_by="nobody"))) == ["Zed"]


def test_pages_answer_as_of_the_first(busy: World) -> None:
    """A meeting that begins meanwhile moves nobody: each comes once, and none is left out."""
    while recount.recount(busy.alice.workspace_id, NOW):
        pass
    first = read(busy, RecordKind.PERSON, "-last_met", limit=1)
    rest = [first]
    while rest[-1].next:
        rest.append(read(busy, RecordKind.PERSON, "-last_met", limit=1, cursor=rest[-1].next, now=NOW + 4 * DAY))
    assert [name for listing in rest for name in names(listing)] == ["Kim", "Anna", "Zed"]
    assert {listing.moment for listing in rest} == {NOW}
    assert names(read(busy, RecordKind.PERSON, "-last_met", now=NOW + 4 * DAY)) == ["Anna", "Kim", "Zed"]


def test_what_is_on_its_way_out_is_in_no_figure(busy: World) -> None:
    while recount.recount(busy.alice.workspace_id, NOW):
        pass
    sources = [busy.desks["alice"].calendar.pk]
    Removal.objects.create(workspace=busy.alice.workspace, kind=Removal.Kind.CALENDAR, sources=sources, created_at=NOW)
    assert names(read(busy, RecordKind.PERSON, "-last_met")) == ["Anna", "Kim", "Zed"]
    assert {item.figures.last for item in read(busy, RecordKind.PERSON).items} == {None}


def test_where_very_many_are_being_counted_they_stand_last_and_say_what_is_true(busy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "LIVE", 1)
    listing = read(busy, RecordKind.PERSON, "-last_met")
    assert listing.pending
    assert names(listing) == ["Anna", "Kim", "Zed"]
    assert listing.items[1].figures.last
    assert not read(busy, RecordKind.PERSON, "name").pending
    while recount.recount(busy.alice.workspace_id, NOW):
        pass
    assert not Outdated.objects.of(busy.alice.workspace_id).exists()
    assert names(read(busy, RecordKind.PERSON, "-last_met")) == ["Kim", "Anna", "Zed"]


def test_an_opportunity_reads_its_companys_meetings_and_its_contacts(busy: World) -> None:
    (deal,) = read(busy, RecordKind.OPPORTUNITY).items
    assert deal.figures.last
    assert deal.figures.last.at == NOW - 2 * DAY
    assert deal.figures.next
    records.update_opportunity(busy.alice, busy.deal.pk, now=NOW, contact_id=None)
    (deal,) = read(busy, RecordKind.OPPORTUNITY).items
    assert deal.figures.last.at == NOW - 100 * DAY


@pytest.mark.parametrize("cursor", ["", "x", "a:b:c"])
def test_a_cursor_of_another_list_is_refused(busy: World, cursor: str) -> None:
    other = read(busy, RecordKind.PERSON, "last_met", limit=1).next
    with pytest.raises(Invalid, match="page marker"):
        read(busy, RecordKind.PERSON, "-last_met", cursor=cursor or other)


def test_an_order_that_there_is_not_is_refused(busy: World) -> None:
    with pytest.raises(Invalid, match="cannot be sorted"):
        read(busy, RecordKind.PERSON, "secret")
