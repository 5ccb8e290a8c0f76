"""Connecting an account, and leaving it: typed in, from a file, by signing in, again.

Page, API and command call these and the other verbs of this folder. They take a `member` and `now`, never a request, and raise `lib.errors.Invalid` or `NotAllowed`,
or, while connecting, `providers.port.ConnectFailed`. A refused verb stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.accounts.actions import check_level, same_account, take_over
from metwith.accounts.models import Account, SharingLevel
from metwith.accounts.oauth import delegation, services
from metwith.calendars import jobs
from metwith.calendars.actions.choose import switch_off, sync_now
from metwith.calendars.actions.whose import check_new_people, current_accounts, own_account
from metwith.calendars.inquiries import farewell
from metwith.calendars.models import Calendar, NewPeople
from metwith.calendars.providers import catalogue
from metwith.calendars.rules import fits
from metwith.calendars.sync import purge as purging
from metwith.calendars.sync import run
from metwith.calendars.sync.access import PUSH, access
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import FILE
from metwith.engine import lease, push, queue
from metwith.engine.models import State
from metwith.engine.slots import host_digest
from metwith.engine.vocabulary import RemoteAccount as AccountFacts
from metwith.lib import secrets
from metwith.lib.errors import Invalid
from metwith.rules.identity import Way
from metwith.workspaces import audit
from metwith.workspaces.addresses import MOST, MOST_OF_MEMBER, room_for_more, typed
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.calendars.inquiries.farewell import Farewell
    from metwith.calendars.providers.catalogue import Connected
    from metwith.calendars.vocabulary import RemoteCalendar
    from metwith.engine.port import Step
    from metwith.rules.health import Outcome
    from metwith.workspaces.models import Member

type Choice = Literal["primary", "all"] | Collection[str]
"""Which calendars to switch on: ids or names, or one of the two words."""

MOST_ACCOUNTS = 50
"""Of one member, those too that were disconnected and whose meetings stay. Each brings calendars and addresses that colleagues' requests read."""


def try_connection(
    member: Member,
    provider: str,
    *,
    address: str,
    server: str = "",
    username: str = "",
    secret: str = "",
    on_step: Callable[[Step], None] = lambda _step: None,
    now: Callable[[], datetime],
) -> Connected:
    """Try what a user typed and see what is there. Stores nothing. Raises Invalid or ConnectFailed. `member.user` must be loaded."""
    kind = catalogue.KINDS.get(provider)
    if kind is None:
        raise Invalid("provider", _("There is no such provider. Choose CalDAV or a calendar address."))
    if kind.oauth:
        raise Invalid(
            "provider", _("%(provider)s is connected on its own sign-in page: open Settings → Accounts.") % {"provider": kind.label}
        )
    if kind.server_required and not (server.strip() or secret):
        raise Invalid("server", _("Enter the address of the calendar."))
    if kind.needs_login and not secret:
        raise Invalid("secret", _("Enter the password. Most providers want an app password, made in their security settings."))
    facts = AccountFacts(
        provider=provider,
        address=typed(address or member.user.email),
        server=server.strip(),
        username=username.strip(),
        secret=secret,
        zone=member.user.time_zone,
    )
    return catalogue.connect(facts, keyed=lambda text: secrets.keyed_digest(member.workspace_id, 0, text), now=now, on_step=on_step)


def connect(
    member: Member,
    provider: str,
    *,
    address: str,
    server: str = "",
    username: str = "",
    secret: str = "",
    calendars: Choice = "primary",
    sharing: str = SharingLevel.METADATA,
    new_people: str = NewPeople.OFF,
    on_step: Callable[[Step], None] = lambda _step: None,
    now: Callable[[], datetime],
) -> Account:
    """Connect an account, switch on the chosen calendars and queue their first sync."""
    check_level(sharing)
    check_new_people(new_people)
    found = try_connection(member, provider, address=address, server=server, username=username, secret=secret, on_step=on_step, now=now)
    return keep_connection(member, found, calendars=calendars, sharing=sharing, new_people=new_people, now=now())


