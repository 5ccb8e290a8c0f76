"""Both ways in time: whatever was set, read and changed on the way, what is stored and what everybody sees is what a fresh start with the
final settings would give. Only what stands still may keep what it had, and no more than that (`shelf.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from metwith.accounts.models import Account
from metwith.calendars.actions import connect as calendars
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.overrides import TakenOut
from metwith.calendars.providers import memory
from metwith.calendars.sync import overrides, store
from metwith.calendars.sync.run import AHEAD, sync_calendar
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.lib import secrets
from metwith.rules.health import Succeeded
from metwith.workspaces import actions as workspaces
from tests.calendars.sync.picture import Picture, as_if_read_anew, difference, picture, words_of
from tests.calendars.sync.reading import CALENDARS, DAY, SECRET, Name, Stage, stock
from tests.calendars.sync.steering import Steering
from tests.calendars.sync.views import Views, views
from tests.calendars.worker import work
from tests.people import NOW, company, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


class Machine(Steering):
    """Looks at what came of it, now and then and at the end."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.steps = 0
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.begin()

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @invariant()
    def count(self) -> None:
        self.steps += 1

    @precondition(lambda self: self.steps > 9)
    @rule()
    def settle(self) -> None:
        self.steps = 0
        self.jobs()
        self.sync_all()
        stored, seen = picture(self.stage.workspace_id, self.now), self.views()
        assert SECRET not in words_of(self.stage.workspace_id)
        fresh, fresh_views = self.fresh_start()
        self.check_traces(stored, fresh)
        self.leave_blocked(stored, fresh)
        assert difference(stored, fresh) == {}
        for eyes, shown in seen.items():
            assert shown == fresh_views[eyes], eyes

    def views(self) -> Views:
        return views(self.stage.members.values(), self.now + AHEAD - 2 * DAY, ["salary", "with"])

    def check_traces(self, stored: Picture, fresh: Picture) -> None:
        """Of what stands still the items are traced that lost something, for the reason of then; a fresh read of the rest knows of none."""
        for name in filter(self.stands_still, CALENDARS):
            calendar = self.calendar(name)
            keyed = secrets.digester(calendar.workspace_id, calendar.pk)
            mine = {row for row in stored["traces"] if row[0] == calendar.pk}
            assert {item for _, item, *_ in mine} == {keyed(resource) for resource in self.shelves[name].traced}
            for found in (stored, fresh):
                for row in [row for row in found["traces"] if row[0] == calendar.pk]:
                    del found["traces"][row]

    def leave_blocked(self, stored: Picture, fresh: Picture) -> None:
        """What was internal before it was blocked is not read again to say so: it is both."""
        others = {row[:3]: row for row in fresh["traces"]}
        for row in [row for row in stored["traces"] if row[3] == "internal" and others.get(row[:3], row)[3] == "blocked"]:
            del stored["traces"][row], fresh["traces"][others[row[:3]]]

    # --- a fresh start --------------------------------------------------------------------------------------------------------------

    def fresh_start(self) -> tuple[Picture, Views]:
        found: list[Views] = []

        def read() -> None:
            for name in CALENDARS:
                if not self.stands_still(name):
                    assert sync_calendar(self.stage.workspace_id, self.calendar(name).pk, clock=lambda: self.now) == Succeeded()
                elif self.calendar(name).enabled:
                    self.read_what_was_kept(name)
            found.append(self.views())

        return as_if_read_anew(self.stage.workspace_id, self.now, read), found[0]

    def read_what_was_kept(self, name: Name) -> None:
        """A calendar that stands still, as if it had been read once as it stood then, less what was decided since."""
        calendar, shelf = self.calendar(name), self.shelves[name]
        memory.forget_servers("kept")
        memory.server("kept").add_calendar(RemoteCalendar(name[1], "Kept", primary=True))
        for events in filter(None, shelf.kept.values()):
            memory.server("kept").put(name[1], *events)
        account = Account.objects.of(calendar.workspace_id).filter(pk=calendar.account_id)
        mine = Calendar.objects.of(calendar.workspace_id).filter(pk=calendar.pk)
        before = list(TakenOut.objects.of(calendar.workspace_id).filter(member_id=calendar.account.member_id))
        self.only_out(name, {said for out in shelf.out.values() for said in out})
        account.update(server="memory:kept", disconnected_at=None)
        mine.update(paused=False)
        assert sync_calendar(calendar.workspace_id, calendar.pk, clock=lambda: shelf.read_at) == Succeeded()
        mine.update(paused=calendar.paused)
        account.update(server=calendar.account.server, disconnected_at=calendar.account.disconnected_at)
        # What stands still speaks after what is read.
        store.reconcile(
            calendar.workspace_id, set(Entry.objects.of(calendar.workspace_id).filter(calendar=calendar).values_list("event_id", flat=True))
        )
        self.only_out(name, set())
        TakenOut.objects.bulk_create(before)

    def only_out(self, name: Name, out: set[tuple[str, str]]) -> None:
        member = self.stage.members[name[0]]
        mark = overrides.marker(member.workspace_id, member.pk)
        TakenOut.objects.of(member.workspace_id).filter(member=member).delete()
        TakenOut.objects.bulk_create(
            TakenOut(workspace_id=member.workspace_id, member=member, mark=mark(*said), taken_on=self.now.date()) for said in out
        )


def stage(**members: Member) -> Stage:
    accounts = {}
    for who in ("alice", "bob"):
        stock(who)
        address = members[who].user.email
        made = calendars.connect(members[who], "memory", address=address, server=f"memory:both-{who}", calendars="all", now=lambda: NOW)
        accounts[who] = made.pk
    return Stage(members, accounts)


@pytest.mark.thorough
def test_whatever_was_set_on_the_way_it_is_as_after_a_fresh_start_with_the_final_settings(alice: Member, bob: Member) -> None:
    carol = workspaces.add_member(alice.workspace, "carol@lumen.example", now=NOW)
    acme = company(alice, "Acme", "acme.example")
    person(alice, "Anna", "anna@acme.example", company=acme)
    person(alice, "Tom", "tom@gmail.com")
    work()
    made = stage(alice=alice, bob=bob, carol=carol)

    class Staged(Machine):
        def __init__(self) -> None:
            super().__init__(made)

    # Examples are slow by nature, and the servers' state lives outside of what Hypothesis sees.
    known = settings(max_examples=7, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Staged, settings=settings(known, report_multiple_bugs=False))
