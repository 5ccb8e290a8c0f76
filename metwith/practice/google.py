"""A practice Google Calendar (API v3): what Metwith asks of it, with Google's habits, and with faults on command.

    fake = Google("ana@north.example")
    fake.put("ana@north.example", {"id": "lunch", "summary": "Lunch", "start": {…}, "end": {…}})
    client = httpx.Client(transport=Bridge(fake), headers={"Authorization": f"Bearer {fake.token_of('ana@north.example')}"})

Reading: calendarList, events (masters and exceptions), one event. Push: watch, notices, stop. It knows neither
`singleEvents=true` nor any way to write; whoever plays the owner uses the methods of this class.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from metwith.practice import google_events as shape
from metwith.practice.asgi import Answer, App, Request
from metwith.practice.google_pages import Pages, Refusal, check, error, size
from metwith.practice.google_push import Channels
from metwith.practice.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.calendars.vocabulary import Moment, RemoteEvent
    from metwith.practice.store import Payload

ROOT = ("calendar", "v3")
LISTS = "calendars of {}"


@dataclass
class Plan:
    """Something that goes wrong once, when `after` more requests have gone well."""

    answer: Answer | None
    """None: the right answer, of which half is sent."""
    after: int = 0


@dataclass
class Faults:
    """What goes wrong, until it is taken back."""

    empty_pages: bool = False
    """Before every page comes an empty one."""
    replays: bool = False
    """Each page begins with the last item of the one before."""
    endless: bool = False
    """The list never ends."""
    no_sync_token: bool = False
    expires_at_page: int | None = None
    """410 in the middle of a list, from this page on (the first is 0)."""


class Google(App):
    """Users and their calendars. The first user's primary calendar is there from the start."""

    def __init__(self, owner: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.store = Store()
        self.pages = Pages()
        self.faults = Faults()
        self.plans: list[Plan] = []
        self.tokens: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        """Whose each calendar is."""
        self.channels = Channels(clock)
        self.largest_page: int | None = None
        """Pages are no larger than this, whatever is asked for."""
        self._numbers = count(1)
        self.add_user(owner)

    # --- who plays the owner --------------------------------------------------------------------------------------------------------

    def add_user(self, address: str) -> None:
        """Somebody with a primary calendar."""
        self.store.add_calendar(LISTS.format(address))
        self.add_calendar(address, address, primary=True, summary=address)

    def add_calendar(self, user: str, calendar: str, **about: Any) -> None:
        """Put a calendar on a user's list, or say something else about it. `accessRole` is "owner" unless told."""
        entry = {"accessRole": "owner", "summary": calendar, "timeZone": "UTC", "selected": True, **about}
        if entry["accessRole"] == "owner":
            self.owners[calendar] = user
        self.store.add_calendar(calendar)
        self._list_entry(user, {"id": calendar, "kind": "calendar#calendarListEntry", **entry})

    def drop_calendar(self, user: str, calendar: str) -> None:
        """Take a calendar off a user's list, as when it is no longer shared with them."""
        grave = {"id": calendar, "kind": "calendar#calendarListEntry", "deleted": True, "etag": '"0"'}
        self.store.delete(LISTS.format(user), calendar, grave)
        self.channels.touch(f"calendarList/{user}")

    def put(self, calendar: str, payload: Payload) -> None:
        """Write an event, or write it anew."""
        filled = shape.filled(payload, owner=self.owners.get(calendar, calendar), counter=self.store.counter + 1)
        self.store.put(calendar, payload["id"], filled)
        self.channels.touch(f"events/{calendar}")

    def put_item(self, calendar: str, ident: str, events: tuple[RemoteEvent, ...]) -> None:
        """Write an item of any other calendar: an event, a series, or exceptions without theirs. Exceptions it no longer has vanish."""
        payloads = [payload for event in events for payload in shape.of_event(event, ident)]
        kept = {payload["id"] for payload in payloads}
        for member in self.members(calendar, ident):
            if member not in kept:
                self.store.vanish(calendar, member)
        for payload in payloads:
            self.put(calendar, payload)

    def delete(self, calendar: str, ident: str) -> None:
        """Delete an event, a whole series, or an exception; what is left of it is what Google guarantees, and no more."""
        for member in self.members(calendar, ident):
            self.store.delete(calendar, member, shape.grave(self.store.calendars[calendar].items[member]))
        self.channels.touch(f"events/{calendar}")

    def call_off(self, calendar: str, ident: str, **changes: Any) -> None:
        """Cancel an event and leave its details, as on the organizer's own calendar."""
        self.put(calendar, {**self.store.calendars[calendar].items[ident], "status": "cancelled", **changes})

    def call_off_one(self, calendar: str, master: str, original: Moment) -> None:
        """Delete one occurrence of a series."""
        self.put(calendar, shape.cancelled_exception(master, original))

    def members(self, calendar: str, ident: str) -> list[str]:
        """The ids of an event and its exceptions, as far as they are there."""
        items = self.store.calendars[calendar].items
        return [name for name, payload in items.items() if ident in {name, payload.get("recurringEventId")}]

    def token_of(self, user: str) -> str:
        """A new access token."""
        token = f"ya29.practice-{next(self._numbers)}"
        self.tokens[token] = user
        return token

    def revoke_tokens(self) -> None:
        """No access token given so far is good any more."""
        self.tokens.clear()

    def expire_sync_tokens(self) -> None:
        """No sync token given so far is good any more."""
        self.pages.era += 1

    def fail(
        self, status: int = 500, reason: str = "backendError", *, after: int = 0, times: int = 1, retry_after: str = "", body: str = ""
    ) -> None:
        """Answer with an error, `times` in a row, when `after` more requests have gone well."""
        headers = {"retry-after": retry_after} if retry_after else {}
        answer = Answer(body or error(status, reason, f"Practice: {reason}."), status, headers)
        self.plans += [Plan(answer, after if not number else 0) for number in range(times)]

    def cut(self, *, after: int = 0) -> None:
        """Break a connection in the middle of a page."""
        self.plans.append(Plan(None, after))

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.faults, self.plans = Faults(), []

    # --- what clients see -----------------------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """See ASGI."""
        plan = self._plan()
        if plan is not None and plan.answer is not None:
            return plan.answer
        try:
            answer = self._route(request, self._user(request))
        except Refusal as refusal:
            return Answer(error(refusal.status, refusal.reason, refusal.message), refusal.status)
        return replace(answer, cut=True) if plan else answer

    def _plan(self) -> Plan | None:
        if not self.plans:
            return None
        if self.plans[0].after == 0:
            return self.plans.pop(0)
        self.plans[0].after -= 1
        return None

    def _user(self, request: Request) -> str:
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token not in self.tokens:
            raise Refusal(401, "authError", "Invalid Credentials")
        return self.tokens[token]

    def _route(self, request: Request, user: str) -> Answer:
        if request.parts[:2] != ROOT:
            raise Refusal(404, "notFound", "Not Found")
        match (request.method, *request.parts[2:]):
            case ("GET", "users", "me", "calendarList"):
                return self._calendar_list(request, user)
            case ("GET", "calendars", calendar, "events"):
                return self._events(request, user, self._calendar(user, calendar))
            case ("GET", "calendars", calendar, "events", ident):
                return self._event(request, user, self._calendar(user, calendar), ident)
            case ("POST", "calendars", calendar, "events", "watch"):
                return self.channels.watch(request, f"events/{self._calendar(user, calendar)}")
            case ("POST", "users", "me", "calendarList", "watch"):
                return self.channels.watch(request, f"calendarList/{user}")
            case ("POST", "channels", "stop"):
                return self.channels.stop(request)
        raise Refusal(404, "notFound", "Not Found")

    def _calendar(self, user: str, calendar: str) -> str:
        found = user if calendar == "primary" else calendar
        if found not in self.store.calendars[LISTS.format(user)].items:
            raise Refusal(404, "notFound", "Not Found")
        return found

    def _role(self, user: str, calendar: str) -> str:
        return str(self.store.calendars[LISTS.format(user)].items[calendar]["accessRole"])

    def _list_entry(self, user: str, entry: Payload) -> None:
        self.store.put(LISTS.format(user), entry["id"], {"etag": f'"{self.store.counter + 1}"', **entry})
        self.channels.touch(f"calendarList/{user}")

    def _calendar_list(self, request: Request, user: str) -> Answer:
        if request.get("syncToken") and (request.get("minAccessRole") or request.get("showOwnOrganizationOnly")):
            raise Refusal(400, "invalid", "Sync token cannot be combined with minAccessRole.")
        if request.get("syncToken") and "false" in {request.get("showDeleted"), request.get("showHidden")}:
            raise Refusal(400, "invalid", "Sync token cannot be combined with showDeleted=false.")
        found = self._page(request, user, lambda: self._listed(request, user), most=250, usual=100)
        return Answer({"kind": "calendar#calendarList", "etag": f'"{self.store.counter}"', **found})

    def _listed(self, request: Request, user: str) -> list[Payload]:
        found = self.store.calendars[LISTS.format(user)]
        if request.get("syncToken"):
            return [found.items.get(ident) or found.graves[ident] for ident in found.since(self.pages.read(request, user))]
        hidden, deleted = request.get("showHidden") == "true", request.get("showDeleted") == "true"
        return [entry for entry in found.items.values() if hidden or not entry.get("hidden")] + (list(found.graves.values()) * deleted)

    def _events(self, request: Request, user: str, calendar: str) -> Answer:
        check(request)
        if request.get("singleEvents") == "true":
            raise Refusal(400, "invalidParameter", "The practice server does not expand series.")
        if request.get("updatedMin") and not request.get("pageToken"):
            raise Refusal(410, "updatedMinTooLongAgo", "The requested minimum modification time lies too far in the past.")
        entry = self.store.calendars[LISTS.format(user)].items[calendar]
        found = self._page(request, user, lambda: self._matching(request, user, calendar), most=2500, usual=250)
        head = {"kind": "calendar#events", "etag": f'"{self.store.counter}"', "updated": "2026-01-01T00:00:00.000Z", "defaultReminders": []}
        about = {"summary": entry["summary"], "timeZone": entry["timeZone"], "accessRole": entry["accessRole"]}
        return Answer({**head, **about, **found})

    def _matching(self, request: Request, user: str, calendar: str) -> list[Payload]:
        found = self.store.calendars[calendar]
        deleted = request.get("showDeleted") == "true"
        if request.get("syncToken"):
            changed = found.since(self.pages.read(request, user))
            items = [found.items.get(ident) or found.graves[ident] for ident in changed]
            items = items if deleted else [_without_details(item) for item in items]
        else:
            items = [*found.items.values(), *(found.graves.values() if deleted else ())]
            items = [item for item in items if deleted or item["status"] != "cancelled" or "recurringEventId" in item]
        uid, types = request.get("iCalUID"), request.all("eventTypes")
        items = [item for item in items if not uid or self._uid(calendar, item) == uid]
        if request.get("timeMin") or request.get("timeMax"):
            items = [item for item in items if shape.within(item, request.get("timeMin"), request.get("timeMax"))]
        items = [item for item in items if not types or item.get("eventType", "default") in types]
        most = int(request.get("maxAttendees")) if request.get("maxAttendees") else None
        return [shape.seen(item, role=self._role(user, calendar), most_attendees=most) for item in items]

    def _uid(self, calendar: str, item: Payload) -> str:
        """A bare exception is of its series' UID, though it does not say so."""
        master = self.store.calendars[calendar].items.get(item.get("recurringEventId", ""), {})
        return str(item.get("iCalUID") or master.get("iCalUID", ""))

    def _event(self, request: Request, user: str, calendar: str, ident: str) -> Answer:
        found = self.store.calendars[calendar]
        payload = found.items.get(ident) or found.graves.get(ident)
        if payload is None:
            raise Refusal(404, "notFound", "Not Found")
        most = int(request.get("maxAttendees")) if request.get("maxAttendees") else None
        return Answer(shape.seen(payload, role=self._role(user, calendar), most_attendees=most))

    def _page(self, request: Request, user: str, matching: Callable[[], list[Payload]], *, most: int, usual: int) -> dict[str, Any]:
        """One page of a list, from its snapshot: `items`, and a token for the next page or the next list."""
        length, key, start, after_empty = size(request, usual=usual, most=self.largest_page or most), "", 0, False
        if request.get("pageToken"):
            key, start, after_empty = self.pages.resume(request)
        else:
            token = self.pages.sync_token(request, user, self.store.counter)
            key = self.pages.begin(request, matching(), token)
        snapshot = self.pages.snapshots[key]
        if self.faults.expires_at_page is not None and snapshot.given >= self.faults.expires_at_page:
            raise Refusal(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
        snapshot.given += 1
        if self.faults.empty_pages and not after_empty:
            return {"items": [], "nextPageToken": f"{key}.{start}.empty"}
        items = snapshot.items[max(0, start - 1) if self.faults.replays else start : start + length]
        if self.faults.endless or start + length < len(snapshot.items):
            return {"items": items, "nextPageToken": f"{key}.{start if self.faults.endless else start + length}"}
        return {"items": items, **({} if self.faults.no_sync_token else {"nextSyncToken": snapshot.token})}


def _without_details(item: Payload) -> Payload:
    return shape.grave(item) if item["status"] == "cancelled" else item
