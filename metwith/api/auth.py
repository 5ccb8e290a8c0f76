"""Who is asking: the member behind a bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from django.http import HttpRequest
from ninja.security import HttpBearer

from metwith.api.errors import TooMany
from metwith.lib import clock
from metwith.lib.throttle import Guesses, address_of
from metwith.workspaces.actions import member_for_token

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


WRONG_TOKENS = Guesses("api-token", 60)


class ApiRequest(HttpRequest):
    """A request that `Bearer` let in."""

    auth: Member
    """With its user and workspace at hand."""


class Bearer(HttpBearer):
    """`Authorization: Bearer metwith_…`: the request may do what the token's member may."""

    @override
    def authenticate(self, request: HttpRequest, token: str) -> Member | None:
        address = address_of(request)
        if WRONG_TOKENS.over(address):
            raise TooMany
        member = member_for_token(token.strip(), clock.now())
        if member is None:
            WRONG_TOKENS.wrong(address)
        return member
