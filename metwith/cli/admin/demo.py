"""`metwith demo`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from metwith.calendars.demo import make_demo
from metwith.cli import prompts
from metwith.lib import clock

if TYPE_CHECKING:
    import argparse


def demo(_arguments: argparse.Namespace) -> None:
    """Make the sample workspace and print how to sign in."""
    password = secrets.token_urlsafe(12)
    with prompts.refusals():
        owner = make_demo(password=password, now=clock.now())
    print(f"Made the workspace {owner.workspace.name}. An earlier sample is gone.")
    print(f"Sign in as {owner.user.email} with the password {password}")
