"""`metwith organisation`: enter what an organisation granted, check it, and connect members by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts.models import Enrolment
from metwith.accounts.oauth import delegation
from metwith.accounts.oauth.services import GOOGLE
from metwith.calendars.delegation import check as mailbox_check
from metwith.calendars.delegation import enrolment
from metwith.cli import prompts
from metwith.cli.run.boot import CommandFailed
from metwith.lib import clock
from metwith.workspaces import audit
from metwith.workspaces.queries import members_of

if TYPE_CHECKING:
    import argparse


def enter(arguments: argparse.Namespace) -> None:
    """Keep what was granted; the secret is read from a file or from standard input."""
    admin = prompts.owner_of(prompts.workspace_named(arguments.workspace))
    if arguments.provider == GOOGLE:
        if arguments.key is None:
            raise CommandFailed("Name the service account's key file with --key FILE.json.")
        given = {"secret": prompts.content_of(arguments.key).decode("utf-8", "replace")}
    else:
        given = {"client_id": arguments.client_id or "", "tenant": arguments.tenant or "", "secret": prompts.the_password(arguments)}
    with prompts.refusals():
        enrolment.save_and_reconnect(admin, arguments.provider, **given)
    print(f"Kept. Check it with: metwith organisation check {arguments.provider}")


def check(arguments: argparse.Namespace) -> int:
    """Try it on somebody; exit code 1 when a part is wrong."""
    admin = prompts.owner_of(prompts.workspace_named(arguments.workspace))
    client = delegation.organisation_of(admin.workspace_id, arguments.provider)
    if client is None:
        raise CommandFailed(f"Nothing was entered yet.\nDo it with: metwith organisation set {arguments.provider}")
    found = mailbox_check.check_mailbox(client, admin, arguments.member or admin.user.email, clock.now)
    signs = {True: "right", False: "WRONG", None: "not sure"}
    for finding in found:
        print(f"{finding.part}: {signs[finding.good]}. {_(finding.words)}")
    return 1 if any(finding.good is False for finding in found) else 0


def connect(arguments: argparse.Namespace) -> int:
    """Connect members here and now, one after the other; exit code 1 when one could not be."""
    workspace = prompts.workspace_named(arguments.workspace)
    admin = prompts.owner_of(workspace)
    named = [text.partition("=")[::2] for text in arguments.members]
    members = [prompts.member_named(address) for address, _there in named]
    there = {member.pk: address for member, (_login, address) in zip(members, named, strict=True)}
    if arguments.all:
        members = list(members_of(workspace))
    if not members:
        raise CommandFailed("Name members by their addresses, or say --all.")
    with prompts.refusals(), audit.operated():
        enrolment.pick(admin, arguments.provider, {member.pk for member in members}, there)
    picked = Enrolment.objects.of(workspace).filter(provider=arguments.provider, state=Enrolment.State.ASKED)
    for enrolment_id in list(picked.values_list("pk", flat=True)):
        enrolment.connect_picked(workspace.pk, enrolment_id, clock.now)
    wanted = {member.pk for member in members}
    standings = [s for s in enrolment.standings(workspace.pk, arguments.provider) if s.member.pk in wanted]
    for standing in standings:
        said = "connected by themselves" if standing.state == "own" else str(Enrolment.State(standing.state).label).lower()
        print(f"{standing.member.user.email}: {said}{f' ({_(standing.message)})' if standing.message else ''}")
    return 1 if any(s.state == Enrolment.State.FAILED for s in standings) else 0
