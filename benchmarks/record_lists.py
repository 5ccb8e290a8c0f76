"""Lists of people by their figures among many meetings: each order with each single filter, and pairs of filters, against a bare read.

    python -m benchmarks.record_lists [EVENTS]

Makes an installation of its own in a temporary folder (1,000,000 events and 200,000 people by default, gone afterwards), counts all figures once,
and then asks the API as a program would, without a network, one request after the other: the first page of 50, and the thousandth (or the last).
Prints p50 and p95 of the wall time, and the ratio to reading the 50 rows by their ids.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING
from urllib.parse import quote

from benchmarks.calendar_tab import measured, visitors
from metwith.cli.parser import Needs
from metwith.cli.run.boot import prepared
from metwith.lib import clock

if TYPE_CHECKING:
    from benchmarks.calendar_tab import Visitor
    from benchmarks.crowd import Crowd

TIMES, PAIR_TIMES = 40, 15
GOAL = 40
DEEP = 1000
ORDERS = ("name", "-name", "last_met", "-last_met", "next", "-next", "meetings", "-meetings")
LIMIT = 50
MARK = """INSERT INTO overview_outdated (workspace_id, record_kind, record_id)
SELECT DISTINCT workspace_id, record_kind, record_id FROM calendars_link WHERE member = 0"""
TAGGED = """INSERT INTO records_persontag (workspace_id, record_id, name, key)
SELECT workspace_id, id, 'VIP', 'vip' FROM records_person WHERE id % 50 = 0"""
ROWS = "SELECT * FROM records_person WHERE workspace_id = %s AND id = ANY(%s)"


def filters(crowd: Crowd) -> dict[str, str]:
    """One of each kind."""
    return {
        "all": "",
        "not for 90 days": "not_met_for=90",
        "never": "never_met=true",
        "planned": "planned=true",
        "nothing planned": "planned=false",
        "known by one": f"known_by={crowd.member.pk}",
        "known by nobody": "known_by=nobody",
        "tag": "tag=vip",
        "not from a calendar": "from_calendar=false",
    }


def prepare() -> None:
    """Tags, and every figure counted once."""
    from django.db import connection  # noqa: PLC0415  there are settings only once the installation is made

    from metwith.overview import recount  # noqa: PLC0415  as above
    from metwith.workspaces.models import Workspace  # noqa: PLC0415  as above

    with connection.cursor() as cursor:
        cursor.execute(TAGGED)
        cursor.execute(MARK)
        many = cursor.rowcount
    begun, workspace = time.monotonic(), Workspace.objects.get()
    while recount.recount(workspace.pk, clock.now()):
        pass
    spent = time.monotonic() - begun
    print(f"figures of {many:,} records counted in {spent:.0f} s: {many / spent:,.0f} a second")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def bare(crowd: Crowd) -> None:
    """Fifty rows by their ids, read and thrown away."""
    from django.db import connection  # noqa: PLC0415  as above

    with connection.cursor() as cursor:
        cursor.execute(ROWS, [crowd.member.workspace_id, crowd.people[:LIMIT]])
        cursor.fetchall()


def deep(api: Visitor, path: str) -> str:
    """The path of the thousandth page, or of the last one."""
    cursor = ""
    for _ in range(DEEP // 4):  # four pages at a time: the same rows lie before it
        found = json.loads(api.get(f"{path}&limit=200{cursor}"))["next"]
        if found is None:
            break
        cursor = f"&cursor={quote(found)}"
    return f"{path}&limit={LIMIT}{cursor}"


def report(crowd: Crowd) -> None:
    """Measure and print."""
    api, _browser = visitors(crowd)
    rows = measured(lambda: bare(crowd))
    print(f"bare read of {LIMIT} rows: {rows.wall[0]:.2f} ms, p95 {rows.wall[1]:.2f}")
    print(f"{'ms':<44}{'p50':>8}{'p95':>8}{'x bare':>8}{'deep p50':>10}{'p95':>8}")
    late = 0
    for order in ORDERS:
        for name, query in filters(crowd).items():
            late += _line(api, f"{order}, {name}", f"/api/v1/people?order={order}&{query}", rows.wall[0], TIMES)
    print(f"above {GOAL} ms at p95: {late}")
    late = 0
    some = {name: query for name, query in filters(crowd).items() if query}
    for (one, first), (two, second) in combinations(some.items(), 2):
        if first.partition("=")[0] != second.partition("=")[0]:
            path = f"/api/v1/people?order=-last_met&{first}&{second}"
            late += _line(api, f"-last_met, {one} + {two}", path, rows.wall[0], PAIR_TIMES)
    print(f"pairs above {GOAL} ms at p95: {late}")


def _line(api: Visitor, name: str, path: str, base: float, times: int) -> int:
    first = measured(partial(api.get, f"{path}&limit={LIMIT}"), times)
    far = measured(partial(api.get, deep(api, path)), times)
    figures = f"{first.wall[0]:>8.1f}{first.wall[1]:>8.1f}{first.wall[0] / base:>8.1f}{far.wall[0]:>10.1f}{far.wall[1]:>8.1f}"
    late = first.wall[1] > GOAL or far.wall[1] > GOAL
    print(f"{name:<44}{figures}{'  --' if late else ''}", flush=True)
    return int(late)


def main(events: int) -> None:
    """Make it, measure it, leave nothing behind."""
    for name in ("DATABASE_URL", "METWITH_KEY"):  # nobody's own database is filled with this
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="metwith-benchmark-") as folder:
        os.environ["METWITH_HOME"] = folder
        with prepared(Needs.PRODUCT):
            from django.db import connection  # noqa: PLC0415  as above

            from benchmarks.crowd import fill  # noqa: PLC0415  as above

            begun = time.monotonic()
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")  # the rows fit by construction: no foreign key is checked
                crowd = fill(events, clock.now())
                cursor.execute("RESET session_replication_role")
                cursor.execute("VACUUM ANALYZE")
            print(f"{events:,} events, made in {time.monotonic() - begun:.0f} s")
            prepare()
            report(crowd)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever stops it gets the disk back too
    main(int(sys.argv[1].replace(",", "").replace("_", "")) if len(sys.argv) > 1 else 1_000_000)
