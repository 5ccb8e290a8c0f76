"""The main job, whole: a real calendar server, the command, the API, and nothing stored that is nobody's business."""

from __future__ import annotations

import contextlib
import csv
import functools
import http.server
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.installation import OWNER, Installation, expected, shown
from tests.servers import PASSWORD, READING, USER, radicale, xandikos

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.server
SCRIPT = Path(__file__).resolve().parents[3] / "shared" / "data" / "sample_calendar.py"
TODAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""The sample's."""
COUNT = int(os.environ.get("METWITH_TEST_SAMPLE") or 300)
"""Events in the sample. With fewer, some kind of them is there less than three times; METWITH_TEST_SAMPLE asks for more."""
ON_RECORD = 20
"""So many companies are on record, besides those that one of the rare meetings is with; the others stay strangers."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's files, named by this path and an ending."""
    if not SCRIPT.exists():
        pytest.skip("the sample calendar's script is not beside this checkout")
    out = tmp_path_factory.mktemp("sample") / "OUT"
    subprocess.run([sys.executable, str(SCRIPT), str(COUNT), str(out)], check=True)
    return out


@pytest.fixture(scope="module")
def on_record(sample: Path) -> set[str]:
    """The domains of the companies that are on record with their people: each record costs a question in every test."""
    rare = {domain for item in _told(sample)["kept"] if item["all_day"] or item["cancelled"] for domain in item["companies"]}
    found = rare | {f"company{number}.test" for number in range(ON_RECORD)}
    for kind, column in (("companies", "domains"), ("people", "company_domain")):
        path = Path(f"{sample}-{kind}.csv")
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *(row for row in rows if row[header.index(column)] in found)])
    return found


@pytest.fixture(scope="module")
def answers(sample: Path, on_record: set[str]) -> dict[str, Any]:
    """What Metwith must answer: of all meetings, but of the records only."""
    told = _told(sample)
    for item in told["kept"]:
        item["companies"] = [domain for domain in item["companies"] if domain in on_record]
        item["people"] = [address for address in item["people"] if address.partition("@")[2] in on_record]
    found = kinds(told) | spellings(Path(f"{sample}.ics").read_text(), on_record)
    assert min(found.values()) >= 3, found
    assert max(map(len, expected(told).values())) > 100, "no record has more meetings than a page"
    return told


def kinds(told: dict[str, Any]) -> dict[str, int]:
    """How often each kind of thing is there that the sample can have, and that is read, linked or shown in a way of its own."""
    shown = [item for item in told["kept"] if item["companies"]]
    starts = [datetime.fromisoformat(item["start"]) for item in shown if not item["all_day"]]
    return {
        "of nobody on record": len(told["kept"]) - len(shown),
        "of one person": sum(len(item["people"]) == 1 for item in shown),
        "of several people": sum(len(item["people"]) > 1 for item in shown),
        "once": sum(number == 1 for number in Counter(item["uid"] for item in shown).values()),
        "of a series": sum(number > 1 for number in Counter(item["uid"] for item in shown).values()),
        "moved": sum(item["title"].endswith("moved") for item in shown),
        "all day": sum(item["all_day"] for item in shown),
        "cancelled": sum(item["cancelled"] for item in shown),
        "past": sum(start < TODAY for start in starts),
        "to come": sum(start > TODAY for start in starts),
        "not to be stored": len(told["markers"]),
        **{reason: told["dropped"].get(reason, 0) for reason in ("internal", "private", "not-a-meeting")},
    }


def spellings(text: str, on_record: set[str]) -> dict[str, int]:
    """How often each kind of address is there that is told apart in a way of its own; those of companies on record."""
    addresses = [found.split("@") for found in re.findall(r"mailto:(\S+)", text.replace("\r\n ", "").replace("\n ", ""))]
    on_them = [(name, domain) for name, domain in addresses if domain.lower().removeprefix("eu.") in on_record]
    return {
        "in capitals": sum(name.isupper() for name, _ in on_them),
        "an additional one": sum(name.endswith(".private") for name, _ in on_them),
        "at a domain below": sum(domain.startswith("eu.") for _, domain in on_them),
        "at a domain of everybody's": sum(domain == "gmail.com" for _, domain in addresses),
        "a room's": sum(domain == "rooms.example.org" for _, domain in addresses),
    }


def _told(sample: Path) -> dict[str, Any]:
    return dict(json.loads(Path(f"{sample}.json").read_text()))


