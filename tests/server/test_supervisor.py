from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from metwith.server import supervisor as subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SLEEPER = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
STUBBORN = [sys.executable, "-S", "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"]
# A parent that starts a child on a lifeline, says its id, and waits.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "from metwith.server import parent_watch; import time; parent_watch.hold(); time.sleep(60)"],
                         env=os.environ | {"METWITH_PARENT": str(os.getpid())}, start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""


class EnoughError(Exception):
    """Ends `keep`, as a signal would."""


def until(true: Callable[[], bool], seconds: float = 20) -> Callable[[], None]:
    """A tick that ends the supervision once something is true."""
    give_up = time.monotonic() + seconds

    def tick() -> None:
        if true():
            raise EnoughError
        assert time.monotonic() < give_up, "waited in vain"

    return tick


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_child_that_is_killed_is_started_again():
    child = subject.Child("sleeper", SLEEPER)
    seen: list[int] = []

    def third() -> bool:
        if child.process and child.process.pid not in seen:
            seen.append(child.process.pid)
            if len(seen) < 3:
                child.process.kill()
        return len(seen) == 3

    with pytest.raises(EnoughError):
        subject.keep_running([child], tick=until(third))
    assert not any(map(alive, seen))


def test_all_children_end_with_the_supervision():
    children = [subject.Child(name, SLEEPER) for name in ("one", "two")]
    with pytest.raises(EnoughError):
        subject.keep_running(children, tick=until(lambda: all(child.process for child in children)))
    assert [child.process.returncode for child in children if child.process] == [-signal.SIGTERM] * 2


def test_a_child_that_does_not_stop_is_killed(monkeypatch):
    monkeypatch.setattr(subject, "STOP_SECONDS", 0.5)
    child = subject.Child("stubborn", STUBBORN)
    began = time.monotonic()
    with pytest.raises(EnoughError):
        subject.keep_running([child], tick=until(lambda: time.monotonic() > began + 1))
    assert child.process
    assert child.process.returncode is not None


def test_a_child_that_refuses_to_start_ends_the_supervision(tmp_path: Path):
    other = subject.Child("sleeper", SLEEPER)
    with pytest.raises(subject.ChildRefused):
        subject.keep_running([other, subject.Child("refusing", [sys.executable, "-c", "raise SystemExit(2)"])])
    assert other.process
    assert other.process.returncode is not None


def test_the_delay_doubles_to_a_limit_and_starts_over_after_a_settled_life():
    delay, delays = subject.FIRST_DELAY, []
    for _ in range(8):
        delay = subject.next_delay(delay, lived=1)
        delays.append(delay)
    assert delays == [1, 2, 4, 8, 16, 30, 30, 30]
    assert subject.next_delay(30, lived=subject.SETTLED_SECONDS) == subject.FIRST_DELAY


def test_a_child_ends_when_its_parent_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
    give_up = time.monotonic() + 20
    while alive(child):
        assert time.monotonic() < give_up, "the child lives on"
        time.sleep(0.1)
