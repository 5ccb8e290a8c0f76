from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.lib.errors import Invalid, NotAllowed
from metwith.workspaces import actions, addresses, domains, queries, signals
from metwith.workspaces.models import ApiToken, Invitation, Member, User, Workspace
from tests.people import NOW, PASSWORD, us

if TYPE_CHECKING:
    from collections.abc import Iterator

LATER = NOW + timedelta(days=1)


@pytest.fixture
def told() -> Iterator[list[frozenset[str]]]:
    """The addresses of which it was told that they count for something else."""
    facts: list[frozenset[str]] = []

    def note(*, addresses: frozenset[str], **_: object) -> None:
        facts.append(addresses)

    signals.ours_changed.connect(note, weak=False)
    yield facts
    signals.ours_changed.disconnect(note)


def join(alice: Member, address: str, role: str = "member") -> Member:
    _invitation, token = actions.invite(alice, address, role, NOW)
    return actions.accept_invitation(token, "Dana", PASSWORD, NOW)


def test_a_new_workspace_has_its_owner(db: None):
    owner = actions.create_workspace("  Lumen   Studio ", " Alice@Lumen.example", PASSWORD, "Alice", now=NOW)
    assert (owner.workspace.name, owner.workspace.created_at, owner.role, owner.is_admin) == ("Lumen Studio", NOW, "owner", True)
    assert (owner.user.email, owner.user.name) == ("alice@lumen.example", "Alice")
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("", "alice@lumen.example", PASSWORD), "name"),
        (("x" * 201, "alice@lumen.example", PASSWORD), "name"),
        (("Lumen", "alice", PASSWORD), "address"),
        (("Lumen", "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 63 + ".example", PASSWORD), "address"),
        (("Lumen", "alice@lumen.example", "short"), "password"),
        (("Lumen", "alice@lumen.example", "alice@lumen"), "password"),
    ],
)
def test_a_workspace_that_cannot_be_made_leaves_nothing(db: None, given: tuple[str, str, str], field: str):
    with pytest.raises(Invalid) as caught:
        actions.create_workspace(*given, now=NOW)
    assert caught.value.field == field
    assert not Workspace.objects.exists()
    assert not User.objects.exists()


def test_somebody_signs_in_to_one_workspace(alice: Member, charlie: Member):
    for verb in (
        lambda: actions.add_member(alice.workspace, "CHARLIE@harbour.example", now=NOW),
        lambda: actions.invite(alice, "charlie@harbour.example", "member", NOW),
        lambda: actions.create_workspace("Third", "charlie@harbour.example", now=NOW),
    ):
        with pytest.raises(Invalid, match="already signs in"):
            verb()


def test_without_a_password_nobody_signs_in_with_one(bob: Member):
    assert not bob.user.has_usable_password()
    actions.set_password(bob.user, PASSWORD)
    assert User.objects.get(pk=bob.user_id).check_password(PASSWORD)
    with pytest.raises(Invalid, match="too short"):
        actions.set_password(bob.user, "x")


def test_an_invitation_is_taken_up_once(alice: Member):
    _invitation, token = actions.invite(alice, "Dana@Lumen.example", "admin", NOW)
    assert token not in str(Invitation.objects.values().get())
    dana = actions.accept_invitation(token, " Dana  Diaz ", PASSWORD, LATER)
    assert (dana.workspace, dana.role, dana.user.email, dana.user.name) == (alice.workspace, "admin", "dana@lumen.example", "Dana Diaz")
    assert User.objects.get(pk=dana.user_id).check_password(PASSWORD)
    assert not queries.open_invitations(alice.workspace).exists()
    for verb in (lambda: actions.invitation_for(token, LATER), lambda: actions.accept_invitation(token, "Eve", PASSWORD, LATER)):
        with pytest.raises(Invalid, match="not valid any more"):
            verb()
    assert list(Member.objects.order_by("pk")) == [alice, dana]