@transaction.atomic
def keep_connection(
    member: Member, connected: Connected, *, calendars: Choice, sharing: str, new_people: str | None = None, now: datetime
) -> Account:
    """Store a connection that worked. An account that was disconnected, with its meetings kept, is taken up again.

    `new_people`: None leaves that as it was, and of new calendars off.
    """
    check_level(sharing)
    if new_people is not None:
        check_new_people(new_people)
    chosen = pick_calendars(connected.calendars, calendars)
    row = _same_account(member, connected) or Account(workspace_id=member.workspace_id, member=member, provider=connected.account.provider)
    deed = Action.RECONNECTED if row.pk else Action.CONNECTED
    if not row.pk:
        _room_for_another(member, len(_named(connected)))
    else:
        jobs.reading_changed(row.workspace_id, account_id=row.pk)
    row.sharing, row.server = sharing, connected.account.server
    _bring_in(row, connected, now)
    audit.note(member, deed, account=row.pk, provider=row.provider, to=sharing, kind="organisation" if row.delegated else "own")
    given_up = [c for c in Calendar.objects.of(member.workspace_id).filter(account=row, enabled=True) if c.remote_id not in chosen]
    for remote in _with_room(row, connected.calendars, chosen):
        if remote.readable:
            _keep_calendar(row, remote, enabled=remote.id in chosen, new_people=new_people, now=now)
    for calendar in given_up:
        switch_off(calendar, member)
    ids = Calendar.objects.of(member.workspace_id).filter(account=row, enabled=True).values_list("pk", flat=True)
    for calendar_id in ids:
        jobs.ask_sync(member.workspace_id, calendar_id, priority=queue.QUICK)
    return row


def _room_for_another(member: Member, named: int) -> None:
    """Raises Invalid where a member has as many accounts as there may be, or as many addresses by them; `named`: how many another one brings."""
    if current_accounts(member).count() >= MOST_ACCOUNTS:
        words = _("You have %(most)d accounts, and there can be no more. Disconnect one and remove its meetings, then try again.")
        raise Invalid("account", words % {"most": MOST_ACCOUNTS})
    if min(named, MOST) > room_for_more(member):
        words = _("Your accounts have %(most)d addresses at most. Disconnect one that has many and remove its meetings, then try again.")
        raise Invalid("account", words % {"most": MOST_OF_MEMBER})


def _named(connected: Connected) -> dict[str, Way]:
    """The owner's addresses at the provider, folded, each by the way in which it came; the account's own first."""
    way = Way.SERVER if connected.account.provider in services.KEYS else Way.TYPED
    named = {connected.account.address: way} | {a: Way.SERVER for a in connected.own_addresses if a != connected.account.address}
    return named | dict.fromkeys(connected.verified, Way.PROVIDER)


def pick_calendars(calendars: Iterable[RemoteCalendar], wanted: Choice) -> set[str]:
    """The ids of the chosen calendars. Raises Invalid for one that there is not."""
    readable = [c for c in calendars if c.readable]
    if wanted == "all":
        return {c.id for c in readable}
    if wanted == "primary":
        return {c.id for c in readable if c.primary}
    names = {*wanted}
    chosen = {c.id for c in readable if c.id in names or c.name in names}
    unknown = names - {c.id for c in readable} - {c.name for c in readable}
    if unknown:
        there = ", ".join(c.name for c in readable)
        raise Invalid("calendars", _("There is no calendar %(name)s. There are: %(there)s.") % {"name": ", ".join(unknown), "there": there})
    return chosen


def _with_room(account: Account, calendars: Iterable[RemoteCalendar], chosen: Collection[str]) -> list[RemoteCalendar]:
    """Those that the account has or can have besides. Raises Invalid where a chosen one is not among them."""
    known = set(Calendar.objects.of(account.workspace_id).filter(account=account).values_list("remote_id", flat=True))
    new = sorted((c for c in calendars if c.id not in known), key=lambda c: c.id not in chosen)
    room = max(0, catalogue.MOST_CALENDARS - len(known))
    if any(c.id in chosen for c in new[room:]):
        words = _("An account has %(most)d calendars at most. Disconnect it and remove its meetings, then connect it again.")
        raise Invalid("calendars", words % {"most": catalogue.MOST_CALENDARS})
    return [*(c for c in calendars if c.id in known), *new[:room]]


def _keep_calendar(account: Account, remote: RemoteCalendar, *, enabled: bool, new_people: str | None, now: datetime) -> None:
    found = fits.fit_calendar(remote)
    if found is None:
        return
    Calendar.objects.of(account.workspace_id).update_or_create(
        workspace_id=account.workspace_id,
        account=account,
        remote_id=found.id,
        defaults={
            "name": found.name,
            "colour": found.colour,
            "primary": found.primary,
            "kind": found.kind,
            "enabled": enabled,
            "paused": False,
            **({} if new_people is None else {"new_people": new_people}),
            "state": State.NEW,
            "state_since": now,
            "message": "",
            "detail": "",
            "failures": 0,
            "next_sync_at": now if enabled else None,
        },
    )


