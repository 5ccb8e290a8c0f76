"""How a command is declared. A group of commands is a module with `add(commands)`, named in `metwith.cli.main.GROUPS`.

Such a module imports no Django: it only names the function that does the work (`"metwith.cli.admin.backup:backup"`). That function is
looked up when what the command needs is there, and is called with the parsed arguments; what it returns is the exit code.
"""

from __future__ import annotations

import argparse
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn, override

if TYPE_CHECKING:
    from collections.abc import Sequence

    type Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  argparse has no public name for it


class Needs(Enum):
    """What must be there before a command's function is called."""

    NOTHING = "nothing"
    DATABASE = "a database that answers"
    PRODUCT = "Django set up, the schema up to date, the right key"


def command(commands: Commands, name: str, run: str, *, needs: Needs, summary: str, details: str = "") -> argparse.ArgumentParser:
    """Add a command; give the result its arguments. `run` is `module:function`, called as `function(arguments) -> int | None`."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=details or None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, needs=needs)
    return parser


def group(commands: Commands, name: str, *, summary: str) -> Commands:
    """Add a word that has commands of its own (`metwith workspace create`)."""
    parser = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


class SecretRefused(argparse.Action):
    """An option that took a secret: whoever lists the processes of this machine could read it there, and the shell remembers it."""

    def __init__(self, option_strings: Sequence[str], dest: str, instead: str, **_kept: Any) -> None:
        super().__init__(option_strings, dest, nargs="?", help=argparse.SUPPRESS)
        self.instead = instead

    @override
    def __call__(self, parser: argparse.ArgumentParser, *_rest: object) -> NoReturn:
        parser.error(f"what {self.option_strings[0]} took is a secret, and others can read a command line: use {self.instead}")


def server(text: str) -> str:
    """The address of a server, without the name and password that one may hold. What is refused is not repeated."""
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise argparse.ArgumentTypeError(
            "it holds a name or a password, and others can read a command line: use --username and --password-stdin"
        )
    return text


def port(text: str) -> int:
    """A TCP port, 0 for any free one."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 0 to 65535 is expected")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 1 is expected")
    return int(text)