@pytest.fixture
def installation(tmp_path: Path, sample: Path, on_record: set[str]) -> Iterator[Installation]:
    """One with the sample's records and no calendar."""
    found = Installation.with_records(tmp_path / "home", Path(f"{sample}-companies.csv"), Path(f"{sample}-people.csv"))
    yield found
    found.kill()


def check(installation: Installation, answers: dict[str, Any], command: str = "web") -> None:
    """The tabs equal the expected answers exactly, the counts too, and no marker is in any byte."""
    with installation.serving(command) as client:
        got = shown(client)
        (account,) = client.get("/accounts").json()["items"]
    wanted = expected(answers)
    assert {record: meetings for record, meetings in got.items() if meetings} == wanted
    (calendar,) = [found for found in account["calendars"] if found["enabled"]]
    assert calendar["dropped"] == answers["dropped"]
    assert installation.holds(answers["markers"]) == []


def test_radicale(installation: Installation, sample: Path, answers: dict[str, Any], tmp_path: Path) -> None:
    with radicale(tmp_path / "radicale") as server:
        server.hand.timeout = None
        server.put(f"{server.home}work/", Path(f"{sample}.ics").read_bytes())
        server.forget_requests()
        connect = ("account", "connect", "caldav", "--member", OWNER, "--url", server.url, "--username", USER, "--password-stdin")
        installation.run(*connect, "--sharing", "everything", given=f"{PASSWORD}\n")
        installation.run("sync")
        check(installation, answers, "serve")
        assert {"PROPFIND", "REPORT"} <= set(server.methods()) <= READING


def test_xandikos(installation: Installation, sample: Path, answers: dict[str, Any], tmp_path: Path) -> None:
    with xandikos(tmp_path / "xandikos") as server:
        work = server.make_calendar("work")
        server.fill(work, resources(Path(f"{sample}.ics").read_bytes().decode()))
        server.forget_requests()
        connect = ("account", "connect", "caldav", "--member", OWNER, "--url", server.url, "--username", USER, "--password-stdin")
        installation.run_loaded(*connect, "--calendars", "work", given=f"{PASSWORD}\n")
        installation.run_loaded("sync")
        check(installation, answers)
        assert {"PROPFIND", "REPORT"} <= set(server.methods()) <= READING


def test_an_ics_address(installation: Installation, sample: Path, answers: dict[str, Any]) -> None:
    with feed(sample.parent) as url:
        installation.run_loaded("account", "connect", "ics", "--member", OWNER, "--url-stdin", given=f"{url}/{sample.name}.ics\n")
        installation.run_loaded("sync")
        check(installation, answers)


def test_an_uploaded_file(installation: Installation, sample: Path, answers: dict[str, Any]) -> None:
    installation.run_loaded("account", "connect", "ics", "--member", OWNER, "--file", f"{sample}.ics")
    check(installation, answers)


def test_killed_at_random_moments_it_ends_in_the_same_state(
    installation: Installation, sample: Path, answers: dict[str, Any], tmp_path: Path
) -> None:
    chance = random.Random(4)
    with radicale(tmp_path / "radicale") as server:
        server.hand.timeout = None
        server.put(f"{server.home}work/", Path(f"{sample}.ics").read_bytes())
        connect = ("account", "connect", "caldav", "--member", OWNER, "--url", server.url, "--username", USER, "--password-stdin")
        installation.run_loaded(*connect, given=f"{PASSWORD}\n")
        for victims in (("worker",), (), ("postgres",), ()):
            serve = installation.start("serve", "--port", str(installation.port))
            time.sleep(2 + 3 * chance.random())
            if victims:
                installation.kill(*victims)
                time.sleep(1)  # what is left of it may do about that what it wants
            installation.kill()
            serve.wait(30)
        installation.run_loaded("sync")
        check(installation, answers)


def resources(text: str) -> Iterator[str]:
    """One VCALENDAR per UID of a calendar."""
    found: dict[str, list[str]] = {}
    for block in text.split("BEGIN:VEVENT\r\n")[1:]:
        body = block.partition("END:VEVENT\r\n")[0]
        uid = body.partition("UID:")[2].partition("\r\n")[0]
        found.setdefault(uid, []).append(f"BEGIN:VEVENT\r\n{body}END:VEVENT\r\n")
    for blocks in found.values():
        yield "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" + "".join(blocks) + "END:VCALENDAR\r\n"


@contextlib.contextmanager
def feed(folder: Path) -> Iterator[str]:
    """The address of a folder, served over HTTP on this machine."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass
