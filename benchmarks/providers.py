"""First read of a large calendar, and a poll with nothing changed: CPU for each provider, against the memory provider in the same run.

    python -m benchmarks.providers [EVENTS] [POLLS]

Makes an installation of its own in a temporary folder. Google and Microsoft are practice servers in this process, whose own CPU is taken off.
CPU is this process's: PostgreSQL's comes on top, and is the same for all three. The ratio tells what a provider's reading costs beyond what
every calendar costs.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks import wire as wires
from metwith.cli.parser import Needs
from metwith.cli.run.boot import prepared
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.wire import Wire


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds."""

    wall: float
    cpu: float


def measured(wire: Wire, work: Callable[[], object]) -> Spent:
    """What some work takes, without what the practice servers take."""
    theirs, wall, cpu = wire.spent, time.perf_counter(), time.process_time()
    work()
    theirs = wire.spent - theirs
    return Spent(time.perf_counter() - wall - theirs, time.process_time() - cpu - theirs)


def main(events: int = 20_000, polls: int = 200) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["METWITH_HOME"] = home
        os.environ["METWITH_LOG_LEVEL"] = "WARNING"
        with prepared(Needs.PRODUCT):
            report(events, polls)


def report(events: int, polls: int) -> None:
    """One line for each provider."""
    from metwith.workspaces import actions  # noqa: PLC0415  models exist only once Django is set up

    wire = wires.lay()
    memory: tuple[Spent, Spent] | None = None
    print(f"{events} events, then {polls} polls with nothing changed; CPU of this process without the practice server's")
    print(f"{'':10} {'first read':>12} {'wall':>8} {'per event':>12} {'ratio':>7} {'per poll':>12} {'wall':>9} {'ratio':>7}")
    for provider in wires.PROVIDERS:
        owner = f"owner@{provider}.example"
        member = actions.create_workspace(provider, owner, None, "Owner", now=clock.now())
        found = one(wire, member, provider, events, polls)
        memory = memory or found
        first, poll = found
        print(
            f"{provider:10} {first.cpu:10.2f} s {first.wall:6.1f} s {first.cpu / events * 1e6:9.0f} µs {first.cpu / memory[0].cpu:7.2f}"
            f" {poll.cpu / polls * 1e3:9.2f} ms {poll.wall / polls * 1e3:6.1f} ms {poll.cpu / memory[1].cpu:7.2f}"
        )


def one(wire: Wire, member: Any, provider: str, events: int, polls: int) -> tuple[Spent, Spent]:
    """The first read, and all polls together."""
    from metwith.calendars.models import Entry  # noqa: PLC0415  models exist only once Django is set up
    from metwith.calendars.sync.run import sync_calendar  # noqa: PLC0415  as above
    from metwith.rules.health import Succeeded  # noqa: PLC0415  as above

    owner = member.user.email
    calendar = wires.fill(wire, provider, owner, wires.meets(events, owner))
    [pk] = wires.connect(member, provider, owner, [calendar])

    def sync() -> None:
        outcome = sync_calendar(member.workspace_id, pk)
        assert isinstance(outcome, Succeeded), outcome

    first = measured(wire, sync)
    kept = Entry.objects.of(member.workspace_id).count()
    assert kept >= events * 0.8, kept
    sync()

    def poll() -> None:
        for _ in range(polls):
            sync()

    return first, measured(wire, poll)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
