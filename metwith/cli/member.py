"""`metwith member add`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.cli import ask
from metwith.lib import clock
from metwith.workspaces.actions import add_member

if TYPE_CHECKING:
    import argparse


def add(arguments: argparse.Namespace) -> None:
    """Add a member to a workspace."""
    workspace = ask.workspace_named(arguments.workspace)
    password = ask.new_password(arguments)
    with ask.refusals():
        member = add_member(workspace, arguments.address, arguments.role, password, now=clock.now())
    print(f"Added {member.user.email} to {workspace.name} as {member.role}.")