def test_a_link_runs_out_but_the_invited_stay_one_of_us_until_it_is_withdrawn(alice: Member):
    invitation, token = actions.invite(alice, "dana@else.example", "member", NOW)
    with pytest.raises(Invalid):
        actions.accept_invitation(token, "Dana", PASSWORD, NOW + timedelta(days=14))
    assert [found.address for found in queries.open_invitations(alice.workspace)] == ["dana@else.example"]
    actions.withdraw_invitation(alice, invitation.pk)
    assert not queries.open_invitations(alice.workspace).exists()
    with pytest.raises(Invalid):
        actions.invitation_for(token, NOW)


def test_an_invitation_that_was_taken_up_is_not_withdrawn(alice: Member):
    invitation, token = actions.invite(alice, "dana@lumen.example", "member", NOW)
    actions.accept_invitation(token, "Dana", PASSWORD, NOW)
    with pytest.raises(Invitation.DoesNotExist):
        actions.withdraw_invitation(alice, invitation.pk)


@pytest.mark.parametrize("address", ["dana@nowhere.invalid", "dana@invalid", "dana@metwith.invalid"])
def test_nobody_is_invited_to_where_no_mail_goes(alice: Member, address: str):
    with pytest.raises(Invalid):
        actions.invite(alice, address, "member", NOW)


def test_who_is_invited_again_is_not_one_of_us_by_what_was_before_an_upgrade(alice: Member):
    Invitation.objects.create(workspace=alice.workspace, address="fay@fern.example", token_hash="x", expires_at=NOW, one_of_us=True)
    assert addresses.who_is_who(alice.workspace_id).own_identities.includes("fay@fern.example")
    actions.invite(alice, "fay@fern.example", "member", NOW)
    assert not addresses.who_is_who(alice.workspace_id).own_identities.includes("fay@fern.example")


def test_nobody_takes_the_place_to_which_somebody_who_leaves_goes(alice: Member, bob: Member):
    with pytest.raises(Invalid):
        actions.invite(alice, f"former-{bob.user_id}@metwith.invalid", "member", NOW)
    actions.remove_member(alice, bob.pk, now=NOW)
    assert User.objects.get(pk=bob.user_id).email == f"former-{bob.user_id}@metwith.invalid"


def test_inviting_again_makes_a_new_link_and_ends_the_old_one(alice: Member):
    _first, old = actions.invite(alice, "dana@lumen.example", "member", NOW)
    _second, new = actions.invite(alice, "DANA@lumen.example", "admin", LATER)
    assert Invitation.objects.count() == 1
    with pytest.raises(Invalid):
        actions.invitation_for(old, LATER)
    assert actions.invitation_for(new, LATER + timedelta(days=13)).role == "admin"


@pytest.mark.parametrize("token", ["", "nonsense", "\0", "\ud800", "x" * 10_000])
def test_a_made_up_link_is_refused(alice: Member, token: str):
    with pytest.raises(Invalid) as caught:
        actions.accept_invitation(token, "Eve", PASSWORD, NOW)
    assert caught.value.field == "token"


def test_a_bad_password_leaves_the_invitation_open(alice: Member):
    _invitation, token = actions.invite(alice, "dana@lumen.example", "member", NOW)
    for name, password, field in (("Dana", "123", "password"), (" ", PASSWORD, "name")):
        with pytest.raises(Invalid) as caught:
            actions.accept_invitation(token, name, password, NOW)
        assert caught.value.field == field
    assert actions.accept_invitation(token, "Dana", PASSWORD, NOW).user.name == "Dana"


