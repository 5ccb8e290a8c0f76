"""What slow and hostile servers cost everybody else. Loopback only, bounded, ends by itself after about ten minutes.

    python -m benchmarks.hostile [ROUNDS [3]]

An installation of its own in a temporary folder, served by `metwith serve`, with members Ann (a colleague), Eve and Max.

1. Calm: pages of Ann, four at once, and how long her new meeting takes to arrive.
2. Eight feeds of Eve that answered well once and drip for ever, and a ninth that sends informational answers (1xx) without end, and Eve trying
   to connect to another one again and again: the same two figures.
3. A member with 20 calendars of 5 meetings with 2,000 guests each, Ann's client among them: Ann's page of that client, before and after,
   and beside that of a client with as many ordinary meetings. `3` behind the rounds: only this.

All ratios are of the same run.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import httpx

from metwith.cli.parser import Needs
from metwith.cli.run.boot import prepared
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = (sys.executable, "-P", "-m", "metwith.cli")
ANN, EVE, MAX = "ann@north.example", "eve@north.example", "max@north.example"
CLIENT, ORDINARY = "anna@acme.example", "otto@plain.example"
PASSWORD = "a long enough sentence"  # noqa: S105  nobody's
PAGES = ("/", "/people/", "/settings/accounts/", "/people/1/")
AT_ONCE = 4
DRIPPING = 8
CALENDARS, MEETINGS, GUESTS = 20, 5, 2000
POLL = 5.0
"""Seconds between two looks of the clock at what is due."""
LONGEST = 120.0


class Server:
    """Serves calendars well, or by the drop, or 1xx for ever, as it is told. A server for each, since a place is counted by its port."""

    def __init__(self) -> None:
        self.body, self.mode = b"", "well"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with contextlib.suppress(OSError):
                    getattr(outer, outer.mode)(self)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 64

            def handle_error(self, *_: object) -> None:
                """Who is asked hangs up."""

        self.http = Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def url(self) -> str:
        """Of its calendar."""
        return f"http://127.0.0.1:{self.http.server_address[1]}/a.ics"

    def well(self, handler: BaseHTTPRequestHandler) -> None:
        """As a good server does."""
        handler.send_response(200)
        handler.send_header("Content-Type", "text/calendar")
        handler.send_header("Content-Length", str(len(self.body)))
        handler.end_headers()
        handler.wfile.write(self.body)

    def drips(self, handler: BaseHTTPRequestHandler) -> None:
        """A byte of the head in two seconds, for ever."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            handler.wfile.write(b"a")
            handler.wfile.flush()
            time.sleep(2)

    def informs(self, handler: BaseHTTPRequestHandler) -> None:
        """Informational answers without end."""
        while True:
            handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            handler.wfile.flush()
            time.sleep(0.01)


def calendar(*events: str) -> bytes:
    """An iCalendar file."""
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//b//EN", *events, "END:VCALENDAR", "")).encode()


def event(uid: str, owner: str, *guests: str, days: int = 1) -> str:
    """A meeting, so many days from now."""
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    people = [f"ATTENDEE:mailto:{address}" for address in (owner, *guests)]
    times = [f"{name}:{moment:%Y%m%dT%H%M%SZ}" for name, moment in (("DTSTAMP", at), ("DTSTART", at), ("DTEND", at + timedelta(hours=1)))]
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", *times, f"SUMMARY:{uid}", f"ORGANIZER:mailto:{owner}", *people, "END:VEVENT"))


