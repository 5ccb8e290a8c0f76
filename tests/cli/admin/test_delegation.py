from __future__ import annotations

import pytest

from metwith.accounts.models import Account
from tests.calendars.whole_world import ALICE, BOB, THERE, lumen
from tests.cli.prompt import run

__all__ = ["lumen"]
pytestmark = pytest.mark.server


def test_google_is_set_checked_and_connected(lumen, alice, bob, tmp_path, capsys):
    key = tmp_path / "key.json"
    key.write_text(lumen.grants.key_file())
    run("organisation", "set", "google", "--key", str(key))
    assert run("organisation", "check", "google", "--member", BOB) == 0
    assert "WRONG" not in capsys.readouterr().out
    assert run("organisation", "connect", "google", "--all") == 0
    assert f"{ALICE}: connected" in capsys.readouterr().out
    assert Account.objects.of(alice.workspace).filter(delegated=True).count() == 2


def test_microsoft_is_set_by_a_secret_from_standard_input(lumen, alice, bob, capsys):
    given = ("--tenant", "north.example", "--client-id", "metwith", "--password-stdin")
    assert run("organisation", "set", "microsoft", *given, stdin="s3cret\n") == 0
    del lumen.graph.mailboxes[f"of {BOB}"]
    assert run("organisation", "connect", "microsoft", ALICE, BOB) == 1
    said = capsys.readouterr().out
    assert f"{ALICE}: connected" in said
    assert f"{BOB}: not connected (The" in said
    lumen.grants.client_secret = "another"
    assert run("organisation", "check", "microsoft") == 1
    assert "secret: WRONG" in capsys.readouterr().out


def test_what_is_missing_is_said(alice, capsys):
    assert run("organisation", "check", "google") == 1
    assert "Nothing was entered yet" in capsys.readouterr().err
    assert run("organisation", "set", "google") == 1
    assert "--key" in capsys.readouterr().err


def test_a_member_is_connected_by_their_address_there(lumen, alice, bob, tmp_path, capsys):
    key = tmp_path / "key.json"
    key.write_text(lumen.grants.key_file())
    run("organisation", "set", "google", "--key", str(key))
    lumen.moves(THERE)
    assert run("organisation", "connect", "google", f"{BOB}={ALICE}") == 1
    assert "belongs to another member" in capsys.readouterr().err
    assert run("organisation", "connect", "google", f"{BOB}={THERE}") == 0
    assert f"{BOB}: connected" in capsys.readouterr().out
    assert Account.objects.of(alice.workspace).get().address == THERE
