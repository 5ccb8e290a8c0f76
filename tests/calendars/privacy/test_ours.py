"""Who is one of us: what a change would do is told before, and is what it then does."""

from __future__ import annotations

import pytest

from metwith.accounts.models import Account
from metwith.accounts.queries import who_is_who
from metwith.calendars import queries
from metwith.calendars.models import Event
from metwith.calendars.privacy import ours
from metwith.lib.errors import Invalid, NotAllowed
from metwith.workspaces import domains
from metwith.workspaces.actions import invite, remove_member
from metwith.workspaces.models import AuditLine, Member, MemberAddress
from tests.calendars.desk import START, Desk
from tests.calendars.worker import work
from tests.people import NOW, person


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
    told = ours.domain_effect(alice, domain, standing)
    assert desk.uids() == OUTSIDE
    domains.say(alice, domain, standing)
    work()
    assert desk.uids() == OUTSIDE - gone
    desk.sync()
    assert desk.uids() == OUTSIDE - gone | come
    assert (told.leaving.many, told.more) == (len(gone), bool(come))
    assert {title for _at, title in told.leaving.mine} == {f"About {uid}" for uid in gone}


def test_and_back_again(desk: Desk, alice: Member) -> None:
    domains.say(alice, "acme.example", "whole")
    work()
    assert ours.domain_effect(alice, "acme.example", "exact").more
    assert ours.domain_effect(alice, "acme.example", "aside").more
    domains.say(alice, "acme.example", "aside")
    work()
    desk.sync()
    assert desk.uids() == OUTSIDE


def test_of_colleagues_calendars_only_the_number_is_told(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob", sharing="everything")
    other.put("secret", "eve@acme.example", title="Bob's own")
    other.sync()
    told = ours.domain_effect(alice, "acme.example", "whole")
    assert told.leaving.many == 3
    assert "Bob's own" not in str(told)
    assert told.leaving.mine == ((START, "About europe"), (START, "About acme"))


def test_an_address_that_an_admin_vouches_for_is_one_of_us_and_its_owners(desk: Desk, alice: Member, bob: Member) -> None:
    told = ours.address_effect(alice, bob, "tom@gmail.com")
    assert told.leaving.mine == ((START, "About tom"),)
    row = ours.vouch(alice, bob.pk, " Tom@Gmail.com ")
    work()
    assert desk.uids() == OUTSIDE - {"tom"}
    who = who_is_who(alice.workspace_id)
    assert "tom@gmail.com" in who.addresses_of(bob.pk)
    ours.take_back(alice, row.pk)
    work()
    desk.sync()
    assert desk.uids() == OUTSIDE
    facts = AuditLine.objects.of(alice.workspace).filter(action="ours").order_by("pk").values_list("facts", flat=True)
    assert list(facts) == [{"kind": "address", "member": bob.pk, "to": what} for what in ("added", "removed")]


def test_in_the_members_own_calendar_their_further_address_is_themselves(alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    other.put("alone", "bob.private@gmail.com")
    other.sync()
    assert ours.address_effect(alice, bob, "bob.private@gmail.com").leaving.many == 1
    ours.vouch(alice, bob.pk, "bob.private@gmail.com")
    work()
    other.sync()
    assert other.dropped() == {"not-a-meeting": 1}


def titles(viewer: Member) -> set[str | None]:
    shown = (queries.meeting(viewer, pk) for pk in Event.objects.of(viewer.workspace_id).values_list("pk", flat=True))
    return {meeting.title for meeting in shown}


def test_an_address_that_is_only_said_to_be_somebodys_shows_them_nothing(desk: Desk, alice: Member, bob: Member) -> None:
    """Else an admin could look into any meeting with a client, and everybody who connects a calendar address too."""
    assert titles(bob) == {None}
    ours.vouch(alice, bob.pk, "tom@gmail.com")
    assert titles(bob) == {None}
    Account.objects.create(workspace=bob.workspace, member=bob, provider="ics", address="anna@acme.example")
    assert "anna@acme.example" in who_is_who(bob.workspace_id).addresses_of(bob.pk)
    assert titles(bob) == {None}


def test_an_address_that_its_provider_proves_shows_the_meeting(desk: Desk, bob: Member) -> None:
    Account.objects.create(workspace=bob.workspace, member=bob, provider="google", address="anna@acme.example", subject="1")
    assert titles(bob) == {None, "About acme", "About mixed"}


def test_of_two_who_name_an_address_it_is_whose_the_provider_says(alice: Member, bob: Member) -> None:
    Account.objects.create(workspace=bob.workspace, member=bob, provider="ics", address="alice@home.example")
    proven = Account.objects.create(workspace=bob.workspace, member=alice, provider="google", address="a@home.example", subject="1")
    proven.aliases.create(workspace=bob.workspace, address="alice@home.example")
    who = who_is_who(bob.workspace_id)
    assert "alice@home.example" in who.sees_as(alice.pk)
    assert "alice@home.example" not in who.addresses_of(bob.pk)


def test_what_belongs_to_somebody_is_nobodys_further_address(alice: Member, bob: Member) -> None:
    person(alice, "Anna", "anna@acme.example")
    invite(alice, "dora@dune.example", "member", NOW)
    ours.vouch(alice, bob.pk, "b@home.example")
    for address in ("alice@lumen.example", "bob@lumen.example", "ANNA@acme.example", "dora@dune.example", "b@home.example", "nonsense", ""):
        with pytest.raises(Invalid) as caught:
            ours.vouch(alice, bob.pk, address)
        assert caught.value.field == "address"


def test_only_admins_of_the_workspace_say_it(alice: Member, bob: Member, charlie: Member) -> None:
    row = ours.vouch(alice, bob.pk, "b@home.example")
    for verb in (lambda: ours.vouch(bob, bob.pk, "x@home.example"), lambda: ours.take_back(bob, row.pk)):
        with pytest.raises(NotAllowed):
            verb()
    with pytest.raises(MemberAddress.DoesNotExist):
        ours.take_back(charlie, row.pk)
    with pytest.raises(Member.DoesNotExist):
        ours.vouch(charlie, bob.pk, "x@home.example")


def test_a_member_who_leaves_takes_the_address_along(alice: Member, bob: Member) -> None:
    ours.vouch(alice, bob.pk, "b@home.example")
    remove_member(alice, bob.pk)
    assert "b@home.example" not in who_is_who(alice.workspace_id).ours.addresses
