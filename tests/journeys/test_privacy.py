"""An operator looks for what must not be stored, and takes what was deleted out of the files, while Metwith runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.vocabulary import Visibility
from tests.calendars import spelled
from tests.calendars.spelled import InFeed, Marks
from tests.journeys.installation import Installation
from tests.journeys.test_main_job import feed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.server


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    found = Installation.founded(tmp_path / "home", spelled.OWNER)
    yield found
    found.kill()


def test_what_turned_private_is_in_no_byte_after_a_purge(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    place, marks = InFeed((tmp_path / "served" / "a.ics").write_bytes), Marks()
    spelled.fill(place, marks, 5)
    turning = [spelled.event(mark, spelled.guest(mark)) for mark in (marks.new("turned") for _ in range(20))]
    for found in turning:
        place.put(found)
    place.flush()
    never = [mark for kind, made in marks.made.items() if kind not in {"kept", "turned", "blocked"} for mark in made]
    with feed(tmp_path / "served") as url, installation.serving():
        installation.run_loaded("account", "connect", "ics", "--member", spelled.OWNER, "--url-stdin", given=f"{url}/a.ics\n")
        installation.run_loaded("sync")
        said = installation.run("privacy", "verify")
        assert "0 found of" in said

        for found in turning:
            place.put(replace(found, visibility=Visibility.PRIVATE))
        place.flush()
        installation.run_loaded("sync")
        installation.run_loaded("privacy", "verify", expect=1)  # in the files, not in the tables
        assert set(marks.made["turned"]) <= set(installation.holds(marks.made["turned"]))
        installation.run("privacy", "purge")
        assert "0 found of" in installation.run_loaded("privacy", "verify")
    assert installation.holds([*never, *marks.made["turned"]]) == []
    assert len(installation.holds(marks.made["kept"])) == len(marks.made["kept"]) == 5
