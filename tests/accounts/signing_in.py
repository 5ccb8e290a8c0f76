"""A sign-in server that stands in for Google and Microsoft, and shows what it was asked. Not for its correctness: see test_independent."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from metwith.accounts.oauth import services
from tests.web_server import LocalServer, says

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

GOOGLE_SCOPES = " ".join(services.service("google").scopes)


@dataclass
class SignInServer:
    """Gives tokens for the code `yes` and for its newest refresh token. `error` makes the token endpoint refuse."""

    rotates: bool = False
    scope: str | None = GOOGLE_SCOPES
    lives: int = 3600
    lasting: bool = True
    error: tuple[int, dict[str, Any] | str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "1001", "email": "Alice@Lumen.example", "email_verified": True})
    me: dict[str, Any] = field(default_factory=dict)
    organisation: Any = None
    """What `/organization` says; None: that it may not be asked, as with a personal account."""
    revoked: list[str] = field(default_factory=list)
    given: int = 0
    refresh_token: str = ""
    challenge: str = ""
    registered: str = "http"
    """What redirect addresses must begin with."""
    page: str = ""
    """What the authorize page shows instead of sending anybody on."""

    def __post_init__(self) -> None:
        self.web = LocalServer()
        self.web.answers["/token"] = self._token
        self.web.answers["/o/oauth2/v2/auth"] = self._authorize
        self.at_tenant("common")
        self.web.answers["/v1/userinfo"] = lambda handler, _body: self._who(handler, self.person)
        self.web.answers["/v1.0/me"] = lambda handler, _body: self._who(handler, self.me)
        self.web.answers["/v1.0/users/ines@north.example"] = self.web.answers["/v1.0/me"]
        self.web.answers["/v1.0/organization"] = self._organisation
        self.web.answers["/revoke"] = self._revoke

    def at_tenant(self, tenant: str) -> None:
        """Microsoft's sign-in of this tenant is here too."""
        self.web.answers[f"/{tenant}/oauth2/v2.0/token"] = self._token
        self.web.answers[f"/{tenant}/oauth2/v2.0/authorize"] = self._authorize

    @property
    def url(self) -> str:
        return self.web.url("")

    def asked_for_tokens(self) -> list[dict[str, str]]:
        """The forms that came to the token endpoint."""
        return [_form(body) for method, path, _headers, body in self.web.asked if method == "POST" and path.endswith("/token")]

    def visit(self, location: str) -> str:
        """What a browser does at the authorize page whose visitor says yes: the state to come back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        self.challenge = asked["code_challenge"]
        assert asked["code_challenge_method"] == "S256"
        return asked["state"]

    def _authorize(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """The authorize page: a link that says yes; for somebody who must not be asked (prompt=none) what Google answers then."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        if asked["prompt"] != "none":
            yes = f"{asked['redirect_uri']}?code=yes&state={self.visit(handler.path)}"
            says(f'<!doctype html><title>Sign in</title><a href="{yes}">Yes</a>'.encode(), Content_Type="text/html")(handler, body)
            return
        if self.page:
            says(self.page.encode())(handler, body)
            return
        wrong = "" if asked["client_id"] == "metwith" else "invalid_client"
        wrong = wrong or ("" if asked["redirect_uri"].startswith(self.registered) else "redirect_uri_mismatch")
        packed = base64.urlsafe_b64encode(b"\n\x0f" + wrong.encode() + b"\x12\x03...").decode().rstrip("=")
        onward = f"{self.url}/signin/oauth/error?authError={packed}" if wrong else f"{asked['redirect_uri']}?error=login_required"
        says(b"", 302, Location=onward)(handler, body)

    def _token(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if handler.command == "GET":
            says(b"", 404, **self.headers)(handler, body)
            return
        if self.error:
            status, said = self.error
            text = said if isinstance(said, str) else json.dumps(said)
            says(text.encode(), status, **self.headers)(handler, body)
            return
        form = _form(body)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        first = form["grant_type"] == "authorization_code" and form["code"] == "yes" and proof == self.challenge
        again = form["grant_type"] == "refresh_token" and form["refresh_token"] == self.refresh_token != ""
        if form["client_secret"] != "s3cret":
            says(b'{"error": "invalid_client"}', 401)(handler, body)
        elif first or again:
            says(json.dumps(self._grant(first=first)).encode(), Content_Type="application/json")(handler, body)
        else:
            says(b'{"error": "invalid_grant", "error_description": "for alice@lumen.example"}', 400)(handler, body)

    def _grant(self, *, first: bool) -> dict[str, Any]:
        self.given += 1
        answer: dict[str, Any] = {"access_token": f"access-{self.given}", "token_type": "Bearer", "expires_in": self.lives}
        if self.scope is not None:
            answer["scope"] = self.scope
        if (first or self.rotates) and self.lasting:
            self.refresh_token = answer["refresh_token"] = f"refresh-{self.given}"
        return answer

    def _who(self, handler: BaseHTTPRequestHandler, person: dict[str, Any]) -> None:
        known = handler.headers["Authorization"] == f"Bearer access-{self.given}"
        says(json.dumps(person).encode() if known else b"{}", 200 if known else 401)(handler, b"")

    def _organisation(self, handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        known = handler.headers["Authorization"] == f"Bearer access-{self.given}" and self.organisation is not None
        says(json.dumps(self.organisation).encode() if known else b"{}", 200 if known else 403)(handler, b"")

    def _revoke(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.revoked.append(_form(body)["token"])
        says(b"{}")(handler, body)


def _form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}
