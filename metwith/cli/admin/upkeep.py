"""The commands that look after an installation: backup, restore, key, privacy, django."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from metwith.cli.parser import Needs, command, group, positive

if TYPE_CHECKING:
    from metwith.cli.parser import Commands


def _key(commands: Commands) -> None:
    command(
        group(commands, "key", summary="change the key"),
        "rotate",
        "metwith.cli.admin.key:rotate",
        needs=Needs.PRODUCT,
        summary="encrypt everything with the first of several keys, and say when the others may go",
        details="Put the new key before the old one first (METWITH_KEY=new,old, or so in the key file), wherever Metwith runs, and start it again.\n"
        "It may run meanwhile, and this may be broken off and run again.",
    )


def add(commands: Commands) -> None:
    """Declare them."""
    backup = command(
        commands,
        "backup",
        "metwith.cli.admin.backup:backup",
        needs=Needs.DATABASE,
        summary="write the database to a file, also while Metwith runs",
        details="The key file is not in it. Keep a copy of the key apart from the backups: one without the other restores no credentials.",
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="where to write it; an existing file is replaced once the backup is whole")
    restore = command(
        commands,
        "restore",
        "metwith.cli.admin.backup:restore",
        needs=Needs.DATABASE,
        summary="read the database from a file that `backup` wrote",
        details="All or nothing: if it fails, the database is as it was. Stop Metwith first.",
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="the backup")
    restore.add_argument("--replace", action="store_true", help="throw away what is in the database now")
    _key(commands)
    _privacy(commands)
    django = command(
        commands,
        "django",
        "metwith.cli.admin.upkeep:run_django",
        needs=Needs.DATABASE,
        summary="run one of Django's own commands (for developers), for example: metwith django makemigrations",
    )
    django.add_argument("words", nargs=argparse.REMAINDER, metavar="…", help="the command and its arguments")


def _privacy(commands: Commands) -> None:
    privacy = group(commands, "privacy", summary="prove that nothing is stored that must not be, and clean up after it")
    verify = command(
        privacy,
        "verify",
        "metwith.cli.admin.privacy:verify",
        needs=Needs.PRODUCT,
        summary="look in every table and file for what did not come in; exit code 1 if something is found",
        details="Reads the calendars again, live, and stores nothing of it. Findings name a table and row or a file, never the content.",
    )
    verify.add_argument("--workspace", metavar="NAME", help="only this workspace, by name or number")
    verify.add_argument("--account", type=positive, metavar="ID", help="only this account (see `metwith account list`)")
    verify.add_argument("--also", type=Path, nargs="+", default=[], metavar="PATH", help="search these too: backups, logs kept elsewhere")
    command(
        privacy,
        "purge",
        "metwith.cli.admin.privacy:purge",
        needs=Needs.PRODUCT,
        summary="take deleted rows out of the database's files and its write-ahead log, and expire its log",
        details="Every table is written anew, locked while it is its turn, and needs room for a second copy of itself meanwhile.",
    )


def run_django(arguments: argparse.Namespace) -> None:
    """Hand the words to Django, over the database and key of this installation."""
    from django.core.management import execute_from_command_line  # noqa: PLC0415  this module is imported to build the parser

    from metwith.cli.run import product  # noqa: PLC0415  as above
    from metwith.server.installation import database_url  # noqa: PLC0415  as above

    product.set_up_django(database_url())
    execute_from_command_line(["metwith django", *arguments.words])
