"""A machine plays two members, an admin, a hostile server, a feed and invitations. Whatever they do, Bob's meetings stay what they are.

Longer: TRUST_STEPS=1000 TRUST_EXAMPLES=1 pytest tests/attacks/test_trust_machine.py --hypothesis-seed=7
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from metwith.accounts.models import Account
from metwith.calendars import actions as calendars
from metwith.calendars import queries
from metwith.calendars.models import Entry, Event, Link
from metwith.calendars.privacy.erasing import erase
from metwith.calendars.providers.catalogue import Connected
from metwith.calendars.providers.memory import Killed
from metwith.calendars.vocabulary import Account as AccountFacts
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.lib.addresses import domain_of
from metwith.lib.errors import Invalid, NotAllowed
from metwith.workspaces import actions, addresses
from metwith.workspaces.models import Member
from tests.calendars.desk import START, Desk, meeting
from tests.calendars.worker import work
from tests.people import NOW, company, person

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
STEPS, EXAMPLES = int(os.environ.get("TRUST_STEPS", "20")), int(os.environ.get("TRUST_EXAMPLES", "3"))
HOUR = timedelta(hours=1)
SEQUENCES = (0, 999_999)
BOB, EVE = "bob@lumen.example", "eve@lumen.example"
ANNA, KIM, ZOE = "anna@acme.example", "kim@kin.example", "zoe@north.example"
CLAIMED = st.sampled_from([ANNA, KIM, ZOE, BOB, "chief@lumen.example", "olga@gmail.com"])
MEETINGS = {"a": (ANNA,), "b": (KIM,), "c": (ZOE, "chief@lumen.example"), "d": (ANNA, EVE)}
"""Of Bob: UID → guests."""
UIDS = st.sampled_from([*MEETINGS, "other"])


def sees(viewer: Member, event: Event) -> bool:
    """Bob's title. What stands on no record is not there at all for a colleague."""
    try:
        return "Velbert" in (queries.meeting(viewer, event.pk).title or "")
    except Event.DoesNotExist:
        return False


