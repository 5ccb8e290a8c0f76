"""Members: who is in the workspace, for all of them; for admins who was invited, roles, removal, and a link to a new password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from metwith.lib import clock, mail
from metwith.lib.errors import Invalid
from metwith.privacy.own_addresses import departure, joining
from metwith.web.site import letters
from metwith.web.site.forms import InviteForm, refuse
from metwith.web.site.members import admins_only, or_404
from metwith.web.site.reauthentication import fresh_sign_in
from metwith.workspaces import actions, may, queries

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.privacy.own_addresses import RemovalEffect
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member


@require_GET
def members_page(request: MemberRequest) -> HttpResponse:
    """The page."""
    return _page(request)


def _page(request: MemberRequest, status: int = 200, **shown: Any) -> HttpResponse:
    """`shown` replaces the form that comes back with what was typed."""
    member = request.member
    context: dict[str, Any] = {"members": queries.members_of(member.workspace)}
    if member.is_admin:
        context |= {
            "invite_form": InviteForm(member=member, prefix="invite"),
            "former": queries.former_members(member.workspace),
            "invitations": queries.open_invitations(member.workspace),
            "mailed": mail.works(),
            "roles": member.MemberRole.choices,
            "now": clock.now(),
        }
    return render(request, "settings/members.html", context | shown, status=status)


@require_POST
@fresh_sign_in
def invite(request: MemberRequest) -> HttpResponse:
    """Show what it would do if somebody new joined; with `confirmed`, mail them the link, or without a mail server show it."""
    admins_only(request)
    form = InviteForm(request.POST, member=request.member, prefix="invite")
    if form.is_valid():
        try:
            address = actions.read_invited(request.member, form.cleaned_data["address"], mailed=mail.works())
            if "confirmed" in request.POST:
                return _invited(request, address, form.cleaned_data["role"])
            found = joining(request.member, address, mailed=mail.works())
        except Invalid as error:
            refuse(form, error)
        else:
            shown = {"form": form, "address": address, "joining": found, "mailed": mail.works()}
            return render(request, "settings/invite.html", shown)
    return _page(request, 422, invite_form=form)


def _invited(request: MemberRequest, address: str, role: str) -> HttpResponse:
    def post(to: str, token: str) -> None:
        letters.invite(request.member, to, request.build_absolute_uri(reverse("join", args=[token])))

    invitation, token = actions.invite(request.member, address, role, clock.now(), post=post if mail.works() else None)
    if not token:
        messages.success(request, _("The invitation is on its way to %(address)s.") % {"address": invitation.address})
        return redirect("members")
    # Shown in this very answer and stored nowhere: a redirect would need a place to keep it.
    link = request.build_absolute_uri(reverse("join", args=[token]))
    return _page(request, fresh=link, fresh_address=invitation.address, fresh_until=invitation.expires_at)


@require_POST
def withdraw(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """End an invitation."""
    with or_404():
        actions.withdraw_invitation(request.member, invitation_id)
    messages.success(request, _("The invitation no longer works."))
    return redirect("members")


@require_POST
@fresh_sign_in
def change_role(request: MemberRequest, member_id: int) -> HttpResponse:
    """Another role for a member."""
    try:
        with or_404():
            other = actions.change_role(request.member, member_id, request.POST.get("role", ""))
    except Invalid as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(name)s is now: %(role)s.") % {"name": other, "role": other.get_role_display()})
    return redirect("members")


@require_GET
def confirm_removal(request: MemberRequest, member_id: int) -> HttpResponse:
    """What removing somebody takes with it, before it happens."""
    with or_404():
        other = queries.members_of(request.member.workspace).get(pk=member_id)
    if other.pk != request.member.pk:
        may.admins_only(request.member)
    return render(request, "settings/remove_member.html", {"other": other, "leaves": departure(other.workspace_id, other.pk)})


@require_POST
def remove_member(request: MemberRequest, member_id: int) -> HttpResponse:
    """Remove somebody, or leave."""
    keep = request.POST.get("copies") != "remove"
    try:
        with or_404():
            other = queries.members_of(request.member.workspace).get(pk=member_id)
            left = departure(other.workspace_id, other.pk)
            actions.remove_member(request.member, member_id, keep=keep, now=clock.now())
    except Invalid as error:
        messages.error(request, error.message)
        return redirect("members")
    if member_id == request.member.pk:
        logout(request)
        return redirect("account_login")
    messages.success(request, _gone(str(other), left, keep=keep))
    return redirect("members")


def _gone(name: str, left: RemovalEffect, *, keep: bool) -> str:
    if not left.many:
        return _("%(name)s is removed.") % {"name": name}
    if keep:
        return _("%(name)s is removed. The meetings of their calendars stay, no longer updated.") % {"name": name}
    return _("%(name)s is removed, and so are the meetings that were in nobody else's calendar.") % {"name": name}


@require_safe
def confirm_former(request: MemberRequest, member_id: int) -> HttpResponse:
    """What removing a former member's meetings takes away, before it happens."""
    with or_404():
        other = queries.former_members(request.member.workspace).get(pk=member_id)
    may.owners_only(request.member)
    return render(request, "settings/remove_former.html", {"other": other, "leaves": departure(other.workspace_id, other.pk)})


@require_POST
def remove_former(request: MemberRequest, member_id: int) -> HttpResponse:
    """Remove what a former member left."""
    with or_404():
        actions.remove_former(request.member, member_id)
    messages.success(request, _("Removed."))
    return redirect("members")


@require_POST
@fresh_sign_in
def mail_password(request: MemberRequest, member_id: int) -> HttpResponse:
    """Have the link to a new password mailed to a member. It is shown to nobody here, and the mail says who had it sent."""

    def post(other: Member) -> None:
        letters.new_password(request.member, other, request.build_absolute_uri(letters.new_password_path(other)))

    try:
        with or_404():
            other = actions.mail_password(request.member, member_id, clock.now(), post)
    except Invalid as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The link to a new password is on its way to %(name)s.") % {"name": other})
    return redirect("members")
