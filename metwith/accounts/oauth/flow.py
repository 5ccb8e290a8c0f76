"""The conversation with a service: code flow with PKCE (RFC 6749, 7636), refresh, who signed in, revocation (RFC 7009).

Authlib writes and reads the messages; they travel through our own client (lib.http). Errors are those of `errors`.
"""

from __future__ import annotations

import json
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from metwith.accounts.oauth import owners
from metwith.accounts.oauth.errors import ClientRefused, NotGranted, OAuthProblem, Unavailable, Withdrawn
from metwith.accounts.oauth.services import GOOGLE, missing_scopes
from metwith.lib import clock, http
from metwith.lib.http_headers import retry_after
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metwith.accounts.oauth.clients import Client
    from metwith.accounts.oauth.owners import Owner

    type OnRedirect = Callable[[httpx.URL], None]

SECONDS = 15
"""A service that takes longer is not waited for: a refresh holds a row of the database meanwhile."""
LARGEST = 1_000_000
SHORTEST_LIFE = timedelta(minutes=5)
KEY_SIGNATURE, KEY_CLOCK, KEY_GONE = "jwt-signature", "jwt-timeframe", "account-not-found"
"""What Google means by an `invalid_grant` that is not about the person but about a service account's key; in `detail`."""
_CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client", "redirect_uri_mismatch", "deleted_client", "disabled_client"})
_OWNERS_ERRORS = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required", "access_denied"})
_MICROSOFT_CODE = re.compile(r"\bAADSTS\d+")
_KEY_SIGNS = {"jwt signature": KEY_SIGNATURE, "timeframe": KEY_CLOCK, "account not found": KEY_GONE}
_PLAIN = re.compile(r"[a-z_]{1,60}")


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What somebody allowed us, as it is kept (encrypted) in `Account.secret`."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    """When the access token ends."""
    granted_at: datetime
    """When its owner said yes."""
    scope: str
    client_id: str
    """Which client it was given to; no other can use it."""

    def dump(self) -> str:
        """As text, to be encrypted."""
        times = {"expires_at": self.expires_at.isoformat(), "granted_at": self.granted_at.isoformat()}
        plain = {"access_token": self.access_token, "refresh_token": self.refresh_token, "scope": self.scope, "client_id": self.client_id}
        return json.dumps(plain | times)

    @classmethod
    def load(cls, text: str) -> TokenSet:
        """What `dump` made."""
        held = json.loads(text)
        times = {name: datetime.fromisoformat(held[name]) for name in ("expires_at", "granted_at")}
        return cls(**(held | times))

    def good_at(self, now: datetime) -> bool:
        """Whether the access token will do for a minute yet."""
        return now + timedelta(minutes=1) < self.expires_at


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """Somebody on their way to a service's sign-in page."""

    url: str
    state: str
    verifier: str = field(repr=False)


def authorization_request(client: Client, redirect: str, *, hint: str = "") -> AuthorizationRequest:
    """The way to the sign-in page; `redirect` is where it leads back to, `hint` the address that is expected to sign in."""
    service = client.service
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    habits = dict(service.habits) | ({"login_hint": hint} if hint else {})
    with _talking(client) as talk:
        url, _state = talk.create_authorization_url(
            service.authorize_url, state=state, code_verifier=verifier, redirect_uri=redirect, scope=" ".join(service.scopes), **habits
        )
    return AuthorizationRequest(url, state, verifier)


