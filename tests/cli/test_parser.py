"""No option of any command takes a secret: others read command lines, in the list of processes and in the shell's history."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metwith.cli.main import build
from metwith.cli.parser import SecretRefused
from metwith.cli.run import boot, product

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_SECRET = {
    "name", "--owner", "address", "--role", "--workspace", "--member", "kind", "--url", "--username", "--calendars", "--sharing",
    "--new-people", "id", "--account", "provider", "--tenant", "--client-id", "members", "--format", "--keep", "--host", "--port",
    "--processes", "--concurrency", "--way", "words",
}  # fmt: skip
"""What takes a value that anybody may read. `--url` is a server's, and refuses a password in it. Files are named, so their content is not there."""


def options(parser: argparse.ArgumentParser, words: str = "metwith") -> Iterator[tuple[str, argparse.Action]]:
    """Command and option, of all commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from options(below, f"{words} {name}")
        else:
            yield words, action


def test_no_option_takes_a_secret():
    """A new one that takes a value fails here until somebody says that it is none."""
    unknown = {
        f"{words} {name}"
        for words, action in options(build())
        if action.nargs != 0 and action.type is not Path and not isinstance(action, SecretRefused)
        for name in [(action.option_strings or [action.dest])[-1]]
        if name not in NO_SECRET
    }
    assert unknown == set()


def test_what_is_given_by_standard_input_says_so():
    found = {action.option_strings[0] for _words, action in options(build()) if "stdin" in "".join(action.option_strings)}
    assert found == {"--password-stdin", "--url-stdin"}


def test_a_calendars_address_on_the_command_line_is_refused_with_the_way_to_give_it(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        build().parse_args(["account", "connect", "ics", "--member", "a@b.example", "--url", "https://cal.example/secret.ics"])
    said = capsys.readouterr().err
    assert "--url-stdin" in said
    assert "secret.ics" not in said


def test_a_password_in_a_servers_address_is_refused_and_not_repeated(capsys: pytest.CaptureFixture[str]):
    words = ["account", "connect", "caldav", "--member", "a@b.example", "--username", "a", "--url", "https://a:hush@dav.example/"]
    with pytest.raises(SystemExit):
        build().parse_args(words)
    said = capsys.readouterr().err
    assert "--password-stdin" in said
    assert "hush" not in said


def test_what_a_command_stands_on_is_looked_up_by_names_that_are_there():
    """By text, since Django may not be known yet: no type checker sees a name that was changed."""
    names = re.findall(r'f"\{PRODUCT\}:(\w+)"', Path(boot.__file__).read_text(encoding="utf-8"))
    assert names
    assert {name for name in names if not hasattr(product, name)} == set()
