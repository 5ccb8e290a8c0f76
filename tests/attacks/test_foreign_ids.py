"""Verbs, questions and jobs that are handed another workspace's ids, as if no page had looked before: each is its own border.

That the pages and the API look too is in test_borders.py.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from metwith.accounts import blocks
from metwith.accounts.models import Account, Enrolment, Organisation
from metwith.accounts.oauth import delegation
from metwith.accounts.oauth.clients import client_of, remove_client, save_client
from metwith.calendars import account_status, jobs, queries, retained
from metwith.calendars.actions import choose, connect, link, own_copy, share, undo_contacts
from metwith.calendars.delegation import enrolment
from metwith.calendars.exports import record_file, subscribe
from metwith.calendars.feed import FeedFilter
from metwith.calendars.models import Calendar, Entry, Link, Series
from metwith.calendars.providers import memory
from metwith.calendars.transparency import diagnose, explain, preview, sharing_example
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.privacy import erasure, receipt, subject_access
from metwith.records import actions as record_actions
from metwith.records import directory
from metwith.records import jobs as record_jobs
from metwith.records import queries as records
from metwith.records.acts.actions import take_back
from metwith.records.imports import actions as imports
from metwith.rules.link import RecordKind
from metwith.workspaces import actions as workspace
from metwith.workspaces import addresses
from metwith.workspaces.models import Workspace
from tests.attacks.test_borders import rows
from tests.border import owned_models
from tests.built_once import Copies, built_once
from tests.calendars.desk import Desk, meeting
from tests.calendars.searching import search_titles
from tests.calendars.worker import forget_jobs, waiting
from tests.exits.world import GUEST, World
from tests.people import NOW, company, opportunity, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db

REFUSED = (ObjectDoesNotExist, Invalid)
NOTHING: tuple[object, ...] = (None, 0, (), [], False)
INVITED, BLOCKED = "fay@fern.example", "otto@clinic.example"
"""By Alice."""
FIELDS: dict[str, Any] = {"name": "Mine now", "now": NOW}


class Thief:
    """Charlie, who owns a workspace with one of everything, and knows all the ids of Alice's."""

    def __init__(self) -> None:
        self.world = World("everything", "everything")
        member = self.world.viewers["a member of another workspace"].member
        assert member is not None
        self.member: Member = member
        self.ids = {name: found[0] for name, found in self.world.ids().items()}
        self.desk = Desk(member, "charlie")
        self.desk.put("ours", "eve@north.example")
        self.desk.sync()
        self.eve = person(member, "Eve", "eve@north.example")
        self.north = company(member, "North", "north.example")
        self.deal = opportunity(member, "Ours", company=self.north, contact=self.eve)
        self.event = Entry.objects.of(member.workspace_id).get().event_id

    def grants(self) -> None:
        """What Alice's organisation granted, the client of her workspace, somebody connected by them, and a block for everybody."""
        alice = self.world.alice
        enrolment.save_and_reconnect(alice, "microsoft", client_id="metwith", secret="s3cret", tenant="north.example")
        save_client(alice, "google", client_id="metwith", secret="s3cret")
        blocks.add_blocks(alice, "who", [BLOCKED], everybody=True)
        Account.objects.create(
            workspace=alice.workspace, member=alice, provider="microsoft", address=alice.user.email, secret="sealed", delegated=True
        )
        # Somebody is reading it just now.
        Calendar.objects.of(alice.workspace).update(lease_holder=uuid4(), lease_until=clock.now())

    def named_in_preview(self) -> list[str]:
        """Charlie is about to connect a calendar with somebody in it whom Alice has among her people."""
        server, address = memory.server("preview"), self.member.user.email
        server.add_calendar(RemoteCalendar("work", "Work", primary=True))
        server.put("work", meeting("new", address, GUEST, start=clock.now()))
        found = connect.try_connection(self.member, "memory", address=address, server="memory:preview", now=clock.now)
        look = preview.preview_connection(self.member, found, ["work"], "everything", clock=clock.now)
        assert look.meetings == 1
        return [one.person_name for shown in (*look.upcoming, *look.latest) for one in shown.participants if one.person_name]

    def both(self) -> None:
        """The same invitation in the calendars of both workspaces."""
        self.desk.put("both", GUEST, start=clock.now())
        self.desk.sync()

    def picked(self) -> int:
        """A member of Alice's whom she chose to connect."""
        chosen = Enrolment.objects.of(self.world.alice.workspace)
        return chosen.get_or_create(workspace=self.world.alice.workspace, member=self.world.erin, provider="google")[0].pk

    def id(self, name: str) -> int:
        """One of Alice's."""
        return int(str(self.ids[name]))


