"""Reads the command line, prepares what the command needs, runs it, and says in one line what went wrong."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import psycopg

from metwith.cli.run import boot
from metwith.lib.secrets import KeyProblem
from metwith.server import environment, logs, parent_watch
from metwith.server.environment import SettingWrong
from metwith.server.postgres import EmbeddedProblem
from metwith.server.run_as import NoIdentity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

GROUPS = ("metwith.cli.run.commands", "metwith.cli.admin.commands", "metwith.cli.doctor.commands", "metwith.cli.admin.upkeep")
# The command failed (1), or it cannot work as things are: wrong words, settings or key (2, as argparse does).
FAILED, REFUSED = 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    # Python's own way of leaving the current folder out of where modules are looked for; every process that this one starts inherits it.
    os.environ["PYTHONSAFEPATH"] = "1"
    arguments = build().parse_args(words)
    _end_cleanly()
    parent_watch.hold()
    try:
        environment.check_settings()
        logs.configure()
        logs.catch_unhandled()
        with boot.prepared(arguments.needs):
            return int(pkgutil.resolve_name(arguments.run)(arguments) or 0)
    except (SettingWrong, KeyProblem, NoIdentity) as problem:
        return _say(problem, REFUSED)
    except (boot.CommandFailed, EmbeddedProblem) as problem:
        return _say(problem, FAILED)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output had enough; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        # Its message may quote the address with user and host; the operator knows which database was named.
        if any(isinstance(each, psycopg.OperationalError) for each in (error, error.__cause__)):  # Django wraps it
            return _say("the database cannot be reached, or went away. `metwith doctor` tells more.", FAILED)
        raise


def build() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="metwith",
        description="Metwith keeps the history of meetings between an organisation and the people it does business with.",
        epilog="`metwith COMMAND --help` tells more about each. Settings come from the environment: see docs/operator-guide.md.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in GROUPS:
        importlib.import_module(name).add(commands)
    return parser


def _say(problem: object, code: int) -> int:
    print(f"metwith: {problem}", file=sys.stderr)
    return code


def _end_cleanly() -> None:
    """Signals that end a process end it through its `finally`s, so that the database is left in order."""
    for kind in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(kind) != signal.SIG_IGN:  # nohup
            signal.signal(kind, _leave)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
