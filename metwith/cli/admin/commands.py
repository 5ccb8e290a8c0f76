"""The commands about who and what is in an installation: workspace, member, token, import, account, sync, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metwith.cli.parser import Needs, SecretRefused, command, group, positive, server

if TYPE_CHECKING:
    import argparse

    from metwith.cli.parser import Commands

LEVELS = ("metadata", "subject", "everything")


def add(commands: Commands) -> None:
    """Declare them."""
    _people(commands)
    _records(commands)
    _accounts(commands)
    _organisation(commands)
    _subjects(commands)
    sync = command(
        commands,
        "sync",
        "metwith.cli.admin.sync:sync",
        needs=Needs.PRODUCT,
        summary="read the connected calendars now and wait for it; exit code 1 if one failed",
    )
    sync.add_argument("--account", type=positive, metavar="ID", help="only this account (see `metwith account list`)")
    command(
        commands,
        "demo",
        "metwith.cli.admin.demo:demo",
        needs=Needs.PRODUCT,
        summary="make a workspace with a sample, ready to click through; an earlier sample is replaced",
    )


def _people(commands: Commands) -> None:
    workspace = group(commands, "workspace", summary="make a workspace")
    create = command(
        workspace, "create", "metwith.cli.admin.workspace:create", needs=Needs.PRODUCT, summary="make a workspace and its owner"
    )
    create.add_argument("name", metavar="NAME", help="what it is called")
    create.add_argument("--owner", required=True, metavar="ADDRESS", help="the owner's e-mail address, with which they sign in")
    _password(create)

    member = group(commands, "member", summary="add a member, vouch for an address")
    add_member = command(member, "add", "metwith.cli.admin.member:add", needs=Needs.PRODUCT, summary="add a member to a workspace")
    add_member.add_argument("address", metavar="ADDRESS", help="their e-mail address, with which they sign in")
    add_member.add_argument("--role", choices=("owner", "admin", "member"), default="member", help="what they may do (default member)")
    _workspace(add_member)
    _password(add_member)

    vouch = command(
        member, "vouch", "metwith.cli.admin.member:vouch", needs=Needs.PRODUCT, summary="say that you know an address to be a member's"
    )
    vouch.add_argument("address", metavar="ADDRESS", help="the address: all meetings that it takes part in open to the member")
    vouch.add_argument("--member", metavar="ADDRESS", help="whose it is, by the address they sign in with (default: the address itself)")

    token = group(commands, "token", summary="make a token for the API")
    make = command(
        token, "create", "metwith.cli.admin.token:create", needs=Needs.PRODUCT, summary="print a new API token of a member, this once"
    )
    make.add_argument("--member", required=True, metavar="ADDRESS", help="whose token: it may do what they may")


def _records(commands: Commands) -> None:
    imported = command(
        commands,
        "import",
        "metwith.cli.admin.imports:read_in",
        needs=Needs.PRODUCT,
        summary="import the good rows of a CSV file",
        details="Headings: people name,email,additional_emails,job_title,company,company_domain; companies name,domains;\n"
        "opportunities name,company,company_domain,contact_email,stage,amount,currency,close_date. Several addresses or domains: a;b;c.\n"
        "Those of HubSpot, Outlook, Google Contacts and Twenty are known too, in English, German and Portuguese; other columns are passed\n"
        "over. Exits with 1 when there are rows that cannot be taken.",
    )
    imported.add_argument("kind", choices=("people", "companies", "opportunities"), help="what the rows are")
    imported.add_argument("file", type=Path, metavar="FILE.csv", help="the file")
    imported.add_argument("--rejected", type=Path, metavar="FILE", help="write the rows that cannot be taken there, each with the reason")
    _workspace(imported)


def _accounts(commands: Commands) -> None:
    account = group(commands, "account", summary="connect, list and disconnect calendar accounts")
    connect = group(account, "connect", summary="connect an account")
    caldav = command(connect, "caldav", "metwith.cli.admin.account:connect_caldav", needs=Needs.PRODUCT, summary="connect a CalDAV account")
    _whose(caldav)
    caldav.add_argument(
        "--url", required=True, type=server, metavar="SERVER", help="the server: the address of an account or calendar, or just its host"
    )
    caldav.add_argument("--username", required=True, metavar="NAME", help="the name to sign in with there")
    _password(caldav)
    caldav.add_argument(
        "--calendars",
        nargs="+",
        default=["primary"],
        metavar="primary|all|NAME",
        help="which calendars to switch on (default: the primary one)",
    )
    ics = command(
        connect, "ics", "metwith.cli.admin.account:connect_ics", needs=Needs.PRODUCT, summary="connect a calendar address, or read a file"
    )
    _whose(ics)
    source = ics.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--url-stdin", action="store_true", help="read the calendar's address (https or webcal), a secret, from standard input"
    )
    source.add_argument("--url", action=SecretRefused, instead="--url-stdin")
    source.add_argument("--file", type=Path, metavar="FILE", help="an .ics file; read once, never stored")
    command(account, "list", "metwith.cli.admin.account:list_all", needs=Needs.PRODUCT, summary="list the accounts and how they are doing")
    disconnect = command(
        account, "disconnect", "metwith.cli.admin.account:disconnect", needs=Needs.PRODUCT, summary="forget an account's credentials"
    )
    disconnect.add_argument("id", type=positive, metavar="ID", help="see `metwith account list`")
    disconnect.add_argument("--purge", action="store_true", help="remove its meetings too; without it they stay, no longer updated")


def _organisation(commands: Commands) -> None:
    whole = group(commands, "organisation", summary="connect a whole organisation at Google or Microsoft")
    where = "metwith.cli.admin.delegation"
    enter = command(whole, "set", f"{where}:enter", needs=Needs.PRODUCT, summary="keep what the organisation granted")
    check = command(whole, "check", f"{where}:check", needs=Needs.PRODUCT, summary="say which part of it is wrong; exit code 1 if one is")
    connect = command(whole, "connect", f"{where}:connect", needs=Needs.PRODUCT, summary="connect members without a click of theirs")
    for parser in (enter, check, connect):
        parser.add_argument("provider", choices=("google", "microsoft"), help="where")
        _workspace(parser)
    enter.add_argument("--key", type=Path, metavar="FILE.json", help="Google: the service account's key file")
    enter.add_argument("--tenant", help="Microsoft: the organisation's tenant id or domain")
    enter.add_argument("--client-id", help="Microsoft: the application's client id; its secret is asked for")
    _password(enter)
    check.add_argument("--member", metavar="ADDRESS", help="whose calendar it is tried on (default: the workspace's owner)")
    connect.add_argument(
        "members",
        nargs="*",
        metavar="ADDRESS[=ADDRESS_THERE]",
        help="who, by the address they sign in with; and, where the provider knows them by another, by which",
    )
    connect.add_argument("--all", action="store_true", help="all members who have not connected or disconnected by themselves")


def _subjects(commands: Commands) -> None:
    held = command(
        commands,
        "held",
        "metwith.cli.admin.subject_access:show_subject",
        needs=Needs.PRODUCT,
        summary="print what is held about an e-mail address",
        details="json and ics hold everything, also what members share with nobody: hand them to the person who asks, and to nobody else.",
    )
    held.add_argument("--format", choices=("text", "json", "ics"), default="text", help="counts (the default), or all of it as a file")
    erase = command(
        commands,
        "erase",
        "metwith.cli.admin.subject_access:erase",
        needs=Needs.PRODUCT,
        summary="erase all that is held about an e-mail address, and keep it out for good",
        details="It says what would go and asks for the address once more; --yes asks nothing.",
    )
    erase.add_argument("--yes", action="store_true", help="do not ask")
    erase.add_argument(
        "--keep", type=positive, nargs="+", default=[], metavar="ID", help="people's records that stay, without the address (see held)"
    )
    for parser in (held, erase):
        parser.add_argument("address", metavar="ADDRESS", help="whose data")
        _workspace(parser)


def _whose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--member", required=True, metavar="ADDRESS", help="whose calendars they are")
    parser.add_argument(
        "--sharing", choices=LEVELS, help="how much colleagues see (default: the workspace's, at first metadata: times and participants)"
    )
    parser.add_argument("--preview", action="store_true", help="say what would come in, and store nothing")
    parser.add_argument(
        "--new-people",
        choices=("off", "organised", "on"),
        default="off",
        help="of whose meetings unknown outsiders become people (default: off)",
    )


def _password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input, one line")


def _workspace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workspace", metavar="NAME", help="which workspace, by name or number; needed when there are several")
