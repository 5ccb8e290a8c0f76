"""A practice Google or Microsoft, whole: the sign-in page and the calendars at one address, as `metwith serve --with-fakes` offers them.

    practice = Practice("google", fill=believable.calendar)
    with serving(practice) as address: …   # METWITH_GOOGLE_SERVER is this address

Whoever signs in has an account from then on, with what `fill` puts into its first calendar.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metwith.accounts.oauth.services import GOOGLE
from metwith.practice.asgi import Answer, App, Request
from metwith.practice.google import Google
from metwith.practice.graph import events
from metwith.practice.graph.store import Mailbox
from metwith.practice.microsoft import GraphService
from metwith.practice.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from metwith.calendars.vocabulary import RemoteEvent

    type Fill = Callable[[str, datetime], Iterable[RemoteEvent]]
    """The address of somebody new, and now → the events of their calendar; ids are letters a to v and digits, as Google wants them."""

API = frozenset({"calendar", "v1.0"})
SECOND = "Projects"
"""A further calendar of everybody's, empty."""


def nothing(_address: str, _now: datetime) -> tuple[RemoteEvent, ...]:
    """An empty calendar."""
    return ()


class AtGoogle:
    """Google's calendars, as the sign-in page needs them."""

    def __init__(self, fill: Fill, clock: Callable[[], datetime]) -> None:
        self.app = Google("nobody@practice.example", clock=clock)
        self._fill, self._clock = fill, clock

    def welcome(self, address: str) -> None:
        """See sign_in.Calendars."""
        if address in self.app.owners:
            return
        self.app.add_user(address)
        self.app.add_calendar(address, f"{SECOND.lower()}.{address}", summary=SECOND)
        for event in self._fill(address, self._clock()):
            self.app.put_item(address, event.id, (event,))

    def admit(self, token: str, address: str) -> None:
        """See sign_in.Calendars."""
        self.app.tokens[token] = address

    def expel(self, token: str) -> None:
        """See sign_in.Calendars."""
        self.app.tokens.pop(token, None)


class AtMicrosoft:
    """Microsoft's, likewise."""

    def __init__(self, fill: Fill, clock: Callable[[], datetime]) -> None:
        self.app = GraphService(now=clock)
        self.boxes: dict[str, Mailbox] = {}
        self._fill, self._clock = fill, clock

    def welcome(self, address: str) -> None:
        """See sign_in.Calendars."""
        if address in self.boxes:
            return
        box = self.boxes[address] = Mailbox(address, now=self._clock)
        calendar = box.add_calendar("Calendar")
        box.add_calendar(SECOND)
        for event in self._fill(address, self._clock()):
            events.write(box, calendar, event.id, event)

    def admit(self, token: str, address: str) -> None:
        """See sign_in.Calendars."""
        self.app.mailboxes[token] = self.boxes[address]

    def expel(self, token: str) -> None:
        """See sign_in.Calendars."""
        self.app.mailboxes.pop(token, None)


class Practice(App):
    """One service. `door` signs people in, `place` has their calendars."""

    def __init__(self, key: str, *, fill: Fill = nothing, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.place = AtGoogle(fill, clock) if key == GOOGLE else AtMicrosoft(fill, clock)
        self.door = SignIn(key, self.place, clock)

    def answer(self, request: Request) -> Answer:
        """See App."""
        if request.parts[0] not in API:
            return self.door.answer(request)
        self.door.look()
        return self.place.app.answer(request)