VERBS: dict[str, Callable[[Thief], object]] = {
    "say the columns of a file": lambda t: imports.choose_columns(t.member, t.id("file_id"), ["name", "email"], NOW),
    "store a file": lambda t: imports.store_file(t.member, t.id("file_id"), NOW),
    "give up a file": lambda t: imports.give_up_file(t.member, t.id("file_id"), NOW),
    "take an act back": lambda t: take_back(t.member, t.id("act_id"), NOW),
    "share an account": lambda t: share.set_sharing(t.member, t.id("account_id"), "everything"),
    "choose calendars": lambda t: choose.choose_calendars(t.member, t.id("account_id"), [t.id("calendar_id")], NOW),
    "share a calendar": lambda t: share.set_calendar_sharing(t.member, t.id("calendar_id"), "everything"),
    "let people in": lambda t: choose.set_new_people(t.member, t.id("calendar_id"), "on", now=NOW),
    "pause": lambda t: choose.pause(t.member, t.id("calendar_id")),
    "resume": lambda t: choose.resume(t.member, t.id("calendar_id"), NOW),
    "confirm that it is empty": lambda t: choose.confirm_empty(t.member, t.id("calendar_id"), NOW),
    "read a calendar": lambda t: choose.sync_now(t.member, calendar_id=t.id("calendar_id"), now=NOW),
    "read an account": lambda t: choose.sync_now(t.member, account_id=t.id("account_id"), now=NOW),
    "reconnect": lambda t: connect.reconnect(t.member, t.id("account_id"), secret="mine", now=lambda: NOW),
    "disconnect": lambda t: connect.disconnect(t.member, t.id("account_id"), purge=False, now=NOW),
    "purge": lambda t: connect.disconnect(t.member, t.id("account_id"), purge=True, now=NOW),
    "link her meeting to his record": lambda t: link.link_by_hand(t.member, t.id("event_id"), "person", t.eve.pk),
    "link his meeting to her person": lambda t: link.link_by_hand(t.member, t.event, "person", t.id("person_id")),
    "link his meeting to her company": lambda t: link.link_by_hand(t.member, t.event, "company", t.id("company_id")),
    "link his meeting to her opportunity": lambda t: link.link_by_hand(t.member, t.event, "opportunity", t.id("opportunity_id")),
    "take her meeting off": lambda t: link.unlink_by_hand(t.member, t.id("event_id"), "opportunity", t.id("opportunity_id")),
    "set a meeting's level": lambda t: own_copy.set_level(t.member, t.id("event_id"), "everything", whole=False),
    "take a meeting out": lambda t: own_copy.take_out(t.member, t.id("event_id"), whole=False, now=NOW),
    "let a meeting in": lambda t: own_copy.let_in(t.member, t.id("taken_out_id")),
    "take a block away": lambda t: blocks.remove_block(t.member, t.id("block_id")),
    "give her member an address": lambda t: addresses.give(t.member, t.id("member_id"), "charlie@home.example", NOW),
    "vouch for her member": lambda t: addresses.vouch(t.member, t.id("member_id"), "charlie@home.example", NOW),
    "take a given address back": lambda t: addresses.take_back(t.member, t.id("address_id")),
    "undo new people": lambda t: undo_contacts.undo(t.member, t.id("calendar_id")),
    "change a role": lambda t: workspace.change_role(t.member, t.id("member_id"), "owner"),
    "remove a member": lambda t: workspace.remove_member(t.member, t.id("member_id"), keep=False, now=NOW),
    "take an invitation back": lambda t: workspace.withdraw_invitation(t.member, t.id("invitation_id")),
    "subscribe to her person": lambda t: subscribe.subscribe(t.member, "person", t.id("person_id"), now=NOW),
    "subscribe to her opportunity": lambda t: subscribe.subscribe(t.member, "opportunity", t.id("opportunity_id"), now=NOW),
    "revoke a subscription": lambda t: subscribe.unsubscribe(t.member, t.id("subscription_id")),
    "revoke a token": lambda t: workspace.revoke_token(t.member, t.id("token_id")),
    "change a person": lambda t: record_actions.update_person(t.member, t.id("person_id"), **FIELDS),
    "change a company": lambda t: record_actions.update_company(t.member, t.id("company_id"), **FIELDS),
    "change an opportunity": lambda t: record_actions.update_opportunity(t.member, t.id("opportunity_id"), **FIELDS),
    "give his person her company": lambda t: record_actions.update_person(t.member, t.eve.pk, company_id=t.id("company_id"), now=NOW),
    "give his opportunity her company": lambda t: record_actions.update_opportunity(
        t.member, t.deal.pk, company_id=t.id("company_id"), now=NOW
    ),
    "give his opportunity her person": lambda t: record_actions.update_opportunity(
        t.member, t.deal.pk, contact_id=t.id("person_id"), now=NOW
    ),
    "trash": lambda t: record_actions.trash(t.member, "company", t.id("company_id"), now=NOW),
    "restore": lambda t: record_actions.restore(t.member, "opportunity", t.id("opportunity_id")),
    "delete": lambda t: record_actions.delete_for_good(t.member, "person", t.id("person_id")),
    "merge her person into his": lambda t: record_actions.merge_people(t.member, t.eve.pk, t.id("person_id"), now=NOW),
    "merge his person into hers": lambda t: record_actions.merge_people(t.member, t.id("person_id"), t.eve.pk, now=NOW),
    "merge her company into his": lambda t: record_actions.merge_companies(t.member, t.north.pk, t.id("company_id"), now=NOW),
}
QUESTIONS: dict[str, Callable[[Thief], object]] = {
    "a meeting": lambda t: queries.meeting(t.member, t.id("event_id")),
    "meetings": lambda t: queries.meetings(t.member, [t.id("event_id")]),
    "why it is here": lambda t: queries.why_here(t.member, t.id("event_id")),
    "why, in full": lambda t: explain.why(t.member, t.id("event_id")),
    "a person's meetings": lambda t: queries.timeline_for("person", t.id("person_id"), t.member, now=NOW).items,
    "a company's meetings": lambda t: queries.timeline_for("company", t.id("company_id"), t.member, now=NOW).items,
    "an opportunity's meetings": lambda t: queries.timeline_for("opportunity", t.id("opportunity_id"), t.member, now=NOW).items,
    "a company's meetings as a file": lambda t: list(
        chain.from_iterable(record_file.pages("company", t.id("company_id"), t.member, FeedFilter(), NOW))
    ),
    "which occurrence a meeting is": lambda t: list(queries.identities_of(t.member.workspace_id, [t.id("event_id")])),
    "subscriptions": lambda t: subscribe.of_member(t.member),
    "an account": lambda t: account_status.account_overview(t.member, now=NOW, everybody=True, account_id=t.id("account_id")),
    "everybody's accounts": lambda t: [
        view for view in account_status.account_overview(t.member, now=NOW, everybody=True) if view.id != t.desk.account.pk
    ],
    "what is held of an account": lambda t: retained.retained(t.member, t.id("account_id")).alone,
    "an own copy": lambda t: own_copy.own_copy(t.member, t.id("event_id")),
    "what would leave": lambda t: own_copy.would_leave(t.member, t.id("event_id"), whole=False),
    "new people": lambda t: undo_contacts.preview_undo(t.member, t.id("calendar_id")),
    "a person": lambda t: records.person(t.member.workspace_id, t.id("person_id")),
    "a company": lambda t: records.company(t.member.workspace_id, t.id("company_id")),
    "an opportunity": lambda t: records.opportunity(t.member.workspace_id, t.id("opportunity_id")),
    "people by address": lambda t: list(directory.people_by_addresses(t.member.workspace_id, [GUEST])),
    "people by name": lambda t: list(records.people(t.member.workspace_id, q="Schiefer").items),
    "companies by name": lambda t: list(records.companies(t.member.workspace_id, q="Acme").items),
    "search": lambda t: search_titles(t.member, "Quarzit"),
    "an example": lambda t: not sharing_example.example(t.member, NOW, account_id=t.id("account_id")).invented,
    "what is missing": lambda t: diagnose.look_for(t.member, NOW.date(), "about", now=lambda: NOW).found,
    "the receipt's accounts": lambda t: [part for part in receipt.receipt(t.member, NOW).mine if part.account_id != t.desk.account.pk],
    "the receipt's sums": lambda t: _workspace_kept(t) != 1,
    "what is held of somebody": lambda t: subject_access.held_about(t.member.workspace_id, GUEST).anything,
    "what is held of somebody whom she invited": lambda t: subject_access.held_about(t.member.workspace_id, INVITED).anything,
    "what is held of somebody whom she blocked": lambda t: subject_access.held_about(t.member.workspace_id, BLOCKED).anything,
    "names in a preview": lambda t: t.named_in_preview(),
    "blocks": lambda t: list(blocks.visible_to(t.member)),
    "who granted for the organisation": lambda t: delegation.organisation_of(t.member.workspace_id, "microsoft"),
    "as what we introduce ourselves": lambda t: client_of(t.member.workspace_id, "google"),
}
DEEDS: dict[str, Callable[[Thief], object]] = {
    "read everything": lambda t: choose.sync_now(t.member, now=NOW),
    "erase somebody whom both know": lambda t: erasure.erase_address(t.member, GUEST),
    "erase somebody whom she invited": lambda t: erasure.erase_address(t.member, INVITED),
    "erase somebody whom she blocked": lambda t: erasure.erase_address(t.member, BLOCKED),
    "forget what the organisation granted": lambda t: delegation.remove_organisation(t.member, "microsoft"),
    "enter it anew": lambda t: enrolment.save_and_reconnect(
        t.member, "microsoft", client_id="other", secret="other", tenant="other.example"
    ),
    "forget the client": lambda t: remove_client(t.member, "google"),
    "enter a client": lambda t: save_client(t.member, "google", client_id="other", secret="other"),
    "block for everybody": lambda t: blocks.add_blocks(t.member, "who", [GUEST], everybody=True),
    "decide again": lambda t: jobs.redecide(t.member.workspace_id),
    "link again": lambda t: jobs.relink_workspace(t.member.workspace_id),
    "a meeting that both have": lambda t: t.both(),
    "end the workspace": lambda t: workspace.delete_workspace(t.member),
}
"""What Charlie may do in his own workspace."""
JOBS: dict[str, Callable[[Thief], object]] = {
    "look at a file": lambda t: record_jobs.look_at_file(t.member.workspace_id, t.id("file_id")),
    "store rows": lambda t: record_jobs.store_rows(t.member.workspace_id, t.id("act_id")),
    "restore values": lambda t: record_jobs.restore_values(t.member.workspace_id, t.id("act_id")),
    "sync": lambda t: jobs.sync_calendar(t.member.workspace_id, t.id("calendar_id")),
    "roll": lambda t: jobs.roll_calendar(t.member.workspace_id, t.id("calendar_id")),
    "relink a person": lambda t: jobs.relink(t.member.workspace_id, RecordKind.PERSON, t.id("person_id")),
    "relink a company": lambda t: jobs.relink(t.member.workspace_id, RecordKind.COMPANY, t.id("company_id")),
    "push": lambda t: jobs.keep_push(t.member.workspace_id, t.id("account_id"), t.id("calendar_id")),
    "connect who was picked": lambda t: enrolment.enrol(t.member.workspace_id, t.picked()),
}


