"""`metwith sync`: reads the calendars in this process, beside a running `serve` or without one."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from metwith.accounts.models import Account
from metwith.calendars.account_status import account_overview
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.sync.run import CalendarBusy, sync_calendar
from metwith.calendars.vocabulary import FILE
from metwith.cli.admin.account import counts
from metwith.cli.run.boot import CommandFailed
from metwith.engine.models import State
from metwith.lib import clock
from metwith.server import environment

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from metwith.calendars.account_status import CalendarView

LOOK_SECONDS = 0.5
"""How often somebody else's sync is looked at, and the progress is shown."""


@dataclass(frozen=True, slots=True)
class SyncTarget:
    """A calendar to be read."""

    workspace_id: int
    calendar_id: int
    label: str


def sync(arguments: argparse.Namespace) -> int:
    """Bring every calendar that is switched on up to date, or those of one account. 1 when one failed."""
    _hush()
    targets = _targets(arguments.account)
    if not targets:
        print("There is no calendar to sync.")
    return 1 if [target for target in targets if not _bring_up_to_date(target)] else 0


def _hush() -> None:
    """The command says itself what happens; the log speaks up when something is wrong, or when it was asked to."""
    if not environment.LOG_LEVEL.text:
        logging.getLogger("metwith").setLevel(logging.WARNING)


def _targets(account_id: int | None) -> list[SyncTarget]:
    calendars = Calendar.objects.across_workspaces("the operator syncs everything")
    if account_id is not None:
        _known(account_id)
        calendars = calendars.filter(account_id=account_id)
    on = calendars.filter(enabled=True, paused=False, account__disconnected_at=None).exclude(account__provider=FILE)
    rows = on.select_related("account").order_by("workspace_id", "account_id", "pk")
    return [SyncTarget(row.workspace_id, row.pk, f"{row.name} ({row.account.address})") for row in rows]


def _known(account_id: int) -> None:
    account = Account.objects.across_workspaces("the operator names accounts by id").filter(pk=account_id).first()
    if account is None:
        raise CommandFailed(f"There is no account {account_id}.\nSee which there are with: metwith account list")
    if account.disconnected_at is not None:
        raise CommandFailed(f"Account {account_id} is disconnected.\nConnect it again with: metwith account connect")


def _bring_up_to_date(target: SyncTarget) -> bool:
    """Sync one calendar, or wait for whoever is at it and take their outcome. False when it failed; its state says why."""
    with _progress(target):
        while isinstance(sync_calendar(target.workspace_id, target.calendar_id), CalendarBusy):
            if _wait_for_other(target):
                break
    return _say(target)


def _wait_for_other(target: SyncTarget) -> bool:
    """True when somebody else has finished, or there is nothing to sync any more; False when they died and it is our turn."""
    while True:
        row = _rows(target).filter(enabled=True, paused=False, account__disconnected_at=None).first()
        if row is None or row.lease_until is None:
            return True
        if row.lease_until < clock.now():
            return False
        time.sleep(LOOK_SECONDS)


def _say(target: SyncTarget) -> bool:
    view = _view(target)
    if view is None or not view.enabled or view.paused:
        print(f"{target.label}: not switched on any more")
        return True
    if view.state == State.FINE:
        print(f"{target.label}: up to date. {counts(view)}")
        return True
    said = ". ".join(dict.fromkeys(filter(None, (words.rstrip(".") for words in (view.words, view.message, view.advice)))))
    print(f"{target.label}: {said}.", file=sys.stderr)
    if view.detail:
        print(f"   {view.detail}", file=sys.stderr)
    return False


def _view(target: SyncTarget) -> CalendarView | None:
    row = _rows(target).select_related("account__member__user").first()
    if row is None:
        return None
    found = account_overview(row.account.member, now=clock.now(), account_id=row.account_id)
    return next((view for view in found[0].calendars if view.id == row.pk), None)


def _rows(target: SyncTarget) -> QuerySet[Calendar]:
    return Calendar.objects.of(target.workspace_id).filter(pk=target.calendar_id)


# --- while it goes on -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _progress(target: SyncTarget) -> Iterator[None]:
    """A line that changes while somebody watches; a plain line otherwise."""
    if not sys.stdout.isatty():
        print(f"{target.label}: reading", flush=True)
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(target, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
        print("\r\033[K", end="", flush=True)


def _tell(target: SyncTarget, done: threading.Event) -> None:
    """Looks at the calendar's row on a connection of its own, as the page does."""
    try:
        while not done.wait(LOOK_SECONDS):
            print(f"\r\033[K{progress_line(target)}", end="", flush=True)
    finally:
        connection.close()


def progress_line(target: SyncTarget) -> str:
    """`Work (anna@acme.example): 1,200 of about 2,000 read, 804 kept`."""
    read, expected = _rows(target).values_list("read", "expected").first() or (0, None)
    kept = Entry.objects.of(target.workspace_id).filter(calendar_id=target.calendar_id).count()
    return f"{target.label}: {read:,}" + (f" of about {expected:,}" if expected else "") + f" read, {kept:,} kept"
