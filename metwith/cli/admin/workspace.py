"""`metwith workspace create`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.cli import prompts
from metwith.lib import clock
from metwith.workspaces.actions import create_workspace

if TYPE_CHECKING:
    import argparse


def create(arguments: argparse.Namespace) -> None:
    """Make a workspace and its owner."""
    password = prompts.new_password(arguments)
    with prompts.refusals():
        owner = create_workspace(arguments.name, arguments.owner, password, now=clock.now())
    print(f"Made workspace {owner.workspace_id}, {owner.workspace.name}; its owner is {owner.user.email}.")