def test_members_without_a_role_for_it_manage_nobody(alice: Member, bob: Member):
    invitation, _token = actions.invite(alice, "dana@lumen.example", "member", NOW)
    for verb in (
        lambda: actions.invite(bob, "eve@lumen.example", "member", NOW),
        lambda: actions.withdraw_invitation(bob, invitation.pk),
        lambda: actions.change_role(bob, bob.pk, "admin"),
        lambda: actions.remove_member(bob, alice.pk, keep=False, now=NOW),
        lambda: domains.decide_domain(bob, "bob.example", "whole"),
        lambda: actions.rename_workspace(bob, "Bob's"),
        lambda: actions.delete_workspace(bob),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_an_admin_does_not_make_or_unmake_owners(alice: Member, bob: Member):
    actions.change_role(alice, bob.pk, "admin")
    bob.refresh_from_db()
    for verb in (
        lambda: actions.change_role(bob, bob.pk, "owner"),
        lambda: actions.change_role(bob, alice.pk, "member"),
        lambda: actions.remove_member(bob, alice.pk, keep=False, now=NOW),
        lambda: actions.invite(bob, "eve@lumen.example", "owner", NOW),
        lambda: actions.delete_workspace(bob),
    ):
        with pytest.raises(NotAllowed, match="owner"):
            verb()


def test_the_last_owner_stays(alice: Member, bob: Member):
    for verb in (
        lambda: actions.remove_member(alice, alice.pk, keep=False, now=NOW),
        lambda: actions.change_role(alice, alice.pk, "member"),
    ):
        with pytest.raises(Invalid, match="needs an owner"):
            verb()
    actions.change_role(alice, bob.pk, "owner")
    actions.remove_member(alice, alice.pk, keep=False, now=NOW)
    assert [member.user.email for member in queries.members_of(bob.workspace)] == ["bob@lumen.example"]


def test_a_role_is_one_of_three(alice: Member, bob: Member):
    with pytest.raises(Invalid, match="owner, admin, member"):
        actions.change_role(alice, bob.pk, "king")


def test_who_leaves_is_forgotten_with_tokens_and_may_come_back(alice: Member, bob: Member):
    actions.create_token(bob, "script", now=NOW)
    leaving: list[tuple[object, bool]] = []

    def note(*, member_id: int, **_: object) -> None:
        leaving.append((member_id, Member.objects.filter(pk=member_id).exists()))

    signals.member_leaving.connect(note, weak=False)
    actions.remove_member(bob, bob.pk, keep=False, now=NOW)
    signals.member_leaving.disconnect(note)
    assert leaving == [(bob.pk, True)]
    assert not ApiToken.objects.exists()
    assert [user.email for user in User.objects.all()] == ["alice@lumen.example"]
    assert join(alice, "bob@lumen.example").user.email == "bob@lumen.example"


def test_members_of_another_workspace_do_not_exist(alice: Member, charlie: Member):
    with pytest.raises(Member.DoesNotExist):
        actions.change_role(alice, charlie.pk, "member")
    with pytest.raises(Member.DoesNotExist):
        actions.remove_member(alice, charlie.pk, keep=False, now=NOW)
    theirs, _token = actions.invite(charlie, "dana@harbour.example", "member", NOW)
    with pytest.raises(Invitation.DoesNotExist):
        actions.withdraw_invitation(alice, theirs.pk)


def test_a_member_with_a_free_mail_address_brings_no_domain(alice: Member):
    actions.add_member(alice.workspace, "bob@gmail.com", now=NOW)
    who = addresses.who_is_who(alice.workspace_id).own_identities
    assert who.addresses == us("alice@lumen.example", "bob@gmail.com")
    assert who.domains == {"lumen.example"}


def test_of_whoever_becomes_or_stops_being_one_of_us_it_is_told_and_of_nobody_else(alice: Member, told: list[set[str]]):
    invitation, _token = actions.invite(alice, "dana@else.example", "member", NOW)
    actions.withdraw_invitation(alice, invitation.pk)
    _invitation, token = actions.invite(alice, "dana@else.example", "member", NOW)
    assert told == []
    dana = actions.accept_invitation(token, "Dana", PASSWORD, NOW)
    assert set(told) == {frozenset({"dana@else.example"})}
    told.clear()
    actions.remove_member(alice, dana.pk, keep=False, now=NOW)
    assert set(told) == {frozenset({"dana@else.example"})}


def test_a_token_speaks_for_its_member_until_it_is_revoked(alice: Member, bob: Member):
    token = actions.create_token(bob, " My  script ", now=NOW)
    held = ApiToken.objects.get()
    assert (held.name, held.created_at, held.last_used_at) == ("My script", NOW, None)
    assert token not in str(ApiToken.objects.values().get())
    found = actions.member_for_token(token, NOW)
    assert (found, found and found.workspace, found and found.user) == (bob, bob.workspace, bob.user)
    with pytest.raises(ApiToken.DoesNotExist):
        actions.revoke_token(alice, held.pk)
    actions.revoke_token(bob, held.pk)
    assert actions.member_for_token(token, NOW) is None


@pytest.mark.parametrize("token", ["", "metwith_", "nonsense", "\0", "\ud800"])
def test_a_made_up_token_speaks_for_nobody(bob: Member, token: str):
    actions.create_token(bob, "script", now=NOW)
    assert actions.member_for_token(token, NOW) is None


def test_the_token_of_a_user_who_was_switched_off_speaks_for_nobody(bob: Member):
    token = actions.create_token(bob, "script", now=NOW)
    User.objects.filter(pk=bob.user_id).update(is_active=False)
    assert actions.member_for_token(token, NOW) is None


def test_when_a_token_was_used_is_noted_to_the_minute(bob: Member, django_assert_num_queries: Any):
    token = actions.create_token(bob, "script", now=NOW)
    uses = [NOW, NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)]
    noted = []
    for at, queries_needed in zip(uses, (2, 1, 2), strict=True):
        with django_assert_num_queries(queries_needed):
            found = actions.member_for_token(token, at)
            assert found
            assert (found.user.email, found.workspace.name) == ("bob@lumen.example", "Lumen Studio")
        noted.append(ApiToken.objects.get().last_used_at)
    assert noted == [uses[0], uses[0], uses[2]]