def _workspace_kept(thief: Thief) -> int:
    sums = receipt.receipt(thief.member, NOW).workspace
    assert sums is not None
    return sums.numbers.kept


def hers(thief: Thief) -> dict[str, list[tuple[object, ...]]]:
    """All rows of Alice's workspace."""
    space = thief.world.alice.workspace_id
    found = {model.__name__: list(model._base_manager.filter(workspace_id=space).order_by("pk").values_list()) for model in owned_models()}
    return found | {"Workspace": list(Workspace.objects.filter(pk=space).values_list())}


built = built_once(Thief)


@pytest.fixture
def thief(built: Copies[Thief], db: None) -> Thief:
    return built()


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_what_is_done_in_one_workspace_is_done_there_only(thief: Thief, deed: Callable[[Thief], object]):
    thief.grants()
    forget_jobs()
    before = hers(thief)
    assert len(before["Account"]) == 2
    deed(thief)
    assert hers(thief) == before
    assert not Link.objects.of(thief.member.workspace).filter(record_id__in=[thief.id("person_id"), thief.id("company_id")]).exists()
    assert {args["workspace_id"] for args in waiting() if args.get("calendar_id") == thief.id("calendar_id")} <= {
        thief.world.alice.workspace_id
    }


def test_an_address_among_anothers_records_is_free_to_be_ones_own(thief: Thief):
    """Otherwise the refusal would tell whom they know."""
    assert addresses.give(thief.member, thief.member.pk, GUEST, NOW).address == GUEST


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS.keys())
def test_no_verb_takes_what_is_another_workspaces(thief: Thief, verb: Callable[[Thief], object]):
    before = rows()
    try:
        with transaction.atomic():
            done = verb(thief)
    except REFUSED:
        done = 0
    assert done == 0
    assert rows() == before


