"""Who is one of us: what a change would do is told before, and is what it then does."""

from __future__ import annotations

import pytest

from metwith.calendars import queries
from metwith.calendars.actions.connect import connect_file
from metwith.calendars.actions.link import link_by_hand
from metwith.calendars.models import Entry, Event
from metwith.lib.errors import Invalid, NotAllowed
from metwith.privacy import own_addresses
from metwith.rules.own_identities import DomainOwnership
from metwith.workspaces import addresses, domains
from metwith.workspaces.actions import add_member, remove_member
from metwith.workspaces.addresses import who_is_who
from metwith.workspaces.models import AuditLine, Member, MemberAddress, OwnDomain
from tests.calendars.desk import START, Desk
from tests.calendars.worker import work
from tests.people import NOW, holds, opportunity, person


@pytest.fixture
def desk(alice: Member) -> Desk:
    made = Desk(alice, "alice")
    made.put("acme", "anna@acme.example")
    made.put("europe", "eva@eu.acme.example")
    made.put("mixed", "anna@acme.example", "tom@gmail.com")
    made.put("tom", "tom@gmail.com")
    made.put("plan", "new@labs.lumen.example")
    made.sync()
    return made


OUTSIDE = {"acme", "europe", "mixed", "tom"}


@pytest.mark.parametrize(
    ("domain", "standing", "gone", "come"),
    [
        ("acme.example", "whole", {"acme", "europe"}, set()),
        ("acme.example", "exact", {"acme"}, set()),
        ("eu.acme.example", "whole", {"europe"}, set()),
        ("lumen.example", "exact", set(), {"plan"}),
        ("lumen.example", "aside", set(), {"plan"}),
        ("labs.lumen.example", "aside", set(), {"plan"}),
        ("acme.example", "aside", set(), set()),
    ],
)
def test_what_is_told_of_a_domain_is_what_happens(desk: Desk, domain: str, standing: str, gone: set[str], come: set[str]) -> None:
    alice = desk.member
    assert desk.uids() == OUTSIDE
    told = own_addresses.domain_effect(alice, domain, standing)
    assert desk.uids() == OUTSIDE
    domains.decide_domain(alice, domain, standing)
    work()
    assert desk.uids() == OUTSIDE - gone
    desk.sync()
    assert desk.uids() == OUTSIDE - gone | come
    assert (told.leaving.many, told.more) == (len(gone), bool(come))
    assert {title for _at, title in told.leaving.mine} == {f"About {uid}" for uid in gone}


def test_and_back_again(desk: Desk, alice: Member) -> None:
    domains.decide_domain(alice, "acme.example", "whole")
    work()
    assert own_addresses.domain_effect(alice, "acme.example", "exact").more
    assert own_addresses.domain_effect(alice, "acme.example", "aside").more
    domains.decide_domain(alice, "acme.example", "aside")
    work()
    desk.sync()
    assert desk.uids() == OUTSIDE


