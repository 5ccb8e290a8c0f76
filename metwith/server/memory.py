"""How much memory this process holds, and giving back what it no longer needs."""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path

from metwith.server import environment

MEGABYTE = 1_000_000
STATM = Path("/proc/self/statm")


def most() -> int:
    """Bytes that a worker may hold (`METWITH_WORKER_MEMORY`, megabytes). Raises SettingWrong."""
    return environment.WORKER_MEMORY() * MEGABYTE


def resident_bytes() -> int:
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
