"""Addresses that members type, and that servers answer with, lead nowhere inside. The guard itself is tried in tests/lib/test_http.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from metwith.calendars import actions
from metwith.calendars.providers.ics.provider import FEED, IcsProvider
from metwith.calendars.providers.port import ConnectFailed, ProviderBroken
from metwith.calendars.vocabulary import Account
from metwith.lib import http
from tests.exits.world import Viewer
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
        actions.try_connection(alice, provider, address="alice@lumen.example", server=server, secret=secret, now=lambda: NOW)
    assert inside.asked == []
    assert "secret" not in f"{refused.value.message} {refused.value.detail}"


def test_the_page_says_no_in_words_and_asks_nobody(alice: Member, inside: LocalServer):
    browser = Viewer("", alice).browser
    sent = {"secret": f"http://127.0.0.1:{inside.port}/secret", "address": "alice@lumen.example"}
    page = browser.post("/settings/accounts/connect/address/", sent, follow=True)
    assert "private network" in page.content.decode()
    assert inside.asked == []


@pytest.mark.parametrize("scheme", ["file", "gopher", "ftp", "dict", "unix", "data"])
def test_only_the_web_is_asked(alice: Member, scheme: str):
    with pytest.raises(ConnectFailed):
        actions.try_connection(alice, "ics", address="alice@lumen.example", secret=f"{scheme}:///etc/passwd", now=lambda: NOW)


def guarded(lookup: Mapping[str, list[tuple[str]]]) -> http.GuardedClient:
    """A client for which this machine is the open internet; each name has its answers, one for each time it is asked."""

    def found(host: str, _port: int) -> tuple[str]:
        return lookup[host].pop(0)

    transport = http.Transport(permits=lambda address: address == "127.0.0.1", lookup=found, timeout=5, max_bytes=10_000, verify=True)
    return http.GuardedClient(transport=transport, on_redirect=lambda _url: None)


def read(client: http.GuardedClient, address: str) -> None:
    provider = IcsProvider(Account("ics", "alice@lumen.example", secret=address), client=client, keyed=str, now=lambda: NOW)
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
