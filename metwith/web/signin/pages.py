"""Pages of signing in that are ours, where the login library's flows lead to an address whose page we do not want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from allauth.account.views import PasswordResetFromKeyView
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render

from metwith.privacy.own_addresses import joining
from metwith.workspaces import addresses
from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_not_required
def by_invitation(request: HttpRequest) -> HttpResponse:
    """Where others sign up: that new people come by an invitation. Whatever form is sent here makes nobody."""
    return render(request, "account/signup.html")


class NewPassword(PasswordResetFromKeyView):  # type: ignore[misc]  # the library has no types
    """Another password by a mailed link. It shows that the sign-in address is its user's, so it tells before what that takes away."""

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Numbers alone: whoever has the mailbox need not have the second factor."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        members = Member.objects.across_workspaces("a user signs in to every workspace at once").filter(user=self.reset_user, left_at=None)
        unknown = [member for member in members.select_related("user") if not addresses.signs_in_verified(member)]
        return found | {"joining": [joining(member, member.user.email, mailed=True) for member in unknown]}
