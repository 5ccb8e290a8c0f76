"""`metwith held` and `metwith erase`: what is held about an address, and the end of it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from metwith.cli import prompts
from metwith.cli.run.boot import CommandFailed
from metwith.lib import clock
from metwith.privacy import erasure, subject_access, subject_access_file
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    import argparse

    from metwith.privacy.subject_access import SubjectData
    from metwith.workspaces.models import Member


def show_subject(arguments: argparse.Namespace) -> None:
    """Print counts, or everything as a file."""
    owner, found = _print_subject(arguments)
    if arguments.format == "text":
        _print(found)
        return
    write = subject_access_file.as_json if arguments.format == "json" else subject_access_file.as_ics
    with audit.operated():
        audit.note(owner, Action.EXPORTED, kind="subject", many=len(found.meetings))
    sys.stdout.write(write(owner, found, clock.now(), everything=True))


def erase(arguments: argparse.Namespace) -> None:
    """Say what would go, ask, and erase it."""
    owner, found = _print_subject(arguments)
    _print(found)
    if not arguments.yes:
        _confirm(found.address)
    with prompts.refusals(), audit.operated():
        report = erasure.erase_address(owner, found.address, spared=arguments.keep)
    print(
        "Erased: " + ", ".join(f"{name} {number}" for name, number in asdict(report).items() if number)
        if report.many
        else "Nothing was held."
    )
    print("Nothing with this address comes in again. An admin can lift that under Settings, Never let in.")


def _print_subject(arguments: argparse.Namespace) -> tuple[Member, SubjectData]:
    owner = prompts.owner_of(prompts.workspace_named(arguments.workspace))
    with prompts.refusals():
        return owner, subject_access.held_about(owner.workspace_id, subject_access.read_address(arguments.address))


def _confirm(address: str) -> None:
    if not sys.stdin.isatty():
        raise CommandFailed("Nothing was erased: nobody is there to confirm it.\nSay --yes if you are sure.")
    with prompts.refusals():
        if subject_access.read_address(input("Type the address again to erase all of this: ")) != address:
            raise CommandFailed("Nothing was erased: this is another address.")


def _print(subject: SubjectData) -> None:
    for person in subject.people:
        further = f", with {person.further} other addresses" if person.further else ""
        print(f"record {person.id}: {person.name}{further}{' (in the trash)' if person.trashed else ''}")
    for company_id, name in subject.companies:
        print(f"company {company_id}, made for them alone: {name}")
    numbers = {"meetings": len(subject.meetings)} | {
        name: getattr(subject, name)
        for name in ("copies", "rows", "links", "series", "blocks", "invitations", "notes", "no_contact", "earlier")
    }
    print(", ".join(f"{name} {number}" for name, number in numbers.items()))
    if subject.erased_at:
        print(f"Erased on {subject.erased_at:%Y-%m-%d}, and kept out since.")
