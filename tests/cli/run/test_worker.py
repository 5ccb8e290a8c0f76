"""A worker that held too much memory is replaced, and no job is lost."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from metwith.server import memory
from metwith.server.environment import SettingWrong
from tests.cli.running import serving, wait_until
from tests.homes import migrated

if TYPE_CHECKING:
    from pathlib import Path

MANY = 2


@pytest.mark.server
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_a_worker_that_holds_too_much_is_replaced_and_no_job_is_lost(tmp_path: Path):
    home = migrated(tmp_path / "home")
    # Less than it needs to live: it is replaced after whatever it did.
    with (
        serving(home, METWITH_WORKER_MEMORY="20"),
        psycopg.connect(f"host={home}/run user=metwith dbname=metwith", autocommit=True) as database,
    ):
        for _job in range(MANY):
            database.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('upkeep', 'metwith.calendars.jobs.relink_workspace', %s)",
                ['{"workspace_id": 1}'],
            )
        wait_until(lambda: not waiting(database), 120)
        log = tmp_path / "serve.log"
        # The last job may be done before the process that did it has ended.
        wait_until(lambda: "holds much memory" in log.read_text() and "starting it again" in log.read_text())
        assert database.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'").fetchone() == (0,)


def waiting(database: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Whether one of the jobs is still to be done."""
    found = database.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%relink_workspace'").fetchone()
    return found != (0,)


@pytest.mark.parametrize("text", ["0", "much", "-1", "1.5"])
def test_a_limit_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("METWITH_WORKER_MEMORY", text)
    with pytest.raises(SettingWrong, match="METWITH_WORKER_MEMORY"):
        memory.most()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_what_was_used_goes_back():
    memory.give_back()  # or what an earlier test left free is used again
    before = memory.resident_bytes()
    pieces = [bytes(50_000) for _piece in range(4000)]
    assert memory.resident_bytes() - before > 150 * memory.MEGABYTE
    pieces.clear()
    memory.give_back()
    assert memory.resident_bytes() - before < 100 * memory.MEGABYTE
