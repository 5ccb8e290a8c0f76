"""`metwith token create`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.cli import prompts
from metwith.lib import clock
from metwith.workspaces import audit
from metwith.workspaces.actions import create_token

if TYPE_CHECKING:
    import argparse

NAME = "metwith token create"


def create(arguments: argparse.Namespace) -> None:
    """Print a new token, alone, so that a script can take it as it is."""
    with audit.operated():
        print(create_token(prompts.member_named(arguments.member), NAME, now=clock.now()))
