"""Who knocks at the public addresses, what is believed, and what strangers can find out: nothing."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from metwith.engine.webhooks import LARGEST
from tests.calendars.worker import forget_jobs, waiting, work
from tests.engine.told import knock, syncs

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tests.engine.told import Told

pytestmark = pytest.mark.server
GOOGLE, MICROSOFT = "/hooks/google", "/hooks/microsoft"


def secret_of(told: Told) -> tuple[str, str]:
    """Id and secret of the channel that stands, as the provider knows them."""
    if told.provider == "google":
        (channel,) = told.google.channels.open.values()
        return channel.id, channel.token
    (subscription,) = told.graph.subscriptions.all.values()
    ident, _dot, secret = subscription.payload["clientState"].partition(".")
    return ident, secret


def say(told: Told, ident: str, secret: str, **more: str) -> HttpResponse:
    """A notice that something changed, from anybody."""
    if told.provider == "google":
        headers = {"X-Goog-Channel-ID": ident, "X-Goog-Channel-Token": secret, "X-Goog-Resource-State": "exists"}
        return knock(GOOGLE, headers=headers)
    return knock(MICROSOFT, json.dumps({"value": [{"subscriptionId": "1", "clientState": f"{ident}.{secret}", **more}]}).encode())


def seen(answer: HttpResponse) -> tuple[int, bytes, dict[str, str]]:
    """All that comes back."""
    return answer.status_code, answer.content, dict(answer.items()) | {"cookies": str(answer.cookies)}


def test_a_notice_queues_one_sync_however_often_it_comes(told: Told):
    told.watch()
    for _time in range(3):
        assert say(told, *secret_of(told)).status_code == 202
    assert syncs() == [told.inbox.pk]
    told.change()
    assert syncs() == [told.inbox.pk]


def test_the_first_notice_of_google_says_that_nothing_changed(at_google: Told):
    at_google.watch()
    at_google.lost = False
    assert syncs() == []
    assert at_google.row().heard_at


def test_a_wrong_secret_an_unknown_channel_and_one_that_ran_out_are_alike_and_queue_nothing(told: Told):
    told.watch()
    ident, secret = secret_of(told)
    right = seen(say(told, ident, secret))
    forget_jobs()
    answers = [say(told, ident, secret[:-1] + "!"), say(told, ident, ""), say(told, "x" * 32, secret), say(told, "", "")]
    told.now += timedelta(days=8)
    answers.append(say(told, ident, secret))
    assert {str(seen(answer)) for answer in answers} == {str(right)}
    assert right[:2] == (202, b"")
    assert waiting() == []


def test_they_cost_the_same_queries(told: Told, django_assert_num_queries: Any):
    told.watch()
    ident, secret = secret_of(told)
    for claimed in ((ident, "wrong"), ("x" * 32, secret)):
        with django_assert_num_queries(1):
            say(told, *claimed)


@pytest.mark.parametrize("ident", ["\x00" * 20, "ü" * 20, "x" * 5000, "' or 1=1 --padding"])
def test_what_cannot_be_an_id_of_ours_is_not_looked_up(at_microsoft: Told, ident: str, django_assert_num_queries: Any):
    at_microsoft.watch()
    with django_assert_num_queries(0):
        assert say(at_microsoft, ident, "secret").status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b"7",
        b'"value"',
        b'{"value": 7}',
        b'{"value": [7, null, "x", []]}',
        b'{"value": [{"clientState": null}, {"clientState": 7}, {"clientState": {}}, {"clientState": "\\ud800.\\ud800"}, {}]}',
    ],
    ids=["nothing", "no text", "endless", "null", "a number", "a text", "no list", "no objects", "no words"],
)
def test_nonsense_is_answered_like_everything_else(db: None, body: bytes):
    for address in (GOOGLE, MICROSOFT):
        answer = knock(address, body)
        assert (answer.status_code, answer.content) == (202, b"")
    assert waiting() == []


def test_what_is_too_large_is_not_read(db: None):
    for address in (GOOGLE, MICROSOFT):
        assert knock(address, b" " * (LARGEST + 1)).status_code == 413
        assert knock(address, b" " * LARGEST).status_code == 202


def test_only_post_is_answered(db: None):
    for address in (GOOGLE, MICROSOFT):
        assert {getattr(Client(), method)(address).status_code for method in ("get", "head", "put", "delete")} == {405}


def test_graph_tries_the_address_and_gets_its_token_back_as_text(db: None):
    answer = knock(f"{MICROSOFT}?validationToken=Validation%3a+one%26two%3cscript%3ealert(1)%3c%2fscript%3e")
    assert (answer.status_code, answer.content) == (200, b"Validation: one&two<script>alert(1)</script>")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert knock(f"{MICROSOFT}?validationToken={'x' * 2001}").status_code == 400
    assert knock(f"{MICROSOFT}?validationToken=").status_code == 200
    assert knock(f"{GOOGLE}?validationToken=x").content == b""


def test_a_bundle_holds_notices_of_several(at_microsoft: Told):
    """Of ours, of somebody else's, and the same twice."""
    at_microsoft.watch()
    ident, secret = secret_of(at_microsoft)
    states = [f"{ident}.{secret}", "somebody.else", f"{ident}.{secret}", f"{ident}.wrong"]
    knock(MICROSOFT, json.dumps({"value": [{"clientState": state} for state in states]}).encode())
    assert syncs() == [at_microsoft.inbox.pk]


