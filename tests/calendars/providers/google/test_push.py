"""Push channels of Google: what is sent is held against the discovery document, what comes is read."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers.google.push import google_notices
from metwith.engine.errors import NeedsReconnect, ProviderBroken, ProviderError, SlowDown
from metwith.engine.port import Pushes
from metwith.engine.vocabulary import Notice, NoticeKind, PushChannel
from tests.calendars.providers.google.world import ANA, NOW, opened

if TYPE_CHECKING:
    from metwith.practice.google import Google

NOTICES = Path(__file__).parent / "payloads" / "notices"
ASKED = PushChannel("id-of-a-channel", "the-secret")
HERE = "https://metwith.example/hooks/google"


@pytest.mark.parametrize(
    ("name", "news"),
    [("channel-opened", NoticeKind.OPENED), ("something-changed", NoticeKind.CHANGED), ("calendar-deleted", NoticeKind.CHANGED)],
)
def test_a_notice_is_read_from_its_headers(name: str, news: NoticeKind):
    headers = json.loads((NOTICES / f"{name}.json").read_text())
    assert google_notices(headers, b"") == (Notice("id-of-a-channel-that-we-made-up-1", "the-secret", news),)
    assert "the-secret" not in repr(google_notices(headers, b""))


def test_what_is_no_notice_says_nothing():
    assert google_notices({}, b'{"value": []}') == ()


def test_a_channel_is_opened_and_stopped(google: Google):
    with opened(google) as provider:
        assert isinstance(provider, Pushes)
        made = provider.watch(ANA, HERE, ASKED)
        assert made
        assert made == PushChannel("id-of-a-channel", "the-secret", made.resource_id, NOW + timedelta(days=7))
        assert made.resource_id
        assert google.channels.open[made.id].token == "the-secret"
        assert provider.renew(made) is None
        provider.stop(made)
        assert google.channels.open == {}
        provider.stop(made)


def test_a_calendar_that_is_not_there_cannot_be_watched(google: Google):
    with opened(google) as provider:
        assert provider.watch("nobody@north.example", HERE, ASKED) is None
        assert provider.watch(ANA, "http://metwith.example/hooks/google", ASKED) is None


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (403, "rateLimitExceeded", SlowDown),
        (429, "rateLimitExceeded", SlowDown),
        (500, "backendError", ProviderBroken),
    ],
)
def test_what_passes_is_no_refusal_and_nothing_is_sent_twice(google: Google, status: int, reason: str, expected: type[ProviderError]):
    google.fail(status, reason, times=3)
    with opened(google) as provider, pytest.raises(expected):
        provider.watch(ANA, HERE, ASKED)
    assert len(google.asked) == 1


def test_a_token_that_is_refused_is_renewed_once(google: Google):
    google.fail(401, "authError")
    with opened(google) as provider:
        assert provider.watch(ANA, HERE, ASKED)
        google.fail(401, "authError", times=2)
        with pytest.raises(NeedsReconnect):
            provider.watch(ANA, HERE, PushChannel("another", "x"))


@pytest.mark.parametrize("said", ["", "soon", "9" * 30])
def test_a_channel_without_an_end_is_trusted_for_a_day(google: Google, said: str):
    google.fail(200, body=json.dumps({"kind": "api#channel", "id": "id-of-a-channel", "resourceId": "r", "expiration": said}))
    with opened(google) as provider:
        assert provider.watch(ANA, HERE, ASKED) == PushChannel("id-of-a-channel", "the-secret", "r", NOW + timedelta(days=1))


def test_only_channels_are_told_anything(google: Google):
    with opened(google) as provider, pytest.raises(ValueError, match="channels"):
        provider._api.tell("calendars", ANA, "events", body={}, seconds=1)
    assert google.asked == []
