"""Write down which tests are slow (`make slow`), so that `make fast` leaves them to `make test`.

    tools/slow_tests.py REPORT [--limit SECONDS]

REPORT is what pytest's `--junitxml` wrote, with the seconds of each case. A test whose median case took longer than the limit is named in
`tests/slow.txt`; of a file in which all did, the quickest stays unless it takes seconds. What looks at the house itself (HOUSE) always stays.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

CHECKOUT = Path(__file__).resolve().parent.parent
LIST = CHECKOUT / "tests" / "slow.txt"
HOUSE = (
    "tests/test_names.py", "tests/test_stored_names.py", "tests/test_one_way_out.py", "tests/test_border.py",
    "tests/calendars/sync/test_verbs_that_remove.py",
)  # fmt: skip
SECONDS = 1.5


def node(classname: str, name: str) -> tuple[str, str]:
    """File and test, as pytest names them: "tests.web.test_home.TestSample", "test_x[de]" → "tests/web/test_home.py", "TestSample::test_x"."""
    parts = classname.split(".")
    for length in range(len(parts), 0, -1):
        if (path := CHECKOUT.joinpath(*parts[:length]).with_suffix(".py")).exists():
            return path.relative_to(CHECKOUT).as_posix(), "::".join([*parts[length:], name.partition("[")[0]])
    raise SystemExit(f"{classname}: no such file")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path)
    parser.add_argument("--limit", type=float, default=0.1)
    given = parser.parse_args()
    seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for case in ET.parse(given.report).iter("testcase"):  # noqa: S314  pytest wrote it just now
        path, test = node(case.attrib["classname"], case.attrib["name"])
        seconds[path][test].append(float(case.attrib["time"]))
    slow: list[str] = []
    for path, tests in seconds.items():
        if path in HOUSE:
            continue
        medians = {test: statistics.median(times) for test, times in tests.items()}
        quickest = min(medians, key=lambda test: medians[test])
        slow += [f"{path}::{test}" for test, median in medians.items() if median > given.limit and (test != quickest or median > SECONDS)]
    LIST.write_text("".join(f"{test}\n" for test in sorted(slow)), encoding="utf-8")


if __name__ == "__main__":
    main()
