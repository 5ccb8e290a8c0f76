"""The measured half of first_sync.py: an installation of its own, one account, one sync, then unchanged ones."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from urllib.parse import urljoin

import httpx

from benchmarks.sample import NOW, OWNER
from metwith.cli.parser import Needs
from metwith.cli.run.boot import prepared

REPORT = '<?xml version="1.0"?><sync-collection xmlns="DAV:"><sync-token>{}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>'


def main(url: str, user: str, password: str) -> None:
    """Print one line of JSON."""
    with prepared(Needs.PRODUCT):
        print(json.dumps(measure(url, user, password)))


def measure(url: str, user: str, password: str) -> dict[str, float]:
    """Seconds, and megabytes of this process at its largest."""
    from metwith.calendars.actions import connect  # noqa: PLC0415  models exist only once Django is set up
    from metwith.calendars.models import Calendar, Entry  # noqa: PLC0415  models exist only once Django is set up
    from metwith.calendars.sync.run import sync_calendar  # noqa: PLC0415  models exist only once Django is set up
    from metwith.workspaces import actions as workspaces  # noqa: PLC0415  models exist only once Django is set up

    member = workspaces.create_workspace("North", OWNER, None, "Owner", now=NOW)
    connect.connect(member, "caldav", address=OWNER, server=url, username=user, secret=password, now=lambda: NOW)
    calendar = Calendar.objects.of(member.workspace_id).get()
    start, cpu = time.monotonic(), time.process_time()
    print(sync_calendar(member.workspace_id, calendar.pk))
    found = {"wall": time.monotonic() - start, "cpu": time.process_time() - cpu}
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["kept"] = Entry.objects.of(member.workspace_id).count()
    unchanged, bare = [], []
    address = urljoin(url, calendar.remote_id)
    token = _token(address, user, password, "")
    for _ in range(15):
        bare.append(_timed(lambda: _token(address, user, password, token)))
        unchanged.append(_timed(lambda: sync_calendar(member.workspace_id, calendar.pk)))
    return found | {"unchanged": statistics.median(unchanged), "request": statistics.median(bare)}


def _timed(work: object) -> float:
    start = time.monotonic()
    work()  # type: ignore[operator]
    return time.monotonic() - start


def _token(url: str, user: str, password: str, token: str) -> str:
    """One sync-collection request on a fresh connection."""
    with httpx.Client(auth=(user, password), trust_env=False, timeout=600) as client:
        answer = client.request("REPORT", url, content=REPORT.format(token), headers={"Content-Type": "application/xml", "Depth": "0"})
    return answer.raise_for_status().text.partition("<sync-token>")[2].partition("</sync-token>")[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
