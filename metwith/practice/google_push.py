"""Push channels of the Google practice server (guide "Push notifications"): watch, notices with all their headers, stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from metwith.practice.asgi import Answer
from metwith.practice.google_pages import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.practice.asgi import Request

LONGEST = timedelta(days=7)
LONGEST_ID = 64
LONGEST_TOKEN = 256


@dataclass
class Channel:
    """What somebody asked to be told of."""

    id: str
    address: str
    token: str
    resource: str
    """`events/<calendar>` or `calendarList/<user>`."""
    uri: str
    until: datetime
    number: int = 0
    """Of the last notice."""

    @property
    def resource_id(self) -> str:
        """Google's opaque name of the resource: the same for every channel on it."""
        return self.resource.encode().hex()


@dataclass(frozen=True, slots=True)
class Notice:
    """A POST without a body that Google would send."""

    address: str
    headers: dict[str, str]


class Channels:
    """Keeps the channels. Notices wait in `notices` until `deliver` sends them somewhere."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.open: dict[str, Channel] = {}
        self.used: set[str] = set()
        self.notices: list[Notice] = []

    def watch(self, request: Request, resource: str) -> Answer:
        """Open a channel; its first notice says `sync`. Raises Refusal."""
        asked = request.json() or {}
        ident, address, token = str(asked.get("id", "")), str(asked.get("address", "")), str(asked.get("token", ""))
        if asked.get("type") != "web_hook" or not ident or len(ident) > LONGEST_ID or len(token) > LONGEST_TOKEN:
            raise Refusal(400, "required", "Required")
        if not address.startswith("https://"):
            raise Refusal(400, "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address}")
        if ident in self.used:
            raise Refusal(400, "channelIdNotUnique", f"Channel id {ident} not unique")
        uri = f"{request.base}{request.path.removesuffix('/watch')}?alt=json"
        channel = Channel(ident, address, token, resource, uri, self._until(asked.get("expiration")))
        self.used.add(ident)
        self.open[ident] = channel
        self._notify(channel, "sync")
        expiration = str(int(channel.until.timestamp() * 1000))
        found = {"kind": "api#channel", "id": ident, "resourceId": channel.resource_id, "resourceUri": uri, "expiration": expiration}
        return Answer({**found, **({"token": token} if token else {})})

    def _until(self, asked: object) -> datetime:
        longest = self.clock() + LONGEST
        text = str(asked or "")
        return min(longest, datetime.fromtimestamp(int(text) / 1000, UTC)) if text.isdecimal() else longest

    def stop(self, request: Request) -> Answer:
        """Close a channel. Raises Refusal."""
        asked = request.json() or {}
        channel = self.open.get(str(asked.get("id", "")))
        if channel is None or channel.resource_id != asked.get("resourceId"):
            raise Refusal(404, "notFound", "Channel not found")
        del self.open[channel.id]
        return Answer(status=204)

    def touch(self, resource: str) -> None:
        """Something changed: every channel on it that has not run out gets a notice."""
        for channel in self.open.values():
            if channel.resource == resource and channel.until > self.clock():
                self._notify(channel, "exists")

    def deliver(self, post: Callable[[str, dict[str, str]], int]) -> list[int]:
        """Send what waits, by a function from address and headers to the status that came back."""
        waiting, self.notices = self.notices, []
        return [post(notice.address, notice.headers) for notice in waiting]

    def _notify(self, channel: Channel, state: str) -> None:
        channel.number += 1
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Expiration": format_datetime(channel.until, usegmt=True),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-URI": channel.uri,
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(channel.number),
        }
        self.notices.append(Notice(channel.address, {**headers, **({"X-Goog-Channel-Token": channel.token} if channel.token else {})}))
