"""Push channels: made once a source was read, renewed at half their life, ended when nobody wants them (docs/decisions/push.md).

A channel is only a hint. Whatever fails here is tried again by the clock, and costs nobody more than a later reading.
"""

from __future__ import annotations

import secrets as chance
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from metwith.accounts.models import Account
from metwith.engine.errors import ProviderError, SlowDown
from metwith.engine.models import State
from metwith.engine.port import Pushes
from metwith.engine.tables import of_source
from metwith.engine.vocabulary import PushChannel
from metwith.lib import secrets
from metwith.rules.health import PushStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.engine.models import PushChannelBase as Row
    from metwith.engine.models import SourceBase
    from metwith.engine.tables import Tables
    from metwith.workspaces.scope import ScopedManager

REFUSED = timedelta(days=1)
"""How long a provider is left alone that would not open a channel."""
FAILED = timedelta(minutes=15)
"""The same for one that did not answer."""
MANY = 500
"""Channels that are looked after at a time."""
READ = (State.FINE, State.SLOW_DOWN, State.BROKEN, State.DEFECT, State.SUSPECT)
"""Sources that were read, and whose owner need not sign in first."""
TARGET = ("workspace_id", "account_id", "source_id")
_CLOCK = "the clock serves all"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PushSetup:
    """What a channel hands in."""

    tables: Tables
    kinds: Mapping[str, str]
    """Provider → what one push channel of it tells of: a `source`, or all of an `account`."""
    open_provider: Callable[[Account, Callable[[], datetime]], AbstractContextManager[object]]
    """An account with its member and user, and the clock → the provider, opened; one that is told is a `port.Pushes`."""


@dataclass(frozen=True, slots=True)
class PushTarget:
    """What a push channel tells of."""

    workspace_id: int
    account_id: int
    source_id: int = 0
    """0: all sources of the account."""

    @property
    def facts(self) -> dict[str, Any]:
        """The same as columns."""
        return {"workspace_id": self.workspace_id, "account_id": self.account_id, **of_source(self.source_id or None)}


def address(setup: PushSetup, provider: str) -> str:
    """Where a provider can tell us of changes; empty where the installation has no public address with https."""
    origin = settings.ORIGIN.rstrip("/")
    return f"{origin}{reverse(f'hooks-{provider}')}" if origin.startswith("https://") and provider in setup.kinds else ""


def digest(secret: str) -> str:
    """What is kept of a channel's secret. Of no workspace: whoever compares does not know yet whose it is."""
    return secrets.keyed_digest(0, 0, f"channel {secret}")


def push_status(setup: PushSetup, account: Account, source_id: int, now: datetime) -> PushStatus | None:
    """Whether a provider tells of changes in a source, as far as we can know."""
    if not (here := address(setup, account.provider)):
        return None
    about = Q(**of_source(None)) | Q(**of_source(source_id))
    told = _table(setup).of(account.workspace_id).filter(about, account_id=account.pk, address=here)
    row = told.filter(expires_at__gt=now).exclude(heard_at=None).order_by("-expires_at").first()
    return PushStatus(row.expires_at, row.heard_at) if row and row.expires_at and row.heard_at else None


def target_of(setup: PushSetup, source: SourceBase) -> PushTarget | None:
    """What the channel would tell of that a source needs. `source.account` must be loaded."""
    kind = setup.kinds.get(source.account.provider)
    return PushTarget(source.workspace_id, source.account_id, source.pk if kind == "source" else 0) if kind else None


def is_watched(setup: PushSetup, target: PushTarget) -> bool:
    """Whether there is a channel, or a note that there is none."""
    return _rows(setup, target).exists()


