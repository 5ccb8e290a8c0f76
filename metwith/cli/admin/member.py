"""`metwith member add` and `vouch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.cli import prompts
from metwith.lib import clock
from metwith.workspaces.actions import add_member
from metwith.workspaces.addresses import vouch_by_operator

if TYPE_CHECKING:
    import argparse


def add(arguments: argparse.Namespace) -> None:
    """Add a member to a workspace."""
    workspace = prompts.workspace_named(arguments.workspace)
    password = prompts.new_password(arguments)
    with prompts.refusals():
        member = add_member(workspace, arguments.address, arguments.role, password, now=clock.now())
    print(f"Added {member.user.email} to {workspace.name} as {member.role}.")


def vouch(arguments: argparse.Namespace) -> None:
    """Say that an address is a member's: whoever has the server's command line answers for it. Every member is told."""
    member = prompts.member_named(arguments.member or arguments.address)
    with prompts.refusals():
        vouch_by_operator(member, arguments.address, clock.now())
    print(f"{arguments.address} is verified as {member}'s. It is in the audit log, and every member is told.")
