from __future__ import annotations

import pytest

from metwith.workspaces.models import Member
from tests.cli.prompt import run
from tests.people import PASSWORD


def test_a_member_is_added_to_the_only_workspace(alice):
    assert run("member", "add", "bob@lumen.example", "--role", "admin", "--password-stdin", stdin=PASSWORD) == 0
    bob = Member.objects.of(alice.workspace_id).get(user__email="bob@lumen.example")
    assert bob.role == "admin"
    assert bob.user.check_password(PASSWORD)


def test_of_several_workspaces_one_has_to_be_named(alice, charlie, capsys):
    assert run("member", "add", "bob@lumen.example") == 1
    said = capsys.readouterr().err
    assert "Lumen Studio" in said
    assert "--workspace" in said
    assert run("member", "add", "bob@lumen.example", "--workspace", "Lumen Studio") == 0
    assert run("member", "add", "dan@harbour.example", "--workspace", str(charlie.workspace_id)) == 0
    assert Member.objects.of(charlie.workspace_id).count() == 2


def test_a_workspace_that_there_is_not_is_named_with_those_that_there_are(alice, capsys):
    assert run("member", "add", "bob@lumen.example", "--workspace", "Nord") == 1
    assert "Nord" in (said := capsys.readouterr().err)
    assert "Lumen Studio" in said


def test_before_there_is_a_workspace_the_way_to_one_is_told(db, capsys):
    assert run("member", "add", "bob@lumen.example") == 1
    assert "metwith workspace create" in capsys.readouterr().err


def test_an_unknown_role_is_refused_by_the_command_line(alice, capsys):
    with pytest.raises(SystemExit) as ended:
        run("member", "add", "bob@lumen.example", "--role", "king")
    assert ended.value.code == 2


def test_somebody_who_is_a_member_already_is_not_added_again(alice, capsys):
    assert run("member", "add", "ALICE@lumen.example") == 1
    assert Member.objects.of(alice.workspace_id).count() == 1
