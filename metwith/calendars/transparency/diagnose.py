"""Why is it not here? A member names a day and a part of the title in their own calendars; the answer is read live and forgotten.

Nothing of what is read, and nothing of what was asked, is stored, cached or logged. Of colleagues nothing is told, not even a number: one that
is asked for again and again tells when somebody makes a private appointment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from metwith.accounts import blocks
from metwith.accounts.models import Account, Block
from metwith.accounts.oauth.services import KEYS
from metwith.calendars import queries, status_text
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.read_models import LinkedRecord
from metwith.calendars.rules import lookup
from metwith.calendars.rules.explain import kept_for
from metwith.calendars.rules.keep import participants
from metwith.calendars.rules.lookup import Wanted
from metwith.calendars.sync.access import access, open_account
from metwith.calendars.vocabulary import FILE, DropReason, Moment, Occurrence, RemoteEvent, Unreadable
from metwith.engine.errors import ProviderError
from metwith.rules.blocks import Blocks

if TYPE_CHECKING:
    from datetime import date

    from metwith.calendars.providers.port import CalendarProvider
    from metwith.calendars.rules.keep import Policy
    from metwith.workspaces.models import Member

MOST_ITEMS = 20_000
"""Read of one calendar at most."""
MOST_FOUND = 50
"""Told at most."""
LONGEST = timedelta(seconds=20)
"""For all calendars together, but for the page that is being read when it is over."""

type Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class BlockedBy:
    """A block that keeps a meeting out."""

    pattern: str
    mine: bool
    """The member's own; else the workspace's."""


@dataclass(frozen=True, slots=True)
class FoundMeeting:
    """A meeting in one of the member's own calendars, and what became of it. For their eyes only, and only now."""

    calendar: str
    calendar_id: int
    account_id: int
    title: str
    start: Moment
    end: Moment
    reasons: tuple[DropReason, ...]
    """Why it does not come in; empty: it may."""
    blocked_by: tuple[BlockedBy, ...]
    read: bool
    """This calendar's copy is stored."""
    event_id: int | None
    """The meeting, when it is here from any calendar and the member may know of it."""
    records: tuple[LinkedRecord, ...]
    outsiders: tuple[str, ...]
    """The participants that are not one of us."""
    state: str
    """How the calendar is doing, in words."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How looking into one calendar went."""

    calendar: str
    account: str
    state: Literal["whole", "partly", "refused", "closed"]
    """`closed`: nobody can ask it any more, it was disconnected or is a file."""
    items: int
    unreadable: int
    message: str = ""
    """Why it was refused, English, a msgid."""


@dataclass(frozen=True, slots=True)
class DiagnosisAnswer:
    """Everything that was found, and how far was looked."""

    found: tuple[FoundMeeting, ...]
    looked: tuple[Looked, ...]


def look_for(member: Member, day: date, text: str, *, now: Clock) -> DiagnosisAnswer:
    """Look into each of the member's own calendars, those that are off too. `member.user` must be loaded."""
    wanted = Wanted(day, text, ZoneInfo(member.user.time_zone))
    found: list[FoundMeeting] = []
    looked: list[Looked] = []
    deadline = now() + LONGEST
    rows = Calendar.objects.of(member.workspace_id).filter(account__member_id=member.pk).select_related("account__member__user")
    for calendar in rows.order_by("-enabled", "-primary", "pk"):
        one = _Look(member, calendar, wanted, found, now)
        looked.append(one.whole_calendar(deadline))
    return DiagnosisAnswer(tuple(found[:MOST_FOUND]), tuple(looked))


def hosts_of(member: Member) -> list[str]:
    """Digests of the servers that a look asks, of those that the member named."""
    mine = Account.objects.of(member.workspace_id).filter(member_id=member.pk, disconnected_at=None)
    return list(mine.exclude(provider__in=KEYS).values_list("host", flat=True))


