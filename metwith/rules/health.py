"""How a calendar is doing after a try, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from metwith.lib.i18n import _

EVERY = timedelta(minutes=5)
LONGEST_BREAK = timedelta(hours=6)
SELDOMEST = timedelta(days=1)
TOLD = timedelta(hours=1)
"""How often a calendar is read whose provider tells of changes. Notices are hints: without any, this brings the same, later."""
SETTLES = timedelta(minutes=10)
"""How long after a notice it is read as often as usual: a provider may tell of a change before it hands it out."""
FEW = 3
"""So many items somebody deletes between two readings: finding none of them any more is no cause for doubt."""
MANY = 20
"""Items, or meetings of a few items, from which on a mistake would hurt."""
NEARLY_ALL = 0.9
JITTER = 0.25
"""A next reading is moved by up to this part of its distance, so that a million calendars do not knock at once."""
SHORTEST_BREAK = timedelta(seconds=15)
AFTERWARDS = timedelta(seconds=59)
"""Over so long those are spread who were all told to wait until the same time."""


@dataclass(frozen=True, slots=True)
class Health:
    """What the store remembers. `state` is a `models.State` value."""

    state: str
    since: datetime | None
    failures: int
    last_success_at: datetime | None
    next_sync_at: datetime | None
    message: str = ""
    """English, a msgid."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Read to the end."""

    every: timedelta = EVERY
    """When it is read again."""


@dataclass(frozen=True, slots=True)
class Failed:
    """One of the port's errors, or a defect of ours, as a value. `kind` is the state that it leads to."""

    kind: str
    message: str
    detail: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SuspiciouslyEmpty:
    """A full read found the calendar suddenly empty: doubted, not obeyed."""


type Outcome = Succeeded | Failed | SuspiciouslyEmpty


def after(health: Health, outcome: Outcome, now: datetime, jitter: float) -> Health:
    """The state after a try. `jitter` is a random number from 0 to 1, for the jitter."""
    match outcome:
        case Succeeded(every):
            return Health("fine", _since(health, "fine", now), 0, now, now + _jittered(every, jitter))
        case SuspiciouslyEmpty():
            message = _("The calendar is suddenly empty. Nothing was removed. If it is meant to be empty, say so here.")
            return _failed(health, Failed("suspect", message), now, LONGEST_BREAK, jitter)
        case Failed("reconnect"):
            return replace(_failed(health, outcome, now, LONGEST_BREAK, jitter), next_sync_at=None)
        case Failed("slow-down", until=until) if until is not None:
            at_least = max(until, now) + timedelta(seconds=1)
            return replace(_failed(health, outcome, now, EVERY, jitter), next_sync_at=at_least + AFTERWARDS * jitter)
        case Failed():
            # Full jitter: those that failed together do not try again together.
            wait = max(SHORTEST_BREAK, back_off(health.failures + 1) * jitter)
            return replace(_failed(health, outcome, now, EVERY, jitter), next_sync_at=now + wait)


@dataclass(frozen=True, slots=True)
class PushStatus:
    """The provider tells of changes, by a channel that was heard of."""

    until: datetime
    heard_at: datetime


def poll_interval(every: timedelta, push: PushStatus | None, now: datetime) -> timedelta:
    """How often a calendar is read that its kind reads `every` so often: seldomer where we are told of changes, while that lasts."""
    if push is None or now - push.heard_at < SETTLES:
        return every
    return max(every, min(TOLD, push.until - now))


def paced_poll_interval(interval: timedelta, asked: timedelta | None) -> timedelta:
    """How often a calendar is read: as usual for its kind, or seldomer, down to once a day, where it asks for that."""
    return min(max(interval, asked or interval), SELDOMEST)


def back_off(failures: int) -> timedelta:
    """How long to wait at most after so many failures in a row: 5 minutes, doubling, at most 6 hours."""
    doublings: int = 1 << min(failures - 1, 10)
    return min(EVERY * doublings, LONGEST_BREAK)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a full read comes to, in items; what the provider itself called removed is not in it: that is evidence enough."""

    known: int
    """Stored before."""
    gone: int
    """Of these, not in the listing."""
    seen: int
    """In the listing, kept or not."""
    meetings: int
    """Stored of those that are gone: a series is one item and many meetings."""


def emptied(listing: Listing) -> bool:
    """Whether a full read is to be doubted: it would remove nearly all of many items, or it names none at all and these were not few."""
    if listing.seen:
        return listing.known >= MANY and listing.gone > NEARLY_ALL * listing.known
    return listing.gone > FEW or (listing.gone > 0 and listing.meetings >= MANY)


def _failed(health: Health, failed: Failed, now: datetime, wait: timedelta, jitter: float) -> Health:
    return Health(
        state=failed.kind,
        since=_since(health, failed.kind, now),
        failures=health.failures + 1,
        last_success_at=health.last_success_at,
        next_sync_at=now + _jittered(wait, jitter),
        message=failed.message,
        detail=failed.detail,
    )


def _since(health: Health, state: str, now: datetime) -> datetime:
    return health.since if health.state == state and health.since else now


def _jittered(wait: timedelta, jitter: float) -> timedelta:
    return wait * (1 + JITTER * (2 * jitter - 1))
