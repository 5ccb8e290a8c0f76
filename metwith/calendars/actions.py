"""The verbs of the calendar channel: connect, choose, share, pause, sync, disconnect, link by hand.

Page, API and command call these. They take a `member` and `now`, never a request, and raise `lib.errors.Invalid` or `NotAllowed`,
or, while connecting, `providers.port.ConnectFailed`. A refused verb stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.accounts.models import Account, SharingLevel
from metwith.accounts.oauth import delegation, services
from metwith.accounts.queries import blocks_for
from metwith.calendars import farewell, jobs, queries
from metwith.calendars.feed import KINDS
from metwith.calendars.models import Calendar, Event, Link, NewPeople, State
from metwith.calendars.providers import catalogue
from metwith.calendars.rules import fits
from metwith.calendars.slots import host_digest
from metwith.calendars.sync import linking, push, removing, run
from metwith.calendars.sync.access import access
from metwith.calendars.sync.turns import lock_writers
from metwith.calendars.vocabulary import Account as AccountFacts
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.lib import secrets
from metwith.lib.errors import Invalid, NotAllowed
from metwith.records.models import Company, Opportunity, Person
from metwith.rules.identity import Way
from metwith.workspaces import audit
from metwith.workspaces.addresses import MOST, MOST_OF_MEMBER, bring, room_for_more, typed
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.calendars.farewell import Farewell
    from metwith.calendars.providers.catalogue import Connected
    from metwith.calendars.providers.port import Step
    from metwith.calendars.rules.health import Outcome
    from metwith.calendars.shown import Kind
    from metwith.workspaces.models import Member

type Choice = Literal["primary", "all"] | Collection[str]
"""Which calendars to switch on: ids or names, or one of the two words."""

FILE = "file"
"""The provider key of an uploaded file: read once, never asked again."""
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
    _check_level(sharing)
    _check_new_people(new_people)
    found = try_connection(member, provider, address=address, server=server, username=username, secret=secret, on_step=on_step, now=now)
    return keep(member, found, calendars=calendars, sharing=sharing, new_people=new_people, now=now())


@transaction.atomic
def keep(member: Member, found: Connected, *, calendars: Choice, sharing: str, new_people: str, now: datetime) -> Account:
    """Store a connection that worked. An account that was disconnected, with its meetings kept, is taken up again."""
    _check_level(sharing)
    _check_new_people(new_people)
    chosen = pick(found.calendars, calendars)
    row = _same_account(member, found.account) or Account(workspace_id=member.workspace_id, member=member, provider=found.account.provider)
    deed = Action.RECONNECTED if row.pk else Action.CONNECTED
    if not row.pk:
        _room_for_another(member, len(_named(found)))
    else:
        jobs.reading_changed(row.workspace_id, account_id=row.pk)
    row.sharing, row.server = sharing, found.account.server
    _take_over(row, found, now)
    audit.note(member, deed, account=row.pk, provider=row.provider, to=sharing, kind="organisation" if row.delegated else "own")
    given_up = [c for c in Calendar.objects.of(member.workspace_id).filter(account=row, enabled=True) if c.remote_id not in chosen]
    for remote in _with_room(row, found.calendars, chosen):
        if remote.readable:
            _keep_calendar(row, remote, enabled=remote.id in chosen, new_people=new_people, now=now)
    for calendar in given_up:
        _switch_off(calendar, member)
    ids = Calendar.objects.of(member.workspace_id).filter(account=row, enabled=True).values_list("pk", flat=True)
    for calendar_id in ids:
        jobs.ask_sync(member.workspace_id, calendar_id, priority=jobs.QUICK)
    return row


def _room_for_another(member: Member, named: int) -> None:
    """Raises Invalid where a member has as many accounts as there may be, or as many addresses by them; `named`: how many another one brings."""
    going = removing.going(member.workspace_id).values("account_id")
    if Account.objects.of(member.workspace_id).filter(member=member).exclude(pk__in=going).count() >= MOST_ACCOUNTS:
        words = _("You have %(most)d accounts, and there can be no more. Disconnect one and remove its meetings, then try again.")
        raise Invalid("account", words % {"most": MOST_ACCOUNTS})
    if min(named, MOST) > room_for_more(member):
        words = _("Your accounts have %(most)d addresses at most. Disconnect one that has many and remove its meetings, then try again.")
        raise Invalid("account", words % {"most": MOST_OF_MEMBER})


def _same_account(member: Member, account: AccountFacts) -> Account | None:
    mine = Account.objects.of(member.workspace_id).filter(member=member, provider=account.provider)
    mine = mine.exclude(pk__in=removing.going(member.workspace_id).values("account_id"))
    if account.subject:
        return mine.filter(subject=account.subject).first()
    same = mine.filter(address=account.address, server=account.server, username=account.username)
    if account.provider == "caldav":
        return same.first()
    # One that was disconnected has forgotten its secret.
    return next((row for row in same if row.secret and secrets.decrypt(row.workspace_id, row.secret) == account.secret), None)


def _take_over(row: Account, found: Connected, now: datetime) -> bool:
    """Fresh credentials, and the owner's addresses as they are now. One that was renamed stays theirs: older meetings name it.

    True when an address counts for something else than before.
    """
    account = found.account
    row.address, row.username, row.subject, row.delegated = account.address, account.username, account.subject, found.delegated
    row.assigned, row.host = found.assigned, host_digest(catalogue.host_of(account))
    row.secret, row.disconnected_at = secrets.encrypt(row.workspace_id, account.secret), None
    row.save()
    blocks = blocks_for(row.workspace_id, row.member_id)
    return bring(row.member, row.pk, {a: way for a, way in _named(found).items() if a and not blocks.keeps_out([a])}, now)


def _named(found: Connected) -> dict[str, Way]:
    """The owner's addresses at the provider, folded, each by the way in which it came; the account's own first."""
    way = Way.SERVER if found.account.provider in services.KEYS else Way.TYPED
    named = {found.account.address: way} | {a: Way.SERVER for a in found.own_addresses if a != found.account.address}
    return named | dict.fromkeys(found.verified, Way.PROVIDER)


def pick(found: Iterable[RemoteCalendar], wanted: Choice) -> set[str]:
    """The ids of the chosen calendars. Raises Invalid for one that there is not."""
    readable = [c for c in found if c.readable]
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


def _with_room(account: Account, found: Iterable[RemoteCalendar], chosen: Collection[str]) -> list[RemoteCalendar]:
    """Those that the account has or can have besides. Raises Invalid where a chosen one is not among them."""
    known = set(Calendar.objects.of(account.workspace_id).filter(account=account).values_list("remote_id", flat=True))
    new = sorted((c for c in found if c.id not in known), key=lambda c: c.id not in chosen)
    room = max(0, catalogue.MOST_CALENDARS - len(known))
    if any(c.id in chosen for c in new[room:]):
        words = _("An account has %(most)d calendars at most. Disconnect it and remove its meetings, then connect it again.")
        raise Invalid("calendars", words % {"most": catalogue.MOST_CALENDARS})
    return [*(c for c in found if c.id in known), *new[:room]]


def _keep_calendar(account: Account, remote: RemoteCalendar, *, enabled: bool, new_people: str, now: datetime) -> None:
    found = fits.calendar(remote)
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
            "new_people": new_people,
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
    _check_level(sharing)
    _check_new_people(new_people)
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
        calendar = run.claim(member.workspace_id, calendar_id, now)
        assert calendar is not None
        found = access(calendar)
        outcome = run.read(calendar, found, provider, lambda: now)
        run.report(calendar, outcome, now)
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
    row = _mine(member, account_id)
    kept = row.username if row.provider == "caldav" else ""
    given = {"address": row.address, "server": row.server, "username": username or kept, "secret": secret}
    found = try_connection(member, row.provider, **given, on_step=on_step, now=now)
    return _mend(member, row, found, now())


def host_of(member: Member, account_id: int) -> str:
    """The outside server of an account, as it is counted (calendars/slots.py)."""
    return _mine(member, account_id).host


def reconnect_granted(member: Member, account_id: int, found: Connected, now: datetime) -> Account:
    """The same for an account that is connected by OAuth, once its owner has signed in again (`signing_in.opened`)."""
    row = _mine(member, account_id)
    if (row.provider, row.subject) != (found.account.provider, found.account.subject):
        words = {"other": found.account.address, "this": row.address}
        raise Invalid("account", _("You signed in as %(other)s, but this account is %(this)s. Sign in as %(this)s.") % words)
    return _mend(member, row, found, now)


@transaction.atomic
def _mend(member: Member, row: Account, found: Connected, now: datetime) -> Account:
    again = row.disconnected_at is not None
    _take_over(row, found, now)
    if again:
        jobs.reading_changed(row.workspace_id, account_id=row.pk)
    audit.note(member, Action.RECONNECTED, account=row.pk, provider=row.provider)
    Calendar.objects.of(row.workspace_id).filter(account=row, enabled=True, paused=False).update(next_sync_at=now, failures=0)
    push.doubt(row, now)
    sync_now(member, account_id=row.pk, now=now)
    return row


@transaction.atomic
def choose_calendars(member: Member, account_id: int, calendar_ids: Collection[int], now: datetime) -> None:
    """Switch calendars on and off. What was read from one that is switched off is purged: it is no longer the CRM's business.

    It is shown to nobody any more at once, and gone soon after, however much it is.
    """
    account = _mine(member, account_id)
    rows = Calendar.objects.of(member.workspace_id).filter(account=account)
    rows.filter(pk__in=calendar_ids, enabled=False).update(
        enabled=True, paused=False, state=State.NEW, state_since=now, next_sync_at=now, cursor=""
    )
    for calendar in rows.exclude(pk__in=calendar_ids).filter(enabled=True):
        _switch_off(calendar, member)
    sync_now(member, account_id=account_id, now=now)


def _switch_off(calendar: Calendar, member: Member) -> None:
    Calendar.objects.of(calendar.workspace_id).filter(pk=calendar.pk).update(enabled=False, next_sync_at=None)
    jobs.take_away(removing.of_calendar(calendar, by=member.pk))
    jobs.less_to_watch(calendar)


@transaction.atomic
def set_sharing(member: Member, account_id: int, level: str) -> None:
    """How much colleagues see of this account. Holds at once, for the past too: it is judged whenever something is shown."""
    _check_level(level)
    account = _mine(member, account_id)
    if account.sharing != level:
        Account.objects.of(member.workspace_id).filter(pk=account.pk).update(sharing=level)
        audit.note(member, Action.LEVEL, account=account.pk, from_=account.sharing, to=level)


@transaction.atomic
def set_calendar_sharing(member: Member, calendar_id: int, level: str) -> None:
    """How much colleagues see of one calendar, set apart from its account; empty: as the account. Holds at once, for the past too."""
    if level:
        _check_level(level)
    calendar = _my_calendar(member, calendar_id)
    if calendar.sharing != level:
        Calendar.objects.of(member.workspace_id).filter(pk=calendar.pk).update(sharing=level)
        account_id = calendar.account_id
        audit.note(member, audit.Action.CALENDAR_LEVEL, account=account_id, calendar=calendar.pk, from_=calendar.sharing, to=level)


@transaction.atomic
def set_new_people(member: Member, calendar_id: int, wanted: str, *, now: datetime) -> None:
    """Of whose meetings unknown outsiders become people. Where more may come than before, the calendar is read again for them."""
    _check_new_people(wanted)
    calendar = _my_calendar(member, calendar_id)
    if wanted == calendar.new_people:
        return
    more = wanted == NewPeople.ON or calendar.new_people == NewPeople.OFF
    # A sync under way works by the choice of before: without its lease it writes nothing more, and no cursor.
    again = {"cursor": "", "next_sync_at": now, "lease_holder": None, "lease_until": None}
    if not more or calendar.account.provider == FILE:
        again = {}
    Calendar.objects.of(member.workspace_id).filter(pk=calendar.pk).update(new_people=wanted, **again)
    audit.note(member, Action.NEW_PEOPLE, calendar=calendar.pk, from_=calendar.new_people, to=wanted)


def pause(member: Member, calendar_id: int) -> None:
    """The calendar stands still; what was read stays."""
    calendar = _my_calendar(member, calendar_id)
    with transaction.atomic():
        Calendar.objects.of(member.workspace_id).filter(pk=calendar_id).update(paused=True)
        jobs.reading_changed(member.workspace_id, pk=calendar_id)
    jobs.less_to_watch(calendar)


def resume(member: Member, calendar_id: int, now: datetime) -> None:
    """Go on where it stopped."""
    _my_calendar(member, calendar_id)
    with transaction.atomic():
        Calendar.objects.of(member.workspace_id).filter(pk=calendar_id).update(paused=False, next_sync_at=now)
        jobs.reading_changed(member.workspace_id, pk=calendar_id)
    jobs.ask_sync(member.workspace_id, calendar_id, priority=jobs.QUICK)


def confirm_empty(member: Member, calendar_id: int, now: datetime) -> None:
    """Its owner says that the calendar is empty for a reason: the next sync may remove what is not there."""
    _my_calendar(member, calendar_id)
    rows = Calendar.objects.of(member.workspace_id).filter(pk=calendar_id)
    rows.update(emptiness_confirmed=True, cursor="", next_sync_at=now)
    jobs.ask_sync(member.workspace_id, calendar_id, priority=jobs.QUICK)


def sync_now(member: Member, *, account_id: int | None = None, calendar_id: int | None = None, now: datetime) -> int:
    """Queue a sync of one calendar, or of an account's. Returns how many were queued; one that waits already is not queued twice."""
    calendars = Calendar.objects.of(member.workspace_id).filter(enabled=True, paused=False, account__disconnected_at=None)
    if account_id is not None:
        calendars = calendars.filter(account_id=_mine(member, account_id, admin=True).pk)
    if calendar_id is not None:
        calendars = calendars.filter(pk=_my_calendar(member, calendar_id).pk)
    calendars = calendars.exclude(account__provider=FILE)
    ids = list(calendars.values_list("pk", flat=True))
    Calendar.objects.of(member.workspace_id).filter(pk__in=ids).update(next_sync_at=now)
    return sum(jobs.ask_sync(member.workspace_id, pk, priority=jobs.QUICK) for pk in ids)