def test_a_profile_names_a_real_zone_and_language(bob: Member):
    actions.change_profile(bob, name=" Bob  B ", time_zone="Europe/Berlin", language="de")
    user = User.objects.get(pk=bob.user_id)
    assert (user.name, user.time_zone, user.language) == ("Bob B", "Europe/Berlin", "de")
    for given, field in (
        ({"name": "", "time_zone": "UTC"}, "name"),
        ({"name": "Bob", "time_zone": "Mars/Base"}, "time_zone"),
        ({"name": "Bob", "time_zone": "UTC", "language": "tlh"}, "language"),
    ):
        with pytest.raises(Invalid) as caught:
            actions.change_profile(bob, **given)
        assert caught.value.field == field


def test_a_deleted_workspace_takes_its_users_and_leaves_the_others(alice: Member, bob: Member, charlie: Member):
    actions.delete_workspace(alice)
    assert [user.email for user in User.objects.all()] == ["charlie@harbour.example"]
    assert Workspace.objects.get() == charlie.workspace
    assert queries.membership(bob.user) is None


def test_a_workspace_is_renamed(alice: Member):
    actions.rename_workspace(alice, "Lumen & Co")
    assert Workspace.objects.get().name == "Lumen & Co"


def test_whoever_signs_in_has_a_membership(alice: Member, bob: Member, django_assert_num_queries: Any):
    with django_assert_num_queries(1):
        found = queries.membership(bob.user)
        assert found
        assert (found, found.workspace, found.user) == (bob, alice.workspace, bob.user)
    assert queries.member_with_address("BOB@lumen.example") == bob
    assert queries.member_with_address("nobody@lumen.example") is None


def test_members_are_listed_by_name_and_tokens_by_age(alice: Member, bob: Member):
    assert list(queries.members_of(alice.workspace)) == [alice, bob]
    for at, name in enumerate(("old", "new")):
        actions.create_token(bob, name, now=NOW + timedelta(days=at))
    assert [token.name for token in queries.tokens_of(bob)] == ["new", "old"]
    assert not queries.tokens_of(alice).exists()
