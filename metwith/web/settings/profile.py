"""Settings of one's own: profile, API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST

from metwith.calendars.exports.subscribe import of_member
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.web.site.forms import ProfileForm, TokenForm, refuse
from metwith.web.site.members import or_404
from metwith.web.site.reauthentication import fresh_sign_in
from metwith.workspaces import actions, queries

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest


def index(request: MemberRequest) -> HttpResponse:
    """The pages of the settings, each with a line of what it is for."""
    return render(request, "settings/index.html")


class Profile(View):
    """Name, time zone, language; and the ways to password and second factor."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """What is known."""
        user = request.member.user
        return self.page(request, ProfileForm(initial={"name": user.name, "time_zone": user.time_zone, "language": user.language}))

    def post(self, request: MemberRequest) -> HttpResponse:
        """Store it, or say what is wrong."""
        form = ProfileForm(request.POST)
        if form.is_valid():
            try:
                actions.change_profile(request.member, **form.cleaned_data)
            except Invalid as error:
                refuse(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect("profile")
        return self.page(request, form, 422)

    @staticmethod
    def page(request: MemberRequest, form: ProfileForm, status: int = 200) -> HttpResponse:
        """The page with this form."""
        return render(request, "settings/profile.html", {"form": form}, status=status)


@method_decorator(fresh_sign_in, name="dispatch")
class TokensPage(View):
    """API tokens: made, shown once, revoked. Calendar subscriptions are listed beside them; they are made on a record's page."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """The tokens, and a form for another."""
        return self.page(request, TokenForm())

    def post(self, request: MemberRequest) -> HttpResponse:
        """Make a token and show it."""
        form = TokenForm(request.POST)
        if not form.is_valid():
            return self.page(request, form, status=422)
        # Shown in this very answer and stored nowhere: a redirect would need a place to keep it.
        return self.page(request, TokenForm(), fresh=actions.create_token(request.member, form.cleaned_data["name"], now=clock.now()))

    @staticmethod
    def page(request: MemberRequest, form: TokenForm, fresh: str = "", status: int = 200) -> HttpResponse:
        """The page; `fresh` is a token that was just made."""
        context = {"form": form, "fresh": fresh, "tokens": queries.tokens_of(request.member), "subscriptions": of_member(request.member)}
        return render(request, "settings/tokens.html", context, status=status)


@require_POST
def revoke_token(request: MemberRequest, token_id: int) -> HttpResponse:
    """End a token."""
    with or_404():
        actions.revoke_token(request.member, token_id)
    messages.success(request, _("The token no longer works."))
    return redirect("tokens")
