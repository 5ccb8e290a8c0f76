"""Connecting a whole organisation: an admin picks members, and each is connected by what the organisation granted, and told so.

Members keep their own choices: which calendars, how much colleagues see, and whether at all. What they disconnected stays disconnected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from metwith.accounts.models import Account, Enrolment
from metwith.accounts.oauth import delegation
from metwith.accounts.oauth.errors import OAuthProblem
from metwith.accounts.oauth.services import service
from metwith.accounts.oauth.tokens import FreshTokens
from metwith.calendars.actions import connect
from metwith.calendars.delegation import mailbox
from metwith.calendars.inquiries import farewell
from metwith.calendars.oauth_connect import failed
from metwith.calendars.providers import catalogue
from metwith.engine import queue
from metwith.engine.access import PortTokens
from metwith.engine.errors import ConnectFailed
from metwith.engine.slots import ASKED
from metwith.engine.vocabulary import RemoteAccount as AccountFacts
from metwith.lib import clock, mail, secrets
from metwith.lib.errors import Invalid
from metwith.workspaces import audit
from metwith.workspaces.audit import Action
from metwith.workspaces.may import admins_only
from metwith.workspaces.queries import members_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from metwith.accounts.oauth.clients import Client
    from metwith.calendars.providers.catalogue import Connected
    from metwith.workspaces.models import Member

log = structlog.get_logger(__name__)
State = Enrolment.State


@dataclass(frozen=True, slots=True)
class EnrolmentStatus:
    """Where a member stands with one provider."""

    member: Member
    state: str
    """An Enrolment.State; `own` for somebody who connected by themselves, and `""` for somebody who is not connected."""
    message: str = ""
    detail: str = ""
    address: str = ""
    """By which the provider knows them, where an admin said another than the one they sign in with."""

    @property
    def open(self) -> bool:
        """Whether an admin may pick them."""
        return self.state in {"", State.FAILED}


def standings(workspace_id: int, provider: str) -> list[EnrolmentStatus]:
    """All members, by address."""
    chosen = {row.member_id: row for row in Enrolment.objects.of(workspace_id).filter(provider=provider)}
    own = Account.objects.of(workspace_id).filter(provider=provider, delegated=False, disconnected_at=None)
    owners = set(own.values_list("member_id", flat=True))
    found = []
    for member in members_of(workspace_id).order_by("user__email"):
        row = chosen.get(member.pk)
        if member.pk in owners:
            found.append(EnrolmentStatus(member, "own"))
        else:
            found.append(EnrolmentStatus(member, row.state, row.message, row.detail, row.address) if row else EnrolmentStatus(member, ""))
    return found


def save_and_reconnect(admin: Member, provider: str, **key: str) -> None:
    """Set what the organisation granted. Those who were connected by what it granted before are connected by this."""
    delegation.save_organisation(admin, provider, **key)
    again = Enrolment.objects.of(admin.workspace_id).filter(provider=provider, state=State.CONNECTED)
    _queue(admin.workspace_id, list(again.values_list("pk", flat=True)))


@transaction.atomic
def pick(admin: Member, provider: str, member_ids: Collection[int], addresses: Mapping[int, str] | None = None) -> int:
    """Have members connected. Returns how many are under way; who cannot be picked is left out.

    `addresses`: by which the provider knows a member (id), where it is not the one they sign in with. Raises NotAllowed, or Invalid, which
    names the member's id as its field where it is about their address; then nobody is picked.
    """
    admins_only(admin)
    if delegation.organisation_of(admin.workspace_id, provider) is None:
        raise Invalid("provider", _("First enter what your organisation granted."))
    wanted = [s.member for s in standings(admin.workspace_id, provider) if s.open and s.member.pk in member_ids]
    said = {m.pk: _mailbox_of(admin, m, (addresses or {}).get(m.pk, "")) for m in wanted}
    rows = [
        Enrolment.objects.of(admin.workspace_id).update_or_create(
            workspace_id=admin.workspace_id, member=m, provider=provider, defaults={"address": said[m.pk]}
        )[0]
        for m in wanted
    ]
    _queue(admin.workspace_id, [row.pk for row in rows])
    if rows:
        audit.note(admin, Action.CONNECTED, provider=provider, kind="picked", many=len(rows))
    for row in rows:
        if row.address:
            audit.note(admin, Action.CONNECTED, provider=provider, kind="address", member_=row.member_id)
    return len(rows)


def _mailbox_of(admin: Member, member: Member, text: str) -> str:
    try:
        return mailbox.read_mailbox(admin, member, text)
    except Invalid as wrong:
        raise Invalid(str(member.pk), wrong.message) from wrong


@transaction.atomic
def _queue(workspace_id: int, ids: Collection[int]) -> None:
    Enrolment.objects.of(workspace_id).filter(pk__in=ids).update(state=State.ASKED, message="", detail="")
    for pk in ids:
        # Many at once: what somebody waits for on a page goes before.
        queue.enqueue_once(enrol, f"enrol:{pk}", workspace_id=workspace_id, enrolment_id=pk)


@app.task(name="metwith.calendars.whole.enrol", queue=ASKED)
def enrol(workspace_id: int, enrolment_id: int) -> None:
    """Connect one member who was picked."""
    connect_picked(workspace_id, enrolment_id, clock.now)


def connect_picked(workspace_id: int, enrolment_id: int, now: Callable[[], datetime]) -> None:
    """The same, by a given clock. What goes wrong becomes the row's; safe to run again."""
    rows = Enrolment.objects.of(workspace_id).filter(pk=enrolment_id, state=State.ASKED)
    row = rows.select_related("member__user", "member__workspace").first()
    if row is None:
        return
    try:
        client = delegation.granted(workspace_id, row.provider)
        found = mailbox.judged(row, look_into_mailbox(client, row.member, row.address or row.member.user.email, now))
    except OAuthProblem as problem:
        rows.update(state=State.FAILED, message=problem.message, detail=problem.detail)
    except ConnectFailed as problem:
        rows.update(state=State.FAILED, message=problem.message, detail=problem.detail)
    else:
        try:
            _connect_enrolled(row, found, now())
        except Invalid as refusal:
            rows.update(state=State.FAILED, message=refusal.message, detail="")
    log.info("enrolled", enrolment=enrolment_id)


