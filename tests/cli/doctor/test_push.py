"""What the doctor says of being told of changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.models import Channel
from metwith.cli.doctor.push import findings, reached
from metwith.lib import clock
from tests.accounts.test_tokens import account
from tests.web_server import LocalServer, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member


@pytest.fixture
def web() -> Iterator[LocalServer]:
    server = LocalServer()
    yield server
    server.stop()


@pytest.mark.parametrize("origin", ["", "http://metwith.example"])
def test_without_a_public_address_calendars_are_read_by_the_clock(db: None, settings: Any, origin: str):
    settings.ORIGIN = origin
    (said,) = map(str, findings())
    assert said.startswith("note  push: METWITH_ORIGIN is no https address")


def test_before_there_is_a_channel_nobody_is_asked(db: None, settings: Any):
    settings.ORIGIN = "https://metwith.example"
    assert [str(f) for f in findings()] == ["note  push: no channel yet; notices of changes would come to https://metwith.example/hooks/"]


def test_channels_are_counted(alice: Member, settings: Any):
    settings.ORIGIN = "https://127.0.0.1:9"
    row, later = account(alice), clock.now() + timedelta(hours=1)
    facts = {"workspace_id": alice.workspace_id, "account": row, "secret": "x", "renew_at": later}
    Channel.objects.create(remote_id="one", resource_id="r", expires_at=later, heard_at=clock.now(), **facts)
    Channel.objects.create(remote_id="two", resource_id="r", expires_at=later, **facts)
    Channel.objects.create(remote_id="three", resource_id="r", expires_at=clock.now(), **facts)
    Channel.objects.create(**facts)
    first, *rest = map(str, findings())
    assert first.startswith("note  push: https://127.0.0.1:9/hooks/microsoft cannot be reached from here")
    assert [line.partition(";")[0] for line in rest] == [
        "ok    push: 2 channels open",
        "note  push: 1 channels were never heard of",
        "note  push: 1 could not be opened and are tried again within a day",
    ]


def test_our_own_address_is_tried_as_graph_tries_it(web: LocalServer):
    web.answers["/right"], web.answers["/wrong"] = says(b"metwith doctor"), says(b"Not found", 404)
    assert str(reached(web.url("/right"))) == f"ok    push: {web.url('/right')} answers"
    assert str(reached(web.url("/wrong"))).startswith(f"BAD   push: {web.url('/wrong')} answers with 404")
    assert {path for _method, path, _headers, _body in web.asked} == {f"/{w}?validationToken=metwith+doctor" for w in ("right", "wrong")}
