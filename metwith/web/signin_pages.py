"""Pages of signing in that are ours, where the login library's flows lead to an address whose page we do not want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_not_required
def by_invitation(request: HttpRequest) -> HttpResponse:
    """Where others sign up: that new people come by an invitation. Whatever form is sent here makes nobody."""
    return render(request, "account/signup.html")
