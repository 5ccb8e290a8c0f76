"""Signing in at a practice Google or Microsoft: the code flow with PKCE (RFC 6749, 7636) as both services speak it, their pages included.

Anybody may sign in under any address; there is no password. Nobody is sent anywhere but to this machine. What is stricter than in
the real world: a refresh token of Microsoft's is dead once it was used, so that a client which loses the new one is noticed.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from metwith.accounts.oauth.services import GOOGLE, PRACTICE_CLIENT, PRACTICE_SECRET
from metwith.lib import addresses
from metwith.practice import sign_in_pages as pages
from metwith.practice.asgi import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.practice.asgi import Request

CODE_LIVES = timedelta(minutes=10)
TOKEN_LIVES = timedelta(hours=1)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DENIED = {GOOGLE: "", "microsoft": "AADSTS65004: User declined to consent to access the app."}
_REASONS = {
    "bad code": ("invalid_grant", 70008, "The provided authorization code or refresh token has expired."),
    "bad verifier": ("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge."),
    "bad redirect": ("invalid_grant", 500112, "The reply address does not match the one of the authorization request."),
    "no client": ("unauthorized_client", 700016, "Application was not found in the directory."),
    "bad secret": ("invalid_client", 7000215, "Invalid client secret provided."),
    "bad type": ("unsupported_grant_type", 70003, "The grant type is not supported."),
}
"""What went wrong, in Microsoft's words: error, AADSTS code, description."""
_GOOGLES_OWN = {"no client": "invalid_client", "bad redirect": "redirect_uri_mismatch"}


