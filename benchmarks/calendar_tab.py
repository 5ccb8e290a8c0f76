"""The Calendar tab of the busiest company among many events: the API's answer and the page, against a bare read of the same rows.

    python -m benchmarks.calendar_tab [EVENTS]

Makes an installation of its own in a temporary folder (1,000,000 events by default: a few minutes and some 5 GB, gone afterwards), then calls
the site as a web server would, without a network, one request after the other. Prints p50 and p95 of the wall time and of this process's CPU
time in milliseconds. What lies between the two is the database, and waiting for a busy machine.
"""

from __future__ import annotations

import io
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults

from metwith.cli.parser import Needs
from metwith.cli.run.boot import prepared
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.crowd import Crowd

WARM_UP, TIMES = 50, 400
MONTH_TIMES, SLOW_TIMES = 100, 60
API_GOAL, PAGE_GOAL = 10, 15
FEW = 5_000
"""The number of a company with few meetings."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds."""

    wall: tuple[float, float]
    """p50 and p95."""
    cpu: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Calls the site through WSGI, as a signed-in member or with a token."""

    application: Callable[..., Any]
    headers: dict[str, str]

    def get(self, path: str) -> bytes:
        """The body of a page that must be there."""
        name, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "PATH_INFO": name,
            "QUERY_STRING": query,
            "HTTP_HOST": "localhost",
            "wsgi.input": io.BytesIO(),
            **self.headers,
        }
        setup_testing_defaults(environ)
        statuses: list[str] = []
        answer = self.application(environ, lambda status, _headers: statuses.append(status))
        body = b"".join(answer)
        answer.close()
        assert statuses == ["200 OK"], (path, statuses)
        return body


def measured(work: Callable[[], object], times: int = TIMES) -> Figures:
    """p50 and p95 of many runs, after some to warm up."""
    for _ in range(min(WARM_UP, times)):
        work()
    wall, cpu = [], []
    for _ in range(times):
        begun, spent = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - spent) * 1000)
    return Figures(_quantiles(wall), _quantiles(cpu))


def _quantiles(found: list[float]) -> tuple[float, float]:
    steps = statistics.quantiles(found, n=20)
    return steps[9], steps[18]


def visitors(crowd: Crowd) -> tuple[Visitor, Visitor]:
    """A program with the member's token, and the member's browser."""
    from django.conf import settings  # noqa: PLC0415  there are settings only once the installation is made
    from django.test import Client  # noqa: PLC0415  as above

    from metwith.workspaces.actions import create_token  # noqa: PLC0415  as above
    from metwith.wsgi import application  # noqa: PLC0415  as above

    token = create_token(crowd.member, "benchmark", now=clock.now())
    browser = Client()
    browser.force_login(crowd.member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return (
        Visitor(application, {"HTTP_AUTHORIZATION": f"Bearer {token}"}),
        Visitor(application, {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session}"}),
    )


def deep(api: Visitor, company: int) -> str:
    """A cursor two years back."""
    day = clock.now().date()
    found = json.loads(api.get(f"/api/v1/companies/{company}/calendar?to={day.replace(year=day.year - 2, day=1)}&limit=1"))
    return quote(found["next"])


def requests(crowd: Crowd, api: Visitor, browser: Visitor) -> Iterator[tuple[str, Callable[[], object], int]]:
    """What is measured: its name, one run of it, how often."""
    from benchmarks.crowd import RARE  # noqa: PLC0415  as above

    busy, few = crowd.companies[0], crowd.companies[min(FEW, len(crowd.companies) - 1)]
    cursor = deep(api, busy)
    calendar = f"/api/v1/companies/{busy}/calendar?limit=25"
    for name, path in (
        ("first page", calendar),
        ("two years back", f"{calendar}&cursor={cursor}"),
        ("upcoming", f"{calendar}&when=upcoming"),
        ("a company with few", f"/api/v1/companies/{few}/calendar?limit=25"),
        ("an opportunity", f"/api/v1/opportunities/{crowd.opportunity}/calendar?limit=25"),
    ):
        yield f"API, {name}", partial(api.get, path), TIMES
    page = f"/companies/{busy}/"
    for name, path, times in (
        ("first page", page, TIMES),
        ("two years back", f"{page}?before={cursor}", TIMES),
        ("a company with few", f"/companies/{few}/", TIMES),
        ("a month", f"{page}?view=month", MONTH_TIMES),
        ("a week", f"{page}?view=week", MONTH_TIMES),
        ("a month of few", f"/companies/{few}/?view=month", TIMES),
        ("one colleague's", f"{page}?with={crowd.member.pk}", TIMES),
        ("a word in many titles", f"{page}?q=review", TIMES),
        ("a word in few titles", f"{page}?q={RARE}", SLOW_TIMES),
        ("a word in no title", f"{page}?q=xylophone", SLOW_TIMES),
    ):
        yield f"page, {name}", partial(browser.get, path), times


PAGE_ROWS = """SELECT event_id FROM calendars_link WHERE workspace_id = %s AND record_kind = 2 AND record_id = %s AND NOT hidden
ORDER BY starts_at DESC, event_id DESC LIMIT 26"""
THEIR_CONTENT = (
    "SELECT * FROM calendars_event WHERE workspace_id = %s AND id = ANY(%s)",
    "SELECT * FROM calendars_entry WHERE workspace_id = %s AND event_id = ANY(%s)",
    "SELECT * FROM calendars_attendee WHERE workspace_id = %s AND event_id = ANY(%s)",
)


def bare(crowd: Crowd) -> None:
    """The rows that the first page is made of, read and thrown away."""
    from django.db import connection  # noqa: PLC0415  as above

    space = crowd.member.workspace_id
    with connection.cursor() as cursor:
        cursor.execute(PAGE_ROWS, [space, crowd.companies[0]])
        events = [row[0] for row in cursor.fetchall()]
        for statement in THEIR_CONTENT:
            cursor.execute(statement, [space, events])
            cursor.fetchall()


def report(crowd: Crowd) -> None:
    """Measure and print."""
    api, browser = visitors(crowd)
    rows = measured(lambda: bare(crowd))
    print(f"{'ms':<30}{'wall p50':>10}{'p95':>8}{'CPU p50':>10}{'p95':>8}{'x bare':>8}{'goal':>8}")
    print_line("bare read of a page's rows", rows, rows)
    for name, work, times in requests(crowd, api, browser):
        print_line(name, measured(work, times), rows, API_GOAL if name.startswith("API") else PAGE_GOAL)


def print_line(name: str, found: Figures, rows: Figures, goal: int | None = None) -> None:
    figures = f"{found.wall[0]:>10.2f}{found.wall[1]:>8.2f}{found.cpu[0]:>10.2f}{found.cpu[1]:>8.2f}{found.wall[0] / rows.wall[0]:>8.1f}"
    met = "" if goal is None else f"{goal:>5} {'ok' if found.wall[1] <= goal else '--'}"
    print(f"{name:<30}{figures}{met}", flush=True)


def filled(events: int) -> Crowd:
    """A workspace of so many events in the empty database of an installation."""
    from django.db import connection  # noqa: PLC0415  as above

    from benchmarks.crowd import fill  # noqa: PLC0415  as above

    begun = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the rows fit by construction: no foreign key is checked
        crowd = fill(events, clock.now())
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE")
    print(f"{events:,} events, made in {time.monotonic() - begun:.0f} s")
    return crowd


def main(events: int) -> None:
    """Make it, measure it, leave nothing behind."""
    for name in ("DATABASE_URL", "METWITH_KEY"):  # nobody's own database is filled with this
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="metwith-benchmark-") as folder:
        os.environ["METWITH_HOME"] = folder
        with prepared(Needs.PRODUCT):
            report(filled(events))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever stops it gets the disk back too
    main(int(sys.argv[1].replace(",", "").replace("_", "")) if len(sys.argv) > 1 else 1_000_000)
