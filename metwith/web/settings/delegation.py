"""Settings → Google and Microsoft → Whole organisation, for admins: what was granted, a check of it, and who is connected by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from metwith.accounts.models import Enrolment
from metwith.accounts.oauth import delegation as grants
from metwith.accounts.oauth.services import GOOGLE, KEYS
from metwith.calendars.delegation import enrolment
from metwith.calendars.inquiries.questions import ToCheck
from metwith.lib.errors import Invalid
from metwith.web.settings.credentials import (
    PLAIN,
    check_provider,
    client_id_field,
    client_secret_field,
    credentials_form,
    save_credentials,
    show_findings,
)
from metwith.web.site import inquiry
from metwith.web.site.members import admins_only, number
from metwith.web.site.reauthentication import fresh_sign_in
from metwith.web.site.words import provider_label

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.http import HttpResponse

    from metwith.accounts.oauth.check import ClientFinding
    from metwith.accounts.oauth.clients import Client
    from metwith.calendars.delegation.enrolment import EnrolmentStatus
    from metwith.web.site.members import MemberRequest

ADDRESS = "address_"
"""Followed by a member's id: the field of their address at the provider."""


class _Unseen(forms.Textarea):
    """A box that never shows what was typed before."""

    @override
    def format_value(self, value: object) -> str:
        return ""


class KeyForm(forms.Form):
    """Google's key file. It is never echoed back."""

    secret = forms.CharField(
        label=gettext_lazy("Key file of the service account (JSON)"),
        max_length=20_000,
        required=False,
        widget=_Unseen(attrs={"rows": 4, **PLAIN}),
    )


class ApplicationForm(forms.Form):
    """Microsoft's application. The secret is never echoed back."""

    tenant = forms.CharField(label=gettext_lazy("Tenant"), max_length=100, widget=forms.TextInput(attrs=PLAIN))
    client_id = client_id_field()
    secret = client_secret_field()


@dataclass(frozen=True, slots=True)
class DelegatedPerson:
    """A member on the page."""

    status: EnrolmentStatus
    words: str
    address: str = ""
    """By which the provider knows them: as it is kept, or as it was just typed."""
    wrong: str = ""
    """What is wrong with that address."""
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class TypedCredentials:
    """What was sent and refused, to be shown again."""

    chosen: Collection[int]
    addresses: Mapping[int, str]
    member_id: int
    """At whose address something is wrong."""
    message: str


@dataclass(frozen=True, slots=True)
class DelegationSection:
    """One provider on the page."""

    key: str
    label: str
    client: Client | None
    form: forms.Form
    granted: str
    """What has to be allowed there, to be copied."""
    findings: tuple[ClientFinding, ...]
    people: tuple[DelegatedPerson, ...]


@require_GET
def organisation(request: MemberRequest) -> HttpResponse:
    """The page."""
    return _page(request)


@sensitive_post_parameters("secret")
@require_POST
@fresh_sign_in
def save(request: MemberRequest, provider: str) -> HttpResponse:
    """Set what was granted."""
    check_provider(request, provider)
    form = _form(provider, request.POST)
    if save_credentials(request, provider, form, enrolment.save_and_reconnect):
        return redirect("organisation")
    return _page(request, 422, provider, form=form)


@require_POST
def check(request: MemberRequest, provider: str) -> HttpResponse:
    """Have it tried on the admin's own calendar."""
    check_provider(request, provider)
    return inquiry.ask(request, inquiry.Kind.CHECK_ORGANISATION, ToCheck(provider), landing=f"{reverse('organisation-checked')}#{provider}")


@never_cache
@require_GET
def checked(request: MemberRequest) -> HttpResponse:
    """What came of it."""
    return show_findings(
        request, inquiry.Kind.CHECK_ORGANISATION, lambda provider, findings: _page(request, 200, provider, findings=findings)
    )


@require_POST
@fresh_sign_in
def pick(request: MemberRequest, provider: str) -> HttpResponse:
    """Have members connected."""
    check_provider(request, provider)
    chosen = {number(text) for text in request.POST.getlist("members")}
    addresses = {number(name.removeprefix(ADDRESS)): str(text) for name, text in request.POST.items() if name.startswith(ADDRESS)}
    try:
        count = enrolment.pick(request.member, provider, chosen, addresses)
    except Invalid as wrong:
        if number(wrong.field):
            return _page(request, 422, provider, typed=TypedCredentials(chosen, addresses, number(wrong.field), wrong.message))
        messages.error(request, wrong.message)
    else:
        words = ngettext("%(count)d member is being connected, and told so.", "%(count)d members are being connected, and told so.", count)
        if count:
            messages.success(request, words % {"count": count})
        else:
            messages.info(request, _("Nobody was picked."))
    return redirect("organisation")


@require_POST
@fresh_sign_in
def remove(request: MemberRequest, provider: str) -> HttpResponse:
    """Forget what was granted."""
    check_provider(request, provider)
    grants.remove_organisation(request.member, provider)
    messages.success(request, _("Removed. Members who were connected by it are asked to sign in themselves."))
    return redirect("organisation")


@require_POST
def acknowledge(request: MemberRequest) -> HttpResponse:
    """A member has read that they were connected."""
    enrolment.note_told(request.member)
    return redirect("accounts")


def _form(provider: str, data: object = None, client: Client | None = None) -> forms.Form:
    kind: type[forms.Form] = KeyForm if provider == GOOGLE else ApplicationForm
    return credentials_form(kind, provider, data, client)


def _page(
    request: MemberRequest,
    status: int = 200,
    which: str = "",
    *,
    form: forms.Form | None = None,
    findings: tuple[ClientFinding, ...] = (),
    typed: TypedCredentials | None = None,
) -> HttpResponse:
    admins_only(request)
    sections = []
    for key in KEYS:
        client = grants.organisation_of(request.member.workspace_id, key)
        shown = form if form and key == which else _form(key, client=client)
        standings = enrolment.standings(request.member.workspace_id, key) if client else ()
        people = tuple(_person(s, typed if key == which else None) for s in standings)
        granted = ",".join(grants.GOOGLE_SCOPES) if key == GOOGLE else ", ".join(grants.MICROSOFT_PERMISSIONS)
        sections.append(DelegationSection(key, provider_label(key), client, shown, granted, findings if key == which else (), people))
    return render(request, "settings/delegation.html", {"sections": sections}, status=status)


def _person(status: EnrolmentStatus, typed: TypedCredentials | None) -> DelegatedPerson:
    member_id, words = status.member.pk, _words(status)
    if typed is None:
        return DelegatedPerson(status, words, status.address)
    wrong = typed.message if typed.member_id == member_id else ""
    return DelegatedPerson(status, words, typed.addresses.get(member_id, status.address), wrong, ticked=member_id in typed.chosen)


def _words(status: EnrolmentStatus) -> str:
    if status.state == "own":
        return _("Connected by themselves")
    if status.state == Enrolment.State.FAILED:
        return _(status.message) if status.message else str(Enrolment.State.FAILED.label)
    return str(Enrolment.State(status.state).label) if status.state else ""
