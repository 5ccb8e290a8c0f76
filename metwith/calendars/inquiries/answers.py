"""What each kind of inquiry asks, what comes of it, and the job that finds out. Types here are what lies sealed in between."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation
from procrastinate.contrib.django import app

from metwith.accounts.oauth import delegation
from metwith.accounts.oauth.check import check_client
from metwith.accounts.oauth.clients import client_of
from metwith.accounts.oauth.flow import TokenSet
from metwith.accounts.oauth.services import KEYS
from metwith.calendars import oauth_connect
from metwith.calendars.actions import connect
from metwith.calendars.delegation.check import check_mailbox as check_grant
from metwith.calendars.inquiries import farewell
from metwith.calendars.inquiries.questions import (
    Again,
    Arrived,
    Carried,
    Checked,
    Left,
    Seen,
    ToCheck,
    ToFind,
    ToPreview,
    Tried,
    Typed,
    failure_of,
)
from metwith.calendars.models import Inquiry
from metwith.calendars.transparency import diagnose, preview
from metwith.engine import inquiries
from metwith.engine.errors import ProviderError
from metwith.engine.slots import ASKED
from metwith.lib import clock, secrets
from metwith.lib.errors import Refusal
from metwith.lib.net import deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member

    type Answering = Callable[[Inquiry, Any], object]

Kind = Inquiry.Kind


# --- finding out --------------------------------------------------------------------------------------------------------------------


def _try(row: Inquiry, asked: Typed) -> Tried:
    found = connect.try_connection(
        _asker(row),
        asked.provider,
        address=asked.address,
        server=asked.server,
        username=asked.username,
        secret=asked.secret,
        on_step=inquiries.steps_of(row),
        now=clock.now,
    )
    return Tried(found)


def _complete_sign_in(row: Inquiry, asked: Arrived) -> Tried:
    return Tried(oauth_connect.open_signed_in_account(_asker(row), asked.provider, TokenSet.load(asked.grant), clock.now))


def _reconnect(row: Inquiry, asked: Again) -> Tried:
    connect.reconnect(_asker(row), asked.account_id, secret=asked.secret, on_step=inquiries.steps_of(row), now=clock.now)
    return Tried()


def _preview(row: Inquiry, asked: ToPreview) -> Seen:
    return Seen(preview.preview_connection(_asker(row), asked.found, asked.calendars, asked.sharing, clock=clock.now))


def _missing(row: Inquiry, asked: ToFind) -> diagnose.DiagnosisAnswer:
    return diagnose.look_for(_asker(row), asked.day, asked.text, now=clock.now)


def _check_client(row: Inquiry, asked: ToCheck) -> Checked:
    client = client_of(row.workspace_id, asked.provider)
    return Checked(check_client(client, asked.redirect, clock.now()) if client else ())


def _check_organisation(row: Inquiry, asked: ToCheck) -> Checked:
    member, client = _asker(row), delegation.organisation_of(row.workspace_id, asked.provider)
    return Checked(check_grant(client, member, member.user.email, clock.now) if client else ())


def _farewell(_row: Inquiry, asked: farewell.Farewell) -> Left:
    return Left(farewell.say_farewell(asked, clock.now))


def _asker(row: Inquiry) -> Member:
    assert row.member is not None
    return row.member


ANSWERERS: dict[str, tuple[type, type, Answering]] = {
    Kind.TRY: (Typed, Tried, _try),
    Kind.ARRIVE: (Arrived, Tried, _complete_sign_in),
    Kind.RECONNECT: (Again, Tried, _reconnect),
    Kind.PREVIEW: (ToPreview, Seen, _preview),
    Kind.MISSING: (ToFind, diagnose.DiagnosisAnswer, _missing),
    Kind.CHECK_CLIENT: (ToCheck, Checked, _check_client),
    Kind.CHECK_ORGANISATION: (ToCheck, Checked, _check_organisation),
    Kind.FAREWELL: (farewell.Farewell, Left, _farewell),
}
"""What is asked, what is answered, and how."""


@app.task(name=Inquiry.TASK, queue=ASKED)
def answer(workspace_id: int, inquiry_id: int) -> None:
    """Find out what was asked. Whatever a server does is an answer; a defect of ours is told as one, and stays a failed job."""
    row = inquiries.begin(Inquiry, workspace_id, inquiry_id)
    if row is None:
        return
    found: object | None = None
    language = (row.member.user.language if row.member else "") or "en"
    try:
        with translation.override(language), deadline.within(deadline.TRY):
            found = _find_out(row)
    finally:
        inquiries.end(row, found)


def _find_out(row: Inquiry) -> object:
    asked, answered, find_out = ANSWERERS[row.kind]
    try:
        return find_out(row, inquiries.load(asked, inquiries.unseal(row, row.request)))
    except (ProviderError, Refusal) as error:
        if answered not in {Tried, Seen}:
            raise
        return answered(failure=failure_of(error))


def request_of(row: Inquiry) -> Any:
    """What was asked."""
    return inquiries.load(ANSWERERS[row.kind][0], inquiries.unseal(row, row.request))


def answer_of(row: Inquiry) -> Any:
    """What was found out."""
    return inquiries.load(ANSWERERS[row.kind][1], inquiries.unseal(row, row.answer))


def give_back(row: Inquiry) -> None:
    """The permission that lies with an inquiry, however far it is: nobody wants any more what comes of it.

    It is said once: what was given up holds nothing any more, whoever is at work with it.
    """
    with transaction.atomic(), suppress(secrets.KeyProblem):
        if leaving := _farewell_of(row):
            inquiries.leave_word(Inquiry, row.workspace_id, Kind.FAREWELL, leaving, clock.now())


def _farewell_of(row: Inquiry) -> farewell.Farewell | None:
    if not row.request:
        return None
    if row.kind == Kind.ARRIVE:
        asked: Arrived = request_of(row)
        return farewell.unused(row.workspace_id, asked.provider, asked.grant)
    if row.kind == Kind.CONNECTING:
        found = inquiries.load(Carried, inquiries.unseal(row, row.request)).found
        return farewell.declined(row.workspace_id, found) if found.account.provider in KEYS else None
    return None
