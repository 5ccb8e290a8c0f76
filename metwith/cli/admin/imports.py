"""`metwith import`."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from metwith.cli import prompts
from metwith.cli.run.boot import CommandFailed
from metwith.lib import clock
from metwith.records.imports import actions, run, waiting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from metwith.records.acts.models import Act
    from metwith.records.imports.models import ImportFile
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member

KINDS: Mapping[str, Kind] = {"people": "person", "companies": "company", "opportunities": "opportunity"}
MOST_ERRORS = 20


def read_in(arguments: argparse.Namespace) -> None:
    """Import the good rows of a file, in the name of the workspace's owner. Fails when there are others, which `--rejected` writes."""
    member = prompts.owner_of(prompts.workspace_named(arguments.workspace))
    if arguments.rejected:
        _check_writable(arguments.rejected, arguments.file)
    data = io.BytesIO(prompts.content_of(arguments.file))
    with prompts.refusals():
        file = actions.give_file(member, KINDS[arguments.kind], data, arguments.file.name, clock.now(), beside=True)
        try:
            act = _store(member, file)
            _tell(arguments.kind, act)
            if act.counts["rejected"]:
                raise CommandFailed(_not_taken(arguments, file, act))
        finally:
            waiting.drop_file(file)


def _store(member: Member, file: ImportFile) -> Act:
    """All of it here and now, whether or not a worker is there."""
    headings = waiting.head_of(file).headings
    actions.choose_columns(member, file.pk, file.columns, clock.now())
    if over := [heading for heading, column in zip(headings, file.columns, strict=True) if heading and not column]:
        print(f"Passed over: {', '.join(over)}", file=sys.stderr)
    run.look(file.workspace_id, file.pk)
    act = actions.store_file(member, file.pk, clock.now())
    run.store(file.workspace_id, act.pk, clock.now)
    act.refresh_from_db()
    return act


def _tell(kind: str, act: Act) -> None:
    counts = act.counts
    made = f", and {counts['companies']} new companies" if counts["companies"] else ""
    print(f"{kind}: {counts['created']} new, {counts['updated']} changed, {counts['unchanged']} as they were{made}.")


def _not_taken(arguments: argparse.Namespace, file: ImportFile, act: Act) -> str:
    for row, _at in zip(waiting.rejected_rows(file), range(MOST_ERRORS), strict=False):
        place = f"row {row.number}, {row.column}" if row.column else f"row {row.number}"
        print(f"{place}: {row.message}", file=sys.stderr)
    many = act.counts["rejected"]
    if many > MOST_ERRORS:
        print(f"… and {many - MOST_ERRORS} more", file=sys.stderr)
    if not arguments.rejected:
        return f"{many} rows of {arguments.file} were not taken.\nMend them and import them again; --rejected FILE writes them to a file."
    try:
        arguments.rejected.write_text("".join(actions.rejected_file(file)), encoding="utf-8-sig", newline="")
    except OSError as error:
        return f"{many} rows of {arguments.file} were not taken, and {arguments.rejected} cannot be written: {error.strerror}."
    return f"{many} rows of {arguments.file} were not taken.\nThey are in {arguments.rejected}: mend them there and import that file."


def _check_writable(rejected: Path, file: Path) -> None:
    """Before anything is stored."""
    if rejected.exists() and file.exists() and rejected.samefile(file):
        raise CommandFailed("--rejected names the file that is to be imported.\nName another one.")
    try:
        with rejected.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise CommandFailed(f"{rejected} cannot be written: {error.strerror}.\nCheck its name and its permissions.") from error
