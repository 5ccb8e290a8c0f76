"""What the machine plays on: the calendars of two members on some server, and a hand that writes on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from metwith.calendars.actions import connect
from metwith.calendars.providers import memory
from metwith.calendars.vocabulary import RemoteCalendar
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from metwith.accounts.models import Account
    from metwith.calendars.providers.memory import Item
    from metwith.workspaces.models import Member


class World(Protocol):
    """`who` is `alice` or `bob`. A resource is what comes, changes and goes as a whole."""

    faults: tuple[str, ...]
    """What may go wrong here, by the names of `memory.Faults`."""
    takes_copies: bool
    """Whether a calendar may hold one UID twice, or a resource several."""

    def connect(self, who: str, member: Member) -> Account:
        """An account of the member with one calendar that is switched on."""
        ...

    def clear(self) -> None:
        """Empty calendars, and nothing goes wrong."""
        ...

    def put(self, who: str, resource: str, *items: Item) -> None: ...

    def delete(self, who: str, resource: str) -> None: ...

    def resources(self, who: str) -> list[str]:
        """What the calendar holds."""
        ...

    def rename(self, who: str, resource: str, to: str) -> None: ...

    def expire(self, who: str) -> None:
        """The server forgets its cursors."""
        ...

    def page_size(self, who: str, size: int) -> None: ...

    def clock(self, now: Callable[[], datetime]) -> Callable[[], datetime]:
        """The clock of the next sync, from that of the machine."""
        ...

    def misbehave(self, who: str, fault: str, value: object) -> None:
        """From now on, until `heal`."""
        ...

    def heal(self, who: str) -> None: ...


class MemoryWorld:
    """See `World`."""

    faults: tuple[str, ...] = (
        "needs_reconnect", "broken", "broken_at_page", "killed_at_page", "expires_at_page", "slow_down", "replays", "empty",
    )  # fmt: skip
    takes_copies = True

    def connect(self, who: str, member: Member) -> Account:
        self._fresh(who)
        return connect.connect(member, "memory", address=member.user.email, server=f"memory:world-{who}", now=lambda: NOW)

    def clear(self) -> None:
        for who in ("alice", "bob"):
            self._fresh(who)

    def _fresh(self, who: str) -> None:
        memory.forget_servers(f"world-{who}")
        self._server(who).add_calendar(RemoteCalendar("work", "Work", primary=True))

    @staticmethod
    def _server(who: str) -> memory.MemoryServer:
        return memory.server(f"world-{who}")

    def put(self, who: str, resource: str, *items: Item) -> None:
        self._server(who).put("work", *items)

    def delete(self, who: str, resource: str) -> None:
        self._server(who).delete("work", resource)

    def resources(self, who: str) -> list[str]:
        return sorted({item.id.partition("#")[0] for item in self._server(who).items("work")})

    def rename(self, who: str, resource: str, to: str) -> None:
        self._server(who).rename("work", resource, to)

    def expire(self, who: str) -> None:
        self._server(who).expire_cursors()

    def page_size(self, who: str, size: int) -> None:
        self._server(who).page_size = size

    def clock(self, now: Callable[[], datetime]) -> Callable[[], datetime]:
        return now

    def misbehave(self, who: str, fault: str, value: object) -> None:
        setattr(self._server(who).faults, fault, value)

    def heal(self, who: str) -> None:
        self._server(who).heal()
