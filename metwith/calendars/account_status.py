"""How accounts and calendars are doing, for the accounts page, the API and the command."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils.translation import gettext as _

from metwith.accounts.models import Account
from metwith.calendars import status_text
from metwith.calendars.models import Calendar
from metwith.calendars.providers import catalogue
from metwith.calendars.reads import numbers, visible
from metwith.calendars.sync import purge
from metwith.calendars.sync.access import PUSH
from metwith.calendars.vocabulary import FILE
from metwith.engine import push
from metwith.engine.models import State

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class CalendarView:
    """One calendar, as its owner or an admin sees it."""

    id: int
    name: str
    """For its owner's eyes only, else empty."""
    colour: str
    primary: bool
    enabled: bool
    paused: bool
    state: str
    """A `models.State`."""
    words: str
    advice: str
    message: str
    """The last error in words; empty when all is well."""
    detail: str
    """Technical, folds out."""
    last_success_at: datetime | None
    next_sync_at: datetime | None
    read: int | None
    """Entries so far, with those that do not come in; so for its owner's eyes only, else None."""
    expected: int | None
    """As `read`."""
    kept: int
    """Meetings of it that are stored."""
    dropped: dict[str, int]
    """Reason → how many did not come in, series counted once. For its owner's eyes only, else empty."""
    syncing: bool
    by_content: bool
    """Its feed makes its identifiers anew."""
    new_people: str
    """A `models.NewPeople`."""
    sharing: str
    """A level of its own; empty: as the account."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account with its calendars; without any secret."""

    id: int
    provider: str
    label: str
    """The provider's name."""
    address: str
    server: str
    """Host only."""
    member_id: int
    member_name: str
    mine: bool
    sharing: str
    disconnected_at: datetime | None
    """Since then its meetings are kept, and no longer updated."""
    delegated: bool
    """Connected by what the organisation granted."""
    calendars: tuple[CalendarView, ...]
    freshness: str = ""
    """How changes reach us, where there is something to say about it: one line; else empty."""

    @property
    def is_file(self) -> bool:
        """It was read once from a file, and is never asked again."""
        return self.provider == FILE

    @property
    def disconnected(self) -> bool:
        """It is not read any more."""
        return self.disconnected_at is not None

    @property
    def needs_user(self) -> bool:
        """Something only a person can mend."""
        return any(c.enabled and c.state in {State.RECONNECT, State.SUSPECT} for c in self.calendars)


def account_overview(viewer: Member, *, now: datetime, everybody: bool = False, account_id: int | None = None) -> tuple[AccountView, ...]:
    """The viewer's accounts; for admins with `everybody` all of the workspace. `viewer.user` must be loaded."""
    accounts = _there(viewer) if everybody and viewer.is_admin else own_accounts(viewer)
    accounts = accounts.select_related("member__user").order_by("disconnected_at", "pk")
    if account_id is not None:
        accounts = accounts.filter(pk=account_id)
    found = list(accounts)
    calendars = _calendars(viewer, [a.pk for a in found], now)
    return tuple(_account(a, viewer, tuple(calendars.get(a.pk, ())), now) for a in found)


def own_accounts(member: Member) -> QuerySet[Account]:
    """A member's own accounts, but for what is on its way out."""
    return _there(member).filter(member_id=member.pk)


def _there(member: Member) -> QuerySet[Account]:
    return Account.objects.of(member.workspace_id).exclude(pk__in=purge.going(member.workspace_id).values("account_id"))


def _account(account: Account, viewer: Member, calendars: tuple[CalendarView, ...], now: datetime) -> AccountView:
    kind = catalogue.KINDS.get(account.provider)
    return AccountView(
        id=account.pk,
        provider=account.provider,
        label=_(kind.label) if kind else _("Calendar file"),
        address=account.address,
        server=account.server.partition("://")[2].partition("/")[0],
        member_id=account.member_id,
        member_name=str(account.member),
        mine=account.member_id == viewer.pk,
        sharing=account.sharing,
        disconnected_at=account.disconnected_at,
        delegated=account.delegated,
        calendars=calendars,
        freshness="" if account.disconnected_at else _how_told(account, calendars, now),
    )


