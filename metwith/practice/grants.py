"""A practice token endpoint for what a whole organisation grants: Google's signed assertions, Microsoft's client credentials.

    grants = Grants("app", "s3cret", tenant="north")
    key = grants.key_file()
    grants.people["ana@north.example"] = "1001"

An assertion is verified as Google does it: signature, issuer, audience, times, scopes, person. Tokens are told to `opened`, so that the
practice calendars know whose they are.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from metwith.practice.asgi import Answer, App, Request

if TYPE_CHECKING:
    from collections.abc import Callable

EMAIL = "metwith@practice.iam.gserviceaccount.example"
NUMBER = "100200300400500600700"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CALENDARS = frozenset({f"https://www.googleapis.com/auth/calendar.{name}.readonly" for name in ("events", "calendarlist")})


class Refused(Exception):
    """An error of the token endpoint (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.answer = Answer({"error": error, "error_description": description}, status)


@dataclass
class Grants(App):
    """The endpoint. `delegated` are the scopes that Google's administrator allowed."""

    client_id: str = "metwith"
    client_secret: str = "s3cret"  # noqa: S105  a practice server's
    tenant: str = "north.example"
    people: dict[str, str] = field(default_factory=dict)
    """Address → Google's name for the person."""
    delegated: set[str] = field(default_factory=lambda: {*CALENDARS, "https://www.googleapis.com/auth/userinfo.email"})
    opened: Callable[[str, str], None] = lambda _token, _person: None
    """Told of each token, and whose it is; `""` for everybody's."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.key: RSAPrivateKey = generate_private_key(65537, 2048)

    def key_file(self) -> str:
        """What Google's console gives out, once."""
        private = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        about = {"type": "service_account", "project_id": "practice", "private_key_id": "k1", "private_key": private}
        return json.dumps({**about, "client_email": EMAIL, "client_id": NUMBER, "token_uri": "https://oauth2.googleapis.com/token"})

    def new_key(self) -> None:
        """The old one was deleted."""
        self.key = generate_private_key(65537, 2048)

    def answer(self, request: Request) -> Answer:
        """See App."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        try:
            match (request.method, *request.parts):
                case ("POST", "token"):
                    return self._google(form, f"{request.base}/token")
                case ("POST", tenant, "oauth2", "v2.0", "token"):
                    return self._microsoft(form, tenant)
                case ("GET", "v1", "userinfo"):
                    return self._userinfo(request)
        except Refused as refused:
            return refused.answer
        return Answer("", 404)

    def _google(self, form: dict[str, str], audience: str) -> Answer:
        if form.get("grant_type") != JWT_BEARER:
            raise Refused("unsupported_grant_type", "Invalid grant_type")
        claims = self._verified(form.get("assertion", ""))
        issued, expires = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
        slack, now = timedelta(minutes=5), self.clock()
        if not (issued - slack <= now <= expires and expires - issued <= timedelta(hours=1)):
            raise Refused("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
        if claims["iss"] != EMAIL or claims["aud"] != audience:
            raise Refused("invalid_grant", "Invalid grant: account not found")
        if not set(claims["scope"].split()) <= self.delegated:
            raise Refused("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method.", 401)
        if claims["sub"] not in self.people:
            raise Refused("invalid_grant", "Invalid email or User ID")
        return self._token(claims["sub"])

    def _verified(self, assertion: str) -> dict[str, Any]:
        signed, _dot, signature = assertion.rpartition(".")
        try:
            header, claims = (json.loads(_unpacked(part)) for part in signed.split("."))
            self.key.public_key().verify(_unpacked(signature), signed.encode(), PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature) as error:
            raise Refused("invalid_grant", "Invalid JWT Signature.") from error
        if header["alg"] != "RS256":
            raise Refused("invalid_grant", "Invalid JWT Signature.")
        return dict(claims)

    def _microsoft(self, form: dict[str, str], tenant: str) -> Answer:
        if tenant != self.tenant:
            raise Refused("invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.")
        if form.get("client_id") != self.client_id:
            raise Refused("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if form.get("client_secret") != self.client_secret:
            raise Refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
        if form.get("grant_type") != "client_credentials" or form.get("scope") != "https://graph.microsoft.com/.default":
            raise Refused("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.")
        return self._token("")

    def _token(self, person: str) -> Answer:
        token = f"granted-{len(self.tokens) + 1}"
        self.tokens[token] = person
        self.opened(token, person)
        return Answer({"access_token": token, "token_type": "Bearer", "expires_in": 3599})

    def _userinfo(self, request: Request) -> Answer:
        person = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if not person:
            return Answer({"error": "invalid_request"}, 401)
        return Answer({"sub": self.people[person], "email": person, "email_verified": True})


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
