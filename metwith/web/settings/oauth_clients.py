"""Settings → Google and Microsoft, for admins: the client that members connect by, and a check that tells which part of it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from metwith.accounts.oauth import clients as verbs
from metwith.accounts.oauth.services import KEYS, MICROSOFT, service
from metwith.calendars.inquiries.questions import ToCheck
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
from metwith.web.site.members import admins_only
from metwith.web.site.reauthentication import fresh_sign_in
from metwith.web.site.redirects import redirect_address

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.accounts.oauth.check import ClientFinding
    from metwith.accounts.oauth.clients import Client
    from metwith.web.site.members import MemberRequest


class ClientForm(forms.Form):
    """What a provider gave out when Metwith was registered there. The secret is never echoed back."""

    client_id = client_id_field()
    secret = client_secret_field()
    tenant = forms.CharField(
        label=gettext_lazy("Tenant"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "Only when accounts of one organisation alone may be connected: its tenant id. If an owner saves it, addresses at that "
            "organisation's own domains count as verified."
        ),
        widget=forms.TextInput(attrs=PLAIN),
    )


@dataclass(frozen=True, slots=True)
class ClientSection:
    """One provider on the page."""

    key: str
    label: str
    client: Client | None
    form: ClientForm
    redirect: str
    findings: tuple[ClientFinding, ...]


@require_GET
def clients(request: MemberRequest) -> HttpResponse:
    """The page."""
    return _page(request)


@sensitive_post_parameters("secret")
@require_POST
@fresh_sign_in
def save(request: MemberRequest, provider: str) -> HttpResponse:
    """Set a client."""
    check_provider(request, provider)
    form = _form(provider, request.POST)
    if save_credentials(request, provider, form, verbs.save_client):
        return redirect("clients")
    return _page(request, 422, provider, form)


@require_POST
def check(request: MemberRequest, provider: str) -> HttpResponse:
    """Have the provider asked what it makes of the client."""
    check_provider(request, provider)
    question = ToCheck(provider, redirect_address(request, provider))
    return inquiry.ask(request, inquiry.Kind.CHECK_CLIENT, question, landing=f"{reverse('client-checked')}#{provider}")


@never_cache
@require_GET
def checked(request: MemberRequest) -> HttpResponse:
    """What came of it."""
    return show_findings(request, inquiry.Kind.CHECK_CLIENT, lambda provider, findings: _page(request, 200, provider, findings=findings))


@require_POST
@fresh_sign_in
def remove(request: MemberRequest, provider: str) -> HttpResponse:
    """Forget a client."""
    check_provider(request, provider)
    verbs.remove_client(request.member, provider)
    messages.success(request, _("Removed."))
    return redirect("clients")


def _form(provider: str, data: object = None, client: Client | None = None) -> ClientForm:
    form = credentials_form(ClientForm, provider, data, client)
    if provider != MICROSOFT:
        del form.fields["tenant"]
    return form


def _page(
    request: MemberRequest, status: int = 200, which: str = "", form: ClientForm | None = None, findings: tuple[ClientFinding, ...] = ()
) -> HttpResponse:
    admins_only(request)
    sections = []
    for key in KEYS:
        client = verbs.client_of(request.member.workspace_id, key)
        shown = form if form and key == which else _form(key, client=client)
        there = redirect_address(request, key)
        sections.append(ClientSection(key, _(service(key).label), client, shown, there, findings if key == which else ()))
    return render(request, "settings/oauth_clients.html", {"sections": sections}, status=status)
