"""A child process that ends with its parent, even when the parent was killed without a word."""

from __future__ import annotations

import os
import signal
import threading
import time

VARIABLE = "METWITH_PARENT"
LOOK_SECONDS = 0.5
# What is under way may be finished; after that every step is safe to kill.
GRACE_SECONDS = 25.0


def hold() -> None:
    """Watch the parent that started this process through `metwith.server.supervisor`; nothing to do for any other."""
    if os.environ.get(VARIABLE, "").isdecimal():
        watch(int(os.environ.pop(VARIABLE)))


def watch(parent: int) -> None:
    """Ask this process to stop (SIGTERM) once `parent` is no longer its parent, and end it when it does not."""
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