class Calendars(Protocol):
    """What the sign-in page needs of the calendars behind it."""

    def welcome(self, address: str) -> None:
        """Somebody signs in, perhaps for the first time."""
        ...

    def admit(self, token: str, address: str) -> None:
        """Whoever shows this token reads that person's calendars."""
        ...

    def expel(self, token: str) -> None:
        """No longer."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorize request that makes sense."""

    client_id: str
    redirect: str
    state: str
    challenge: str
    scopes: tuple[str, ...]
    prompt: frozenset[str]
    hint: str

    @classmethod
    def of(cls, query: dict[str, str]) -> Asked:
        """Read the parameters."""
        return cls(
            query.get("client_id", ""),
            query.get("redirect_uri", ""),
            query.get("state", ""),
            query.get("code_challenge", "") if query.get("code_challenge_method") == "S256" else "",
            tuple(query.get("scope", "").split()),
            frozenset(query.get("prompt", "").split()),
            query.get("login_hint", ""),
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody allowed."""

    address: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """On its way from the authorize page to the token endpoint."""

    grant: Grant
    asked: Asked
    until: datetime


@dataclass
class Books:
    """What the service knows of those who signed in."""

    codes: dict[str, Code] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, tuple[Grant, datetime]] = field(default_factory=dict)
    """Access tokens, and until when each is good."""
    consented: dict[str, frozenset[str]] = field(default_factory=dict)
    """Address → the scopes it said yes to."""


class Wrong(Exception):
    """The token endpoint refuses, for one of `_REASONS`."""


class SignIn:
    """The pages and the endpoints of one service."""

    def __init__(self, key: str, calendars: Calendars, clock: Callable[[], datetime]) -> None:
        self.key = key
        self.calendars = calendars
        self.clock = clock
        self.books = Books()
        self.unverified: set[str] = set()
        """Addresses that Google names and has not verified."""
        self._numbers = count(1)

    def answer(self, request: Request) -> Answer:
        """See App."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        match request.method, *request.parts:
            case (("GET" | "POST"), *_path, ("auth" | "authorize")):
                return self._authorize(request, form)
            case "POST", *_path, "token":
                return self._token(form)
            case "POST", "revoke" if self.key == GOOGLE:
                return self._revoke(form.get("token", ""))
            case "GET", "v1", "userinfo" if self.key == GOOGLE:
                return self._who(request)
        return self._around(request, form)

    def _around(self, request: Request, form: dict[str, str]) -> Answer:
        """What a person finds who goes there by themselves."""
        match request.method, *request.parts:
            case "GET", "":
                return pages.home(self.key, sorted(self.books.consented))
            case "GET", "practice.css":
                return pages.sheet()
            case "POST", "withdraw":
                self.withdraw(form.get("address", ""))
                return _to("/")
        return Answer({"error": "not_found"}, 404)

    # --- who plays the owner, or the service ------------------------------------------------------------------------------------------

    def withdraw(self, address: str) -> None:
        """Somebody takes back what they allowed: no token of theirs is good any more."""
        self.books.consented.pop(address, None)
        self.books.refresh = {token: grant for token, grant in self.books.refresh.items() if grant.address != address}
        self._expel(lambda grant, _until: grant.address == address)

    def expire(self) -> None:
        """No access token given so far is good any more; refresh tokens are."""
        self._expel(lambda _grant, _until: True)

    def look(self) -> None:
        """Forget the access tokens whose time is over."""
        now = self.clock()
        self._expel(lambda _grant, until: until <= now)

    def _expel(self, over: Callable[[Grant, datetime], bool]) -> None:
        for token in [token for token, (grant, until) in self.books.access.items() if over(grant, until)]:
            del self.books.access[token]
            self.calendars.expel(token)

    # --- the page ---------------------------------------------------------------------------------------------------------------------

    def _authorize(self, request: Request, form: dict[str, str]) -> Answer:
        asked = Asked.of(dict(request.query))
        if wrong := self._senseless(asked, request.get("response_type")):
            return wrong
        address = _address(form.get("login", "") or ("" if asked.prompt & {"select_account", "login"} else asked.hint))
        if not address or form.get("other"):
            return pages.who(self.key, form.get("login", asked.hint), wrong=bool(form) and not address)
        return self._asked(asked, address, form)

    def _senseless(self, asked: Asked, response_type: str) -> Answer | None:
        """What is said to a request that nobody is asked about; None when somebody is."""
        if asked.client_id != PRACTICE_CLIENT:
            return pages.refusal(self.key, "invalid_client", "AADSTS700016: this application is not known.")
        if urlsplit(asked.redirect).hostname not in LOOPBACK:
            return pages.refusal(self.key, "redirect_uri_mismatch", "AADSTS50011: practice leads to this machine only.")
        if response_type != "code" or not asked.challenge or not asked.scopes:
            return _back(asked, error="invalid_request")
        return _back(asked, error="login_required") if "none" in asked.prompt else None

    def _asked(self, asked: Asked, address: str, form: dict[str, str]) -> Answer:
        """Somebody signed in: what they are asked, or what they said."""
        if form.get("answer") == "deny":
            return _back(asked, error="access_denied", error_description=_DENIED[self.key])
        if form.get("answer") == "allow":
            return self._allowed(asked, address, tuple(scope for scope in asked.scopes if self.key != GOOGLE or scope in form))
        known = self.books.consented.get(address, frozenset())
        if "consent" in asked.prompt or not known.issuperset(asked.scopes):
            return pages.consent(self.key, address, asked.scopes)
        return self._allowed(asked, address, asked.scopes)

    def _allowed(self, asked: Asked, address: str, scopes: tuple[str, ...]) -> Answer:
        self.calendars.welcome(address)
        self.books.consented[address] = self.books.consented.get(address, frozenset()) | {*scopes}
        code = self._name("code")
        self.books.codes[code] = Code(Grant(address, scopes), asked, self.clock() + CODE_LIVES)
        return _back(asked, code=code)

    # --- the endpoints ----------------------------------------------------------------------------------------------------------------

    def _token(self, form: dict[str, str]) -> Answer:
        try:
            if form.get("client_id") != PRACTICE_CLIENT:
                raise Wrong("no client")  # noqa: TRY301  one way out for all refusals
            if form.get("client_secret") != PRACTICE_SECRET:
                raise Wrong("bad secret")  # noqa: TRY301  as above
            match form.get("grant_type"):
                case "authorization_code":
                    return self._given(self._redeemed(form), first=True)
                case "refresh_token":
                    return self._refreshed(form.get("refresh_token", ""))
            raise Wrong("bad type")  # noqa: TRY301  as above
        except Wrong as wrong:
            return self._refused(str(wrong))

    def _redeemed(self, form: dict[str, str]) -> Grant:
        """A code is good once, in time, for whoever knows the verifier."""
        code = self.books.codes.pop(form.get("code", ""), None)
        if code is None or code.until <= self.clock():
            raise Wrong("bad code")
        if form.get("redirect_uri") != code.asked.redirect:
            raise Wrong("bad redirect")
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != code.asked.challenge:
            raise Wrong("bad verifier")
        return code.grant

    def _refreshed(self, token: str) -> Answer:
        grant = self.books.refresh.get(token)
        if grant is None:
            raise Wrong("bad code")
        if self.key != GOOGLE:
            del self.books.refresh[token]
        return self._given(grant, first=self.key != GOOGLE)

    def _given(self, grant: Grant, *, first: bool) -> Answer:
        token = self._name("access")
        self.books.access[token] = grant, self.clock() + TOKEN_LIVES
        self.calendars.admit(token, grant.address)
        lives = int(TOKEN_LIVES.total_seconds())
        given = {"access_token": token, "token_type": "Bearer", "expires_in": lives, "scope": " ".join(grant.scopes)}
        if first:
            lasting = self._name("refresh")
            self.books.refresh[lasting] = grant
            given["refresh_token"] = lasting
        return Answer(given, headers={"cache-control": "no-store"})

    def _refused(self, reason: str) -> Answer:
        error, number, words = _REASONS[reason]
        if self.key == GOOGLE:
            error = _GOOGLES_OWN.get(reason, error)
            return Answer({"error": error, "error_description": words}, 401 if error == "invalid_client" else 400)
        body = {"error": error, "error_description": f"AADSTS{number}: {words}", "error_codes": [number]}
        return Answer(body, 401 if error == "invalid_client" else 400)

    def _revoke(self, token: str) -> Answer:
        """RFC 7009, as Google does it: all that this person gave to this client goes, whichever token is shown."""
        grant = self.books.refresh.get(token) or self.books.access.get(token, (None,))[0]
        if grant is None:
            return Answer({"error": "invalid_token", "error_description": "Token expired or revoked"}, 400)
        self.withdraw(grant.address)
        return Answer({})

    def _who(self, request: Request) -> Answer:
        self.look()
        grant, _until = self.books.access.get(request.headers.get("authorization", "").removeprefix("Bearer "), (None, None))
        if grant is None:
            return Answer({"error": "invalid_request", "error_description": "Invalid Credentials"}, 401)
        subject = str(int(hashlib.sha256(grant.address.encode()).hexdigest()[:17], 16))
        return Answer({"sub": subject, "email": grant.address, "email_verified": grant.address not in self.unverified})

    def _name(self, kind: str) -> str:
        return f"practice-{kind}-{next(self._numbers)}"


def _address(text: str) -> str:
    try:
        return addresses.check_address(text)
    except ValueError:
        return ""


def _back(asked: Asked, **said: str) -> Answer:
    mark = "&" if urlsplit(asked.redirect).query else "?"
    query = {**{name: value for name, value in said.items() if value}, **({"state": asked.state} if asked.state else {})}
    return _to(f"{asked.redirect}{mark}{urlencode(query)}")


def _to(address: str) -> Answer:
    return Answer("", 303, {"location": address, "cache-control": "no-store"})
