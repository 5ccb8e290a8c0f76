from __future__ import annotations

import pytest

from metwith.workspaces.models import Member, User, Workspace
from tests.cli.prompt import run
from tests.people import PASSWORD


def test_a_workspace_is_made_with_an_owner_who_can_sign_in(db, capsys):
    assert run("workspace", "create", "North", "--owner", "Ann@North.example", "--password-stdin", stdin=f"{PASSWORD}\n") == 0
    member = Member.objects.across_workspaces("a test").get()
    assert (member.workspace.name, member.role, member.user.email) == ("North", "owner", "ann@north.example")
    assert member.user.check_password(PASSWORD)
    assert "North" in capsys.readouterr().out


def test_without_a_terminal_no_password_is_waited_for(db, capsys):
    assert run("workspace", "create", "North", "--owner", "ann@north.example") == 0
    assert not User.objects.get().has_usable_password()
    assert "--password-stdin" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "owner", "password"),
    [
        ("", "ann@north.example", PASSWORD),
        ("North", "no address", PASSWORD),
        ("North", "ann@north.example", "123"),
        ("North", "ann@north.example", ""),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(db, capsys, name, owner, password):
    assert run("workspace", "create", name, "--owner", owner, "--password-stdin", stdin=f"{password}\n") == 1
    assert not Workspace.objects.exists()
    assert not User.objects.exists()
    assert capsys.readouterr().err.strip()


def test_an_address_that_signs_in_here_already_is_refused(alice, capsys):
    assert run("workspace", "create", "Other", "--owner", "alice@lumen.example") == 1
    assert "alice@lumen.example" in capsys.readouterr().err
    assert Workspace.objects.count() == 1
