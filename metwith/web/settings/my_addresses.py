"""Settings → You → Your addresses: what is known of them, and how to show that one is yours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from metwith.lib import clock, mail
from metwith.lib.errors import Invalid
from metwith.privacy.own_addresses import joining
from metwith.web.settings import address_words
from metwith.web.site import letters
from metwith.web.site.members import or_404
from metwith.web.site.ways_in import going_on
from metwith.workspaces import addresses, queries, vouchings

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest


@require_safe
def addresses_page(request: MemberRequest) -> HttpResponse:
    """The member's own ones."""
    names = {m.pk: str(m) for m in queries.members_of(request.member.workspace_id)}
    lines = [line for line in address_words.lines(request.member.workspace_id, names) if line.member_id == request.member.pk]
    verified = addresses.who_is_who(request.member.workspace_id).verified_of(request.member.pk)
    shown = [(line, line.address in verified) for line in lines]
    return render(request, "settings/my_addresses.html", {"lines": shown, "mailed": mail.works()})


@require_POST
def mail_link(request: MemberRequest, address_id: int) -> HttpResponse:
    """Send a link to one of them."""
    member = request.member
    if not mail.works():
        messages.error(request, _("No mail server is set up. Ask an owner to vouch for the address."))
        return redirect("own_addresses")
    try:
        with or_404():
            address = addresses.to_mail(member, address_id, clock.now())
        letters.confirm(member, address, request.build_absolute_uri(reverse("own_address_confirm", args=[letters.sealed(member, address)])))
    except Invalid as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("A link is on its way to %(address)s. It works for a day.") % {"address": address})
    return redirect("own_addresses")


class Confirm(View):
    """A link that was mailed, opened by the member who asked for it. A button does it: mail programs open links by themselves."""

    def get(self, request: MemberRequest, token: str) -> HttpResponse:
        """Ask, and show what it would take away: it makes one of us, and the domain of a sign-in address the organisation's own."""
        address = letters.open_letter(request.member, token)
        effect = joining(request.member, address, mailed=address == request.member.user.email) if address else None
        return render(request, "settings/confirm_address.html", {"address": address, "joining": effect}, status=200 if address else 404)

    def post(self, request: MemberRequest, token: str) -> HttpResponse:
        """It is theirs."""
        address = letters.open_letter(request.member, token)
        if not address:
            return render(request, "settings/confirm_address.html", {"address": ""}, status=404)
        with going_on(request):
            addresses.confirm(request.member, address, clock.now())
        messages.success(request, _("%(address)s is verified.") % {"address": address})
        return redirect("own_addresses" if request.user.has_usable_password() else "account_set_password")


@require_POST
def heard(request: MemberRequest) -> HttpResponse:
    """They have read what was vouched for."""
    vouchings.note_heard(request.member, clock.now())
    return redirect("home")