def due(setup: PushSetup, now: datetime) -> tuple[PushTarget, ...]:
    """What needs looking after: sources without a channel, and channels past half their life."""
    if not any(address(setup, provider) for provider in setup.kinds):
        return ()
    late = _table(setup).across_workspaces(_CLOCK).filter(renew_at__lte=now).order_by("renew_at")
    same = _of_account(setup).filter(Q(**of_source(OuterRef("source_id"))) | Q(**of_source(None)))
    rows = late.exclude(Exists(same.filter(renew_at__gt=now))).values_list(*TARGET)[:MANY]
    found = [PushTarget(workspace, account, source or 0) for workspace, account, source in rows]
    return tuple(dict.fromkeys((*found, *_unwatched(setup))))


def _unwatched(setup: PushSetup) -> Iterable[PushTarget]:
    known = _of_account(setup).filter(Q(**of_source(None)) | Q(**of_source(OuterRef("pk"))))
    rows = _to_watch(setup.tables.source.objects.across_workspaces(_CLOCK)).filter(account__provider__in=setup.kinds)
    found = rows.exclude(Exists(known)).values_list("workspace_id", "account_id", "pk", "account__provider")[:MANY]
    for workspace, account, source, provider in found:
        yield PushTarget(workspace, account, source if setup.kinds[provider] == "source" else 0)


def _to_watch(sources: QuerySet[SourceBase]) -> QuerySet[SourceBase]:
    return sources.filter(enabled=True, paused=False, account__disconnected_at=None, state__in=READ).exclude(last_success_at=None)


def listeners(setup: PushSetup, target: PushTarget) -> list[int]:
    """The sources that a notice is about, as far as they are read at all."""
    mine = setup.tables.source.objects.of(target.workspace_id).filter(
        account_id=target.account_id, enabled=True, paused=False, account__disconnected_at=None
    )
    return list((mine.filter(pk=target.source_id) if target.source_id else mine).values_list("pk", flat=True))


def keep_channel(setup: PushSetup, target: PushTarget, clock: Callable[[], datetime]) -> list[int]:
    """Bring what the provider does in line with what we want. Returns the sources to read, since a new channel tells of nothing earlier."""
    account = Account.objects.of(target.workspace_id).select_related("member__user").filter(pk=target.account_id).first()
    if account is None:
        return []
    rows = list(_rows(setup, target).order_by("pk"))
    wanted = _to_watch(setup.tables.source.objects.of(target.workspace_id).filter(account_id=target.account_id))
    source = (wanted.filter(pk=target.source_id) if target.source_id else wanted).first()
    if source is None or not address(setup, account.provider):
        end(setup, account, rows, clock)
        return []
    if any(row.renew_at > clock() for row in rows):
        return []
    return listeners(setup, target) if _renewed(setup, account, source, rows, target=target, clock=clock) else []


def _renewed(
    setup: PushSetup, account: Account, source: SourceBase, rows: list[Row], *, target: PushTarget, clock: Callable[[], datetime]
) -> bool:
    """Renew the channel, or open another and end those that were. True when there is one now, or one no longer."""
    now, here = clock(), address(setup, account.provider)
    standing = next((row for row in rows if row.remote_id and row.address == here and row.expires_at and row.expires_at > now), None)
    try:
        with setup.open_provider(account, clock) as provider:
            if not isinstance(provider, Pushes):
                opened = False
            elif standing and (longer := provider.renew(_channel(standing))):
                _extend(setup, standing, longer, now)
                rows.remove(standing)
                opened = True
            else:
                # One that may not be renewed, or leads to an address that is not ours any more: another is opened before it is ended.
                opened = _opened(setup, provider, source, target, now)
            # Only now, so that there is always one of them to tell us.
            _end(setup, provider, rows)
    except (ProviderError, secrets.KeyProblem) as error:
        log.info("no push for now", account=account.pk, kind=type(error).__name__)
        # A day is for who refuses. This may be a bad minute of the network: it is tried again soon, or when the provider says so.
        _note(setup, target, max((isinstance(error, SlowDown) and error.until) or now, now + FAILED))
        return False
    if not opened:
        log.info("push refused", account=account.pk)
        _note(setup, target, now + REFUSED)
    # Also when a channel stood and none does now: what it may have told last is read.
    return opened or any(row.remote_id for row in rows)


