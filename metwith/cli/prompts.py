"""What several commands ask for, and how they say what went wrong: one line what it is, one line what to do."""

from __future__ import annotations

import contextlib
import getpass
import sys
from typing import TYPE_CHECKING

from metwith.cli.run.boot import CommandFailed
from metwith.engine.errors import ConnectFailed, ProviderError
from metwith.lib.errors import Refusal
from metwith.workspaces.models import Member, Workspace
from metwith.workspaces.queries import member_with_address

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What a verb refuses, as the command's failure."""
    try:
        yield
    except Refusal as refusal:
        raise CommandFailed(refusal.message) from refusal
    except ConnectFailed as failed:
        raise CommandFailed(f"{failed.message}\n{failed.advice}".strip()) from failed
    except ProviderError as error:
        raise CommandFailed(error.message) from error


def new_password(arguments: argparse.Namespace) -> str | None:
    """A password for somebody new; None, with a word about it, when nobody is there to type one."""
    if arguments.password_stdin or sys.stdin.isatty():
        password = the_password(arguments)
        if not arguments.password_stdin and getpass.getpass("The same again: ") != password:
            raise CommandFailed("The two passwords differ. Try again.")
        return password
    print("No password was set: they sign in by single sign-on. Give one with --password-stdin.", file=sys.stderr)
    return None


def the_password(arguments: argparse.Namespace) -> str:
    """A password: a line of standard input with --password-stdin, else typed at the terminal without an echo."""
    return _secret("password", piped=arguments.password_stdin)


def the_address(arguments: argparse.Namespace) -> str:
    """A calendar's secret address, asked for as a password is."""
    return _secret("address", piped=arguments.url_stdin, option="--url-stdin")


def _secret(what: str, *, piped: bool, option: str = "--password-stdin") -> str:
    """Never by the command line: a list of processes shows that to everybody."""
    if piped:
        secret = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        secret = getpass.getpass(f"{what.capitalize()}: ")
    else:
        raise CommandFailed(f"The {what} is needed.\nGive it with {option}, as one line of standard input.")
    if not secret:
        raise CommandFailed(f"The {what} is empty.\nGive it as one line of standard input, or type it when asked.")
    return secret


def member_named(address: str) -> Member:
    """The member with this login address."""
    found = member_with_address(address)
    if found is None:
        raise CommandFailed(f"Nobody signs in as {address!r} here.\nAdd them with: metwith member add {address}")
    return found


def workspace_named(named: str | None) -> Workspace:
    """The workspace of this name or number; without one the only one there is, samples aside."""
    everything = list(Workspace.objects.order_by("pk"))
    found = [w for w in everything if named in {w.name, str(w.pk)}] if named else [w for w in everything if not w.sample] or everything
    if len(found) == 1:
        return found[0]
    if not everything:
        raise CommandFailed("There is no workspace yet.\nMake one with: metwith workspace create NAME --owner ADDRESS")
    names = ", ".join(f"{w.pk} ({w.name})" for w in everything)
    what = f"{len(found) or 'No'} workspaces are called {named!r}." if named else "There are several workspaces."
    raise CommandFailed(f"{what}\nSay which with --workspace and its number: {names}")


def owner_of(workspace: Workspace) -> Member:
    """In whose name the operator acts."""
    owners = Member.objects.of(workspace).filter(role=Member.MemberRole.OWNER).select_related("user", "workspace")
    return owners.order_by("pk")[0]  # a workspace always has one: workspaces.actions sees to it


def content_of(file: Path) -> bytes:
    """The bytes of a file the operator named."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}.\nCheck its name and its permissions.") from error
