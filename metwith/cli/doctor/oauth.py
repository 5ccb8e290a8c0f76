"""What `metwith doctor` says of connecting Google and Microsoft: settings, clients, clock, scopes, permissions that were lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from metwith.accounts.models import Account, Enrolment, OAuthClient, Organisation
from metwith.accounts.oauth import check, delegation
from metwith.accounts.oauth.clients import client_of, from_environment
from metwith.accounts.oauth.services import GOOGLE, KEYS, missing_scopes, practice_server, service
from metwith.accounts.oauth.tokens import grant_of
from metwith.calendars.delegation import check as mailbox_check
from metwith.calendars.models import Calendar
from metwith.cli.doctor.finding import Finding, Severity, bad, good
from metwith.engine.models import State
from metwith.lib import clock
from metwith.lib.secrets import KeyWrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from metwith.accounts.oauth.clients import Client

TESTING = timedelta(days=7)
"""How long a permission lives that was given to a Google app in "Testing"."""
_WHY = "the doctor looks at the whole installation"


def findings() -> Iterator[Finding]:
    """Nothing but a note where nobody has set anything up."""
    for key in KEYS:
        yield from _settings(key)
        clients = _clients(key)
        if not clients:
            yield Finding(Severity.NOTE, key, f"not set up; docs/connect-{key}.md tells how")
        for client in clients:
            yield from _client(client)
        yield from _organisations(key)
        yield from _accounts(key)


def _settings(key: str) -> Iterator[Finding]:
    # That both of a client are set, or neither, environment.check() has seen to.
    if server := practice_server(key):
        yield Finding(Severity.NOTE, key, f"a practice server stands in for it: {server}")


def _clients(key: str) -> list[Client]:
    """Each once, though many workspaces may use it."""
    if client := from_environment(key):
        return [client]
    rows = OAuthClient.objects.across_workspaces(_WHY).filter(provider=key)
    found = [client for row in rows if (client := client_of(row.workspace_id, key))]
    return list({client.client_id: client for client in found}.values())


def _client(client: Client) -> Iterator[Finding]:
    """The client as its service sees it. Its id is no secret and tells several apart."""
    key, name = client.service.key, f"client {client.client_id[:12]}…"
    if not settings.ORIGIN:
        yield Finding(Severity.NOTE, key, "METWITH_ORIGIN is not set, so the redirect address depends on how people reach Metwith")
    redirect = (settings.ORIGIN or "http://localhost:8000").rstrip("/") + reverse("connect-oauth-back", args=[key])
    found = check.check_client(client, redirect, clock.now())
    wrong = [finding for finding in found if finding.good is False and (settings.ORIGIN or finding.part != "redirect")]
    for finding in wrong:
        # Without a network the doctor cannot judge; that alone is no defect of the installation.
        mark = Severity.NOTE if finding.part == "server" else Severity.BAD
        yield Finding(mark, key, f"{name}: {finding.words}")
    if not wrong:
        said = ", ".join(finding.part for finding in found if finding.good)
        yield good(key, f"{name}: {said} right; redirect address {redirect}")


def _organisations(key: str) -> Iterator[Finding]:
    """What whole organisations granted, each tried on one person whom it connects."""
    for row in Organisation.objects.across_workspaces(_WHY).filter(provider=key).order_by("workspace_id"):
        name = f"organisation {row.client_id[:12]}…"
        people = Enrolment.objects.of(row.workspace_id).filter(provider=key)
        if failed := people.filter(state=Enrolment.State.FAILED).count():
            yield bad(key, f"{name}: {failed} people could not be connected; Settings → Whole organisation says why")
        one = people.filter(state=Enrolment.State.CONNECTED).select_related("member__user").order_by("pk").first()
        if one is None:
            yield Finding(Severity.NOTE, key, f"{name}: nobody is connected by it yet, so it was not tried")
        else:
            yield from _organisation(row, name, one)


def _organisation(row: Organisation, name: str, one: Enrolment) -> Iterator[Finding]:
    try:
        client = delegation.granted(row.workspace_id, row.provider)
        found = mailbox_check.check_mailbox(client, one.member, one.address or one.member.user.email, clock.now)
    except KeyWrong:
        yield bad(row.provider, f"{name}: cannot be read with this key")
        return
    wrong = [finding for finding in found if not finding.good]
    for finding in wrong:
        yield Finding(Severity.NOTE if finding.good is None else Severity.BAD, row.provider, f"{name}: {finding.words}")
    if not wrong:
        yield good(row.provider, f"{name}: {', '.join(finding.part for finding in found)} right")


def _accounts(key: str) -> Iterator[Finding]:
    """Permissions: which lack something, which were lost, and whether all of them after a week."""
    rows = list(Account.objects.across_workspaces(_WHY).filter(provider=key, disconnected_at=None))
    lost = _lost_at(key)
    short = unreadable = 0
    weekly = []
    for row in rows:
        try:
            grant = grant_of(row)
        except KeyWrong:
            unreadable += 1
            continue
        short += int(grant is not None and bool(missing_scopes(service(key), grant.scope)))
        if grant and row.pk in lost and abs(lost[row.pk] - grant.granted_at - TESTING) < timedelta(days=1):
            weekly.append(row.pk)
    if unreadable:
        yield bad(key, f"{unreadable} of {len(rows)} accounts cannot be read with this key")
    if short:
        yield bad(key, f"{short} of {len(rows)} accounts lack a scope; their owners must connect them again")
    if lost:
        yield Finding(Severity.NOTE, key, f"{len(lost)} of {len(rows)} accounts wait for their owners to sign in again")
    elif rows:
        yield good(key, f"{len(rows)} accounts connected")
    if weekly and key == GOOGLE:
        yield bad(
            key,
            f"{len(weekly)} accounts were lost 7 days after they were connected: the app is in “Testing”; publish it (docs/connect-google.md)",
        )


def _lost_at(key: str) -> dict[int, datetime]:
    """Account → when its permission was found gone."""
    calendars = Calendar.objects.across_workspaces(_WHY).filter(
        account__provider=key, account__disconnected_at=None, enabled=True, state=State.RECONNECT
    )
    return {pk: at for pk, at in calendars.values_list("account_id", "state_since") if at}
