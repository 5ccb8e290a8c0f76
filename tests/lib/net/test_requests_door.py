"""What allauth asks an identity provider is asked as requests would, and ends in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from metwith.lib.net import deadline, requests_door
from tests.dripping import Dripping, drips
from tests.fence import no_waiting_for_ever
from tests.web_server import LocalServer, says

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[LocalServer]:
    running = LocalServer()
    yield running
    running.stop()


def test_a_question_and_its_answer_go_through(server: LocalServer):
    server.answers["/token"] = says(b'{"it": "w\xc3\xb6rks"}', 400, Content_Type="application/json")
    with requests_door.session() as session:
        answer = session.post(server.url("/token"), data={"code": "c"}, headers={"Accept": "application/json"}, auth=("id", "secret"))
    assert (answer.status_code, answer.json(), answer.headers["content-type"]) == (400, {"it": "wörks"}, "application/json")
    method, _path, headers, body = server.asked[0]
    assert (method, headers["accept"], body) == ("POST", "application/json", b"code=c")
    assert headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_an_identity_provider_that_drips_is_left(first: bytes):
    with (
        no_waiting_for_ever(),
        Dripping(drips(first, b"X-Word: and so on\r\n")) as server,
        deadline.within(0.3),
        requests_door.session() as session,
        pytest.raises(requests.RequestException),
    ):
        session.get(server.url())


def test_what_looks_for_settings_may_be_sent_on_and_a_code_may_not(server: LocalServer):
    server.answers["/old"] = says(status=307, Location="/new")
    server.answers["/new"] = says(b"{}")
    with requests_door.session() as session:
        assert session.get(server.url("/old")).json() == {}
        with pytest.raises(requests.RequestException):
            session.post(server.url("/old"), data={"code": "c"})
    assert [path for _, path, _, _ in server.asked] == ["/old", "/new", "/old"]
