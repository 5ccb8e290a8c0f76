"""The `metwith` command."""

from metwith.cli.main import main

__all__ = ["main"]