def exchange_code(client: Client, redirect: str, *, code: str, verifier: str, now: datetime) -> TokenSet:
    """What the code that somebody came back with is worth. Raises NotGranted when it is not all that we need."""
    about = {"code": code, "code_verifier": verifier, "redirect_uri": redirect}
    try:
        with _talking(client) as talk:
            answer = talk.fetch_token(client.service.token_url, grant_type="authorization_code", **about, **_us(client))
    except Withdrawn as refused:
        advice = _("Try again: a sign-in is good once, and for a few minutes.")
        raise NotGranted(_("The sign-in is no longer good."), advice=advice, detail=refused.detail) from refused
    grant = _token_set(answer, client, now, before=None)
    if left_out := missing_scopes(client.service, grant.scope):
        raise NotGranted(
            _("Part of the permission was left out, and nothing can be read without it."),
            advice=_("Try again, and tick everything on the page that asks for it."),
            detail=" ".join(left_out),
        )
    if not grant.refresh_token:
        raise NotGranted(_("The permission would end within the hour."), advice=_("Try again, and allow lasting access."))
    return grant


def refresh(client: Client, tokens: TokenSet, now: datetime) -> TokenSet:
    """A new access token, and a new refresh token where the service gives one each time."""
    if tokens.client_id != client.client_id:
        raise Withdrawn(_("The account was connected by another client than the one that is set now."))
    with _talking(client) as talk:
        answer = talk.refresh_token(client.service.token_url, refresh_token=tokens.refresh_token, **_us(client))
    return _token_set(answer, client, now, before=tokens)


def ask_token(client: Client, now: datetime, *, grant_type: str, **form: Any) -> TokenSet:
    """An access token by a grant for which nobody signs in."""
    with _talking(client) as talk:
        return _token_set(talk.fetch_token(client.service.token_url, grant_type=grant_type, auth=_as_is, **form), client, now, before=None)


def identify(client: Client, tokens: TokenSet) -> Owner:
    """Who the grant is from, asked of the service itself with the fresh token; `owners` says which of their addresses are verified."""
    url, bearer = client.service.identity_url, {"Authorization": f"Bearer {tokens.access_token}"}
    with _talking(client) as talk:
        answer = talk.session.get(url, headers=bearer)
        if answer.status_code == httpx.codes.BAD_REQUEST:
            # A personal Microsoft account may not know all that is selected.
            answer = talk.session.get(url.partition("?")[0], headers=bearer)
    _raise_for(answer)
    try:
        facts = answer.json()
        return owners.google(facts) if client.service.key == GOOGLE else owners.microsoft(facts, _proven_domains(client, bearer))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unavailable(_("The service does not say who signed in."), detail=answer.url.host) from error


def _proven_domains(client: Client, bearer: dict[str, str]) -> frozenset[str]:
    """Those of the organisation that the operator or an owner named, if the token is of it. What cannot be learned verifies nothing."""
    if not client.tenant_named:
        return frozenset()
    try:
        with _talking(client) as talk:
            answer = talk.session.get(client.service.organisation_url, headers=bearer)
            _raise_for(answer)
            return owners.verified_domains(answer.json(), client.tenant)
    except (OAuthProblem, KeyError, AttributeError):
        return frozenset()


def revoke(client: Client, tokens: TokenSet) -> bool:
    """Give the permission back. False when the service cannot be told, or offers no way; that is no reason to keep it."""
    if not client.service.revoke_url:
        return False
    try:
        with _talking(client) as talk:
            answer = talk.revoke_token(client.service.revoke_url, token=tokens.refresh_token, auth=_as_is)
            # 400 invalid_token: it was gone already.
            return bool(answer.status_code in {httpx.codes.OK, httpx.codes.BAD_REQUEST})
    except OAuthProblem:
        return False


# --- messages -----------------------------------------------------------------------------------------------------------------------