def look_into_mailbox(client: Client, member: Member, address: str, now: Callable[[], datetime]) -> Connected:
    """What there is to read for the person at an address. Stores nothing. Raises ConnectFailed. `member.user` gives the zone."""
    try:
        grant = delegation.token_for(client, address, now())
        owner = delegation.owner(client, grant, address)
    except OAuthProblem as problem:
        raise failed(problem) from problem
    facts = AccountFacts(
        provider=client.service.key,
        address=owner.address,
        server=client.service.api_url,
        username=owner.subject,
        zone=member.user.time_zone,
        subject=owner.subject,
    )
    keyed = secrets.digester(member.workspace_id, 0)
    found = catalogue.connect(facts, keyed=keyed, now=now, tokens=PortTokens(FreshTokens(grant)))
    addresses = tuple(dict.fromkeys((*found.own_addresses, *owner.aliases)))
    return replace(found, account=replace(found.account, server="", secret=grant.dump()), own_addresses=addresses, delegated=True)


@transaction.atomic
def _connect_enrolled(row: Enrolment, connected: Connected, now: datetime) -> None:
    chosen = Enrolment.objects.of(row.workspace_id).filter(pk=row.pk)
    # Of two who do it at once (a worker, and the command) the second finds it done.
    if not chosen.filter(state=State.ASKED).select_for_update(no_key=True).exists():
        return
    mine = (
        Account.objects.of(row.workspace_id)
        .filter(member_id=row.member_id, provider=row.provider, subject=connected.account.subject)
        .first()
    )
    if mine is None:
        connect.keep_connection(
            row.member, connected, calendars="primary", sharing=row.member.workspace.sharing_default, new_people="off", now=now
        )
        chosen.update(state=State.CONNECTED, told=False)
        transaction.on_commit(lambda: _write_to(row))
    elif mine.disconnected_at:
        chosen.update(state=State.LEFT, told=True)
    else:
        # One that its owner connected stays theirs.
        if mine.delegated:
            connect.reconnect_granted(row.member, mine.pk, connected, now)
        chosen.update(state=State.CONNECTED)


@app.task(name="metwith.calendars.whole.part", queue=ASKED)
def part(workspace_id: int) -> None:
    """Let go, with its meetings, of each mailbox that an admin's word opened to one member and that is known to be another's by now."""
    for account in mailbox.another_members(workspace_id):
        with audit.operated():
            leaving = connect.disconnect(account.member, account.pk, purge=True, now=clock.now())
        if leaving:
            farewell.say_farewell(leaving, clock.now)
        rows = Enrolment.objects.of(workspace_id).filter(member_id=account.member_id, provider=account.provider)
        rows.update(state=State.FAILED, message=mailbox.ANOTHERS)


# --- telling them -------------------------------------------------------------------------------------------------------------------


def untold(member: Member) -> list[Enrolment]:
    """What a member was connected by without having done anything, until they say that they have read it."""
    return list(Enrolment.objects.of(member.workspace_id).filter(member=member, state=State.CONNECTED, told=False).order_by("provider"))


def note_told(member: Member) -> None:
    """They have read it."""
    Enrolment.objects.of(member.workspace_id).filter(member=member, state=State.CONNECTED).update(told=True)


def told_in_words(row: Enrolment) -> str:
    """The notice."""
    said = _(
        "Your organisation connected your %(provider)s calendar. Your main calendar is read, never written; private events never come in. "
        "Which calendars are read and how much colleagues see is yours to choose, and you can disconnect at any time."
    ) % {"provider": service(row.provider).label}
    if not row.address:
        return said
    whose = _("An admin said that the provider knows you as %(address)s. If that mailbox is not yours, disconnect it.")
    return f"{said} {whose % {'address': row.address}}"


def _write_to(row: Enrolment) -> None:
    """By e-mail, where there is a mail server. That it cannot be sent is no reason to undo anything: the notice waits on the page."""
    member = row.member
    with translation.override(member.user.language or "en"):
        subject = _("Your calendar was connected to Metwith")
        text = told_in_words(row) + "\n\n" + _("Settings, Accounts")
    mail.send(subject, text, member.user.email, member=member.pk)
