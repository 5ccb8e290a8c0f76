"""What every test run stands on: a home of its own, the embedded server when a test asks for the database, no network.

Loaded before the settings are read (`-p tests.plugin`). `METWITH_TEST_HOME` moves the home (default `.test-home` in the checkout),
`METWITH_TEST_DATABASE_URL` replaces the embedded server.
"""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import os
import signal
import socket
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("METWITH_TEST_HOME") or CHECKOUT / ".test-home").absolute()
# A developer's own installation is never touched by a test.
os.environ["METWITH_HOME"] = str(HOME)
os.environ.pop("DATABASE_URL", None)
os.environ.pop("METWITH_KEY", None)
if own := os.environ.get("METWITH_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = own
# No test fails because a machine is busy.
settings.register_profile("patient", deadline=None, derandomize=False, suppress_health_check=[HealthCheck.too_slow])
# In CI the same examples at each run: what fails there tells of the change. New ones are played wherever else the tests run, and there
# somebody waits until a failing one is made small, which takes minutes.
settings.register_profile(
    "brief", settings.get_profile("patient"), derandomize=True, phases=[Phase.explicit, Phase.generate], database=None
)
settings.load_profile("brief" if os.environ.get("CI") else "patient")
HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
# Measured (`make slow`), not judged.
SLOW = frozenset((CHECKOUT / "tests" / "slow.txt").read_text(encoding="utf-8").splitlines())
# Of a test that asks the database of many cases.
FEW = 2


class NoNetwork(RuntimeError):
    """A test reached beyond this machine."""


def _local(host: Any) -> bool:
    if not isinstance(host, str):
        return host is None or host in {b"localhost", b"127.0.0.1", b"::1", b""}
    if host in {"", "localhost", "localhost."} or host.endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    return False


def _numeric(host: Any) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(host if isinstance(host, str) else ""))
    with contextlib.suppress(OSError):
        # Decimal, octal and short spellings are numbers too.
        return bool(socket.inet_aton(host if isinstance(host, str) else ""))
    return False


def _stay_home(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook (PEP 578) rather than a patch: it sees every library's sockets."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _local(address[0]):
            raise NoNetwork(f"tests stay on this machine; one tried to reach {address[0]}")
    elif event == "socket.getaddrinfo" and not (_local(arguments[0]) or _numeric(arguments[0])):
        raise NoNetwork(f"tests stay on this machine; one asked for the address of {arguments[0]!r}")


sys.addaudithook(_stay_home)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of the suite's PostgreSQL, started or joined."""
    if own := os.environ.get("DATABASE_URL"):
        yield own
        return

    from metwith.server import postgres  # noqa: PLC0415  after the environment is set, and only when asked for

    with postgres.use(HOME, durable=False) as url:
        _drop_leftovers(url)
        yield url


def _drop_leftovers(url: str) -> None:
    """Databases of runs that were killed: their names end in the process id of the run."""
    import psycopg  # noqa: PLC0415  as above

    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute("select datname from pg_database where datname ~ '^test_.*_p[0-9]+(_gw[0-9]+)?$'").fetchall()
        for (name,) in names:
            pid = int(name.rpartition("_p")[2].partition("_")[0])
            if not Path("/proc", str(pid)).exists():
                connection.execute(f'drop database if exists "{name}" with (force)')


def pytest_configure(config: pytest.Config) -> None:
    """An interrupt reaches what the tests start, also when the shell that runs them in the background ignores it.

    Runs at the same time on one home do not share a database."""
    from django.conf import settings  # noqa: PLC0415  the environment is set above

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run = os.environ.setdefault("METWITH_TEST_RUN", str(os.getpid()))
    database = settings.DATABASES["default"]
    database.setdefault("TEST", {})["NAME"] = f"test_{database['NAME']}_p{run}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What `make fast` leaves to `make test`: tests that are slow, and all but a few of many cases that each build a world."""
    cases: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        stored = item.get_closest_marker("django_db") or "db" in getattr(item, "fixturenames", ())
        if test in SLOW or (cases[test] > FEW and stored):
            item.add_marker("thorough")


def pytest_collection_finish() -> None:
    """The thousands of tests live until the end: the collector of garbage need not look at them each time."""
    gc.freeze()
