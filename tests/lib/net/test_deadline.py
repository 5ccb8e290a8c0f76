"""Whatever a server does, and at whichever stage, we stop waiting. The servers here drip for ever; what would wait for them ends at a fence."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from metwith.lib import http
from metwith.lib.net import deadline, exchange
from tests.dripping import Dripping, asked, drip, drips, says_at_once
from tests.fence import no_waiting_for_ever
from tests.web_server import make_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.dripping import Talk

SHORT = 0.3
OK = b"HTTP/1.1 200 OK\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = OK + b"Content-Length: 5\r\n\r\nhello"


@pytest.fixture(autouse=True)
def _fenced() -> Iterator[None]:
    with no_waiting_for_ever():
        yield


@contextmanager
def asking(talk: Talk, **options: Any) -> Iterator[tuple[http.GuardedClient, Dripping]]:
    with Dripping(talk) as server, http.client(**{"allow_private": True, "timeout": SHORT, "whole": 2 * SHORT, **options}) as client:
        yield client, server


def _drip_greeting(connection: socket.socket, over: threading.Event) -> None:
    """A record of TLS that never becomes whole (RFC 8446, section 5.1)."""
    connection.recv(10_000)
    connection.sendall(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03")
    drip(connection, over, itertools.repeat(b"\x00"))


def _silent(connection: socket.socket, over: threading.Event) -> None:
    asked(connection)
    over.wait()


STAGES: dict[str, Talk] = {
    "nothing": _silent,
    "status line": drips(b"", b"HTTP/1.1 200 OK" + b" and so on" * 50),
    "head": drips(OK, b"X-Word: and so on\r\n"),
    "head, a few bytes at a time": drips(OK, b"X-Word: and so on\r\n", size=7),
    "informational answer": drips(b"HTTP/1.1 103 Early Hints\r\n", b"Link: </style>\r\n"),
    "body of a length": drips(OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "body without a length": drips(OK + b"Connection: close\r\n\r\n", b"x"),
    "chunks": drips(CHUNKED, b"1\r\nx\r\n", size=6),
    "chunk's head": drips(CHUNKED, b"1;" + b"extension" * 5000),
    "chunk's content": drips(CHUNKED + b"ffffff\r\n", b"x"),
    "trailers": drips(CHUNKED + b"1\r\nx\r\n0\r\n", b"X-Word: and so on\r\n"),
    "packed body": drips(
        OK + b"Content-Encoding: gzip\r\nContent-Length: 1000000\r\n\r\n",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x00\xff\xff\x00\x00" + b"\x00" * 900_000,
    ),
}


@pytest.mark.parametrize("stage", STAGES)
def test_no_drop_prolongs_an_answer(stage: str):
    with asking(STAGES[stage]) as (client, server), pytest.raises(http.TimedOut):
        client.get(server.url())


@pytest.mark.parametrize("stage", STAGES)
def test_a_try_ends_when_its_time_is_over_whatever_the_client_would_wait(stage: str):
    with (
        asking(STAGES[stage], timeout=30, whole=300) as (client, server),
        deadline.within(SHORT),
        pytest.raises(http.TimedOut),
    ):
        client.get(server.url())


def test_no_drop_prolongs_a_handshake():
    with asking(_drip_greeting) as (client, server), pytest.raises(http.TimedOut):
        client.get(server.url(scheme="https"))


@pytest.mark.parametrize("stage", ["head", "chunks", "trailers"])
def test_no_drop_prolongs_an_answer_under_tls(tmp_path: Path, stage: str):
    certificate = make_certificate(tmp_path, "cal.acme.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def talk(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            STAGES[stage](secure, over)

    trust = ssl.create_default_context(cafile=str(certificate))
    with asking(talk, timeout=1, verify=trust, lookup=lambda *_: ("127.0.0.1",)) as (client, server), pytest.raises(http.TimedOut):
        client.get(f"https://cal.acme.example:{server.port}/")


def _never_reads(_connection: socket.socket, over: threading.Event) -> None:
    over.wait()


def _reads_by_the_byte(connection: socket.socket, over: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    while not over.wait(0.02) and connection.recv(1):
        pass


@pytest.mark.parametrize("talk", [_never_reads, _reads_by_the_byte])
def test_a_server_that_does_not_take_our_question_is_left(talk: Talk):
    with asking(talk) as (client, server), pytest.raises(http.TimedOut):
        client.post(server.url(), content=bytes(30_000_000))


def _slow_redirect(connection: socket.socket, over: threading.Event) -> None:
    asked(connection)
    over.wait(SHORT * 2 / 3)
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")


def test_redirects_have_one_time_all_together():
    """Each of them alone would be quick enough."""
    with asking(_slow_redirect) as (client, server), pytest.raises(http.TimedOut):
        client.get(server.url())


def _slow_question(connection: socket.socket, over: threading.Event) -> None:
    """A sign-in that is never enough: `stale` has the client try again (RFC 7616, section 3.3)."""
    while b"digest" not in asked(connection).lower():
        over.wait(SHORT * 2 / 3)
        challenge = b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=MD5\r\n'
        connection.sendall(b"HTTP/1.1 401 No\r\n" + challenge + b"Content-Length: 0\r\n\r\n")
    over.wait()


def test_signing_in_is_within_the_time_of_its_question():
    with asking(_slow_question, auth=httpx.DigestAuth("ana", "secret")) as (client, server), pytest.raises(http.TimedOut):
        client.get(server.url())


# --- informational answers and what is no content --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, exchange.FEW])
def test_a_few_informational_answers_are_passed_over(number: int):
    with asking(says_at_once(CONTINUE * number, WHOLE)) as (client, server):
        assert client.get(server.url()).text == "hello"


@pytest.mark.parametrize("size", [7, 10_000])
def test_informational_answers_without_end_are_an_error_and_not_waited_for(size: int):
    with asking(drips(b"", CONTINUE * 500, size=size), timeout=30) as (client, server), pytest.raises(http.Endless):
        client.get(server.url())


def test_one_informational_answer_too_many_is_an_error_though_the_right_one_follows():
    with asking(says_at_once(CONTINUE * (exchange.FEW + 1), WHOLE)) as (client, server), pytest.raises(http.Endless):
        client.get(server.url())


def test_what_looks_like_informational_answers_within_a_body_is_the_body():
    text = CONTINUE * 20
    body = b"Content-Length: %d\r\n\r\n" % len(text)
    with asking(says_at_once(OK, body, text)) as (client, server):
        assert client.get(server.url()).content == text


def test_a_head_without_end_is_too_large():
    with asking(drips(OK, b"X-Word: and so on\r\n" * 5000, size=50_000), timeout=30) as (client, server):
        with pytest.raises((http.TooLarge, http.Unreachable)) as error:
            client.get(server.url())
        assert not isinstance(error.value, http.TimedOut)


@pytest.mark.parametrize("framing", [b"1;" + b"x" * 5000 + b"\r\nx\r\n", b"0" * 15 + b"1\r\nx\r\n"])
def test_chunks_that_bring_nearly_nothing_are_counted_by_what_they_take(framing: bytes):
    """Of content there is never more than a little; the fence is what would be reached."""
    many = framing * (60_000 // len(framing) + 1)
    with (
        asking(drips(CHUNKED, many, size=len(many)), timeout=30, whole=300, max_bytes=100_000) as (client, server),
        pytest.raises(http.TooLarge),
    ):
        client.get(server.url())


def test_small_chunks_are_no_reason_to_refuse():
    with asking(says_at_once(CHUNKED, b"1\r\nx\r\n" * 50_000, b"0\r\nX-Word: last\r\n\r\n"), timeout=20, whole=200, max_bytes=100_000) as (
        client,
        server,
    ):
        assert len(client.get(server.url()).content) == 50_000


# --- whose time it is ------------------------------------------------------------------------------------------------------------------


def test_a_kept_connection_gives_each_exchange_its_own_time():
    with asking(says_at_once(WHOLE), timeout=1, whole=1) as (client, server):
        assert client.get(server.url()).text == "hello"
        time.sleep(1.2)
        assert client.get(server.url()).text == "hello"
        assert len(server.threads) == 2


def test_what_is_over_before_it_begins_asks_nobody():
    with asking(says_at_once(WHOLE)) as (client, server), deadline.within(0), pytest.raises(http.TimedOut):
        client.get(server.url())
    assert len(server.threads) == 1


def test_a_try_of_many_questions_has_one_time():
    def talk(connection: socket.socket, over: threading.Event) -> None:
        while asked(connection) and not over.wait(0.02):
            connection.sendall(WHOLE)

    with asking(talk) as (client, server), deadline.within(SHORT), pytest.raises(http.TimedOut):
        list(map(client.get, itertools.repeat(server.url())))


def test_the_shorter_of_two_times_holds():
    with deadline.within(50), deadline.within(100):
        assert deadline.seconds_left(1000) <= 50
        with deadline.within(10):
            assert deadline.seconds_left(1000) <= 10
        assert deadline.seconds_left(1000) > 10
    assert deadline.seconds_left(1000) == 1000


def test_a_thread_is_handed_the_time_that_is_left():
    told: list[float] = []
    with deadline.within(10):
        for ask in (deadline.seconds_left, deadline.handed_on(deadline.seconds_left)):
            thread = threading.Thread(target=lambda ask=ask: told.append(ask(1000)))
            thread.start()
            thread.join()
    assert told[0] == 1000
    assert told[1] <= 10


def test_the_contract_s_figures_are_the_most_there_is():
    """product.md, section 8."""
    assert (deadline.HEAD, deadline.EXCHANGE, deadline.TRY, deadline.NAMES) == (30, 300, 90, 5)
    patient = exchange.Exchange(3600, whole=3600)
    assert patient.left() <= 30
    patient.in_body = True
    assert patient.until - time.monotonic() <= 300