def disconnect(member: Member, account_id: int, *, purge: bool, now: datetime) -> Farewell | None:
    """Forget the credentials. Keep: its meetings stay, no longer updated. Purge: its copies go, and meetings that nobody else has.

    What goes is shown to nobody any more at once, nor is the account, and is gone soon after, however much it is.
    Returns what is to be said to the provider now, if anything: by a job (`inquiries`), or at once where nobody else waits (`farewell.say`).
    """
    account = _mine(member, account_id, admin=True)
    leaving = farewell.of(account)
    delegation.left(account)
    with transaction.atomic():
        audit.note(member, Action.DISCONNECTED, account=account.pk, provider=account.provider, member=account.member_id, purged=purge)
        if purge:
            jobs.take_away(removing.of_account(account, by=member.pk))
        else:
            removing.stand_still(account, now)
            jobs.reading_changed(account.workspace_id, account_id=account.pk)
    return leaving


# --- by hand ----------------------------------------------------------------------------------------------------------------------


def link_by_hand(member: Member, event_id: int, kind: Kind, record_id: int) -> None:
    """Put a meeting on a record. No rule ever takes it off."""
    _by_hand(member, event_id, kind, record_id, hidden=False)


def unlink_by_hand(member: Member, event_id: int, kind: Kind, record_id: int) -> None:
    """Take a meeting off a record. No rule ever brings it back."""
    _by_hand(member, event_id, kind, record_id, hidden=True)


