"""Settings → Who is one of us: own domains, free mail, members' addresses. What a change would do is shown before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from metwith.lib import clock
from metwith.lib.addresses import fold_domain, registrable
from metwith.lib.errors import Invalid
from metwith.lib.freemail import free_mail_domains, with_parents
from metwith.privacy import own_addresses as verbs
from metwith.rules.own_identities import DomainOwnership
from metwith.web.settings import address_words
from metwith.web.site.forms import AddressForm, DomainForm, refuse
from metwith.web.site.members import admins_only, number, or_404
from metwith.workspaces import addresses, domains, queries

if TYPE_CHECKING:
    from django import forms

    from metwith.web.settings.address_words import AddressLine
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

FOUND = 30
"""Free-mail domains that are listed for a search."""


@dataclass(frozen=True, slots=True)
class FreeMail:
    """The answer to "is this free mail?"."""

    asked: str
    by: str
    """The domain of the list that it is or is under; empty when there is none."""
    alike: tuple[str, ...]
    """Others of the list with the same letters."""

    @property
    def whole(self) -> bool:
        """A domain, and not only some letters of one."""
        return bool(registrable(fold_domain(self.asked)))


@dataclass(frozen=True, slots=True)
class Somebody:
    """A member with the addresses that are theirs."""

    member: Member
    lines: tuple[AddressLine, ...]


@require_safe
def own_addresses(request: MemberRequest) -> HttpResponse:
    """The page: admins change, members read."""
    return _page(request)


@require_safe
def free_mail(_request: MemberRequest) -> HttpResponse:
    """The whole list, a domain a line."""
    return HttpResponse("".join(f"{domain}\n" for domain in sorted(free_mail_domains())), content_type="text/plain; charset=utf-8")


@require_POST
def say_domain(request: MemberRequest) -> HttpResponse:
    """Show what it would do to say this of a domain; with `confirmed`, say it."""
    admins_only(request)
    form, standing = DomainForm(request.POST), request.POST.get("standing", "")
    if not form.is_valid() or standing not in DomainOwnership:
        return _page(request, 422, domain_form=form)
    try:
        domain = domains.read_domain(request.member, form.cleaned_data["domain"])
        if "confirmed" not in request.POST:
            effect = verbs.domain_effect(request.member, domain, standing)
            return render(request, "settings/own_addresses_domain.html", {"domain": domain, "standing": standing, "effect": effect})
        domains.decide_domain(request.member, domain, standing)
    except Invalid as error:
        refuse(form, error)
        return _page(request, 422, domain_form=form)
    messages.success(request, _("Saved. Stored meetings are being decided about again."))
    return redirect("ours")


@require_POST
def add_address(request: MemberRequest) -> HttpResponse:
    """Show what it would do to say that an address is a member's; with `confirmed`, say it."""
    admins_only(request)
    form = AddressForm(request.POST, members=queries.members_of(request.member.workspace))
    if not form.is_valid():
        return _page(request, 422, address_form=form)
    try:
        address = addresses.read_typed(request.member, form.cleaned_data["address"])
        other = queries.members_of(request.member.workspace).get(pk=int(form.cleaned_data["member"]))
        if "confirmed" not in request.POST:
            effect = verbs.address_effect(request.member, other, address)
            return render(request, "settings/own_addresses_address.html", {"other": other, "address": address, "effect": effect})
        addresses.give(request.member, other.pk, address, clock.now())
    except Invalid as error:
        refuse(form, error)
        return _page(request, 422, address_form=form)
    messages.success(request, _("Saved. Stored meetings are being decided about again."))
    return redirect("ours")


@require_POST
def remove_address(request: MemberRequest, address_id: int) -> HttpResponse:
    """Take one away; what may come in again is read again."""
    with or_404():
        addresses.take_back(request.member, address_id)
    messages.success(request, _("Removed. What may come in again is being read."))
    return redirect("ours")


def _page(request: MemberRequest, status: int = 200, **shown: forms.Form) -> HttpResponse:
    member = request.member
    invitations = queries.open_invitations(member.workspace)
    context: dict[str, Any] = {
        "domains": domains.domains_of(member.workspace_id),
        "free": _free_mail(request.GET.get("mail", "")),
        "free_many": len(free_mail_domains()),
        "people": _people(member),
        "invitations": invitations if member.is_admin else (),
        "invited": invitations.count(),
        "now": clock.now(),
        "domain_form": DomainForm(),
        "address_form": AddressForm(
            members=queries.members_of(member.workspace), initial={"member": number(request.GET.get("member", ""))}
        ),
    }
    return render(request, "settings/own_addresses.html", context | shown, status=status)


def _free_mail(text: str) -> FreeMail | None:
    typed = text.strip().lower()[:253].rpartition("@")[2]
    if not typed:
        return None
    every = free_mail_domains()
    by = next((name for name in with_parents(fold_domain(typed)) if name in every), "")
    alike = sorted((name for name in every if typed in name and name != by), key=lambda name: (not name.startswith(typed), len(name), name))
    return FreeMail(typed, by, tuple(alike[:FOUND]))


def _people(viewer: Member) -> list[Somebody]:
    """All members for an admin, themselves for everybody else."""
    members = [m for m in queries.members_of(viewer.workspace) if viewer.is_admin or m.pk == viewer.pk]
    names = {m.pk: str(m) for m in queries.members_of(viewer.workspace)}
    lines = address_words.lines(viewer.workspace_id, names)
    return [Somebody(m, tuple(line for line in lines if line.member_id == m.pk)) for m in members]
