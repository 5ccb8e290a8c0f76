from __future__ import annotations

from metwith.workspaces.actions import member_for_token
from tests.cli.prompt import run
from tests.people import NOW


def test_the_token_stands_alone_on_standard_output_and_opens_the_api(alice, capsys):
    assert run("token", "create", "--member", "Alice@Lumen.example") == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert said.err == ""
    assert member_for_token(said.out.strip(), NOW) == alice


def test_for_somebody_unknown_there_is_none_and_the_way_is_told(alice, capsys):
    assert run("token", "create", "--member", "nobody@lumen.example") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "metwith member add" in said.err
