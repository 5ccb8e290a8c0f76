"""A machine's settings: who and what may come in, how much is shown, which calendars are read."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from metwith.accounts import blocks
from metwith.accounts.models import Block
from metwith.calendars.actions import choose, own_copy, share
from metwith.calendars.actions import connect as calendars
from metwith.calendars.models import Calendar
from metwith.calendars.overrides import TakenOut
from metwith.calendars.reads import visible
from metwith.calendars.vocabulary import WHOLE
from metwith.rules.own_identities import DomainOwnership
from metwith.rules.show import LEVELS
from metwith.workspaces import actions as workspaces
from metwith.workspaces import addresses, domains
from metwith.workspaces.models import Member, MemberAddress
from tests.calendars.sync.reading import CALENDARS, SHELVES, Name, Reading, server

WHO = st.sampled_from(["alice", "bob"])
LATER = st.booleans()
"""Whether the jobs that a change queues wait until something else makes them run."""
BLOCKS = st.sampled_from([("who", "anna@acme.example"), ("who", "acme.example"), ("who", "gmail.com"), ("word", "salary")])
DOMAINS = st.sampled_from(["kin.example", "acme.example", "eu.acme.example", "lumen.example"])
MAYBE_LEVEL = st.sampled_from(["", *LEVELS])


class Steering(Reading):
    """Rules act on the settings as a member would."""

    # --- who and what may come in -------------------------------------------------------------------------------------------------

    @rule(who=WHO, block=BLOCKS, everybody=st.booleans(), later=LATER)
    def block(self, *, who: str, block: tuple[str, str], everybody: bool, later: bool) -> None:
        """Added when it is not there, else removed."""
        member = self.stage.members["alice" if everybody else who]
        owner = None if everybody else member
        held = Block.objects.of(self.stage.workspace_id).filter(member=owner, kind=block[0], pattern=block[1]).first()
        if held:
            blocks.remove_block(member, held.pk)
        else:
            blocks.add_blocks(member, block[0], [block[1]], everybody=everybody)
        self.jobs(later=later)

    @rule(domain=DOMAINS, standing=st.sampled_from(DomainOwnership), later=LATER)
    def own_domain(self, *, domain: str, standing: str, later: bool) -> None:
        domains.decide_domain(self.stage.members["alice"], domain, standing)
        self.jobs(later=later)

    @rule(address=st.sampled_from(["kim@kin.example", "tom@gmail.com"]), later=LATER)
    def member(self, *, address: str, later: bool) -> None:
        """Joins, or leaves."""
        alice = self.stage.members["alice"]
        there = Member.objects.of(alice.workspace_id).filter(user__email=address).first()
        if there:
            workspaces.remove_member(alice, there.pk, keep=False, now=self.now)
        else:
            workspaces.add_member(alice.workspace, address, now=self.now)
        self.jobs(later=later)

    @rule(address=st.sampled_from(["kim@kin.example", "ali@kin.example"]), later=LATER)
    def further_address(self, *, address: str, later: bool) -> None:
        """Given to a member by an admin, or taken back."""
        alice = self.stage.members["alice"]
        given = MemberAddress.objects.of(alice.workspace_id).filter(address=address, account_id=0)
        there = given.exclude(member__user__email=address).first()
        if there:
            addresses.take_back(alice, there.pk)
        elif address not in addresses.who_is_who(alice.workspace_id).own_identities.addresses:
            addresses.give(alice, self.stage.members["bob"].pk, address, self.now)
        self.jobs(later=later)

    # --- what is shown --------------------------------------------------------------------------------------------------------------

    @rule(who=WHO, level=st.sampled_from(LEVELS))
    def level_of_an_account(self, who: str, level: str) -> None:
        share.set_sharing(self.stage.members[who], self.stage.accounts[who], level)

    @rule(shelf=SHELVES, level=MAYBE_LEVEL)
    def level_of_a_calendar(self, shelf: Name, level: str) -> None:
        share.set_calendar_sharing(self.stage.members[shelf[0]], self.calendar(shelf).pk, level)

    @rule(who=WHO, data=st.data(), level=MAYBE_LEVEL, whole=st.booleans())
    def level_of_a_meeting(self, who: str, data: st.DataObject, level: str, *, whole: bool) -> None:
        allowed = own_copy.allowed_levels(self.stage.members[who])
        if (mine := self.meetings_of(who)) and (not level or level in allowed):
            own_copy.set_level(self.stage.members[who], data.draw(st.sampled_from(mine))[2], level, whole=whole)

    @rule(cap=st.sampled_from(LEVELS))
    def cap(self, cap: str) -> None:
        workspaces.set_sharing_rules(self.stage.members["alice"], cap=cap, default="metadata")

    @rule(who=WHO, data=st.data(), whole=st.booleans())
    def take_out(self, who: str, data: st.DataObject, *, whole: bool) -> None:
        if not (mine := self.meetings_of(who)):
            return
        uid, key, event_id = data.draw(st.sampled_from(mine))
        own_copy.take_out(self.stage.members[who], event_id, whole=whole, now=self.now)
        said = uid, WHOLE if whole or not key else key
        self.taken[who][TakenOut.objects.of(self.stage.workspace_id).latest("pk").pk] = said
        for (owner, _name), shelf in self.shelves.items():
            if owner == who:
                shelf.take_out(*said)

    @rule(who=WHO, later=LATER)
    def let_in_again(self, who: str, *, later: bool) -> None:
        if row := own_copy.taken_out(self.stage.members[who]).first():
            own_copy.let_in(self.stage.members[who], row.pk)
            del self.taken[who][row.pk]
            self.jobs(later=later)

    def meetings_of(self, who: str) -> list[tuple[str, str, int]]:
        """Those that its owner sees: what waits to be purged is out of sight already."""
        mine = visible.copies(self.stage.workspace_id).filter(calendar__account_id=self.stage.accounts[who])
        return sorted(set(mine.values_list("event__ical_uid", "event__key", "event_id")))

    # --- what is read ---------------------------------------------------------------------------------------------------------------

    @rule(shelf=SHELVES)
    def switch(self, shelf: Name) -> None:
        """Off when it was on, else on."""
        who, _name = shelf
        mine = Calendar.objects.of(self.stage.workspace_id).filter(account_id=self.stage.accounts[who])
        on = set(mine.filter(enabled=True).values_list("pk", flat=True)) ^ {self.calendar(shelf).pk}
        choose.choose_calendars(self.stage.members[who], self.stage.accounts[who], on, self.now)
        if not self.calendar(shelf).enabled:
            self.shelves[shelf].clear()

    @rule(shelf=SHELVES)
    def pause_or_resume(self, shelf: Name) -> None:
        """What goes on is read at once: that is asked for when it goes on, before anything else."""
        member, calendar = self.stage.members[shelf[0]], self.calendar(shelf)
        if calendar.paused:
            choose.resume(member, calendar.pk, self.now)
            self.sync(shelf)
        else:
            choose.pause(member, calendar.pk)

    @rule(who=WHO, later=LATER)
    def disconnect(self, who: str, *, later: bool) -> None:
        calendars.disconnect(self.stage.members[who], self.stage.accounts[who], purge=False, now=self.now)
        self.jobs(later=later)

    @rule(who=WHO, alias=st.booleans(), later=LATER)
    def reconnect(self, who: str, *, alias: bool, later: bool) -> None:
        """It may turn out that its owner has a further address."""
        server(who).own_addresses = ("ali@kin.example",) if alias and who == "alice" else ()
        calendars.reconnect(self.stage.members[who], self.stage.accounts[who], secret="", now=lambda: self.now)
        for shelf in CALENDARS:
            if shelf[0] == who:
                self.sync(shelf)
        self.jobs(later=later)
