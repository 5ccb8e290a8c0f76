"""The addresses that an owner may vouch for, on one page: named ones, claimed ones that look like their member's own, and what is from before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.privacy.own_addresses import address_effect, opened_by
from metwith.rules.identity import Way
from metwith.web.settings import address_words
from metwith.web.site.members import or_404
from metwith.web.site.reauthentication import fresh_sign_in
from metwith.workspaces import addresses, queries
from metwith.workspaces.may import owners_only
from metwith.workspaces.models import MemberAddress

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest


@require_safe
def review(request: MemberRequest) -> HttpResponse:
    """All of them. Owners only."""
    owners_only(request.member)
    workspace_id = request.member.workspace_id
    names = {m.pk: str(m) for m in queries.members_of(workspace_id)}
    wanted = {row.pk: row for row in addresses.to_go_through(workspace_id)}
    lines = [line for line in address_words.lines(workspace_id, names) if line.pk in wanted]
    before = {pk for pk, row in wanted.items() if row.way == Way.BEFORE}
    context = {
        "lines": [(line, wanted[line.pk].member, line.pk in before) for line in lines],
        "invited": addresses.invited_before(workspace_id),
        "before": bool(before),
    }
    return render(request, "settings/address_review.html", context)


@require_POST
@fresh_sign_in
def vouch(request: MemberRequest, address_id: int) -> HttpResponse:
    """Show what vouching for an address would do; with `confirmed`, vouch for it."""
    owners_only(request.member)
    with or_404():
        row = MemberAddress.objects.of(request.member.workspace_id).select_related("member__user").get(pk=address_id, member__left_at=None)
    if "confirmed" not in request.POST:
        workspace_id = request.member.workspace_id
        one_of_us = row.address in addresses.who_is_who(workspace_id).own_identities.addresses
        context = {
            "row": row,
            "other": row.member,
            "mine": row.member_id == request.member.pk,
            "may": addresses.may_vouch(request.member),
            "opened": opened_by(workspace_id, row.address),
            "effect": None if one_of_us else address_effect(request.member, row.member, row.address),
        }
        return render(request, "settings/address_vouch.html", context)
    try:
        addresses.vouch(request.member, row.member_id, row.address, clock.now())
    except Invalid as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(address)s is verified.") % {"address": row.address})
    return redirect("address_review")


@require_POST
def let_go(request: MemberRequest, address_id: int) -> HttpResponse:
    """One from before is no more than claimed."""
    with or_404():
        addresses.let_go(request.member, address_id)
    messages.success(request, _("It counts for nobody but its member now. What may come in again is being read."))
    return redirect("address_review")


@require_POST
def done(request: MemberRequest) -> HttpResponse:
    """All that is left from before is no more than claimed."""
    addresses.have_gone_through(request.member)
    messages.success(request, _("You have gone through them. What may come in again is being read."))
    return redirect("address_review")
