"""`metwith worker`: runs jobs and the schedule until asked to stop, or until the database is lost.

Who started it starts it again (`metwith serve`, or the service manager): Procrastinate ends when its connection breaks, the watchdog ends
it when it hangs on one that is half open, and it ends by itself when it cannot give back the memory that a job took.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import procrastinate.worker
import structlog
from procrastinate.contrib.django import app

from metwith.cli.run import product
from metwith.cli.run.boot import CommandFailed
from metwith.engine.slots import ASKED, FORMER, SYNC, JobsBySlot, Slots
from metwith.server import memory
from metwith.server.installation import database_url

if TYPE_CHECKING:
    import argparse

    from procrastinate import App
    from procrastinate.contrib.django.django_connector import DjangoConnector
    from procrastinate.job_context import JobContext

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 5.0
# After this long without a heartbeat a worker counts as dead and its jobs are given to others.
STALLED_SECONDS = 30.0
GRACE_SECONDS = 20.0
# Longer than any pause of a healthy worker, shorter than anybody's patience.
HANGING_SECONDS = 90.0
POLL_SECONDS = 1.0
# So many times the memory it may hold, and no more calendars are begun until it was replaced.
FAR_ABOVE = 2


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


class Worker(procrastinate.worker.Worker):
    """The library's, but for two things at the end of a job: its slot may be what another waited for, and its memory goes back."""

    def __init__(self, jobs: JobsBySlot, most_memory: int, **options: Any) -> None:
        super().__init__(**options)
        self.jobs, self.most_memory = jobs, most_memory
        self.outgrown = False
        """It ends because it held too much memory."""

    async def _process_job(self, context: JobContext) -> None:
        try:
            await super()._process_job(context)
        finally:
            self._new_job_event.set()
            await self._look_at_memory(context)

    async def _look_at_memory(self, ended: JobContext) -> None:
        """Give back what nobody uses. Where that is not enough, end when no calendar is being read; far above, begin none until then."""
        if memory.resident_bytes() <= self.most_memory:
            return
        await asyncio.to_thread(memory.give_back)
        if (held := memory.resident_bytes()) <= self.most_memory:
            return
        if held > FAR_ABOVE * self.most_memory:
            self.jobs.closed = frozenset({SYNC})
        others = {context.job.queue for context in self._running_jobs.values() if context is not ended}
        if not self.outgrown and not others & {SYNC, ASKED, FORMER}:
            log.warning("holds much memory, ends to be started again", megabytes=held // memory.MEGABYTE)
            self.outgrown = True
            self.stop()  # type: ignore[no-untyped-call]  # the library's


def worker(arguments: argparse.Namespace) -> int:
    """Work until asked to stop."""
    slots = Slots(arguments.concurrency)
    memory.most()  # a wrong setting is told before anything is begun
    # A thread holds a connection while its job runs; the rest is for what the loop itself asks.
    os.environ.setdefault("METWITH_CONNECTIONS", str(slots.together + 6))
    product.load_product(database_url())
    if not asyncio.run(_work(slots, memory.most())):
        raise CommandFailed("The worker ended by itself: it lost the database, or held too much memory. Start it again.")
    return 0


async def _work(slots: Slots, most_memory: int) -> bool:
    """Returns whether it ended because it was asked to."""
    loop = asyncio.get_running_loop()
    # The default has 6 threads on 2 cores, whatever the slots.
    loop.set_default_executor(ThreadPoolExecutor(slots.together + 4, thread_name_prefix="job"))
    watchdog = Watchdog()
    watchdog.start()
    connector = cast("DjangoConnector", app.connector).get_worker_connector()
    with app.replace_connector(connector) as working:
        async with working.open_async():
            feeding = asyncio.create_task(watchdog.feed())
            running = asyncio.create_task(_worker(working, slots, most_memory).run())  # type: ignore[no-untyped-call]  # the library's
            asked = _on_signals(loop, running)
            await asyncio.wait({feeding, running}, return_when=asyncio.FIRST_COMPLETED)
            for task in (feeding, running):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    return asked.is_set()


def _worker(working: App, slots: Slots, most_memory: int) -> Worker:
    from metwith.calendars.models import Calendar  # noqa: PLC0415  Django is ready only now

    working.perform_import_paths()  # type: ignore[no-untyped-call]  # the library's
    jobs = working.job_manager = JobsBySlot(working.connector, slots, Calendar)
    return Worker(
        jobs,
        most_memory,
        app=working,
        concurrency=slots.together,
        # A job that became possible while the last was looked for is found by this.
        fetch_job_polling_interval=POLL_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=STALLED_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
    )


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
