"""Push channels: made once a calendar was read, renewed at half their life, ended when nobody wants them (docs/decisions/push.md).

A channel is only a hint. Whatever fails here is tried again by the clock, and costs nobody more than a later reading.
"""

from __future__ import annotations

import secrets as chance
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from metwith.accounts.models import Account
from metwith.calendars.models import Calendar
from metwith.calendars.models import Channel as Row
from metwith.calendars.providers import catalogue
from metwith.calendars.sync.access import open_signed_in
from metwith.engine.errors import ProviderError, SlowDown
from metwith.engine.models import State
from metwith.engine.port import Pushes
from metwith.engine.vocabulary import PushChannel
from metwith.lib import secrets
from metwith.rules.health import PushStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.calendars.providers.port import CalendarProvider

REFUSED = timedelta(days=1)
"""How long a provider is left alone that would not open a channel."""
FAILED = timedelta(minutes=15)
"""The same for one that did not answer."""
MANY = 500
"""Channels that are looked after at a time."""
READ = (State.FINE, State.SLOW_DOWN, State.BROKEN, State.DEFECT, State.SUSPECT)
"""Calendars that were read, and whose owner need not sign in first."""
_CLOCK = "the clock serves all"
_PUSHING = {key: kind.push for key, kind in catalogue.KINDS.items() if kind.push}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PushTarget:
    """What a channel tells of."""

    workspace_id: int
    account_id: int
    calendar_id: int = 0
    """0: all calendars of the account."""


def address(provider: str) -> str:
    """Where a provider can tell us of changes; empty where the installation has no public address with https."""
    origin = settings.ORIGIN.rstrip("/")
    return f"{origin}{reverse(f'hooks-{provider}')}" if origin.startswith("https://") and provider in _PUSHING else ""


def digest(secret: str) -> str:
    """What is kept of a channel's secret. Of no workspace: whoever compares does not know yet whose it is."""
    return secrets.keyed_digest(0, 0, f"channel {secret}")


def push_status(account: Account, calendar_id: int, now: datetime) -> PushStatus | None:
    """Whether a provider tells of changes in a calendar, as far as we can know."""
    if not (here := address(account.provider)):
        return None
    of_it = Row.objects.of(account.workspace_id).filter(Q(source=None) | Q(source_id=calendar_id), account_id=account.pk, address=here)
    row = of_it.filter(expires_at__gt=now).exclude(heard_at=None).order_by("-expires_at").first()
    return PushStatus(row.expires_at, row.heard_at) if row and row.expires_at and row.heard_at else None


def target_of(calendar: Calendar) -> PushTarget | None:
    """What the channel would tell of that a calendar needs. `calendar.account` must be loaded."""
    kind = catalogue.push_of(calendar.account.provider)
    return PushTarget(calendar.workspace_id, calendar.account_id, calendar.pk if kind == "calendar" else 0) if kind else None


def is_watched(target: PushTarget) -> bool:
    """Whether there is a channel, or a note that there is none."""
    return _rows(target).exists()


def due(now: datetime) -> tuple[PushTarget, ...]:
    """What needs looking after: calendars without a channel, and channels past half their life."""
    if not any(map(address, _PUSHING)):
        return ()
    late = Row.objects.across_workspaces(_CLOCK).filter(renew_at__lte=now).order_by("renew_at")
    same = Row.objects.filter(
        Q(source_id=OuterRef("source_id")) | Q(source=None), workspace_id=OuterRef("workspace_id"), account_id=OuterRef("account_id")
    )
    rows = late.exclude(Exists(same.filter(renew_at__gt=now))).values_list("workspace_id", "account_id", "source_id")[:MANY]
    found = [PushTarget(workspace, account, calendar or 0) for workspace, account, calendar in rows]
    return tuple(dict.fromkeys((*found, *_unwatched())))


def _unwatched() -> Iterable[PushTarget]:
    known = Row.objects.filter(
        Q(source=None) | Q(source_id=OuterRef("pk")), workspace_id=OuterRef("workspace_id"), account_id=OuterRef("account_id")
    )
    rows = _to_watch(Calendar.objects.across_workspaces(_CLOCK)).filter(account__provider__in=_PUSHING).exclude(Exists(known))
    for workspace, account, calendar, provider in rows.values_list("workspace_id", "account_id", "pk", "account__provider")[:MANY]:
        yield PushTarget(workspace, account, calendar if _PUSHING[provider] == "calendar" else 0)


def _to_watch(calendars: QuerySet[Calendar]) -> QuerySet[Calendar]:
    return calendars.filter(enabled=True, paused=False, account__disconnected_at=None, state__in=READ).exclude(last_success_at=None)


def listeners(row: Row) -> list[int]:
    """The calendars that a notice is about, as far as they are read at all."""
    mine = Calendar.objects.of(row.workspace_id).filter(
        account_id=row.account_id, enabled=True, paused=False, account__disconnected_at=None
    )
    return list((mine.filter(pk=row.source_id) if row.source_id else mine).values_list("pk", flat=True))


