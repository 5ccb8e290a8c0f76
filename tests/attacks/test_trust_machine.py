"""A machine plays two members, an admin, an owner, a hostile server, a feed that is read, and invitations; jobs and syncs die in the middle.

Whatever they do, Bob's meetings stay what they are: for him, for his colleagues, and on the records.
Longer: TRUST_STEPS=1000 TRUST_EXAMPLES=1 pytest tests/attacks/test_trust_machine.py --hypothesis-seed=7
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from metwith.accounts.models import Account
from metwith.accounts.oauth.flow import TokenSet
from metwith.calendars import queries
from metwith.calendars.actions import connect as calendars
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.providers.catalogue import Connected
from metwith.calendars.providers.memory import Killed
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine.vocabulary import RemoteAccount as AccountFacts
from metwith.lib.addresses import domain_of
from metwith.lib.errors import Invalid, NotAllowed
from metwith.privacy.erasure import erase_address
from metwith.workspaces import actions, addresses, domains
from metwith.workspaces.models import Member, MemberAddress
from tests.calendars.desk import START, Desk, meeting
from tests.calendars.providers.ics.feed import Feed, served
from tests.calendars.worker import work, work_and_die
from tests.people import NOW, company, person

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.calendars.read_models import Meeting

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
STEPS, EXAMPLES = int(os.environ.get("TRUST_STEPS", "20")), int(os.environ.get("TRUST_EXAMPLES", "3"))
HOUR = timedelta(hours=1)
SEQUENCES = st.sampled_from([0, 999_999])
ALICE, BOB, EVE, CHIEF = (f"{name}@lumen.example" for name in ("alice", "bob", "eve", "chief"))
ANNA, KIM, ZOE, OLGA = "anna@acme.example", "kim@kin.example", "zoe@north.example", "olga@gmail.com"
CLAIMED = st.sampled_from([ANNA, KIM, ZOE, BOB, CHIEF, OLGA])
MEETINGS = {"a": (ANNA,), "b": (KIM,), "c": (ZOE, CHIEF), "d": (ANNA, EVE)}
"""Of Bob: UID → guests."""
GRANT = TokenSet("access", "refresh", NOW, NOW, "", "metwith").dump()
UIDS = st.sampled_from([*MEETINGS, "other"])


class Told:
    """What the contract makes of what was done by those who may: who is one of us, and to whom what is opened."""

    def __init__(self) -> None:
        self.known: dict[int, set[str]] = {}
        """Member id → verified and named addresses."""
        self.verified: dict[int, set[str]] = {}
        self.sign_ins: dict[int, str] = {}
        self.domains: dict[str, str] = {}
        """What an admin said of a domain."""
        self.erased = set[str]()

    def joins(self, member: Member, *, verified: bool) -> None:
        self.sign_ins[member.pk] = member.user.email
        self.holds(member, member.user.email, verified=verified)

    def holds(self, member: Member, address: str, *, verified: bool) -> None:
        self.known.setdefault(member.pk, set()).add(address)
        if verified:
            self.verified.setdefault(member.pk, set()).add(address)

    def loses(self, member: Member, address: str) -> None:
        self.known[member.pk].discard(address)
        self.verified[member.pk].discard(address)

    def forgets(self, member: Member) -> None:
        for held in (self.known, self.verified, self.sign_ins):
            held.pop(member.pk, None)

    def one_of_us(self, address: str) -> bool:
        domain = domain_of(address)
        brought = {domain_of(at) for pk, at in self.sign_ins.items() if at in self.verified.get(pk, ())} - {"gmail.com"}
        own = self.domains.get(domain, "whole" if domain in brought else "") == "whole"
        return own or any(address in held for held in self.known.values())

    def may_be_gone(self, guests: tuple[str, ...]) -> bool:
        return any(guest in self.erased for guest in guests) or all(self.one_of_us(guest) for guest in guests)

    def may_see(self, viewer: Member, guests: tuple[str, ...]) -> bool:
        return not self.verified.get(viewer.pk, set()).isdisjoint(guests)


class Trust(RuleBasedStateMachine):
    """`told` is what may be; `look` compares with it what is."""

    def __init__(self) -> None:
        super().__init__()
        cache.clear()
        self.savepoint = transaction.atomic()
        self.savepoint._from_testcase = True  # type: ignore[attr-defined]  # Django's TestCase sets it
        self.savepoint.__enter__()
        self.alice = actions.create_workspace("Lumen Studio", ALICE, None, "Alice", now=NOW)
        self.bob, self.eve, self.erin = (
            actions.add_member(self.alice.workspace, f"{name}@lumen.example", role, None, name.title(), now=NOW)
            for name, role in (("bob", "member"), ("eve", "member"), ("erin", "admin"))
        )
        self.told, self.new, self.many, self.dies_at = Told(), list[Member](), 0, 0
        for member in (self.alice, self.bob, self.eve, self.erin):
            self.told.joins(member, verified=True)
        self.anna = person(self.alice, "Anna", ANNA, company=company(self.alice, "Acme", "acme.example"))
        self.zoe = person(self.alice, "Zoe", ZOE)
        self.mine, self.hers = Desk(self.bob, "bob"), Desk(self.eve, "eve", sharing="everything")
        self.serving = served(Feed())
        self.feed = self.serving.__enter__()
        self.starts = dict.fromkeys(MEETINGS, START)
        for uid, guests in MEETINGS.items():
            self.mine.put(uid, *guests, title=f"Velbert {uid}", updated=NOW)
        self.mine.sync()

    def teardown(self) -> None:
        self.serving.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def settled(self) -> None:
        """What follows by itself is done, sometimes not at the first try; then Bob's calendar is read."""
        if self.dies_at:
            work_and_die(self.dies_at)
            self.dies_at = 0
            self.look()
        work()
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
        name, granted = f"eve{self.many}", provider in {"google", "microsoft"}
        facts = AccountFacts(provider, address, "memory:nobody", name, secret=GRANT if granted else name, subject=name if granted else "")
        # What an organisation granted is nobody's to give back: no provider is told when she goes.
        found = Connected(facts, (RemoteCalendar("work", "Work", primary=True),), tuple(sorted(also)), delegated=granted)
        calendars.keep_connection(self.eve, found, calendars=[], sharing="everything", new_people="off", now=NOW)
        self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule(uid=UIDS, organizer=CLAIMED, sequence=SEQUENCES, cancelled=st.booleans(), names_bob=st.booleans())
    def forges(self, uid: str, organizer: str, sequence: int, *, cancelled: bool, names_bob: bool) -> None:
        """A copy of whatever she likes, by whoever she likes, at another time."""
        guests = {"mallory@evil.example", EVE, *([BOB] if names_bob else [])} - {organizer}
        facts: dict[str, Any] = {"start": START + 24 * HOUR, "sequence": sequence, "cancelled": cancelled, "updated": NOW - HOUR}
        self.hers.server.put("work", meeting(uid, organizer, *sorted(guests), **facts))
        self.hers.sync()
        self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule(uids=st.sets(UIDS, max_size=3), organizer=CLAIMED, sequence=SEQUENCES, cancelled=st.booleans())
    def publishes(self, uids: set[str], organizer: str, sequence: int, *, cancelled: bool) -> None:
        """The same at a calendar address, which she reads."""
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x"]
        for uid in sorted(uids):
            lines += ["BEGIN:VEVENT", f"UID:{uid}", f"SEQUENCE:{sequence}", "DTSTART:20260611T090000Z", "DURATION:PT1H", "SUMMARY:Forged"]
            lines += [f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}", f"ORGANIZER:mailto:{organizer}", f"ATTENDEE:mailto:{EVE}"]
            lines += [f"ATTENDEE:mailto:{BOB}", "ATTENDEE:mailto:mallory@evil.example", "END:VEVENT"]
        self.feed.body = "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
        account = calendars.connect(self.eve, "ics", address=organizer, secret=self.feed.url, sharing="everything", now=lambda: NOW)
        sync_calendar(self.eve.workspace_id, Calendar.objects.of(self.eve.workspace_id).get(account=account).pk, clock=lambda: NOW)
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
        mine = Account.objects.of(self.alice.workspace).filter(member=self.eve, disconnected_at=None)
        there = sorted(mine.exclude(provider="memory").values_list("pk", flat=True))
        if there:
            calendars.disconnect(self.eve, data.draw(st.sampled_from(there)), purge=purge, now=NOW)
            self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule(keep=st.booleans())
    def leaves(self, *, keep: bool) -> None:
        actions.remove_member(self.eve, self.eve.pk, keep=keep, now=NOW)
        if not keep:
            self.told.forgets(self.eve)
        self.settled()

    @precondition(lambda self: not self.eve_is_here)
    @rule()
    def another_comes(self) -> None:
        """Made by the operator, with the address that the former one signed in by: so that a thousand steps have somebody in them."""
        self.eve = actions.add_member(self.alice.workspace, EVE, "member", None, "Eve", now=NOW)
        self.told.joins(self.eve, verified=True)
        self.hers = Desk(self.eve, "eve", sharing="everything")
        self.settled()

    # --- what admins and owners do, who were shown the counts ---------------------------------------------------------------------

    @rule(address=st.sampled_from([KIM, OLGA, CHIEF]), mailed=st.booleans(), taken_up=st.booleans())
    def invites(self, address: str, *, mailed: bool, taken_up: bool) -> None:
        letters: list[str] = []
        post = (lambda _to, token: letters.append(token)) if mailed else None
        with suppress(Invalid):
            _invitation, shown = actions.invite(self.erin, address, "member", NOW, post=post)
            if taken_up:
                member = actions.accept_invitation((letters or [shown])[0], "New", None, NOW)
                self.new.append(member)
                self.told.joins(member, verified=mailed)
        self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule(address=st.sampled_from([KIM, ANNA, OLGA, CHIEF]))
    def gives(self, address: str) -> None:
        with suppress(Invalid):
            addresses.give(self.erin, self.eve.pk, address, NOW)
            self.told.holds(self.eve, address, verified=False)
        self.settled()

    @rule(address=st.sampled_from([KIM, OLGA, CHIEF]), data=st.data())
    def vouches(self, address: str, data: st.DataObject) -> None:
        """An owner for Eve, or for somebody new; and those who may not."""
        who = data.draw(st.sampled_from([*([self.eve] if self.eve_is_here else []), *self.new, self.alice]))
        for nobody in (self.erin, who):
            with pytest.raises(NotAllowed):
                addresses.vouch(nobody, who.pk, address, NOW)
        with suppress(Invalid, NotAllowed):
            addresses.vouch(self.alice, who.pk, address, NOW)
            self.told.holds(who, address, verified=True)
        self.settled()

    @precondition(lambda self: self.eve_is_here)
    @rule()
    def takes_back_what_was_given(self) -> None:
        for row in MemberAddress.objects.of(self.alice.workspace).filter(member=self.eve, account_id=0).exclude(address=EVE):
            addresses.take_back(self.alice, row.pk)
            self.told.loses(self.eve, row.address)
        self.settled()

    @rule(domain=st.sampled_from(["kin.example", "evil.example"]), standing=st.sampled_from(["whole", "aside"]))
    def says_of_a_domain(self, domain: str, standing: str) -> None:
        domains.decide_domain(self.erin, domain, standing)
        self.told.domains[domain] = standing
        self.settled()

    @rule(address=st.sampled_from([KIM, OLGA, "nobody@evil.example"]))
    def erases(self, address: str) -> None:
        with suppress(Invalid, NotAllowed):
            erase_address(self.alice, address)
            self.told.erased.add(address)
        self.settled()

    # --- what goes wrong ----------------------------------------------------------------------------------------------------------

    @rule(statement=st.integers(1, 200))
    def the_next_jobs_die(self, statement: int) -> None:
        """In the middle, before that statement."""
        self.dies_at = statement

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
        self.mine.sync()
        self.settled()

    # --- what must hold -----------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        on_record = {address: self._feed_of(person.pk) for person, address in ((self.anna, ANNA), (self.zoe, ZOE))}
        for uid, guests in MEETINGS.items():
            if self.told.may_be_gone(guests):
                continue
            mine = Entry.objects.of(self.alice.workspace).filter(calendar=self.mine.calendar, event__ical_uid=uid)
            event = Event.objects.of(self.alice.workspace).filter(pk__in=mine.values("event_id")).first()
            assert event is not None, f"{uid} is gone"
            self._as_bob_has_it(event, uid, self.starts[uid])
            for address in set(guests) & on_record.keys():
                seen = on_record[address].get(event.pk)
                assert seen is not None, f"{uid} is off a record"
                assert (seen.starts_at, seen.cancelled) == (self.starts[uid], False)
            for viewer in (self.eve, self.erin, *self.new):
                assert self.told.may_see(viewer, guests) or not sees(viewer, event), f"{viewer} sees {uid}"

    def _as_bob_has_it(self, event: Event, uid: str, start: datetime) -> None:
        shown = queries.meeting(self.bob, event.pk)
        assert (shown.title, shown.starts_at, shown.cancelled) == (f"Velbert {uid}", start, False)

    def _feed_of(self, person_id: int) -> dict[int, Meeting]:
        """As a colleague sees it who has no copy."""
        return {found.id: found for found in queries.timeline_for("person", person_id, self.erin, now=NOW).items}


def sees(viewer: Member, event: Event) -> bool:
    """Bob's title. What stands on no record is not there at all for a colleague."""
    try:
        return "Velbert" in (queries.meeting(viewer, event.pk).title or "")
    except Event.DoesNotExist:
        return False


def test_nothing_that_others_do_touches_bobs_meetings(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    settings_ = settings(
        # The first one that Hypothesis plays is the simplest there is, a single rule over and over.
        max_examples=EXAMPLES + 1,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(Trust, settings=settings_)
