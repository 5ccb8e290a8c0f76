"""`metwith privacy`: look for what must not be stored, and take what was deleted out of the files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from metwith.calendars.models import Calendar
from metwith.cli import prompts
from metwith.cli.run.boot import CommandFailed
from metwith.lib import clock
from metwith.privacy import secure_delete, storage_check

if TYPE_CHECKING:
    import argparse

    from django.db.models import QuerySet

    from metwith.privacy.storage_check import StorageCheck

SHOWN = 50


def verify(arguments: argparse.Namespace) -> int:
    """Look for what did not come in. 1 when something of it is stored, or when a calendar could not be asked."""
    missing = [path for path in arguments.also if not path.exists()]
    if missing:
        raise CommandFailed(f"There is no {missing[0]}.\nGive --also files and folders that are there.")
    calendars = _calendars(arguments)
    if not calendars.exists():
        raise CommandFailed(
            "No calendar is switched on there, so nothing can be read again.\nSee which there are with: metwith account list"
        )
    found = storage_check.verify(calendars, clock.now, also=arguments.also, on_step=lambda words: print(f"{words} …", flush=True))
    storage_check.note_result(calendars, found, clock.now(), account_id=arguments.account)
    return _say(found)


def _calendars(arguments: argparse.Namespace) -> QuerySet[Calendar]:
    if arguments.workspace:
        calendars = Calendar.objects.of(prompts.workspace_named(arguments.workspace))
    else:
        calendars = Calendar.objects.across_workspaces("the operator verifies everything")
    chosen = calendars.filter(enabled=True)
    return chosen.filter(account_id=arguments.account) if arguments.account else chosen


def _say(check: StorageCheck) -> int:
    print(f"Read again: {check.asked} calendars, {check.dropped:,} events in them that do not come in.")
    if check.too_common or check.elsewhere:
        print(
            f"Not looked for: {check.too_common:,} texts that are very short or a common word,"
            f" {check.elsewhere:,} that also stand in what may be here (a kept meeting, a record, a member)."
        )
    if check.set_aside:
        print(f"Set aside, for 14 days at most: {check.set_aside:,} texts of meetings that became internal and cannot be read again.")
    megabytes = check.searched / 1e6
    where = f"{check.tables.looked_at} tables and {check.files.looked_at} files"
    print(f"{check.count:,} found of {check.looked_for:,} texts looked for, in {megabytes:,.1f} MB: {where}.")
    for words in _falls_short(check):
        print(words, file=sys.stderr)
    places = [*check.tables.places, *check.files.places]
    for place, _number in places[:SHOWN]:
        print(f"   {place}", file=sys.stderr)
    if len(places) > SHOWN:
        print(f"   … and {len(places) - SHOWN} more places", file=sys.stderr)
    if places:
        print(_advice(check), file=sys.stderr)
    return 1 if places or check.not_asked else 0


def _falls_short(check: StorageCheck) -> list[str]:
    """What the answer does not cover."""
    said = []
    if check.not_asked:
        ids = ", ".join(map(str, check.not_asked[:20]))
        said.append(
            f"{len(check.not_asked)} calendars could not be read again (paused, a file, or no answer): {ids}. Of these nothing is proven."
        )
    if not check.database_files:
        said.append("The files of your own PostgreSQL, its write-ahead log and its backups are not here: only its tables were searched.")
    if check.files.closed:
        said.append(f"{len(check.files.closed)} files could not be looked into (packed, encrypted, or not ours to read):")
        said += [f"   {name}" for name in check.files.closed[:SHOWN]]
    return said


def _advice(check: StorageCheck) -> str:
    if check.tables.places:
        return "Something is in the tables. If it changed lately, run: metwith sync, then metwith privacy purge. If it stays, please report it."
    return "Nothing is in the tables: these are leavings of deleted rows. Run: metwith privacy purge, and replace backups named above."


def purge(_arguments: argparse.Namespace) -> int:
    """Rewrite tables and write-ahead log. 1 when something had to stay."""
    print("Writing the tables anew; pages may wait meanwhile …", flush=True)
    done = secure_delete.scrub_all(clock.now())
    print(f"{done.tables} tables are written anew, without what was deleted.")
    if done.log:
        print("The write-ahead log before that is gone, and so is the server's old log.")
    else:
        print("The write-ahead log and the backups of your own PostgreSQL keep deleted rows as long as its settings say.")
    for path, written in done.backups:
        print(f"A backup holds what was there on {written:%Y-%m-%d}: {path}")
    if done.held:
        print(f"{done.held} deleted rows had to stay: something that runs may still look at them. Try again later.", file=sys.stderr)
    return 1 if done.held else 0
