"""`metwith import`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from metwith.cli import prompts
from metwith.cli.run.boot import CommandFailed
from metwith.lib import clock
from metwith.records import csv_import

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from metwith.records.csv_rows import RowError
    from metwith.records.kinds import Kind

KINDS: Mapping[str, Kind] = {"people": "person", "companies": "company", "opportunities": "opportunity"}
MOST_ERRORS = 20


def read_in(arguments: argparse.Namespace) -> None:
    """Import a file, in the name of the workspace's owner; with a bad row nothing of it."""
    member = prompts.owner_of(prompts.workspace_named(arguments.workspace))
    data = prompts.content_of(arguments.file)
    with prompts.refusals():
        preview = csv_import.read_table(member, KINDS[arguments.kind], data)
        if preview.errors:
            _complain(preview.errors)
            raise CommandFailed(f"{arguments.file} has {len(preview.errors)} bad rows, so nothing was imported.\nMend them and try again.")
        counts = csv_import.apply(member, preview, clock.now())
    made = f", and {counts.new_companies} companies for new domains" if counts.new_companies else ""
    print(f"{arguments.kind}: {counts.created} new, {counts.updated} changed, {counts.unchanged} as they were{made}.")


def _complain(errors: tuple[RowError, ...]) -> None:
    for error in errors[:MOST_ERRORS]:
        place = f"row {error.row}, {error.column}" if error.column else f"row {error.row}"
        print(f"{place}: {error.message}", file=sys.stderr)
    if len(errors) > MOST_ERRORS:
        print(f"… and {len(errors) - MOST_ERRORS} more", file=sys.stderr)