def test_of_colleagues_calendars_only_the_number_is_told(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob", sharing="everything")
    other.put("secret", "eve@acme.example", title="Bob's own")
    other.sync()
    told = own_addresses.domain_effect(alice, "acme.example", "whole")
    assert told.leaving.many == 3
    assert "Bob's own" not in str(told)
    assert told.leaving.mine == ((START, "About europe"), (START, "About acme"))


def test_an_address_that_an_admin_vouches_for_is_one_of_us_and_its_owners(desk: Desk, alice: Member, bob: Member) -> None:
    told = own_addresses.address_effect(alice, bob, "tom@gmail.com")
    assert told.leaving.mine == ((START, "About tom"),)
    row = addresses.give(alice, bob.pk, " Tom@Gmail.com ", NOW)
    work()
    assert desk.uids() == OUTSIDE - {"tom"}
    who = who_is_who(alice.workspace_id)
    assert "tom@gmail.com" in who.addresses_of(bob.pk)
    addresses.take_back(alice, row.pk)
    work()
    desk.sync()
    assert desk.uids() == OUTSIDE
    facts = AuditLine.objects.of(alice.workspace).filter(action="ours").order_by("pk").values_list("facts", flat=True)
    assert list(facts) == [{"kind": "address", "member": bob.pk, "to": what} for what in ("given",)] + [
        {"kind": "address", "member": bob.pk, "to": "removed", "from": "given"}
    ]


def test_in_the_members_own_calendar_their_further_address_is_themselves(alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("alone", "bob.private@gmail.com")
    other.sync()
    assert own_addresses.address_effect(alice, bob, "bob.private@gmail.com").leaving.many == 1
    addresses.give(alice, bob.pk, "bob.private@gmail.com", NOW)
    work()
    other.sync()
    assert other.dropped() == {"not-a-meeting": 1}


def titles(viewer: Member) -> set[str | None]:
    shown = queries.meetings(viewer, list(Event.objects.of(viewer.workspace_id).values_list("pk", flat=True)))
    return {meeting.title for meeting in shown}


def put_on_record(alice: Member) -> None:
    """By hand: what stands on no record is not there for colleagues, and an address of somebody on record cannot be named."""
    deal = opportunity(alice, "Website")
    for event in Event.objects.of(alice.workspace_id):
        link_by_hand(alice, event.pk, "opportunity", deal.pk)


def test_an_address_that_is_only_said_to_be_somebodys_shows_them_nothing(desk: Desk, alice: Member, bob: Member) -> None:
    """Else an admin could look into any meeting with a client, and everybody who connects a calendar address too."""
    put_on_record(alice)
    assert titles(bob) == {None}
    addresses.give(alice, bob.pk, "tom@gmail.com", NOW)
    assert titles(bob) == {None}
    holds(bob, "anna@acme.example", "typed", account_id=7)
    assert "anna@acme.example" in who_is_who(bob.workspace_id).addresses_of(bob.pk)
    assert titles(bob) == {None}


def test_an_address_that_its_provider_proves_shows_the_meeting(desk: Desk, alice: Member, bob: Member) -> None:
    """The one with nobody else is Alice's and Bob's alone from then on: internal, and gone at once."""
    put_on_record(alice)
    assert titles(bob) == {None}
    holds(bob, "anna@acme.example", "provider", account_id=7)
    assert titles(bob) == {None, "About mixed"}


def test_of_two_who_name_an_address_it_is_whose_the_provider_says(alice: Member, bob: Member) -> None:
    holds(bob, "alice@home.example", "typed", account_id=7)
    holds(alice, "alice@home.example", "provider", account_id=8)
    who = who_is_who(bob.workspace_id)
    assert "alice@home.example" in who.verified_of(alice.pk)
    assert "alice@home.example" not in who.addresses_of(bob.pk)


def test_what_belongs_to_somebody_is_nobodys_further_address(alice: Member, bob: Member) -> None:
    person(alice, "Anna", "anna@acme.example")
    addresses.give(alice, bob.pk, "b@home.example", NOW)
    for address in ("alice@lumen.example", "bob@lumen.example", "ANNA@acme.example", "b@home.example", "nonsense", ""):
        with pytest.raises(Invalid) as caught:
            addresses.give(alice, bob.pk, address, NOW)
        assert caught.value.field == "address"


def test_only_admins_of_the_workspace_say_it(alice: Member, bob: Member, charlie: Member) -> None:
    row = addresses.give(alice, bob.pk, "b@home.example", NOW)
    for verb in (lambda: addresses.give(bob, bob.pk, "x@home.example", NOW), lambda: addresses.take_back(bob, row.pk)):
        with pytest.raises(NotAllowed):
            verb()
    with pytest.raises(MemberAddress.DoesNotExist):
        addresses.take_back(charlie, row.pk)
    with pytest.raises(Member.DoesNotExist):
        addresses.give(charlie, bob.pk, "x@home.example", NOW)


def test_a_member_who_leaves_takes_the_address_along(alice: Member, bob: Member) -> None:
    addresses.give(alice, bob.pk, "b@home.example", NOW)
    remove_member(alice, bob.pk, keep=False, now=NOW)
    assert "b@home.example" not in who_is_who(alice.workspace_id).own_identities.addresses


def test_what_only_a_copy_names_is_told_before_and_goes(alice: Member, bob: Member) -> None:
    """A calendar address beside a calendar that somebody signed in to has no say in who takes part, but is decided about all the same."""
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    connect_file(bob, LUNCH, name="x.ics", now=NOW)
    assert Entry.objects.of(alice.workspace).filter(event__ical_uid="lunch").count() == 2
    told = [own_addresses.address_effect(bob, bob, "zoe@fern.example"), own_addresses.domain_effect(bob, "fern.example", "whole")]
    assert [len(effect.leaving.mine) for effect in told] == [1, 1]


LUNCH = b"""BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:lunch\r\nDTSTART:20260610T090000Z\r\nDURATION:PT1H\r
ORGANIZER:mailto:alice@lumen.example\r\nATTENDEE:mailto:zoe@fern.example\r\nSUMMARY:Lunch\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""


@pytest.mark.parametrize("said", [None, *DomainOwnership])
@pytest.mark.parametrize("above", [None, DomainOwnership.ASIDE])
def test_what_is_told_of_a_domain_before_somebody_joins_is_what_holds_then(
    alice: Member, said: DomainOwnership | None, above: DomainOwnership | None
) -> None:
    for domain, word in (("eu.acme.example", said), ("acme.example", above)):
        if word:
            OwnDomain.objects.create(workspace=alice.workspace, domain=domain, standing=word)
    before = who_is_who(alice.workspace_id).own_identities.owns("eu.acme.example")
    told = own_addresses.joining(alice, "eva@eu.acme.example", mailed=True)
    add_member(alice.workspace, "eva@eu.acme.example", "member", None, "Eva", now=NOW)
    assert bool(told.domain) == (who_is_who(alice.workspace_id).own_identities.owns("eu.acme.example") and not before)
