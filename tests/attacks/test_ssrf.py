"""Addresses that members type, and that servers answer with, lead nowhere inside. The guard itself is tried in tests/lib/test_http.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.actions import connect
from metwith.calendars.providers import catalogue
from metwith.calendars.providers.ics.provider import FEED, IcsProvider
from metwith.engine.errors import ConnectFailed, ProviderBroken
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from tests.exits.world import Viewer
from tests.web.landing import landed
from tests.web_server import LocalServer, says

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from metwith.workspaces.models import Member

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SPELLINGS = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "017700000001",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "0.0.0.0",  # noqa: S104  an address to refuse
    "0",
    "１２７.0.0.1",
    "127。0。0。1",
    "user:password@127.0.0.1",
    "evil.example@127.0.0.1",
)


@pytest.fixture
def inside() -> Iterator[LocalServer]:
    """A server of the installation's own network, which nobody may reach through us."""
    running = LocalServer()
    for path in ("/", "/secret", "/.well-known/caldav"):
        running.answers[path] = says(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METWITH_ALLOW_PRIVATE_HOSTS", raising=False)


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("provider", ["ics", "caldav"])
def test_no_spelling_of_an_address_inside_is_asked(alice: Member, inside: LocalServer, provider: str, host: str):
    address = f"http://{host}:{inside.port}/secret"
    server, secret = (address, "open sesame") if provider == "caldav" else ("", address)
    with pytest.raises(ConnectFailed) as refused:
        connect.try_connection(alice, provider, address="alice@lumen.example", server=server, secret=secret, now=lambda: NOW)
    assert inside.asked == []
    assert "secret" not in f"{refused.value.message} {refused.value.detail}"


def test_the_page_says_no_in_words_and_asks_nobody(alice: Member, inside: LocalServer):
    browser = Viewer("", alice).browser
    sent = {"secret": f"http://127.0.0.1:{inside.port}/secret", "address": "alice@lumen.example"}
    page = landed(browser, browser.post("/settings/accounts/connect/address/", sent))
    assert "private network" in page.content.decode()
    assert inside.asked == []


@pytest.mark.parametrize("scheme", ["file", "gopher", "ftp", "dict", "unix", "data"])
def test_only_the_web_is_asked(alice: Member, scheme: str):
    with pytest.raises(ConnectFailed):
        connect.try_connection(alice, "ics", address="alice@lumen.example", secret=f"{scheme}:///etc/passwd", now=lambda: NOW)


@pytest.mark.parametrize("provider", ["ics", "caldav"])
def test_an_account_whose_server_has_moved_inside_is_not_read(inside: LocalServer, provider: str):
    """Not only when it is connected: each reading is guarded, by the name's addresses of that day."""
    address = f"http://127.0.0.1:{inside.port}/secret"
    account = RemoteAccount(provider, "alice@lumen.example", server=address, secret=address, username="alice")
    with pytest.raises(ProviderBroken), catalogue.open_provider(account, keyed=str, now=lambda: NOW) as opened:
        opened.calendars()
    assert inside.asked == []


INWARD = ("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "::1", "fd00::1", "fe80::1")
INWARD_WRAPPED = ("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:7f00:1::")


@pytest.mark.parametrize("to", [*INWARD, *INWARD_WRAPPED])
def test_a_redirect_leads_to_no_kind_of_address_inside(inside: LocalServer, to: str):
    """By the guard's own judgement; only this machine's first port counts as outside, so that there is something to be sent away from."""
    answers = iter([True])
    transport = http.Transport(
        permits=lambda address: next(answers, False) or http.is_public(address),
        lookup=lambda host, _port: (to if host == "inside.example" else "127.0.0.1",),
        timeout=5,
        max_bytes=10_000,
        verify=True,
    )
    inside.answers["/feed"] = says(status=302, Location=f"http://inside.example:{inside.port}/secret")
    with (
        http.GuardedClient(transport=transport, on_redirect=lambda _url: None) as client,
        pytest.raises(ProviderBroken, match="private"),
    ):
        read(client, inside.url("/feed", host="feed.example"))
    assert [path for _, path, _, _ in inside.asked] == ["/feed"]


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "data:text/calendar,BEGIN:VCALENDAR"])
def test_a_feed_that_leads_on_to_something_else_than_the_web_is_not_followed(inside: LocalServer, to: str):
    inside.answers["/feed"] = says(status=302, Location=to)
    with guarded({"feed.example": [("127.0.0.1",)]}) as client, pytest.raises(ProviderBroken):
        read(client, inside.url("/feed", host="feed.example"))
    assert len(inside.asked) == 1


def guarded(lookup: Mapping[str, list[tuple[str]]]) -> http.GuardedClient:
    """A client for which this machine is the open internet; each name has its answers, one for each time it is asked."""

    def found(host: str, _port: int) -> tuple[str]:
        return lookup[host].pop(0)

    transport = http.Transport(permits=lambda address: address == "127.0.0.1", lookup=found, timeout=5, max_bytes=10_000, verify=True)
    return http.GuardedClient(transport=transport, on_redirect=lambda _url: None)


def read(client: http.GuardedClient, address: str) -> None:
    provider = IcsProvider(RemoteAccount("ics", "alice@lumen.example", secret=address), client=client, keyed=str, now=lambda: NOW)
    for _page in provider.changes(FEED, ""):
        pass


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_feed_that_leads_on_to_an_address_inside_is_not_followed(inside: LocalServer, status: int):
    inside.answers["/feed"] = says(status=status, Location=f"http://inside.example:{inside.port}/secret")
    with (
        guarded({"feed.example": [("127.0.0.1",)], "inside.example": [("10.0.0.1",)]}) as client,
        pytest.raises(ProviderBroken, match="private"),
    ):
        read(client, inside.url("/feed", host="feed.example"))
    assert [path for _, path, _, _ in inside.asked] == ["/feed"]


def test_a_name_that_turns_inwards_between_looking_and_asking_changes_nothing(inside: LocalServer):
    """The name is looked up once for each connection, and the connection goes to the address that was judged."""
    answers = {"feed.example": [("127.0.0.1",), ("169.254.169.254",)]}
    with guarded(answers) as client:
        read(client, inside.url("/secret", host="feed.example"))
    assert len(answers["feed.example"]) == 1


def test_a_name_that_has_turned_inwards_is_refused_at_the_next_reading(inside: LocalServer):
    answers = {"feed.example": [("127.0.0.1",), ("169.254.169.254",)]}
    with guarded(answers) as client:
        read(client, inside.url("/secret", host="feed.example"))
    with guarded(answers) as client, pytest.raises(ProviderBroken, match="private"):
        read(client, inside.url("/secret", host="feed.example"))
    assert len(inside.asked) == 1


def test_no_settings_of_the_environment_lead_around_the_guard(inside: LocalServer, monkeypatch: pytest.MonkeyPatch):
    """A proxy would connect for us, unguarded."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, inside.url("/"))
    with http.client(allow_private=False, lookup=lambda *_: ("10.0.0.1",)) as client, pytest.raises(http.Refused):
        client.get("http://feed.example/")
    assert inside.asked == []