@transaction.atomic
def _by_hand(member: Member, event_id: int, kind: Kind, record_id: int, *, hidden: bool) -> None:
    """Raises Event.DoesNotExist or the record's DoesNotExist, also for another workspace's, or one that the member may not know of; NotAllowed."""
    # In turn with the rules, which look at what was done by hand before they write.
    lock_writers(member.workspace_id)
    if queries.meeting(member, event_id).in_part:
        # A link shows all copies to everybody, those too that their owners have on no record.
        raise NotAllowed(_("This meeting is in other calendars too, which do not name you. Only whom they name can put it on a record."))
    event = Event.objects.of(member.workspace_id).get(pk=event_id)
    models: dict[Kind, type[Person | Company | Opportunity]] = {
        "person": Person,
        "company": Company,
        "opportunity": Opportunity,
    }
    models[kind].objects.of(member.workspace_id).get(pk=record_id)
    facts: dict[str, Any] = {
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "all_day": event.start_date is not None,
        "reason": Link.Reason.BY_HAND,
        "because": str(member.pk),
        "hidden": hidden,
    }
    where: dict[str, Any] = {
        "workspace_id": member.workspace_id,
        "event": event,
        "record_kind": KINDS[kind],
        "record_id": record_id,
        "member": linking.EVERYBODY,
    }
    Link.objects.of(member.workspace_id).update_or_create(**where, defaults=facts)
    linking.relink(member.workspace_id, [event.pk])
    audit.note(member, Action.UNLINKED if hidden else Action.LINKED, meeting=event.pk, kind=kind, record=record_id)


