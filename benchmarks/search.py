"""Searching while typing: people and titles of a large workspace, against a bare read of as many rows.

    python -m benchmarks.search [EVENTS]

Makes an installation of its own in a temporary folder, as `benchmarks.calendar_tab` does (1,000,000 events, so 200,000 people, by default). Prints
p50 and p95 in milliseconds: of the list under the field (`/search/suggestions/`), and of titles that are in many meetings, in few, in none.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.calendar_tab import SLOW_TIMES, filled, measured, print_line, visitors
from metwith.cli.parser import Needs
from metwith.cli.run.boot import prepared

if TYPE_CHECKING:
    from benchmarks.crowd import Crowd

GOAL = 40
TYPED = {
    "a letter": "p",
    "a prefix": "pers",
    "an exact name": "person 4711",
    "a slip": "pesron 4711",
    "an address": "person4711@",
    "a name nobody has": "xylophone",
    "a word in few titles": "quokka",
    "a word in many titles": "roadmap",
}
BARE = "SELECT * FROM records_person WHERE workspace_id = %s ORDER BY name_key, id LIMIT 20"


def report(crowd: Crowd) -> None:
    """Measure and print."""
    from metwith.lib import sql  # noqa: PLC0415  there are settings only once the installation is made

    _api, browser = visitors(crowd)
    rows = measured(lambda: sql.rows(BARE, (crowd.member.workspace_id,)))
    print_line("bare read of twenty people", rows, rows)
    for name, typed in TYPED.items():
        path = f"/search/suggestions/?q={typed.replace(' ', '+')}"
        print_line(name, measured(partial(browser.get, path), SLOW_TIMES), rows, GOAL)


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
