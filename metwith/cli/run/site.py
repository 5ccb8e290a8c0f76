"""The site as granian's processes load it."""

from __future__ import annotations

import os
import sys

import structlog

from metwith.cli.run import product
from metwith.cli.run.boot import CommandFailed
from metwith.lib.secrets import KeyProblem
from metwith.server import parent_watch
from metwith.server.installation import database_url

parent_watch.watch(os.getppid())
try:
    product.load_product(database_url())
except (CommandFailed, KeyProblem) as problem:
    structlog.get_logger(__name__).error("the site cannot be served", error=str(problem))
    sys.exit(1)
# The checks ran in the loading thread; those that answer open their own.
product.close_connections()

from metwith.wsgi import application  # noqa: E402  what it loads needs the checks before it

__all__ = ["application"]
