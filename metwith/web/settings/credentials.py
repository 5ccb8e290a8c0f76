"""What the two pages have alike that keep a provider's credentials: fields, a form that never echoes a secret, saving, what a check found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metwith.accounts.oauth.services import KEYS
from metwith.lib.errors import Invalid
from metwith.web.site import inquiry
from metwith.web.site.forms import refuse
from metwith.web.site.members import admins_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from metwith.accounts.oauth.check import ClientFinding
    from metwith.accounts.oauth.clients import Client
    from metwith.web.site.members import MemberRequest

PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "autocomplete": "off"}
"""Attributes of a box for what is copied, not written."""


def client_id_field() -> forms.CharField:
    """As the provider gave it out."""
    return forms.CharField(label=gettext_lazy("Client id"), max_length=300, widget=forms.TextInput(attrs=PLAIN))


def client_secret_field() -> forms.CharField:
    """Never echoed back; empty keeps the one that is there."""
    return forms.CharField(
        label=gettext_lazy("Client secret"), max_length=1000, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )


def check_provider(request: MemberRequest, provider: str) -> None:
    """For admins, and for the services there are. Raises NotAllowed, Http404."""
    admins_only(request)
    if provider not in KEYS:
        raise Http404


def credentials_form[F: forms.Form](kind: type[F], provider: str, data: object, client: Client | None) -> F:
    """The form of one provider, with what is kept but for its secret. `data` is what was sent, if anything."""
    initial = {"client_id": client.client_id, "tenant": client.tenant} if client else {}
    form = kind(data, initial=initial, auto_id=f"id_{provider}_%s")  # type: ignore[arg-type]  # a QueryDict
    if client:
        form.fields["secret"].help_text = _("One is kept. Leave this empty unless it changes.")
    return form


def save_credentials(request: MemberRequest, provider: str, form: forms.Form, save: Callable[..., None]) -> bool:
    """Whether they are saved, by the verb `save`, and the member told so. What is wrong stands at its field."""
    if not form.is_valid():
        return False
    try:
        save(request.member, provider, **form.cleaned_data)
    except Invalid as wrong:
        refuse(form, wrong)
        return False
    messages.success(request, _("Saved."))
    return True


def show_findings(
    request: MemberRequest, kind: inquiry.Kind, page: Callable[[str, tuple[ClientFinding, ...]], HttpResponse]
) -> HttpResponse:
    """What came of a check, on the `page` of its provider, or where to go instead."""
    admins_only(request)
    got = inquiry.fetch(request, kind)
    return page(got.asked.provider, got.answer.findings) if isinstance(got, inquiry.FetchedAnswer) else got
