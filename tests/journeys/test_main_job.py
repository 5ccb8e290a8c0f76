"""The main job, whole: a real calendar server, the command, the API, and nothing stored that is nobody's business."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.installation import OWNER, Installation, expected, shown
from tests.servers import PASSWORD, READING, USER, radicale, xandikos

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.server
SCRIPT = Path(__file__).resolve().parents[3] / "shared" / "data" / "sample_calendar.py"
COUNT = 600


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's files, named by this path and an ending."""
    if not SCRIPT.exists():
        pytest.skip("the sample calendar's script is not beside this checkout")
    out = tmp_path_factory.mktemp("sample") / "OUT"
    subprocess.run([sys.executable, str(SCRIPT), str(COUNT), str(out)], check=True)
    return out


@pytest.fixture(scope="module")
def answers(sample: Path) -> dict[str, Any]:
    return dict(json.loads(Path(f"{sample}.json").read_text()))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Installation:
    """An installation with the sample's records and no calendar, to be copied."""
    found = Installation(tmp_path_factory.mktemp("founded") / "home")
    found.found(sample)
    return found


@pytest.fixture
def installation(tmp_path: Path, founded: Installation) -> Iterator[Installation]:
    found = founded.copied_to(tmp_path / "home")
    yield found
    found.kill()


def check(installation: Installation, answers: dict[str, Any]) -> None:
    """The tabs equal the expected answers exactly, the counts too, and no marker is in any byte."""
    with installation.serving() as client:
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
        check(installation, answers)
        assert {"PROPFIND", "REPORT"} <= set(server.methods()) <= READING


def test_xandikos(installation: Installation, sample: Path, answers: dict[str, Any], tmp_path: Path) -> None:
    with xandikos(tmp_path / "xandikos") as server:
        work = server.make_calendar("work")
        server.fill(work, resources(Path(f"{sample}.ics").read_bytes().decode()))
        server.forget_requests()
        connect = ("account", "connect", "caldav", "--member", OWNER, "--url", server.url, "--username", USER, "--password-stdin")
        installation.run(*connect, "--calendars", "work", given=f"{PASSWORD}\n")
        installation.run("sync")
        check(installation, answers)
        assert {"PROPFIND", "REPORT"} <= set(server.methods()) <= READING


def test_an_ics_address(installation: Installation, sample: Path, answers: dict[str, Any]) -> None:
    with feed(sample.parent) as url:
        installation.run("account", "connect", "ics", "--member", OWNER, "--url-stdin", given=f"{url}/{sample.name}.ics\n")
        installation.run("sync")
        check(installation, answers)


def test_an_uploaded_file(installation: Installation, sample: Path, answers: dict[str, Any]) -> None:
    installation.run("account", "connect", "ics", "--member", OWNER, "--file", f"{sample}.ics")
    check(installation, answers)


def test_killed_at_random_moments_it_ends_in_the_same_state(
    installation: Installation, sample: Path, answers: dict[str, Any], tmp_path: Path
) -> None:
    chance = random.Random(4)
    with radicale(tmp_path / "radicale") as server:
        server.hand.timeout = None
        server.put(f"{server.home}work/", Path(f"{sample}.ics").read_bytes())
        connect = ("account", "connect", "caldav", "--member", OWNER, "--url", server.url, "--username", USER, "--password-stdin")
        installation.run(*connect, given=f"{PASSWORD}\n")
        for victims in (("worker",), (), ("postgres",), ()):
            serve = installation.start("serve", "--port", str(installation.port))
            time.sleep(2 + 3 * chance.random())
            installation.kill(*victims)
            time.sleep(1)
            installation.kill()
            serve.wait(30)
        installation.run("sync")
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
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass
