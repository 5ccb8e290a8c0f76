"""Commands as an operator types them, over the test's own database."""

from __future__ import annotations

import io
import pkgutil
import sys

from metwith.cli.main import build
from metwith.cli.run.boot import CommandFailed


def run(*words: str, stdin: str = "") -> int:
    """Run a command whose needs are met already; returns its exit code. What it says is captured by pytest's `capsys`."""
    arguments = build().parse_args(words)
    before, sys.stdin = sys.stdin, io.StringIO(stdin)
    try:
        return int(pkgutil.resolve_name(arguments.run)(arguments) or 0)
    except CommandFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    finally:
        sys.stdin = before
