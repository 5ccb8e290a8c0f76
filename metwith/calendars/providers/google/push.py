"""Push channels of Google Calendar (guide "Push notifications"): one for each calendar, seven days long, replaced rather than renewed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from metwith.engine.apis.rest import Rejected, provider_errors
from metwith.engine.vocabulary import Notice, NoticeKind, PushChannel
from metwith.lib.text import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from metwith.engine.apis.google import Api

UNSAID = timedelta(days=1)
"""How long a channel is trusted whose end Google does not name."""
WATCH, STOP = 20.0, 5.0
"""Seconds that Google may take."""
_NEWS = {"sync": NoticeKind.OPENED}


class GooglePush:
    """See port.Pushes."""

    _api: Api
    _now: Callable[[], datetime]

    def watch(self, calendar: str, address: str, asked: PushChannel) -> PushChannel | None:
        """See the port."""
        body = {"id": asked.id, "type": "web_hook", "address": address, "token": asked.secret}
        with provider_errors(self._now):
            try:
                made = self._api.tell("calendars", calendar, "events", "watch", body=body, seconds=WATCH)
            except Rejected as error:
                if error.for_good:
                    return None
                raise
        until = _moment(made.get("expiration")) or self._now() + UNSAID
        return PushChannel(asked.id, asked.secret, str(made.get("resourceId") or ""), until)

    def renew(self, _channel: PushChannel) -> PushChannel | None:
        """See the port. Google knows no renewal."""
        return None

    def stop(self, channel: PushChannel) -> None:
        """See the port."""
        with provider_errors(self._now):
            try:
                self._api.tell("channels", "stop", body={"id": channel.id, "resourceId": channel.resource_id}, seconds=STOP)
            except Rejected as error:
                if error.status != 404:
                    raise


def google_notices(headers: Mapping[str, str], _body: bytes) -> tuple[Notice, ...]:
    """What a POST says, of which only the headers speak. `headers` are asked regardless of case. Not a notice: nothing."""
    ident, secret = headers.get("X-Goog-Channel-ID", ""), headers.get("X-Goog-Channel-Token", "")
    if not ident:
        return ()
    return (Notice(ident, secret, _NEWS.get(headers.get("X-Goog-Resource-State", ""), NoticeKind.CHANGED)),)


def _moment(value: object) -> datetime | None:
    """Milliseconds since 1970, as text."""
    milliseconds = whole(str(value or ""), 14)
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