class Trust(RuleBasedStateMachine):
    """`us` is what the contract makes one of us by what was done; `erased` nobody may name any more."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint._from_testcase = True  # type: ignore[attr-defined]  # Django's TestCase sets it
        self.savepoint.__enter__()
        self.alice = actions.create_workspace("Lumen Studio", "alice@lumen.example", None, "Alice", now=NOW)
        self.bob, self.eve, self.erin = (
            actions.add_member(self.alice.workspace, f"{name}@lumen.example", role, None, name.title(), now=NOW)
            for name, role in (("bob", "member"), ("eve", "member"), ("erin", "admin"))
        )
        self.anna = person(self.alice, "Anna", ANNA, company=company(self.alice, "Acme", "acme.example"))
        self.zoe = person(self.alice, "Zoe", ZOE)
        self.mine, self.hers = Desk(self.bob, "bob"), Desk(self.eve, "eve", sharing="everything")
        self.us, self.erased, self.new, self.many = set[str](), set[str](), list[Member](), 0
        self.starts = dict.fromkeys(MEETINGS, START)
        for uid, guests in MEETINGS.items():
            self.mine.put(uid, *guests, title=f"Velbert {uid}", updated=NOW)
        self.mine.sync()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def settled(self, *, bob: bool = True) -> None:
        work()
        if bob:
            self.mine.sync()
        self.look()

    # --- what Eve does ------------------------------------------------------------------------------------------------------------

    @property
    def eve_is_here(self) -> bool:
        return Member.objects.of(self.alice.workspace).filter(pk=self.eve.pk, left_at=None).exists()

    @precondition(lambda self: self.eve_is_here)
    @rule(address=CLAIMED, provider=st.sampled_from(["caldav", "ics", "google", "microsoft"]), also=st.sets(CLAIMED, max_size=2))
    def claims(self, address: str, provider: str, also: set[str]) -> None:
        self.many += 1
        subject = f"{provider}-{self.many}" if provider in {"google", "microsoft"} else ""
        facts = AccountFacts(
            provider=provider,
            address=address,
            server="memory:nobody",
            username=f"eve{self.many}",
            secret=f"s{self.many}",
            zone="UTC",
            subject=subject,
        )
        found = Connected(facts, (RemoteCalendar("work", "Work", primary=True),), tuple(sorted(also)))
        calendars.keep(self.eve, found, calendars=[], sharing="everything", new_people="off", now=NOW)
        self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule(uid=UIDS, organizer=CLAIMED, sequence=st.sampled_from(SEQUENCES), cancelled=st.booleans(), names_bob=st.booleans())
    def forges(self, uid: str, organizer: str, sequence: int, *, cancelled: bool, names_bob: bool) -> None:
        """A copy of whatever she likes, by whoever she likes, at another time."""
        guests = {"mallory@evil.example", EVE, *([BOB] if names_bob else [])} - {organizer}
        facts: dict[str, Any] = {"start": START + 24 * HOUR, "sequence": sequence, "cancelled": cancelled, "updated": NOW - HOUR}
        self.hers.server.put("work", meeting(uid, organizer, *sorted(guests), **facts))
        self.hers.sync()
        self.settled()

    @precondition(lambda self: self.eve_is_here and self.hers.server.items("work"))
    @rule()
    def takes_all_back(self) -> None:
        for item in list(self.hers.server.items("work")):
            self.hers.delete(item.id)
        self.hers.sync()
        self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule(purge=st.booleans(), data=st.data())
    def disconnects(self, data: st.DataObject, *, purge: bool) -> None:
        mine = (
            Account.objects.of(self.alice.workspace)
            .filter(member=self.eve, disconnected_at=None)
            .exclude(provider__in=["google", "microsoft"])
        )
        there = sorted(mine.exclude(pk=self.hers.account.pk).values_list("pk", flat=True))
        if there:
            calendars.disconnect(self.eve, data.draw(st.sampled_from(there)), purge=purge, now=NOW)
            self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule(keep=st.booleans())
    def leaves(self, *, keep: bool) -> None:
        actions.remove_member(self.eve, self.eve.pk, keep=keep, now=NOW)
        self.settled()

    # --- what an admin does, who was shown the counts -----------------------------------------------------------------------------

    @rule(address=st.sampled_from([KIM, "olga@gmail.com", "chief@lumen.example"]), mailed=st.booleans(), taken_up=st.booleans())
    def invites(self, address: str, *, mailed: bool, taken_up: bool) -> None:
        letters: list[str] = []
        post = (lambda _to, token: letters.append(token)) if mailed else None
        with suppress(Invalid):
            _invitation, shown = actions.invite(self.erin, address, "member", NOW, post=post)
            if taken_up:
                member = actions.accept_invitation((letters or [shown])[0], "New", None, NOW)
                self.new.append(member)
                self.us.add(address)
                if mailed:
                    self.us.add("@" + domain_of(address))
        self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule(address=st.sampled_from([KIM, ANNA, "olga@gmail.com"]))
    def gives(self, address: str) -> None:
        with suppress(Invalid):
            addresses.give(self.erin, self.eve.pk, address, NOW)
            self.us.add(address)
        self.settled()

    @rule(address=st.sampled_from([KIM, "olga@gmail.com", "nobody@evil.example"]))
    def erases(self, address: str) -> None:
        with suppress(Invalid, NotAllowed):
            erase(self.alice, address)
            self.erased.add(address)
        self.settled()

    # --- what goes wrong ----------------------------------------------------------------------------------------------------------

    @rule(page=st.integers(0, 2))
    def a_sync_is_killed(self, page: int) -> None:
        self.mine.server.expire_cursors()
        self.mine.server.faults.killed_at_page = page
        with suppress(Killed):
            self.mine.sync()
        self.mine.server.heal()
        self.mine.now += 3 * timedelta(minutes=1)
        self.look()

    @rule(uid=st.sampled_from([*MEETINGS]), hours=st.integers(-3, 3))
    def bob_moves(self, uid: str, hours: int) -> None:
        self.starts[uid] = START + hours * HOUR
        self.mine.put(uid, *MEETINGS[uid], title=f"Velbert {uid}", start=self.starts[uid], updated=NOW)
        self.settled()

    # --- what must hold -----------------------------------------------------------------------------------------------------------

    def one_of_us(self, address: str) -> bool:
        return (
            address in self.us
            or address.endswith("@lumen.example")
            or (f"@{domain_of(address)}" in self.us and domain_of(address) != "gmail.com")
        )

    def look(self) -> None:
        for uid, guests in MEETINGS.items():
            gone = any(guest in self.erased for guest in guests) or all(self.one_of_us(guest) for guest in guests)
            mine = Entry.objects.of(self.alice.workspace).filter(calendar=self.mine.calendar, event__ical_uid=uid)
            event = Event.objects.of(self.alice.workspace).filter(pk__in=mine.values("event_id")).first()
            if gone:
                continue
            assert event is not None, f"{uid} is gone"
            self._as_bob_has_it(event, uid, self.starts[uid])
            self._on_records(event, uid)
            for viewer in (self.eve, self.erin, *self.new):
                if viewer.user.email not in guests:
                    assert not sees(viewer, event), f"{viewer} sees {uid}"

    def _as_bob_has_it(self, event: Event, uid: str, start: datetime) -> None:
        shown = queries.meeting(self.bob, event.pk)
        assert (shown.title, shown.starts_at, shown.cancelled) == (f"Velbert {uid}", start, False)

    def _on_records(self, event: Event, uid: str) -> None:
        wanted = {
            person.pk for person, address in ((self.anna, ANNA), (self.zoe, ZOE)) if address in MEETINGS[uid] and address not in self.us
        }
        linked = Link.objects.of(self.alice.workspace).filter(event=event, record_kind=1, hidden=False)
        assert wanted <= set(linked.values_list("record_id", flat=True)), f"{uid} is off a record"


def test_nothing_that_others_do_touches_bobs_meetings(db: None):
    settings_ = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(Trust, settings=settings_)
