"""`metwith doctor`: each thing that must be right, a line each, with what to do where it is not."""

from __future__ import annotations

import shutil
import sys
import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING

import psycopg

from metwith.cli.doctor.finding import Finding, Severity, bad, good
from metwith.cli.run import boot, product
from metwith.lib import secrets
from metwith.lib.http import allow_private_hosts
from metwith.server import environment, postgres
from metwith.server.environment import SettingWrong
from metwith.server.installation import has_own_database, home
from metwith.server.run_as import NoIdentity

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

OLDEST_PYTHON = (3, 12)
OLDEST_POSTGRESQL = 150000
LITTLE_DISK = 1_000_000_000


def doctor(_arguments: argparse.Namespace) -> int:
    """Print the findings; 1 when something is wrong."""
    worst = 0
    for finding in findings():
        print(finding, flush=True)
        worst = worst or int(finding.mark is Severity.BAD)
    return worst


def findings() -> Iterator[Finding]:
    """Look at everything, the cheap things first."""
    yield python()
    yield from (Finding(Severity.NOTE, "settings", f"{name} is none of Metwith's: is it mistyped?") for name in environment.unknown())
    yield from folder()
    yield time_zones()
    yield mail()
    yield private_hosts()
    yield from _database()


def python() -> Finding:
    """The version is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return bad("Python", f"{version} is too old, 3.12 or newer is needed")
    return good("Python", version)


def folder() -> Iterator[Finding]:
    """The home folder is there, ours alone, on a disk with room."""
    try:
        place = home()
    except SettingWrong as problem:
        yield bad("home", str(problem))
        return
    mode = place.stat().st_mode & 0o077
    open_to = "" if mode & 0o066 == 0 else f" Others can look into it: chmod 700 '{place}'"
    yield Finding(Severity.NOTE if open_to else Severity.GOOD, "home", f"{place}{open_to}")
    free = shutil.disk_usage(place).free
    words = f"{free / 1e9:.1f} GB free"
    yield good("disk", words) if free >= LITTLE_DISK else bad("disk", f"{words}; make room, PostgreSQL stops when it is full")


def time_zones() -> Finding:
    """Zone data is there; without it every meeting would stand at the wrong hour."""
    known = len(zoneinfo.available_timezones())
    if known < 400:
        return bad("time zones", "no zone data found; install the package tzdata")
    return good("time zones", f"{known} known")


def mail() -> Finding:
    """Mail goes out only where a server is named."""
    if server := environment.SMTP_HOST():
        return good("e-mail", f"sent through {server}")
    return Finding(Severity.NOTE, "e-mail", "none is sent; set METWITH_SMTP_HOST to send password resets and invitations")


def private_hosts() -> Finding:
    """Whether members may connect servers inside our network."""
    if allow_private_hosts():
        return Finding(Severity.NOTE, "private hosts", "allowed: members can connect servers on this network (METWITH_ALLOW_PRIVATE_HOSTS)")
    return good("private hosts", "refused; METWITH_ALLOW_PRIVATE_HOSTS=1 allows calendar servers on this network")


def _database() -> Iterator[Finding]:
    try:
        with boot.database() as url:
            yield from over(url)
    except (SettingWrong, postgres.EmbeddedProblem, NoIdentity) as problem:
        yield bad("database", str(problem))
    except psycopg.OperationalError:
        yield bad("database", "DATABASE_URL does not answer; see that host, port, user and password are right and the server runs")


def over(url: str) -> Iterator[Finding]:
    """What can be told only with a database that answers."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        yield server(connection)
    fresh = boot.is_fresh(url)
    if fresh and not secrets.has_key():
        yield Finding(Severity.NOTE, "key", "will be made at the first start")
    if fresh:
        yield Finding(Severity.NOTE, "schema", "not there yet; metwith serve or metwith migrate makes it")
        return
    try:
        product.set_up_django(url)
        yield schema()
        product.confirm_key()
    except secrets.KeyProblem as problem:
        yield bad("key", str(problem))
        return
    yield good("key", "fits this database")
    if not product.schema_is_old():
        from metwith.cli.doctor import calendars, oauth, push  # noqa: PLC0415  models are ready only now

        yield from oauth.findings()
        yield from push.findings()
        yield from calendars.findings()
    with psycopg.connect(url, connect_timeout=10) as connection:
        yield from jobs(connection)


def server(connection: psycopg.Connection[tuple[object, ...]]) -> Finding:
    """PostgreSQL answers and is new enough."""
    kind = "DATABASE_URL" if has_own_database() else "embedded"
    version = connection.info.server_version
    words = f"PostgreSQL {version // 10000}.{version % 10000} ({kind})"
    return good("database", words) if version >= OLDEST_POSTGRESQL else bad("database", f"{words}; 15 or newer is needed")


def schema() -> Finding:
    """All migrations are applied."""
    if product.schema_is_old():
        return bad("schema", "not up to date with this version; run: metwith migrate")
    return good("schema", "up to date")


def jobs(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[Finding]:
    """Somebody works, nothing waits too long, nothing is stuck."""
    number = _counter(connection)
    workers = number("select count(*) from procrastinate_workers where last_heartbeat > now() - interval '60 seconds'")
    late = number(
        "select count(*) from procrastinate_jobs as job where status = 'todo' and coalesce(scheduled_at, ("
        "select max(at) from procrastinate_events as event where event.job_id = job.id and event.type in ('deferred', 'deferred_for_retry')"
        ")) < now() - interval '15 minutes'"
    )
    waiting = number("select count(*) from procrastinate_jobs where status = 'todo'")
    stalled = number(
        "select count(*) from procrastinate_jobs as job left join procrastinate_workers as worker on worker.id = job.worker_id"
        " where job.status = 'doing' and (worker.id is null or worker.last_heartbeat < now() - interval '5 minutes')"
    )
    kinds = connection.execute(FAILED.encode()).fetchall()
    failed = sum(int(str(many)) for _task, many, _last in kinds)
    yield (
        good("workers", f"{workers} at work")
        if workers
        else Finding(Severity.NOTE, "workers", "none at work; metwith serve or metwith worker starts one")
    )
    words = f"{waiting} waiting, {failed} failed"
    if stalled:
        yield bad("jobs", f"{words}, {stalled} left behind by a dead worker; a running worker takes them up within a minute")
    elif late and workers:
        yield bad("jobs", f"{words}, {late} late; start another worker")
    elif failed:
        yield bad("jobs", f"{words}; the log has the place of each")
    else:
        yield good("jobs", words)
    for task, many, last in kinds:
        yield _failed_job(task, many, last)


FAILED = (
    "select task_name, count(distinct job.id), max(event.at) at time zone 'UTC' from procrastinate_jobs as job"
    " left join procrastinate_events as event on event.job_id = job.id where job.status = 'failed' group by task_name order by 3 desc"
)


def _failed_job(task: object, many: object, last: object) -> Finding:
    """What failed of one task within the last two weeks, and when last."""
    at = f"{last:%Y-%m-%d %H:%M} UTC" if isinstance(last, datetime) else "some time"
    return Finding(Severity.NOTE, "failed job", f"{task} failed {many} times, last at {at}; the worker's log of that time tells where")


def _counter(connection: psycopg.Connection[tuple[object, ...]]) -> Callable[[str], int]:
    def number(query: str) -> int:
        row = connection.execute(query.encode()).fetchone()
        return int(str(row[0])) if row else 0

    return number
