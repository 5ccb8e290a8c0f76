"""What did not come in, read once more: live from the providers, held in memory for as long as it takes to look for it, never stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metwith.calendars.rules.keep import decide
from metwith.calendars.sync.access import access, open_account
from metwith.calendars.vocabulary import FILE, Keep, RemoteEvent
from metwith.engine.errors import ProviderError
from metwith.privacy.scan.patterns import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.accounts.models import Account
    from metwith.calendars.models import Calendar
    from metwith.calendars.providers.port import CalendarProvider
    from metwith.calendars.rules.keep import Policy


@dataclass(slots=True)
class Reread:
    """What the providers hold now, decided as a sync would."""

    asked: list[Calendar] = field(default_factory=list)
    not_asked: list[int] = field(default_factory=list)
    """Ids of calendars whose provider did not answer, or that cannot be read again (a file, paused, disconnected)."""
    dropped: int = 0
    """Events and exceptions that do not come in."""
    hidden: set[str] = field(default_factory=set)
    """Pieces of their texts."""
    kept: set[str] = field(default_factory=set)
    """Pieces of what may come in."""


def reread(calendars: QuerySet[Calendar], clock: Callable[[], datetime]) -> Reread:
    """Read these calendars as a first sync would, and keep apart what comes in and what does not. Writes nothing."""
    found = Reread()
    for calendar in calendars.select_related("account__member__user").order_by("workspace_id", "pk"):
        if not _readable(calendar):
            found.not_asked.append(calendar.pk)
            continue
        try:
            facts = access(calendar)
            with open_account(facts, clock) as provider:
                _sort(_latest(provider, calendar), facts.policy, found)
        except ProviderError:
            found.not_asked.append(calendar.pk)
        else:
            found.asked.append(calendar)
    return found


def _readable(calendar: Calendar) -> bool:
    account: Account = calendar.account
    return account.provider != FILE and account.disconnected_at is None and not calendar.paused


def _latest(provider: CalendarProvider, calendar: Calendar) -> Iterable[RemoteEvent]:
    """Everything in the calendar, of what comes twice the last."""
    found: dict[tuple[str, str, object], RemoteEvent] = {}
    for page in provider.changes(calendar.remote_id, ""):
        for event in page.events:
            if isinstance(event, RemoteEvent):
                found[event.id, event.uid, event.original_start] = event
    return found.values()


def _sort(events: Iterable[RemoteEvent], policy: Policy, reread: Reread) -> None:
    for event in events:
        for part in (event, *event.exceptions):
            if isinstance(decide(part, policy), Keep):
                reread.kept.update(_pieces(part))
            else:
                reread.dropped += 1
                reread.hidden.update(_pieces(part))


def _pieces(event: RemoteEvent) -> Iterator[str]:
    """All that says something about an event: the texts, who takes part, and by which names it is known."""
    texts = (event.title, event.description, event.location, event.join_url, event.web_url, event.id, event.uid, *event.attachments)
    for text in (*texts, *(said for person in event.attendees for said in (person.address, person.name))):
        yield from pieces(text)