def _token_set(answer: dict[str, Any], client: Client, now: datetime, before: TokenSet | None) -> TokenSet:
    try:
        lives = timedelta(seconds=int(answer.get("expires_in") or 3600))
        return TokenSet(
            access_token=str(answer["access_token"]),
            refresh_token=str(answer.get("refresh_token") or (before.refresh_token if before else "")),
            expires_at=now + max(lives, SHORTEST_LIFE),
            granted_at=before.granted_at if before else now,
            scope=str(answer.get("scope") or (before.scope if before else "")),
            client_id=client.client_id,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Unavailable(_("The service gave no token."), detail=client.service.key) from error


# --- errors -------------------------------------------------------------------------------------------------------------------------


def refused_at_sign_in(error: str, description: str) -> OAuthProblem:
    """Why somebody came back without a code. Both texts come from the address bar: none of them is shown but known codes."""
    detail = _code(error, description)
    if "AADSTS90094" in detail or "AADSTS90093" in detail or error == "admin_policy_enforced":
        return NotGranted(
            _("Your organisation lets only an administrator allow this."),
            advice=_("Ask the administrator of that account's organisation to allow Metwith, then try again."),
            detail=detail,
        )
    if error in {"access_denied", "consent_required", "interaction_required", "login_required"}:
        return NotGranted(_("The permission was not given."), advice=_("Try again, and choose to allow it."), detail=detail)
    return _problem(error, description)


def _problem(error: str, description: str) -> OAuthProblem:
    """A token endpoint's refusal (RFC 6749, section 5.2, and what the two add), as one of ours."""
    detail = _code(error, description)
    if error in _CLIENT_ERRORS or "AADSTS7000215" in detail or "AADSTS7000222" in detail:
        advice = _("An admin of the workspace can mend this under Settings, Google and Microsoft.")
        return ClientRefused(_("The service does not accept Metwith's client id or secret."), advice=advice, detail=detail)
    if error in _OWNERS_ERRORS:
        return Withdrawn(_("Access was withdrawn."), advice=_("Sign in again."), detail=detail)
    return Unavailable(_("The service is not available right now."), advice=_("Try again in a few minutes."), detail=detail)


def _code(error: str, description: str) -> str:
    """Codes only: a description may name people."""
    signs = [code for sign, code in _KEY_SIGNS.items() if sign in description.lower()]
    known = [error if _PLAIN.fullmatch(error) else "error", *_MICROSOFT_CODE.findall(description)[:1], *signs]
    return " ".join(known)


def _raise_for(answer: httpx.Response) -> None:
    """A plain answer that is none."""
    detail = f"{answer.url.host}: {answer.status_code}"
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        until = retry_after(answer.headers.get("Retry-After", ""), clock.now())
        raise Unavailable(_("The service asks to slow down."), until=until, detail=detail)
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise Withdrawn(_("The service does not let us see who signed in."), advice=_("Sign in again."), detail=detail)
    if not answer.is_success:
        raise Unavailable(_("The service is not available right now."), detail=detail)


@contextmanager
def _talking(client: Client) -> Iterator[OAuth2Client]:
    """Authlib over our own HTTP. Its httpx integration is not used: see docs/decisions/oauth.md."""
    try:
        with http.client(
            allow_private=client.service.practice, timeout=SECONDS, whole=SECONDS, max_bytes=LARGEST, on_redirect=_never
        ) as connection:
            yield OAuth2Client(connection, client_id=client.client_id, code_challenge_method="S256", token_endpoint_auth_method="none")  # noqa: S106
    except OAuth2Error as error:
        raise _problem(str(error.error or ""), str(error.description or "")) from error
    except httpx.HTTPStatusError as error:
        _raise_for(error.response)
    except http.HttpError as error:
        raise Unavailable(_("The service cannot be reached."), detail=str(error)) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise Unavailable(_("The service answers in a way that cannot be understood."), detail=client.service.key) from error


def _never(_url: httpx.URL) -> None:
    """These requests carry secrets in their bodies; the services answer them where they are asked."""
    raise http.Refused(_("The server redirects to an address that is none."))


def _us(client: Client) -> dict[str, Any]:
    """Who is asking, in the body, as both services take it (RFC 6749, section 2.3.1)."""
    return {"client_id": client.client_id, "client_secret": client.secret, "auth": _as_is}


def _as_is(request: httpx.Request) -> httpx.Request:
    return request
