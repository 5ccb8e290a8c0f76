"""How much memory this process holds, and giving back what it no longer needs."""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path

from metwith.lib.home import SettingWrong

MEGABYTE = 1_000_000
USUAL = 600
"""Megabytes that a worker may hold when it has nothing to do."""
STATM = Path("/proc/self/statm")


def most() -> int:
    """Bytes that a worker may hold (`METWITH_WORKER_MEMORY`, megabytes). Raises SettingWrong."""
    text = os.environ.get("METWITH_WORKER_MEMORY", "").strip() or str(USUAL)
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise SettingWrong("METWITH_WORKER_MEMORY must be a whole number of megabytes from 1.")
    return int(text) * MEGABYTE


def held() -> int:
    """Resident bytes (proc(5), statm, second field); 0 where the system does not tell."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def give_back() -> None:
    """Collect garbage, and have the allocator return free pages to the system: glibc keeps those of threads otherwise (malloc_trim(3))."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