def _how_told(account: Account, calendars: tuple[CalendarView, ...], now: datetime) -> str:
    if any(calendar.by_content for calendar in calendars):
        return _(
            "This address gives its meetings new identifiers at each reading. They are known by start, end, title and people, "
            "so that each stands here once; one that changes is taken for another."
        )
    kind = catalogue.KINDS.get(account.provider)
    if kind is None or not kind.push:
        return ""
    if not push.address(PUSH, account.provider):
        return status_text.polled(kind.label)
    read = [calendar for calendar in calendars if calendar.enabled and not calendar.paused]
    return (
        status_text.tells_of_changes(kind.label)
        if read and all(push.push_status(PUSH, account, calendar.id, now) for calendar in read)
        else ""
    )


def _calendars(viewer: Member, account_ids: list[int], now: datetime) -> dict[int, list[CalendarView]]:
    rows = (
        Calendar.objects.of(viewer.workspace_id)
        .filter(account_id__in=account_ids)
        .select_related("account")
        .order_by("-primary", "name", "pk")
    )
    ids = [row.pk for row in rows]
    copies = visible.copies(viewer.workspace_id).filter(calendar_id__in=ids)
    kept, dropped = numbers.kept(copies), numbers.dropped(viewer.workspace_id, ids)
    found: dict[int, list[CalendarView]] = defaultdict(list)
    for row in rows:
        found[row.account_id].append(_calendar(row, viewer, kept[row.pk], dict(dropped[row.pk]), now))
    return found


def _calendar(row: Calendar, viewer: Member, kept: int, dropped: dict[str, int], now: datetime) -> CalendarView:
    mine = row.account.member_id == viewer.pk
    return CalendarView(
        id=row.pk,
        name=row.name if mine else "",
        colour=row.colour,
        primary=row.primary,
        enabled=row.enabled,
        paused=row.paused,
        state=row.state,
        words=status_text.state_words(row, now, viewer.user.time_zone, mine=mine),
        advice=status_text.advice(row),
        message=_(row.message) if row.message else "",
        detail=row.detail,
        last_success_at=row.last_success_at,
        next_sync_at=row.next_sync_at if row.enabled and not row.paused else None,
        read=row.read if mine else None,
        expected=row.expected if mine else None,
        kept=kept,
        dropped=dropped if mine else {},
        by_content=row.by_content,
        syncing=row.lease_until is not None and row.lease_until > now,
        new_people=row.new_people,
        sharing=row.sharing,
    )


def in_first_reading(calendar: CalendarView) -> bool:
    """Whether it was not read to its end yet and will be without anybody's hand."""
    comes = {State.NEW, State.READING, State.SLOW_DOWN, State.BROKEN}
    return calendar.enabled and not calendar.paused and calendar.last_success_at is None and calendar.state in comes


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the meetings on the pages are."""

    words: str
    needs_user: bool


def freshness(viewer: Member, *, now: datetime) -> Freshness | None:
    """Of the viewer's own calendars; without any, of the workspace's. None when nobody connected one."""
    chosen = Calendar.objects.of(viewer.workspace_id).filter(enabled=True, account__disconnected_at=None).select_related("account")
    rows = list(chosen.filter(account__member_id=viewer.pk)) or list(chosen.order_by(F("last_success_at").desc(nulls_last=True))[:1])
    if not rows:
        return None
    worst = max(rows, key=lambda c: (list(State).index(State(c.state)), not c.paused, -c.pk))
    mine = worst.account.member_id == viewer.pk
    return Freshness(
        status_text.state_words(worst, now, viewer.user.time_zone, mine=mine), mine and worst.state in {State.RECONNECT, State.SUSPECT}
    )
