"""Subscriptions of Microsoft Graph (https://learn.microsoft.com/graph/change-notifications-overview): one for a whole mailbox.

Notices bring `clientState`, 128 characters of ours: the channel's id and its secret, with a dot between them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from metwith.engine.apis.graph import text_of
from metwith.engine.apis.rest import Rejected, provider_errors
from metwith.engine.vocabulary import Notice, NoticeKind, PushChannel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metwith.engine.apis.graph import Graph, Payload

LONGEST = timedelta(minutes=10_080) - timedelta(minutes=10)
"""What Graph allows, less a little in case its clock is behind ours."""
MAKE, END = 30.0, 5.0
"""Seconds that Graph may take; while a subscription is made it tries our address twice."""
_LIFE = {"reauthorizationRequired": NoticeKind.ENDING, "subscriptionRemoved": NoticeKind.ENDED, "missed": NoticeKind.MISSED}


class GraphPush:
    """See port.Pushes."""

    _graph: Graph

    def watch(self, _calendar: str, address: str, asked: PushChannel) -> PushChannel | None:
        """See the port. Both addresses are the same, with the id behind it: Graph takes two subscriptions that are alike for one."""
        where = f"{address}?for={asked.id}"
        body = {
            "changeType": "created,updated,deleted",
            "notificationUrl": where,
            "lifecycleNotificationUrl": where,
            "resource": f"{self._graph.mailbox}/events",
            "expirationDateTime": self._farthest(),
            "clientState": f"{asked.id}.{asked.secret}",
        }
        with provider_errors(self._graph.habits.now):
            try:
                made = self._graph.subscription("POST", body=body, seconds=MAKE)
            except Rejected as error:
                if error.for_good:
                    return None
                raise
        return PushChannel(asked.id, asked.secret, text_of(made, "id"), self._until(made), proven=True)

    def renew(self, channel: PushChannel) -> PushChannel | None:
        """See the port. That also answers a request to authorise it anew."""
        if not channel.resource_id:
            return None
        with provider_errors(self._graph.habits.now):
            try:
                body: Payload = {"expirationDateTime": self._farthest()}
                made = self._graph.subscription("PATCH", channel.resource_id, body=body, seconds=MAKE)
            except Rejected as error:
                if error.for_good:
                    return None
                raise
        return PushChannel(channel.id, resource_id=channel.resource_id, expires_at=self._until(made), proven=True)

    def stop(self, channel: PushChannel) -> None:
        """See the port."""
        if not channel.resource_id:
            return
        with provider_errors(self._graph.habits.now):
            try:
                self._graph.subscription("DELETE", channel.resource_id, seconds=END)
            except Rejected as error:
                if error.status != 404:
                    raise

    def _farthest(self) -> str:
        return f"{(self._graph.habits.now() + LONGEST).astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"

    def _until(self, made: Payload) -> datetime:
        """What Graph says; a little while where it says nothing that can be read."""
        try:
            found = datetime.fromisoformat(text_of(made, "expirationDateTime"))
        except ValueError:
            found = self._graph.habits.now() + timedelta(hours=1)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def graph_notices(_headers: Mapping[str, str], body: bytes) -> tuple[Notice, ...]:
    """What a POST says: many notices perhaps, of several subscriptions. What is none is left out."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    value = found.get("value") if isinstance(found, dict) else None
    told = (_notice(item) for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
    # A hundred changes in one mailbox are one piece of news.
    return tuple(dict.fromkeys(filter(None, told)))


def _notice(item: dict[str, Any]) -> Notice | None:
    ident, dot, secret = text_of(item, "clientState").partition(".")
    life = text_of(item, "lifecycleEvent")
    # An event in its life that we do not know: look, as after any other notice.
    return Notice(ident, secret, _LIFE.get(life, NoticeKind.CHANGED)) if dot else None
