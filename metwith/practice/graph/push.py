"""Subscriptions of Microsoft Graph (https://learn.microsoft.com/graph/change-notifications-delivery-webhooks).

Both addresses are validated when a subscription is made; a lifetime is raised to 45 minutes and may not be longer than seven
days; a second one for the same is a conflict. Notices and what happens in the life of a subscription are sent on command.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

from metwith.practice.asgi import Answer
from metwith.practice.graph.faults import error

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.practice.asgi import Request
    from metwith.practice.graph.store import Payload

    type Deliver = Callable[[str, Payload | None], tuple[int, str, str, float]]
    """POST to an address (None: an empty body) → status, content type, body, and the seconds that it took."""

SHORTEST, LONGEST = timedelta(minutes=45), timedelta(minutes=10_080)
VALIDATED_WITHIN, ANSWERED_WITHIN = 10.0, 3.0
"""Seconds."""
TENANT = "00000000-0000-0000-0000-00000000beef"
_MARK = "Validation: Testing client application reachability for subscription Request-Id 1"


@dataclass
class Subscription:
    """One subscription, and what became of its notices."""

    payload: Payload
    expires: datetime
    slow: int = 0
    """Notices that were answered too late."""
    failed: list[Payload] = field(default_factory=list)
    """Notices that were not taken, to be sent again."""


class Subscriptions:
    """All subscriptions of a service."""

    def __init__(self, now: Callable[[], datetime], deliver: Deliver | None) -> None:
        self._now = now
        self._deliver = deliver
        self._numbers = count(1)
        self.all: dict[str, Subscription] = {}

    def answer(self, request: Request, path: list[str]) -> Answer:
        """What is said to POST, GET, PATCH and DELETE of subscriptions."""
        body = request.json()
        fields = body if isinstance(body, dict) else {}
        match request.method, path:
            case "POST", []:
                return self._made(fields)
            case "POST", [ident, "reauthorize"] if self._alive(ident):
                return Answer(None, 204)
            case "GET", [ident] if self._alive(ident):
                return Answer(self.all[ident].payload)
            case "PATCH", [ident] if self._alive(ident):
                return self._renewed(self.all[ident], fields)
            case "DELETE", [ident] if self._alive(ident):
                del self.all[ident]
                return Answer(None, 204)
        return error(404, "ResourceNotFound", "The object was not found.")

    def notify(self, resource: str, *, change: str = "updated", ident: str = "") -> None:
        """Tell everybody who watches a mailbox that an event changed. `resource` is the address of the event."""
        for name, found in list(self.all.items()):
            if self._alive(name):
                data = {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": resource, "@odata.etag": 'W/"1"', "id": ident}
                self._send(found, "notificationUrl", {"changeType": change, "resource": resource, "resourceData": data})

    def life(self, ident: str, event: Literal["reauthorizationRequired", "subscriptionRemoved", "missed"]) -> None:
        """Tell what happens to a subscription; one that is removed is gone."""
        found = self.all[ident]
        if event == "subscriptionRemoved":
            del self.all[ident]
        self._send(found, "lifecycleNotificationUrl", {"lifecycleEvent": event})

    def _alive(self, ident: str) -> bool:
        return ident in self.all and self.all[ident].expires > self._now()

    def _made(self, fields: Payload) -> Answer:
        expires = _moment(fields.get("expirationDateTime"))
        if expires is None or not fields.get("notificationUrl") or not fields.get("changeType") or not fields.get("resource"):
            return error(400, "InvalidRequest")
        if len(str(fields.get("clientState", ""))) > 128 or expires > self._now() + LONGEST:
            return error(400, "ExtensionError", "Subscription expiration can only be 10080 minutes in the future.")
        same = (one for name, one in self.all.items() if self._alive(name) and _watched(one.payload) == _watched(fields))
        if next(same, None) is not None:
            return error(409, "ErrorDuplicateSubscription")
        if not all(self._validated(str(fields[name])) for name in ("notificationUrl", "lifecycleNotificationUrl") if fields.get(name)):
            return error(400, "ValidationError", "Subscription validation request failed.")
        ident = f"7f105c7d-2dc5-4530-97cd-{next(self._numbers):012}"
        made = Subscription({}, max(expires, self._now() + SHORTEST))
        made.payload = {**fields, "id": ident, "applicationId": TENANT, "creatorId": TENANT, "expirationDateTime": _written(made.expires)}
        self.all[ident] = made
        return Answer(made.payload, 201)

    def _renewed(self, found: Subscription, fields: Payload) -> Answer:
        expires = _moment(fields.get("expirationDateTime"))
        if expires is None or expires > self._now() + LONGEST:
            return error(400, "ExtensionError")
        found.expires = max(expires, self._now() + SHORTEST)
        found.payload["expirationDateTime"] = _written(found.expires)
        return Answer(found.payload)

    def _validated(self, address: str) -> bool:
        """The token comes back decoded, as plain text, with 200, within ten seconds."""
        if self._deliver is None:
            return True
        mark = "&" if "?" in address else "?"
        token = _MARK.replace(" ", "+").replace(":", "%3A")
        status, kind, body, seconds = self._deliver(f"{address}{mark}validationToken={token}", None)
        return status == 200 and kind.startswith("text/plain") and body == _MARK and seconds <= VALIDATED_WITHIN

    def _send(self, found: Subscription, where: str, what: Payload) -> None:
        address = found.payload.get(where)
        if not address or self._deliver is None:
            return
        notice = {
            "subscriptionId": found.payload["id"],
            "subscriptionExpirationDateTime": found.payload["expirationDateTime"],
            "clientState": found.payload.get("clientState"),
            "tenantId": TENANT,
            **what,
        }
        status, _kind, _body, seconds = self._deliver(str(address), {"value": [notice]})
        found.slow += seconds > ANSWERED_WITHIN
        if not 200 <= status < 300 or seconds > ANSWERED_WITHIN:
            found.failed.append(notice)


def _watched(payload: Payload) -> tuple[Any, ...]:
    return payload.get("resource"), payload.get("changeType"), payload.get("notificationUrl")


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
