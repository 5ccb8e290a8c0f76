"""`metwith web`: granian runs the site, in processes of its own."""

from __future__ import annotations

import importlib
import multiprocessing
import os
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from metwith.cli.run.ports import claim

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

SITE = "metwith.cli.run.site"
THREADS = 4
STOP_SECONDS = 10


def web(arguments: argparse.Namespace) -> None:
    """Serve until asked to stop."""
    chosen = claim(arguments.host, arguments.port)
    # Not fork: the parent has threads by then.
    multiprocessing.set_start_method("spawn")
    os.environ.setdefault("METWITH_CONNECTIONS", str(THREADS + 2))
    Granian(
        f"{SITE}:application",
        address=arguments.host,
        port=chosen,
        interface=Interfaces.WSGI,
        workers=arguments.processes,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig={"loggers": {"_granian": {}, "granian.access": {}}},
    ).serve(target_loader=site, wrap_loader=False)


def site() -> Callable[..., Any]:
    """The site, loaded in a process of granian's. Its own loader puts the current folder before all others where modules are looked for."""
    application: Callable[..., Any] = importlib.import_module(SITE).application
    return application