class Site:
    """The installation, and what is asked of it."""

    def __init__(self, home: Path) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("METWITH_", "DATABASE_URL", "DJANGO_"))}
        self.home = home
        self.environment = kept | {"METWITH_HOME": str(home), "METWITH_ALLOW_PRIVATE_HOSTS": "1", "METWITH_LOG_LEVEL": "WARNING"}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.tokens: dict[str, str] = {}

    @contextlib.contextmanager
    def at_hand(self) -> Iterator[None]:
        """The product in this process, to set things up by its verbs: quicker than a command for each."""
        os.environ |= {"METWITH_HOME": str(self.home), "METWITH_ALLOW_PRIVATE_HOSTS": "1", "METWITH_LOG_LEVEL": "WARNING"}
        with prepared(Needs.PRODUCT):
            yield

    def found(self) -> None:
        """The workspace, three members with a token each, and the client among the records."""
        with self.at_hand():
            from metwith.records.actions import create_person  # noqa: PLC0415  models are ready only now
            from metwith.workspaces import actions  # noqa: PLC0415

            owner = actions.create_workspace("North", ANN, PASSWORD, now=clock.now())
            members = [
                owner,
                *(actions.add_member(owner.workspace, address, "member", PASSWORD, now=clock.now()) for address in (EVE, MAX)),
            ]
            self.tokens = {str(member.user.email): actions.create_token(member, "bench", now=clock.now()) for member in members}
            create_person(owner, name="Anna Lindt", addresses=[CLIENT], now=clock.now())
            create_person(owner, name="Otto Olsen", addresses=[ORDINARY], now=clock.now())

    def connect(self, member: str, *urls: str) -> list[int]:
        """Feeds of a member; returns the accounts."""
        with self.at_hand():
            from metwith.calendars.actions import connect  # noqa: PLC0415
            from metwith.workspaces.models import Member  # noqa: PLC0415

            found = Member.objects.across_workspaces("a benchmark's own").select_related("user", "workspace").get(user__email=member)
            return [connect.connect(found, "ics", address=member, secret=url, now=clock.now).pk for url in urls]

    def api(self, member: str) -> httpx.Client:
        """The API, with a member's token."""
        headers = {"Authorization": f"Bearer {self.tokens[member]}"}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api/v1", headers=headers, timeout=LONGEST, trust_env=False)

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """While it is served."""
        words = [*COMMAND, "serve", "--port", str(self.port)]
        process = subprocess.Popen(
            words, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            with self.api(ANN) as client:
                wait(lambda: _answers(client), 3 * LONGEST)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(90)

    def signed_in(self, member: str) -> httpx.Client:
        """A browser."""
        browser = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=LONGEST, trust_env=False, follow_redirects=True)
        form = {"login": member, "password": PASSWORD}
        assert post(browser, "/sign-in/login/", form).status_code == 200
        assert "/sign-in/" not in str(browser.get("/").url)
        return browser


def _answers(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return client.get("/accounts").status_code == 200
    return False


def post(browser: httpx.Client, path: str, form: dict[str, str]) -> httpx.Response:
    """A form, with what Django wants against forged ones."""
    browser.get(path)
    return browser.post(path, data=form | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}, headers={"Referer": str(browser.base_url)})


def wait(true: Callable[[], bool], seconds: float = LONGEST) -> float:
    """Seconds until something is true; `seconds` when it does not come about."""
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > seconds:
            return seconds
        time.sleep(0.2)
    return time.monotonic() - begun


def p95(browser: httpx.Client, pages: tuple[str, ...], rounds: int) -> float:
    """Seconds, of pages asked for four at once."""

    def ask(page: str) -> float:
        begun = time.monotonic()
        assert browser.get(page).status_code == 200
        return time.monotonic() - begun

    with ThreadPoolExecutor(AT_ONCE) as pool:
        taken = sorted(pool.map(ask, pages * rounds))
    return taken[int(len(taken) * 0.95)]


def arrives(site: Site, server: Server, account: int, uid: str) -> float:
    """Seconds until a new meeting of Ann's is on her client's record, once her calendar was asked to be read."""
    server.body = calendar(event("old", ANN, CLIENT), event(uid, ANN, CLIENT, days=2))
    with site.api(ANN) as client:
        client.post(f"/accounts/{account}/sync")
        return wait(lambda: uid in client.get("/people/1/calendar").text)