# --- whose ------------------------------------------------------------------------------------------------------------------------


def _check_level(level: str) -> None:
    if level not in SharingLevel.values:
        raise Invalid("sharing", _("The sharing level is one of: %(levels)s.") % {"levels": ", ".join(SharingLevel.values)})


def _check_new_people(wanted: str) -> None:
    if wanted not in NewPeople.values:
        raise Invalid("new_people", _("New people come in: %(choices)s.") % {"choices": ", ".join(NewPeople.values)})


def _mine(member: Member, account_id: int, *, admin: bool = False) -> Account:
    """The member's own account; with `admin` also somebody else's, for admins. Raises Account.DoesNotExist, NotAllowed."""
    there = Account.objects.of(member.workspace_id).exclude(pk__in=removing.going(member.workspace_id).values("account_id"))
    account = there.select_related("member__user").get(pk=account_id)
    if account.member_id != member.pk and not (admin and member.is_admin):
        raise NotAllowed(_("This account belongs to somebody else. Only its owner can change it."))
    return account


def _my_calendar(member: Member, calendar_id: int) -> Calendar:
    calendar = Calendar.objects.of(member.workspace_id).select_related("account").get(pk=calendar_id)
    if calendar.account.member_id != member.pk:
        raise NotAllowed(_("This calendar belongs to somebody else. Only its owner can change it."))
    return calendar
