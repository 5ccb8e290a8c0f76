"""The command `metwith doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.cli.parser import Needs, command

if TYPE_CHECKING:
    from metwith.cli.parser import Commands


def add(commands: Commands) -> None:
    """Declare it."""
    command(
        commands,
        "doctor",
        "metwith.cli.doctor.checks:doctor",
        needs=Needs.NOTHING,
        summary="check this installation and say what to do about what is wrong",
    )
