"""Many connected calendars on the practice servers: polls a minute for each core, nobody starving, quotas kept.

    python -m benchmarks.many [CALENDARS] [PROVIDER] [THREADS]

Makes an installation of its own in a temporary folder. Every answer takes 50 ms. One account in it has a fifth of all calendars, the others one
each, in twenty workspaces. Calendars are taken as the clock takes them (`engine/due.py`) and read by threads, as a worker does; what queueing a job costs is not in it.

1. All are due at once, and the project's quota is ample: polls a minute, for each core's CPU and by the clock on the wall.
2. The quota is a twentieth of the calendars a minute: what the servers got in any minute, and what became of those who had to wait.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from benchmarks import wire as wires
from metwith.cli.parser import Needs
from metwith.cli.run.boot import prepared
from metwith.lib import clock

if TYPE_CHECKING:
    from benchmarks.wire import Wire

LATENCY = 0.05
GOAL = 20_000
WORKSPACES = 20
LARGE = "large@north.example"
SPAN = 20
"""Seconds for which the second part goes on."""


def main(calendars: int = 10_000, provider: str = "google", threads: int = 48) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"METWITH_HOME": home, "METWITH_LOG_LEVEL": "WARNING", "METWITH_CONNECTIONS": str(threads + 4)}
        os.environ[f"METWITH_{provider.upper()}_QUOTA"] = "10000000"
        with prepared(Needs.PRODUCT):
            report(calendars, provider, threads)


def report(calendars: int, provider: str, threads: int) -> None:
    """Both parts."""
    wire, ids = world(calendars, provider)
    print(f"{len(ids)} calendars at {provider}, {threads} threads, every answer takes {LATENCY * 1000:.0f} ms")
    with ThreadPoolExecutor(threads) as pool:
        spent = rush(pool, wire, ids)
        print(f"first reads:  {len(ids) / spent['wall'] * 60:7.0f} a minute on the wall, {spent['cpu'] / len(ids) * 1e3:.1f} ms CPU each")
        wire.latency = LATENCY
        spent = rush(pool, wire, ids)
        each = spent["cpu"] / len(ids)
        print(f"polls:        {len(ids) / spent['wall'] * 60:7.0f} a minute on the wall, {each * 1e3:.1f} ms CPU each")
        print(f"              {60 / each:7.0f} a minute for each core (goal {GOAL})")
        print(
            f"              read {spent['least']} to {spent['most']} times each; small accounts were through after {spent['small']:.0%} of the turns"
        )
        scarce(pool, wire, ids, provider)


def world(calendars: int, provider: str) -> tuple[Wire, dict[int, int]]:
    """The servers, and the calendars' ids with their workspace's."""
    from metwith.workspaces import actions  # noqa: PLC0415  models exist only once Django is set up

    wire = wires.lay()
    members = [actions.create_workspace("North", f"owner{n}@north.example", None, "Owner", now=clock.now()) for n in range(WORKSPACES)]
    large = calendars // 5
    owners = [f"person{number}@north.example" for number in range(calendars - large)]
    found: dict[int, int] = {}
    for number, owner in enumerate(owners):
        few, member = wires.meets(2, owner, first=10 * (number + calendars)), members[number % WORKSPACES]
        [pk] = wires.connect(member, provider, owner, [wires.fill(wire, provider, owner, few)])
        found[pk] = member.workspace_id
    first = wires.fill(wire, provider, LARGE, wires.meets(2, LARGE))
    more = [_another(wire, provider, number) for number in range(large - 1)]
    return wire, found | dict.fromkeys(wires.connect(members[0], provider, LARGE, [first, *more]), members[0].workspace_id)


def _another(wire: Wire, provider: str, number: int) -> str:
    """One more calendar of the large account, with a meeting in it: one without any would be read in full each time."""
    [meet] = wires.meets(1, LARGE, first=10 * (number + 1))
    if provider == "google":
        calendar = f"more{number}@group.calendar.google.com"
        wire.google.add_calendar(LARGE, calendar)
        wire.google.put_item(calendar, "item", (wires.event(meet, LARGE),))
        return calendar
    box = wire.graph.mailboxes[f"of {LARGE}"]
    calendar = box.add_calendar(f"More {number}")
    box.put(calendar, f"item{number}", wires.graph_event(meet))
    return calendar


def rush(pool: ThreadPoolExecutor, wire: Wire, ids: dict[int, int]) -> dict[str, float]:
    """All are due; read until nobody is. Seconds, how often each was read, and when the last small account had its turn."""
    from metwith.calendars.models import Calendar  # noqa: PLC0415  as above
    from metwith.engine import due  # noqa: PLC0415  as above

    everybody = Calendar.objects.across_workspaces("the benchmark has one")
    everybody.update(next_sync_at=clock.now() - timedelta(hours=1))
    small = set(everybody.exclude(account__address=LARGE).values_list("pk", flat=True))
    theirs, wall, cpu = wire.spent, time.perf_counter(), time.process_time()
    turns: list[int] = []
    while ready := due.due(Calendar, clock.now(), 1000):
        list(pool.map(_read, ready, [ids[pk] for pk in ready]))
        turns += ready
    theirs, counted = wire.spent - theirs, Counter(turns)
    last = max(place for place, pk in enumerate(turns) if pk in small)
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu - theirs,
        "least": min(counted[pk] for pk in ids),
        "most": max(counted.values()),
        "small": (last + 1) / len(turns),
    }


def _read(calendar_id: int, workspace_id: int) -> Any:
    from metwith.calendars.sync.run import sync_calendar  # noqa: PLC0415  as above

    return sync_calendar(workspace_id, calendar_id)


def scarce(pool: ThreadPoolExecutor, wire: Wire, ids: dict[int, int], provider: str) -> None:
    """A quota that is far too small for a while: what is sent, and who is put off."""
    from metwith.accounts import rate_limits  # noqa: PLC0415  as above

    span = 60 if provider == "google" else 10
    quota = max(60, len(ids) // 20) * span // 60 or 1
    os.environ[f"METWITH_{provider.upper()}_QUOTA"] = str(quota)
    time.sleep(rate_limits.KEEPS.total_seconds())  # what was taken of the ample quota
    wire.sent.clear()
    outcomes: Counter[str] = Counter()
    longest, until = 0.0, time.monotonic() + SPAN
    for some in batched(ids, 64):
        if time.monotonic() > until:
            break
        begun = time.monotonic()
        found = list(pool.map(_read, some, [ids[pk] for pk in some]))
        longest = max(longest, time.monotonic() - begun)
        outcomes.update(getattr(outcome, "kind", "") or "read" for outcome in found)
    times = [at for at, _token in wire.sent]
    most = max(sum(start <= at < start + span for at in times) for start in times)
    told = ", ".join(f"{count} {kind}" for kind, count in outcomes.items())
    print(f"scarce quota: at most {most} requests in any {span} s (quota {quota}); {told}; the longest round took {longest:.1f} s")


if __name__ == "__main__":
    main(*(int(word) if word.isdecimal() else word for word in sys.argv[1:]))  # type: ignore[arg-type]  # as the usage says