def test_a_calendar_of_another_workspace_is_not_switched_on_along_with_ones_own(thief: Thief):
    theirs = Calendar.objects.of(thief.world.alice.workspace).filter(pk=thief.id("calendar_id"))
    theirs.update(enabled=False)
    choose.choose_calendars(thief.member, thief.desk.account.pk, [thief.desk.calendar.pk, thief.id("calendar_id")], NOW)
    assert not theirs.get().enabled


@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_nobody_of_another_workspace_is_picked(thief: Thief, provider: str):
    enrolment.save_and_reconnect(thief.member, "microsoft", client_id="metwith", secret="s3cret", tenant="north.example")
    Organisation.objects.of(thief.member.workspace).update(provider=provider)
    before = rows()
    assert enrolment.pick(thief.member, provider, [thief.id("member_id"), thief.world.erin.pk]) == 0
    assert rows() == before


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_no_question_is_answered_about_another_workspace(thief: Thief, question: Callable[[Thief], object]):
    thief.grants()
    try:
        said = question(thief)
    except REFUSED:
        said = None
    assert said in NOTHING


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())
def test_no_job_works_on_what_is_another_workspaces(thief: Thief, job: Callable[[Thief], object]):
    """Its arguments lie in a table: a row that was put together wrongly, or by somebody, changes nothing."""
    thief.world.desk.put("later", GUEST)
    thief.world.desk.series("weekly", GUEST, rule="FREQ=DAILY")
    thief.world.desk.sync()
    Series.objects.of(thief.world.alice.workspace).update(expanded_until=NOW)
    thief.picked()
    before = rows()
    try:
        with transaction.atomic():
            job(thief)
    except ObjectDoesNotExist:
        pass
    assert rows() == before
