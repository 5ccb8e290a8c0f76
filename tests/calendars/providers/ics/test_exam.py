from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers.ics.provider import FEED
from tests.calendars.providers.exam import ProviderExam, calendar, event

from .feed import Feed, opened, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.calendars.providers.port import CalendarProvider


class FeedWorld:
    """Resources are put into one feed; a feed has no names for them."""

    calendar = FEED
    takes_several_uids = True
    deletes_past = False

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.resources: dict[str, str] = {}
        self._publish()

    @contextmanager
    def opened(self, *, page: int | None = None) -> Iterator[CalendarProvider]:
        with opened(self.feed, page=page) as provider:
            yield provider

    def put(self, name: str, body: str) -> None:
        _head, begin, events = body.partition("BEGIN:VEVENT")
        self.resources[name] = f"{begin}{events}".rpartition("\r\nEND:VCALENDAR")[0]
        self._publish()

    def delete(self, name: str) -> None:
        del self.resources[name]
        self._publish()

    def break_item(self, name: str, uid: str) -> None:
        self.put(name, calendar(event(uid, start="20260231T090000Z")))

    def expire(self) -> None:
        """A feed gives no cursors that it could forget."""

    def _publish(self) -> None:
        self.feed.body = calendar(*self.resources.values()).encode()


@pytest.fixture(params=["conditional", "everything each time"])
def world(request: pytest.FixtureRequest) -> Iterator[FeedWorld]:
    with served(Feed(conditional=request.param == "conditional")) as feed:
        yield FeedWorld(feed)


class TestIcs(ProviderExam):
    pass