def slow_servers(site: Site, rounds: int) -> None:
    """Parts 1 and 2."""
    good, slow = Server(), [Server() for _feed in range(DRIPPING + 1)]
    good.body = calendar(event("old", ANN, CLIENT))
    for number, server in enumerate(slow):
        server.body = calendar(event(f"slow {number}", EVE, "x@other.example"))
    (account,) = site.connect(ANN, good.url)
    held = site.connect(EVE, *(server.url for server in slow))
    with site.serving(), closing(site.signed_in(ANN)) as ann, closing(site.signed_in(EVE)) as eve, site.api(EVE) as api:
        p95(ann, PAGES, 2)
        calm, first = p95(ann, PAGES, rounds), arrives(site, good, account, "calm")
        for server in slow:
            server.mode = "drips"
        slow[-1].mode = "informs"
        for pk in held:
            api.post(f"/accounts/{pk}/sync")
        tries(eve, slow[0].url)
        time.sleep(POLL)
        busy, second = p95(ann, PAGES, rounds), arrives(site, good, account, "held")
        tries(eve, slow[0].url)
        third = arrives(site, good, account, "held longer")
    print(f"pages, four at once, p95:   calm {calm:.2f} s, under attack {busy:.2f} s ({busy / calm:.1f} x; bar 1 s)")
    print(
        f"a colleague's new meeting:  calm {first:.1f} s, under attack {second:.1f} s and {third:.1f} s (bar: two polls, {2 * POLL:.0f} s)"
    )


def tries(browser: httpx.Client, url: str) -> None:
    """Eve tries to connect to a server that drips, four times."""
    for _time in range(4):
        post(browser, "/settings/accounts/connect/address/", {"secret": url, "address": EVE})


def crowds(site: Site, rounds: int) -> None:
    """Part 3."""
    names = [f"guest{number}@elsewhere.example" for number in range(GUESTS - 1)]
    body = calendar(*(event(f"crowd {number}", MAX, CLIENT, *names, days=number + 3) for number in range(MEETINGS)))
    servers, plain = [Server() for _calendar in range(CALENDARS)], Server()
    for server in servers:
        server.body = body
    plain.body = calendar(*(event(f"plain {number}", ANN, ORDINARY, days=number + 3) for number in range(MEETINGS)))
    site.connect(ANN, plain.url)
    with site.serving(), closing(site.signed_in(ANN)) as ann, site.api(ANN) as api:
        wait(lambda: "plain 0" in api.get("/people/2/calendar").text)
        before = _pages(ann, api, rounds)
    site.connect(MAX, *(server.url for server in servers))
    with site.serving(), closing(site.signed_in(ANN)) as ann, site.api(ANN) as api, site.api(MAX) as theirs:
        read = wait(lambda: _all_read(theirs), 5 * LONGEST)
        after = _pages(ann, api, rounds)
    print(f"{CALENDARS} calendars with {MEETINGS} meetings of {GUESTS:,} guests: read after {read:.0f} s")
    for what, then, now in zip(("page", "API"), before, after, strict=True):
        print(
            f"a client's {what}, p95:       before {then.crowded:.2f} s, after {now.crowded:.2f} s ({now.crowded / then.crowded:.1f} x; bar 2 x),"
            f" beside an ordinary client's {now.plain:.2f} s ({now.crowded / now.plain:.1f} x; bar 2 x)"
        )
        assert now.crowded <= 2 * max(then.crowded, now.plain)


class Taken(NamedTuple):
    """Seconds, p95, the median of three rounds."""

    crowded: float
    """Of the client whose meetings are in many calendars."""
    plain: float
    """Of one with as many ordinary meetings."""


def _pages(ann: httpx.Client, api: httpx.Client, rounds: int) -> list[Taken]:
    """By browser and by API, one after the other, so that whatever else the machine does concerns all of them."""
    asked = ((ann, "/people/1/", "/people/2/"), (api, "/people/1/calendar", "/people/2/calendar"))
    for client, *pages in asked:
        p95(client, tuple(pages), AT_ONCE)
    taken = [[p95(client, (page,), 4 * rounds) for client, *pages in asked for page in pages] for _round in range(3)]
    medians = [median(times) for times in zip(*taken, strict=True)]
    return [Taken(*medians[:2]), Taken(*medians[2:])]


def _all_read(api: httpx.Client) -> bool:
    found = [calendar for account in api.get("/accounts").json()["items"] for calendar in account["calendars"]]
    return len(found) == CALENDARS and all(calendar["kept"] >= MEETINGS for calendar in found)


def main(rounds: int = 10, only: int = 0) -> None:
    """Measure and print: all parts, or only the third one (3)."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "home")
        site.found()
        if only != 3:
            slow_servers(site, rounds)
        crowds(site, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