class _Look:
    """Into one calendar."""

    def __init__(self, member: Member, calendar: Calendar, wanted: Wanted, meetings: list[FoundMeeting], now: Clock) -> None:
        self.member, self.calendar, self.wanted, self.found, self.now = member, calendar, wanted, meetings, now
        self.items = self.unreadable = 0

    def whole_calendar(self, deadline: datetime) -> Looked:
        """Read until the end, the deadline or the bound."""
        account = self.calendar.account
        if account.disconnected_at is not None or account.provider == FILE:
            return self._looked("closed")
        if self.now() >= deadline:
            return self._looked("partly")
        opened = access(self.calendar)
        try:
            with open_account(opened, self.now) as provider:
                whole = self._look_through(provider, opened.policy, deadline)
        except ProviderError as error:
            return self._looked("refused", error.message)
        return self._looked("whole" if whole else "partly")

    def _look_through(self, provider: CalendarProvider, policy: Policy, deadline: datetime) -> bool:
        latest: dict[tuple[str, str, object], RemoteEvent] = {}
        whole = True
        for page in provider.changes(self.calendar.remote_id, ""):
            self.items += len(page.events)
            self.unreadable += sum(isinstance(item, Unreadable) for item in page.events)
            latest |= {(i.id, i.uid, i.original_start): i for i in page.events if isinstance(i, RemoteEvent) and self._named(i)}
            if self.now() >= deadline or self.items >= MOST_ITEMS:
                whole = page.complete
                break
        for item in latest.values():
            self.found += [self._diagnosed(occurrence, policy) for occurrence in lookup.meant(item, self.wanted)]
        return whole

    def _named(self, item: RemoteEvent) -> bool:
        return any(self.wanted.names(event) for event in (item, *item.exceptions))

    def _diagnosed(self, occurrence: Occurrence, policy: Policy) -> FoundMeeting:
        said, workspace_id = occurrence.event, self.member.workspace_id
        reasons = lookup.reasons(occurrence, policy)
        # Meetings of other organizers may have the same identifier: this calendar's comes first.
        events = Event.objects.of(workspace_id).filter(ical_uid=said.uid, key=occurrence.key)
        mine = Exists(Entry.objects.of(workspace_id).filter(event_id=OuterRef("pk"), calendar_id=self.calendar.pk))
        here = dict(events.annotate(mine=mine).order_by("-mine", "pk").values_list("pk", "mine"))
        shown = next(iter(queries.with_records(self.member, list(here))), None)
        return FoundMeeting(
            calendar=self.calendar.name,
            calendar_id=self.calendar.pk,
            account_id=self.calendar.account_id,
            title=said.title,
            start=occurrence.start,
            end=occurrence.end,
            reasons=reasons,
            blocked_by=_blocked_by(self.member, said, policy) if DropReason.BLOCKED in reasons else (),
            read=any(here.values()),
            event_id=shown[0].id if shown else None,
            records=shown[1] if shown else (),
            outsiders=kept_for(sorted(participants(said)), policy.own_identities),
            state=status_text.state_words(self.calendar, self.now(), self.member.user.time_zone),
        )

    def _looked(self, state: Literal["whole", "partly", "refused", "closed"], message: str = "") -> Looked:
        return Looked(self.calendar.name, self.calendar.account.address, state, self.items, self.unreadable, message)


def _blocked_by(member: Member, event: RemoteEvent, policy: Policy) -> tuple[BlockedBy, ...]:
    others = participants(event) - policy.owner
    return tuple(
        BlockedBy(row.pattern, row.member_id is not None) for row in blocks.visible_to(member) if _alone(row).stop(others, event.title)
    )


def _alone(block: Block) -> Blocks:
    """One block for itself; of a kind that names nobody, none."""
    pattern = frozenset({block.pattern})
    return {Block.Kind.WHO: Blocks(who=pattern), Block.Kind.WORD: Blocks(words=pattern)}.get(Block.Kind(block.kind), Blocks())
