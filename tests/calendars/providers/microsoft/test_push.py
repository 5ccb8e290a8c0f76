"""Subscriptions of Microsoft Graph: what is sent, and what comes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from metwith.calendars.providers.microsoft.push import LONGEST, graph_notices
from metwith.engine.errors import ProviderBroken, SlowDown
from metwith.engine.port import Pushes
from metwith.engine.vocabulary import Notice, NoticeKind, PushChannel
from metwith.practice.asgi import Answer
from metwith.practice.graph.faults import error, throttled
from tests.calendars.providers.microsoft import csdl
from tests.calendars.providers.microsoft.world import NOW, MicrosoftWorld

PAYLOADS = Path(__file__).parent / "payloads" / "notices"
ASKED = PushChannel("id-of-a-channel", "the-secret")
HERE = "https://metwith.example/hooks/microsoft"
OURS = ("id-of-a-channel-that-we-made-up-1", "the-secret")


@pytest.fixture
def world() -> MicrosoftWorld:
    return MicrosoftWorld()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("event-updated", (Notice(*OURS, NoticeKind.CHANGED),)),
        (
            "bundle-of-two-subscriptions",
            (Notice(*OURS, NoticeKind.CHANGED), Notice("id-of-a-channel-that-we-made-up-2", "another-secret", NoticeKind.CHANGED)),
        ),
        ("missed", (Notice(*OURS, NoticeKind.MISSED),)),
        ("reauthorization-required", (Notice(*OURS, NoticeKind.ENDING),)),
        ("subscription-removed", (Notice(*OURS, NoticeKind.ENDED),)),
        ("client-state-of-somebody-else", ()),
    ],
)
def test_notices_are_read_from_the_body(name: str, expected: tuple[Notice, ...]):
    assert graph_notices({}, (PAYLOADS / f"{name}.json").read_bytes()) == expected


def test_a_subscription_is_of_the_whole_mailbox_and_as_long_as_may_be(world: MicrosoftWorld):
    with world.opened() as provider:
        assert isinstance(provider, Pushes)
        made = provider.watch(world.calendar, HERE, ASKED)
    (subscription,) = world.service.subscriptions.all.values()
    payload = subscription.payload
    csdl.check(("subscriptions", "one"), payload)
    assert made == PushChannel("id-of-a-channel", "the-secret", payload["id"], NOW + LONGEST, proven=True)
    assert payload["resource"] == "/me/events"
    assert payload["notificationUrl"] == payload["lifecycleNotificationUrl"] == f"{HERE}?for=id-of-a-channel"
    assert len(payload["clientState"]) <= 128


def test_it_is_renewed_and_ended(world: MicrosoftWorld):
    with world.opened() as provider:
        made = provider.watch(world.calendar, HERE, ASKED)
        assert made
        world.now += timedelta(days=3)
        renewed = provider.renew(made)
        assert renewed
        assert (renewed.id, renewed.resource_id, renewed.expires_at) == (made.id, made.resource_id, world.now + LONGEST)
        provider.stop(made)
        assert world.service.subscriptions.all == {}
        provider.stop(made)
        assert provider.renew(made) is None, "what is gone is to be made anew"


def test_two_channels_of_one_mailbox_are_no_conflict(world: MicrosoftWorld):
    with world.opened() as provider:
        assert all(provider.watch(world.calendar, HERE, PushChannel(f"channel-{number}", "s")) for number in range(2))
        assert provider.watch(world.calendar, HERE, PushChannel("channel-1", "s")) is None


@pytest.mark.parametrize("status", [400, 403, 409])
def test_a_refusal_is_no_error(world: MicrosoftWorld, status: int):
    world.service.faults.answers.append(("subscriptions", error(status, "ExtensionError")))
    with world.opened() as provider:
        assert provider.watch(world.calendar, HERE, ASKED) is None


@pytest.mark.parametrize(("answer", "expected"), [(throttled(60), SlowDown), (error(500, "generalException"), ProviderBroken)])
def test_what_passes_is_no_refusal_and_nothing_is_sent_twice(world: MicrosoftWorld, answer: Answer, expected: type[Exception]):
    world.service.faults.answers += [("subscriptions", answer)] * 3
    with world.opened() as provider, pytest.raises(expected):
        provider.watch(world.calendar, HERE, ASKED)
    assert len(world.service.asked) == 1


def test_an_end_that_cannot_be_read_is_taken_for_an_hour(world: MicrosoftWorld):
    said = Answer({"id": "one", "expirationDateTime": "in a week"}, 201)
    world.service.faults.answers.append(("subscriptions", said))
    with world.opened() as provider:
        made = provider.watch(world.calendar, HERE, ASKED)
    assert made
    assert made.expires_at == NOW + timedelta(hours=1)


def test_an_end_with_seven_digits_is_read(world: MicrosoftWorld):
    said = Answer({"id": "one", "expirationDateTime": "2036-01-08T12:00:00.1234567Z"}, 201)
    world.service.faults.answers.append(("subscriptions", said))
    with world.opened() as provider:
        made = provider.watch(world.calendar, HERE, ASKED)
    assert made
    assert made.expires_at == datetime(2036, 1, 8, 12, 0, 0, 123456, tzinfo=UTC)
    assert json.loads(world.service.asked[-1].body)["changeType"] == "created,updated,deleted"