def test_missed_notices_are_made_up_for_by_one_sync(at_microsoft: Told):
    at_microsoft.watch()
    at_microsoft.graph.subscriptions.life(at_microsoft.open_there()[0], "missed")
    assert [job["calendar_id"] for job in waiting()] == [at_microsoft.inbox.pk]


def test_a_subscription_that_was_removed_is_made_anew_and_the_calendar_read(at_microsoft: Told):
    before = at_microsoft.watch()
    at_microsoft.graph.subscriptions.life(at_microsoft.open_there()[0], "subscriptionRemoved")
    assert (at_microsoft.rows(), syncs()) == ([], [at_microsoft.inbox.pk])
    work()
    assert at_microsoft.row().remote_id != before.remote_id
    assert len(at_microsoft.open_there()) == 1
    assert syncs() == [at_microsoft.inbox.pk]


def test_one_that_must_be_authorised_anew_is_renewed_at_once(at_microsoft: Told):
    before = at_microsoft.watch()
    at_microsoft.now += timedelta(hours=1)
    at_microsoft.graph.subscriptions.life(at_microsoft.open_there()[0], "reauthorizationRequired")
    assert syncs() == [at_microsoft.inbox.pk]
    work()
    assert at_microsoft.asked() == ["PATCH"]
    after = at_microsoft.row()
    assert before.expires_at
    assert after.expires_at == before.expires_at + timedelta(hours=1)


def test_a_life_that_we_do_not_know_of_is_a_reason_to_look(at_microsoft: Told):
    at_microsoft.watch()
    say(at_microsoft, *secret_of(at_microsoft), lifecycleEvent="enlightened")
    assert syncs() == [at_microsoft.inbox.pk]


@pytest.mark.parametrize("facts", [{"paused": True}, {"enabled": False}])
def test_what_stands_still_is_not_read_for_a_notice(told: Told, facts: dict[str, bool]):
    told.watch()
    type(told.inbox).objects.of(told.member.workspace_id).update(**facts)
    told.change()
    assert syncs() == []


def test_when_something_was_heard_is_written_once_a_minute(told: Told):
    told.watch()
    told.now += timedelta(hours=1)
    told.change("one")
    heard = told.row().heard_at
    assert heard == told.now
    told.now += timedelta(seconds=59)
    told.change("two")
    assert told.row().heard_at == heard


def test_nothing_that_comes_in_is_logged(told: Told, caplog: pytest.LogCaptureFixture):
    told.watch()
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="metwith"):
        say(told, *secret_of(told), resource="Users/secret-of-somebody")
        say(told, "marker-of-a-channel-12", "marker-of-a-secret")
        knock(MICROSOFT, b'{"value": [{"clientState": "marker", "subject": "marker"}')
    assert "marker" not in caplog.text
    assert "secret-of-somebody" not in caplog.text
    assert secret_of(told)[1] not in caplog.text
