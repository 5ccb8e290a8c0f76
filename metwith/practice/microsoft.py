"""Microsoft Graph's calendars to practise with: an ASGI application over mailboxes in memory (docs/decisions/microsoft.md).

`GraphService()` holds mailboxes; a token names the mailbox that `/me` is. Reach it in this process by `asgi.Bridge`, or on loopback
by `serve.serving`. It knows what a reader of calendars needs, answers everything else with an error, and misbehaves on command (`faults`).
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from metwith.practice.asgi import Answer, App, Request
from metwith.practice.graph.delta import Delta, TokenLost
from metwith.practice.graph.faults import Faults, error, throttled
from metwith.practice.graph.push import Subscriptions
from metwith.practice.graph.store import Event, Mailbox, Payload
from metwith.practice.graph.view import Preferences, View, in_view, instant, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from metwith.practice.graph.push import Deliver

VERSION = "v1.0"
CONCURRENCY = 4
LONGEST_VIEW = timedelta(days=1825)
_FILTER = re.compile(r"start/dateTime (lt|le|gt|ge) '([^']+)'")
_NOT_FOR_DELTA = {"$select", "$filter", "$expand", "$orderby", "$search", "$top"}
_ONLY_WHEN_SELECTED = ("cancelledOccurrences",)


class NotFound(Exception):
    """There is nothing of this name."""


class Refused(Exception):
    """The request is not one that Graph understands."""

    def __init__(self, code: str = "ErrorInvalidRequest") -> None:
        super().__init__(code)
        self.code = code


def organisation(ident: str = "72f988bf-86f1-41af-91ab-2d7cd011db47", *domains: str) -> Payload:
    """An organisation as `/organization` describes it, with the domains that it has proven."""
    proven = [
        {"name": name, "capabilities": "Email, OfficeCommunicationsOnline", "isDefault": not n, "isInitial": False, "type": "Managed"}
        for n, name in enumerate(domains or ("practice.example",))
    ]
    return {"id": ident, "displayName": "Practice", "verifiedDomains": proven}


class GraphService(App):
    """The service. `mailboxes` by token; `asked` logs every request."""

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC), deliver: Deliver | None = None) -> None:
        super().__init__()
        self.now = now
        self.mailboxes: dict[str, Mailbox] = {}
        self.faults = Faults()
        self.delta = Delta(self.faults)
        self.subscriptions = Subscriptions(now, deliver)
        self.organisation: Payload | None = organisation()
        """Whose everybody here is; None: of none, as somebody with a personal account is."""
        self.largest_page: int | None = None
        """Pages are no larger than this, whatever is preferred."""
        self.most_at_once = 0
        """The most requests that one mailbox had to answer at a time."""
        self._inside: dict[int, int] = {}
        self._lock = threading.Lock()

    def add_mailbox(self, address: str, *, token: str) -> Mailbox:
        """A new mailbox, for whoever shows this token."""
        self.mailboxes[token] = Mailbox(address, now=self.now)
        return self.mailboxes[token]

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        for switch in fields(Faults):
            setattr(self.faults, switch.name, getattr(Faults(), switch.name))

    def answer(self, request: Request) -> Answer:
        """See App."""
        found = self.faults.instead(request.path) or self._answer(request)
        return replace(found, cut=self.faults.cut(request.path))

    def _answer(self, request: Request) -> Answer:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        own = self.mailboxes.get(token)
        if own is None:
            return error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        with self._lock:
            inside = self._inside[id(own)] = self._inside.get(id(own), 0) + 1
            self.most_at_once = max(self.most_at_once, inside)
        try:
            time.sleep(self.faults.latency)
            return throttled() if inside > CONCURRENCY else self._routed(request, own)
        finally:
            with self._lock:
                self._inside[id(own)] -= 1

    def _routed(self, request: Request, own: Mailbox) -> Answer:
        version, *path = request.parts
        if version != VERSION:
            return error(404, "ResourceNotFound")
        try:
            return self._served(request, own, path)
        except NotFound:
            return error(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        except Refused as refused:
            return error(400, refused.code)
        except TokenLost as lost:
            return self._lost(request, lost)

    def _served(self, request: Request, own: Mailbox, path: list[str]) -> Answer:
        if path == ["$batch"] and request.method == "POST":
            return self._batch(request)
        if path[0] == "subscriptions":
            return self.subscriptions.answer(request, path[1:])
        if request.method != "GET":
            return error(405, "ErrorMethodNotAllowed")
        if path == ["organization"]:
            return self._organisation(request)
        mailbox, rest = self._mailbox(own, path)
        prefer = Preferences.of(request.headers.get("prefer", ""))
        prefer = replace(prefer, page=min(prefer.page, self.largest_page or prefer.page))
        view = View(mailbox, prefer, self.faults.all_day_floats)
        body = self._resource(request, view, rest)
        return Answer({"@odata.context": f"{request.base}/{VERSION}/$metadata#{path[0]}"} | body, 200, _applied(view))

    def _organisation(self, request: Request) -> Answer:
        if self.organisation is None:
            return error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        about = f"{request.base}/{VERSION}/$metadata#organization"
        return Answer({"@odata.context": about, "value": [_selected(self.organisation, request.get("$select"))]})

    def _mailbox(self, own: Mailbox, path: list[str]) -> tuple[Mailbox, list[str]]:
        if path[0] == "me":
            return own, path[1:]
        if path[0] == "users" and len(path) > 1:
            there = (box for box in self.mailboxes.values() if path[1] in {box.address, box.user["id"]})
            if (box := next(there, None)) is not None:
                return box, path[2:]
        raise NotFound

    def _resource(self, request: Request, view: View, path: list[str]) -> Payload:
        match path:
            case []:
                return _selected(view.mailbox.user, request.get("$select"))
            case ["calendars"]:
                return _paged(request, view, list(view.mailbox.calendars.values()))
            case ["calendars", calendar, *rest] if calendar in view.mailbox.calendars:
                return self._of_calendar(request, view, calendar, rest)
            case ["events", ident, *rest]:
                return self._of_event(request, view, *_found(view, ident), rest)
        raise NotFound

    def _of_calendar(self, request: Request, view: View, calendar: str, path: list[str]) -> Payload:
        match path:
            case []:
                return view.mailbox.calendars[calendar]
            case ["events"]:
                return _paged(request, view, [view.full(event) for event in _listed(request, view.mailbox.in_calendar(calendar))])
            case ["calendarView"]:
                start, end = _window(request)
                there = [(event, day) for event in view.mailbox.in_calendar(calendar) for day in in_view(event, start, end)]
                return _paged(request, view, [view.full(e) if day is None else view.instance(e, day) for e, day in there])
            case ["calendarView", "delta"]:
                return self._delta(request, view, calendar)
        raise NotFound

    def _of_event(self, request: Request, view: View, event: Event, day: Any, path: list[str]) -> Payload:
        match path:
            case []:
                return self._event(request, view, event, day)
            case ["calendar"]:
                return _selected(view.mailbox.calendars[event.calendar], request.get("$select"))
            case ["instances"] if event.payload.get("recurrence"):
                days = in_view(event, *_window(request))
                return _paged(request, view, [view.instance(event, day) for day in days if day is not None])
        raise NotFound

    def _event(self, request: Request, view: View, event: Event, day: Any) -> Payload:
        if day is not None:
            return _selected(view.instance(event, day), request.get("$select"))
        body = view.full(event)
        if event.payload.get("recurrence"):
            days = () if self.faults.forgets_cancelled else sorted(event.cancelled)
            body["cancelledOccurrences"] = [f"OID.{view.id_of(event)}.{day}" for day in days]
        body = _selected(body, request.get("$select"))
        if request.get("$expand") == "exceptionOccurrences" and event.payload.get("recurrence"):
            found = [view.exception(event, day) for day in sorted(event.exceptions)]
            body["exceptionOccurrences"] = [{"id": one["id"]} for one in found] if self.faults.bare_exceptions else found
        elif request.get("$expand"):
            raise Refused
        return body

    def _delta(self, request: Request, view: View, calendar: str) -> Payload:
        if _NOT_FOR_DELTA & {name for name, _value in request.query}:
            raise Refused("ErrorInvalidUrlQuery")
        token = request.get("$skiptoken") or request.get("$deltatoken")
        state = self.delta.known(token) if token else self.delta.begun(calendar, *_window(request))
        return self.delta.page(view, state, _address(request))

    def _lost(self, request: Request, lost: TokenLost) -> Answer:
        if self.faults.lost == "410":
            return error(410, "resyncRequired", location=f"{_address(request)}?$deltatoken=&{lost.first}")
        return error(400, self.faults.lost)

    def _batch(self, request: Request) -> Answer:
        body = request.json()
        asked = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(asked, list) or len(asked) > 20:
            return error(400, "BadRequest")
        responses = []
        for number, one in enumerate(asked):
            path, _mark, query = str(one["url"]).partition("?")
            inner = replace(
                request,
                method=str(one["method"]),
                path=f"/{VERSION}/{path.strip('/')}",
                query=tuple(parse_qsl(query, keep_blank_values=True)),
                headers=request.headers | {name.lower(): value for name, value in one.get("headers", {}).items()},
            )
            own = self.mailboxes[request.headers["authorization"].removeprefix("Bearer ")]
            answer = throttled() if self.faults.batch_throttled and number >= CONCURRENCY else self._routed(inner, own)
            responses.append({"id": one["id"], "status": answer.status, "headers": answer.headers, "body": answer.body})
        return Answer({"responses": responses})


def _applied(view: View) -> dict[str, str]:
    return {"preference-applied": view.prefer.applied()}


def _address(request: Request) -> str:
    return f"{request.base}{request.path}"


def _found(view: View, ident: str) -> tuple[Event, Any]:
    name = name_of(ident)
    event = view.mailbox.events.get(name[0]) if name else None
    if name is None or event is None:
        raise NotFound
    if name[1] is not None and name[1] in event.cancelled:
        raise NotFound
    return event, name[1]


def _window(request: Request) -> tuple[datetime, datetime]:
    try:
        start, end = (_utc(request.get(name)) for name in ("startDateTime", "endDateTime"))
    except ValueError as problem:
        raise Refused("ErrorInvalidParameter") from problem
    if not start < end:
        raise Refused("ErrorInvalidParameter")
    if end - start > LONGEST_VIEW:
        raise Refused("ErrorCalendarViewRangeTooBig")
    return start, end


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _listed(request: Request, events: Iterable[Event]) -> list[Event]:
    """$filter and $orderby by the start; what has a start that nobody can read is listed by no filter."""
    starts = {event.name: instant(event.payload["start"]) for event in events}
    found = [event for event in events if not request.get("$filter") or _passes(request.get("$filter"), starts[event.name])]
    order = request.get("$orderby")
    if order not in {"", "start/dateTime asc", "start/dateTime desc"}:
        raise Refused
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda event: starts[event.name] or never, reverse=order.endswith("desc")) if order else found


def _passes(condition: str, start: datetime | None) -> bool:
    match = _FILTER.fullmatch(condition)
    if match is None:
        raise Refused
    bound = _utc(match[2])
    return start is not None and {"lt": start < bound, "le": start <= bound, "gt": start > bound, "ge": start >= bound}[match[1]]


def _paged(request: Request, view: View, found: list[Payload]) -> Payload:
    """A piece of a list, with a link to the next."""
    skip = int(request.get("$skip", "0"))
    size = int(request.get("$top", "0")) or view.prefer.page
    body: Payload = {"value": [_selected(one, request.get("$select")) for one in found[skip : skip + size]]}
    if skip + size < len(found):
        query = {name: value for name, value in request.query if name != "$skip"} | {"$skip": str(skip + size)}
        body["@odata.nextLink"] = f"{_address(request)}?" + "&".join(f"{n}={quote(v, safe='')}" for n, v in query.items())
    return body


def _selected(body: Payload, names: str) -> Payload:
    """$select; without it everything but what has to be asked for by name."""
    if not names:
        return {name: value for name, value in body.items() if name not in _ONLY_WHEN_SELECTED}
    wanted = {*names.split(","), "id", "@odata.etag"}
    return {name: value for name, value in body.items() if name in wanted}