def connect_file(
    member: Member, data: bytes, *, name: str, sharing: str = SharingLevel.METADATA, new_people: str = NewPeople.OFF, now: datetime
) -> tuple[Account, Outcome]:
    """Read an uploaded calendar file, once. The file itself is never stored. Raises Invalid or a ProviderError, and then stores nothing."""
    check_level(sharing)
    check_new_people(new_people)
    _room_for_another(member, 0)
    with catalogue.open_file(data, zone=member.user.time_zone, name=name) as provider, transaction.atomic():
        account = Account.objects.create(
            workspace_id=member.workspace_id,
            member=member,
            provider=FILE,
            address=typed(member.user.email),
            server=name[:200],
            sharing=sharing,
        )
        audit.note(member, Action.CONNECTED, account=account.pk, provider=FILE, to=sharing)
        _keep_calendar(account, provider.calendars()[0], enabled=True, new_people=new_people, now=now)
        calendar_id = Calendar.objects.of(member.workspace_id).get(account=account).pk
        calendar = lease.claim(TABLES, member.workspace_id, calendar_id, now)
        assert calendar is not None
        found = access(calendar)
        outcome = run.read_calendar(calendar, found, provider, lambda: now)
        lease.report(TABLES, calendar, outcome, now)
        Calendar.objects.of(member.workspace_id).filter(pk=calendar_id).update(next_sync_at=None)
    return account, outcome


def reconnect(
    member: Member,
    account_id: int,
    *,
    secret: str,
    username: str = "",
    on_step: Callable[[Step], None] = lambda _step: None,
    now: Callable[[], datetime],
) -> Account:
    """New credentials for an account; its cursors are kept, so nothing is read twice and nothing is missing.

    One that was disconnected, with its meetings kept, is taken up again.
    """
    row = own_account(member, account_id)
    kept = row.username if row.provider == "caldav" else ""
    given = {"address": row.address, "server": row.server, "username": username or kept, "secret": secret}
    found = try_connection(member, row.provider, **given, on_step=on_step, now=now)
    return _mend(member, row, found, now())


def host_of(member: Member, account_id: int) -> str:
    """The outside server of an account, as it is counted (engine/slots.py)."""
    return own_account(member, account_id).host


def reconnect_granted(member: Member, account_id: int, connected: Connected, now: datetime) -> Account:
    """The same for an account that is connected by OAuth, once its owner has signed in again (`signing_in.opened`)."""
    row = own_account(member, account_id)
    if (row.provider, row.subject) != (connected.account.provider, connected.account.subject):
        words = {"other": connected.account.address, "this": row.address}
        raise Invalid("account", _("You signed in as %(other)s, but this account is %(this)s. Sign in as %(this)s.") % words)
    return _mend(member, row, connected, now)


@transaction.atomic
def _mend(member: Member, row: Account, connected: Connected, now: datetime) -> Account:
    again = row.disconnected_at is not None
    _bring_in(row, connected, now)
    if again:
        jobs.reading_changed(row.workspace_id, account_id=row.pk)
    audit.note(member, Action.RECONNECTED, account=row.pk, provider=row.provider)
    Calendar.objects.of(row.workspace_id).filter(account=row, enabled=True, paused=False).update(next_sync_at=now, failures=0)
    push.recheck(PUSH, row, now)
    sync_now(member, account_id=row.pk, now=now)
    return row


def disconnect(member: Member, account_id: int, *, purge: bool, now: datetime) -> Farewell | None:
    """Forget the credentials. Keep: its meetings stay, no longer updated. Purge: its copies go, and meetings that nobody else has.

    What goes is shown to nobody any more at once, nor is the account, and is gone soon after, however much it is.
    Returns what is to be said to the provider now, if anything: by a job (`inquiries`), or at once where nobody else waits (`farewell.say`).
    """
    account = own_account(member, account_id, admin=True)
    leaving = farewell.prepare_farewell(account)
    delegation.note_departure(account)
    with transaction.atomic():
        audit.note(member, Action.DISCONNECTED, account=account.pk, provider=account.provider, member=account.member_id, purged=purge)
        if purge:
            jobs.take_away(purging.of_account(account, by=member.pk))
        else:
            purging.stand_still(account, now)
            jobs.reading_changed(account.workspace_id, account_id=account.pk)
    return leaving


def _same_account(member: Member, connected: Connected) -> Account | None:
    account = connected.account
    who = {"address": account.address, "server": account.server, "username": account.username}
    return same_account(current_accounts(member), account.provider, subject=account.subject, secret=account.secret, **who)


def _bring_in(row: Account, connected: Connected, now: datetime) -> bool:
    """Fresh credentials, and the owner's addresses as they are now. True when an address counts for something else than before."""
    account = connected.account
    row.address, row.username, row.subject, row.delegated = account.address, account.username, account.subject, connected.delegated
    row.assigned, row.host = connected.assigned, outside_server(connected)
    return take_over(row, account.secret, _named(connected), now)


def outside_server(connected: Connected) -> str:
    """By what the accounts at the server of a connection are counted together (engine/slots.py)."""
    return host_digest(catalogue.host_of(connected.account))
