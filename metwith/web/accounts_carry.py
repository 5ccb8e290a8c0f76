"""What was typed on the first page of connecting, carried to the second.

It holds a password, so it lies in the session encrypted for this workspace (lib.secrets), for this member only, for ten minutes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from metwith.calendars.providers.catalogue import Connected
from metwith.calendars.vocabulary import Account, RemoteCalendar
from metwith.lib import secrets

if TYPE_CHECKING:
    from metwith.calendars.providers.port import Step
    from metwith.web.members import MemberRequest
    from metwith.workspaces.models import Member

VALID = timedelta(minutes=10)
_KEY, _STEPS = "connecting", "connecting-steps"


@dataclass(frozen=True, slots=True)
class Typed:
    """An account as somebody typed it, and what was found there."""

    provider: str
    address: str
    server: str = ""
    username: str = ""
    secret: str = field(default="", repr=False)
    zone: str = "UTC"
    calendars: tuple[RemoteCalendar, ...] | None = None
    """None until the connection worked."""
    own_addresses: tuple[str, ...] = ()
    subject: str = ""
    verified: tuple[str, ...] = ()
    chosen: dict[str, Any] | None = None
    """What the page of choices was filled in with; None until then."""

    @classmethod
    def of(cls, found: Connected) -> Typed:
        """A connection that worked."""
        kept = found.account
        return cls(
            kept.provider,
            kept.address,
            kept.server,
            kept.username,
            kept.secret,
            kept.zone,
            found.calendars,
            found.own_addresses,
            kept.subject,
            tuple(sorted(found.verified)),
        )

    @property
    def found(self) -> Connected:
        """The connection that worked, as the verb keeps it."""
        account = Account(self.provider, self.address, self.server, self.username, self.secret, self.zone, self.subject)
        return Connected(account, self.calendars or (), self.own_addresses, frozenset(self.verified))


def seal(member: Member, typed: Typed, now: datetime) -> str:
    """Encrypted, with who typed it and when."""
    return secrets.encrypt(member.workspace_id, json.dumps({"member": member.pk, "at": now.isoformat(), "typed": asdict(typed)}))


def unseal(member: Member, sealed: str, now: datetime, valid: timedelta = VALID) -> Typed | None:
    """What was sealed; None when it is too old, somebody else's, or nothing we sealed."""
    try:
        held = json.loads(secrets.decrypt(member.workspace_id, sealed))
    except (secrets.KeyWrong, ValueError):
        return None
    if held["member"] != member.pk or not timedelta() <= now - datetime.fromisoformat(held["at"]) <= valid:
        return None
    typed = Typed(**held["typed"])
    if typed.calendars is None:
        return typed
    return replace(
        typed,
        calendars=tuple(RemoteCalendar(**calendar) for calendar in held["typed"]["calendars"]),
        own_addresses=tuple(held["typed"]["own_addresses"]),
        verified=tuple(held["typed"]["verified"]),
    )


def put(request: MemberRequest, typed: Typed, now: datetime) -> None:
    """Keep it for the next page."""
    request.session[_KEY] = seal(request.member, typed, now)


def held(request: MemberRequest, now: datetime, valid: timedelta = VALID) -> Typed | None:
    """What the page before kept; forgotten when it is too old."""
    sealed = request.session.get(_KEY, "")
    typed = unseal(request.member, sealed, now, valid) if sealed else None
    if sealed and typed is None:
        forget(request)
    return typed


def forget(request: MemberRequest) -> None:
    """Leave nothing behind."""
    request.session.pop(_KEY, None)
    request.session.pop(_STEPS, None)


@dataclass(frozen=True, slots=True)
class Tick:
    """One step of trying a connection."""

    label: str
    state: str
    """`now`, `done` or `failed`."""


class Steps:
    """The steps as they happen. With a request they can be watched: each is saved at once, so that a second request sees it."""

    def __init__(self, request: MemberRequest | None = None) -> None:
        self.seen: dict[str, Step] = {}
        self.request = request

    def __call__(self, step: Step) -> None:
        """What a trying verb calls at each step's begin and end."""
        self.seen[step.key] = step
        if self.request is not None:
            self.request.session[_STEPS] = [(s.label, "done" if s.done else "now") for s in self.seen.values()]
            self.request.session.save()

    def ticks(self, failed: str = "") -> tuple[Tick, ...]:
        """All so far; `failed` is the key of the step that did not work."""
        return tuple(Tick(s.label, "failed" if s.key == failed else "done" if s.done else "now") for s in self.seen.values())


def watched(request: MemberRequest) -> tuple[Tick, ...]:
    """The steps of the try under way in another request."""
    return tuple(Tick(label, state) for label, state in request.session.get(_STEPS, ()))
