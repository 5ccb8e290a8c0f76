"""Lists of the Google practice server: which parameters go together, and what a page token and a sync token stand for."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metwith.practice.asgi import Request
    from metwith.practice.store import Payload

FORBIDDEN_WITH_SYNC_TOKEN = frozenset(
    {"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin"}
)
"""Events: list, parameter `syncToken`."""
NOT_PRACTISED = frozenset({"orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeZone"})
"""Parameters that Google knows and this server does not."""
_NOT_IN_THE_CONTRACT = frozenset({"pageToken", "syncToken", "maxResults", "prettyPrint", "alt", "fields", "quotaUser"})
MOST_SNAPSHOTS = 50


class Refusal(Exception):
    """An answer other than success, with Google's own reason."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message


@dataclass
class Snapshot:
    """The pages of one list, as they were when the first of them was asked for."""

    items: list[Payload]
    request: list[list[str]]
    """The parameters of the first page."""
    token: str
    """The sync token that the last page gives."""
    given: int = 0


@dataclass
class Pages:
    """Cuts lists into pages. A token holds for the user, the calendar and the parameters it was given for."""

    era: int = 0
    """Grows when all sync tokens are to expire."""
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    _number: int = 0

    def sync_token(self, request: Request, user: str, counter: int) -> str:
        """The token that stands for everything up to `counter`."""
        fields = [self.era, user, request.path, contract(request), counter]
        return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")

    def read(self, request: Request, user: str) -> int:
        """The counter of the request's sync token. Raises Refusal: 400 for one of another list, 410 for one that has expired."""
        token = request.get("syncToken")
        try:
            era, *bound, counter = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        except ValueError as error:
            raise Refusal(400, "invalid", "Invalid sync token value.") from error
        if bound != [user, request.path, contract(request)]:
            raise Refusal(400, "invalid", "The sync token was given for another list.")
        if era != self.era:
            raise Refusal(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
        return int(counter)

    def begin(self, request: Request, items: list[Payload], token: str) -> str:
        """Keep a list for its later pages. Returns the key to them."""
        self._number += 1
        key = f"s{self._number}"
        self.snapshots[key] = Snapshot(items, contract(request), token)
        while len(self.snapshots) > MOST_SNAPSHOTS:
            del self.snapshots[next(iter(self.snapshots))]
        return key

    def resume(self, request: Request) -> tuple[str, int, bool]:
        """What a page token stands for: the key, where to go on, and whether the page before was an empty one. Raises Refusal."""
        key, _dot, rest = request.get("pageToken").partition(".")
        offset, _dot, empty = rest.partition(".")
        snapshot = self.snapshots.get(key)
        if snapshot is None or not offset.isdecimal() or snapshot.request != contract(request):
            raise Refusal(400, "invalid", "Invalid page token value.")
        return key, int(offset), bool(empty)


def contract(request: Request) -> list[list[str]]:
    """The parameters that must stay the same from the first page of the first list on."""
    return sorted([name, value] for name, value in request.query if name not in _NOT_IN_THE_CONTRACT)


def check(request: Request) -> None:
    """Refuse parameters that do not go together. Raises Refusal."""
    names = {name for name, _value in request.query}
    if "syncToken" in names and (clash := names & FORBIDDEN_WITH_SYNC_TOKEN):
        raise Refusal(400, "invalid", f"Sync token cannot be combined with {min(clash)}.")
    if "syncToken" in names and request.get("showDeleted") == "false":
        raise Refusal(400, "invalid", "Sync token cannot be combined with showDeleted=false.")
    if unknown := names & NOT_PRACTISED:
        raise Refusal(400, "invalidParameter", f"The practice server does not know {min(unknown)}.")


def size(request: Request, *, usual: int, most: int) -> int:
    """How many items a page may have. Raises Refusal."""
    text = request.get("maxResults", str(usual))
    if not text.isdecimal() or int(text) < 1:
        raise Refusal(400, "invalidParameter", "Invalid value for maxResults.")
    return min(int(text), most)


def error(status: int, reason: str, message: str) -> dict[str, Any]:
    """Google's body of an error."""
    return {"error": {"code": status, "message": message, "errors": [{"domain": "global", "reason": reason, "message": message}]}}