def keep_channel(target: PushTarget, clock: Callable[[], datetime]) -> list[int]:
    """Bring what the provider does in line with what we want. Returns the calendars to read, since a new channel tells of nothing earlier."""
    account = Account.objects.of(target.workspace_id).select_related("member__user").filter(pk=target.account_id).first()
    if account is None:
        return []
    rows = list(_rows(target).order_by("pk"))
    wanted = _to_watch(Calendar.objects.of(target.workspace_id).filter(account_id=target.account_id))
    calendar = (wanted.filter(pk=target.calendar_id) if target.calendar_id else wanted).first()
    if calendar is None or not address(account.provider):
        end(account, rows, clock)
        return []
    if any(row.renew_at > clock() for row in rows) or not _renewed(account, calendar, target, rows, clock):
        return []
    return listeners(Row(workspace_id=target.workspace_id, account_id=target.account_id, source_id=target.calendar_id or None))


def _renewed(account: Account, calendar: Calendar, target: PushTarget, rows: list[Row], clock: Callable[[], datetime]) -> bool:
    """Renew the channel, or open another and end those that were. True when there is one now, or one no longer."""
    now, here = clock(), address(account.provider)
    standing = next((row for row in rows if row.remote_id and row.address == here and row.expires_at and row.expires_at > now), None)
    try:
        with open_signed_in(account, clock) as provider:
            if not isinstance(provider, Pushes):
                opened = False
            elif standing and (longer := provider.renew(_channel(standing))):
                _keep(standing, longer, now)
                rows.remove(standing)
                opened = True
            else:
                opened = _opened(provider, calendar, target, here, now)
            # Only now, so that there is always one of them to tell us.
            _end(provider, rows)
    except (ProviderError, secrets.KeyProblem) as error:
        log.info("no push for now", account=account.pk, kind=type(error).__name__)
        _note(target, max((isinstance(error, SlowDown) and error.until) or now, now + FAILED))
        return False
    if not opened:
        log.info("push refused", account=account.pk)
        _note(target, now + REFUSED)
    return opened or any(row.remote_id for row in rows)


def _opened(provider: Pushes, calendar: Calendar, target: PushTarget, here: str, now: datetime) -> bool:
    """The row is there before the provider is asked: its first notice may come before its answer."""
    asked = PushChannel(chance.token_urlsafe(24), chance.token_urlsafe(32))
    facts = {"workspace_id": target.workspace_id, "account_id": target.account_id, "source_id": target.calendar_id or None}
    row = Row.objects.create(
        **facts, remote_id=asked.id, secret=digest(asked.secret), address=here, expires_at=now + FAILED, renew_at=now + FAILED
    )
    made = None
    try:
        made = provider.watch(calendar.remote_id, here, asked)
    finally:
        if made is None:
            row.delete()
    if made:
        _keep(row, made, now)
    return made is not None


def _keep(row: Row, made: PushChannel, now: datetime) -> None:
    """Half its life from now on it is to be renewed."""
    until = made.expires_at or now
    half = max(now + (until - now) / 2, now + FAILED)
    facts: dict[str, object] = {"resource_id": made.resource_id[:255], "expires_at": until, "renew_at": half}
    # Not from `row`: a notice may have come in between.
    Row.objects.of(row.workspace_id).filter(pk=row.pk).update(**facts, **({"heard_at": now} if made.proven else {}))


def _note(target: PushTarget, until: datetime) -> None:
    """The provider is left alone for a while."""
    _rows(target).filter(remote_id="").delete()
    Row.objects.create(workspace_id=target.workspace_id, account_id=target.account_id, source_id=target.calendar_id or None, renew_at=until)


def recheck(account: Account, now: datetime) -> None:
    """Its owner has signed in again: what became of its channels meanwhile is to be found out."""
    Row.objects.of(account.workspace_id).filter(account_id=account.pk).update(renew_at=now)


def forgotten(account: Account) -> tuple[PushChannel, ...]:
    """Forget all channels of an account. Returns those that the provider should be told to end."""
    rows = Row.objects.of(account.workspace_id).filter(account_id=account.pk)
    channels = tuple(_channel(row) for row in rows if row.resource_id)
    rows.delete()
    return channels


def end(account: Account, rows: list[Row], clock: Callable[[], datetime]) -> None:
    """Forget channels, and end them at the provider as far as that goes: it never stops anybody from leaving. `member.user` must be loaded."""
    Row.objects.of(account.workspace_id).filter(pk__in=[row.pk for row in rows]).delete()
    if not any(row.resource_id for row in rows):
        return
    try:
        with open_signed_in(account, clock) as provider:
            _end(provider, rows)
    except (ProviderError, secrets.KeyProblem) as error:
        log.info("push runs out by itself", account=account.pk, kind=type(error).__name__)


def _end(provider: CalendarProvider, rows: Iterable[Row]) -> None:
    """One that cannot be ended runs out by itself: what it still says is that of a channel nobody knows."""
    for row in rows:
        Row.objects.of(row.workspace_id).filter(pk=row.pk).delete()
    try:
        for row in rows:
            if row.resource_id and isinstance(provider, Pushes):
                provider.stop(_channel(row))
    except ProviderError as error:
        log.info("push runs out by itself", kind=type(error).__name__)


def _rows(target: PushTarget) -> QuerySet[Row]:
    rows = Row.objects.of(target.workspace_id).filter(account_id=target.account_id)
    return rows.filter(source_id=target.calendar_id) if target.calendar_id else rows.filter(source=None)


def _channel(row: Row) -> PushChannel:
    return PushChannel(row.remote_id, resource_id=row.resource_id, expires_at=row.expires_at)
