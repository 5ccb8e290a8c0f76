"""`metwith worker`: runs jobs and the schedule until asked to stop, or until the database is lost.

Who started it starts it again (`metwith serve`, or the service manager): Procrastinate ends when its connection breaks, and the
watchdog ends it when it hangs on one that is half open.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import structlog
from procrastinate.contrib.django import app

from metwith.cli import product
from metwith.cli.boot import CommandFailed
from metwith.lib.home import database_url

if TYPE_CHECKING:
    import argparse

    from procrastinate.contrib.django.django_connector import DjangoConnector

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 5.0
# After this long without a heartbeat a worker counts as dead and its jobs are given to others.
STALLED_SECONDS = 30.0
GRACE_SECONDS = 20.0
# Longer than any pause of a healthy worker, shorter than anybody's patience.
HANGING_SECONDS = 90.0


class Watchdog:
    """Ends this process when the loop no longer gets an answer from the database. A hung worker cannot end itself."""

    def __init__(self) -> None:
        self._seen = time.monotonic()

    async def feed(self) -> None:
        """For ever: ask the database for a sign of life. Raises when it answers with an error."""
        while True:
            await app.connector.execute_query_one_async("SELECT 1 AS one")
            self._seen = time.monotonic()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    def start(self) -> None:
        """Watch, from a thread of its own."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        while time.monotonic() - self._seen < HANGING_SECONDS:
            time.sleep(1)
        log.error("the worker hangs, ending it")
        os._exit(1)


def worker(arguments: argparse.Namespace) -> int:
    """Work until asked to stop."""
    # A thread holds a connection while its job runs; the rest is for what the loop itself asks.
    os.environ.setdefault("METWITH_CONNECTIONS", str(arguments.concurrency + 6))
    product.load(database_url())
    stopped = asyncio.run(_work(arguments.concurrency))
    if not stopped:
        raise CommandFailed("The worker lost the database.")
    return 0


async def _work(concurrency: int) -> bool:
    """Returns whether it ended because it was asked to."""
    loop = asyncio.get_running_loop()
    # The default has 6 threads on 2 cores, whatever the concurrency.
    loop.set_default_executor(ThreadPoolExecutor(concurrency + 4, thread_name_prefix="job"))
    watchdog = Watchdog()
    watchdog.start()
    connector = cast("DjangoConnector", app.connector).get_worker_connector()
    with app.replace_connector(connector) as working:
        async with working.open_async():
            feeding = asyncio.create_task(watchdog.feed())
            running = asyncio.create_task(
                working.run_worker_async(
                    concurrency=concurrency,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                )
            )
            asked = _on_signals(loop, running)
            await asyncio.wait({feeding, running}, return_when=asyncio.FIRST_COMPLETED)
            for task in (feeding, running):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    return asked.is_set()


def _on_signals(loop: asyncio.AbstractEventLoop, running: asyncio.Task[None]) -> asyncio.Event:
    """Let the first signal end the work in order; give up waiting for a job in a thread, which cannot be interrupted, after a while."""
    asked = asyncio.Event()

    def stop() -> None:
        if not asked.is_set():
            asked.set()
            running.cancel()
            last_word = threading.Timer(GRACE_SECONDS + 5, os._exit, (0,))
            last_word.daemon = True
            last_word.start()

    for kind in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(kind, stop)
    return asked