def _opened(setup: PushSetup, provider: Pushes, source: SourceBase, target: PushTarget, now: datetime) -> bool:
    """The row is there before the provider is asked: its first notice may come before its answer."""
    asked, here = PushChannel(chance.token_urlsafe(24), chance.token_urlsafe(32)), address(setup, source.account.provider)
    facts = target.facts | {"remote_id": asked.id, "secret": digest(asked.secret), "address": here}
    row = _table(setup).create(**facts, expires_at=now + FAILED, renew_at=now + FAILED)
    made = None
    try:
        made = provider.watch(source.remote_id, here, asked)
    finally:
        if made is None:
            row.delete()
    if made:
        _extend(setup, row, made, now)
    return made is not None


def _extend(setup: PushSetup, row: Row, made: PushChannel, now: datetime) -> None:
    """Half its life from now on it is to be renewed."""
    until = made.expires_at or now
    half = max(now + (until - now) / 2, now + FAILED)
    facts: dict[str, object] = {"resource_id": made.resource_id[:255], "expires_at": until, "renew_at": half}
    # Not from `row`: a notice may have come in between.
    _table(setup).of(row.workspace_id).filter(pk=row.pk).update(**facts, **({"heard_at": now} if made.proven else {}))


def _note(setup: PushSetup, target: PushTarget, until: datetime) -> None:
    """The provider is left alone for a while."""
    _rows(setup, target).filter(remote_id="").delete()
    _table(setup).create(**target.facts, renew_at=until)


def recheck(setup: PushSetup, account: Account, now: datetime) -> None:
    """Its owner has signed in again: what became of its channels meanwhile is to be found out."""
    _table(setup).of(account.workspace_id).filter(account_id=account.pk).update(renew_at=now)


def forgotten(setup: PushSetup, account: Account) -> tuple[PushChannel, ...]:
    """Forget all channels of an account. Returns those that the provider should be told to end."""
    rows = _table(setup).of(account.workspace_id).filter(account_id=account.pk)
    channels = tuple(_channel(row) for row in rows if row.resource_id)
    rows.delete()
    return channels


def end(setup: PushSetup, account: Account, rows: list[Row], clock: Callable[[], datetime]) -> None:
    """Forget channels, and end them at the provider as far as that goes: it never stops anybody from leaving. `member.user` must be loaded."""
    _table(setup).of(account.workspace_id).filter(pk__in=[row.pk for row in rows]).delete()
    if not any(row.resource_id for row in rows):
        return
    try:
        with setup.open_provider(account, clock) as provider:
            _end(setup, provider, rows)
    except (ProviderError, secrets.KeyProblem) as error:
        log.info("push runs out by itself", account=account.pk, kind=type(error).__name__)


def _end(setup: PushSetup, provider: object, rows: Iterable[Row]) -> None:
    """One that cannot be ended runs out by itself: what it still says is that of a channel nobody knows."""
    for row in rows:
        _table(setup).of(row.workspace_id).filter(pk=row.pk).delete()
    try:
        for row in rows:
            if row.resource_id and isinstance(provider, Pushes):
                provider.stop(_channel(row))
    except ProviderError as error:
        log.info("push runs out by itself", kind=type(error).__name__)


def _table(setup: PushSetup) -> ScopedManager[Row]:
    return setup.tables.push_channel.objects


def _of_account(setup: PushSetup) -> QuerySet[Row]:
    """Within another query: the channels of the same account as its row."""
    return _table(setup).filter(workspace_id=OuterRef("workspace_id"), account_id=OuterRef("account_id"))


def _rows(setup: PushSetup, target: PushTarget) -> QuerySet[Row]:
    return _table(setup).of(target.workspace_id).filter(account_id=target.account_id, **of_source(target.source_id or None))


def _channel(row: Row) -> PushChannel:
    return PushChannel(row.remote_id, resource_id=row.resource_id, expires_at=row.expires_at)
