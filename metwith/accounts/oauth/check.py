"""Whether a client works, and which part of it does not, found out without anybody signing in.

The authorize page is asked in silence (`prompt=none`, OpenID Connect Core, section 3.1.2.1): a service that knows id and redirect address sends
us back with an error, one that does not shows its own page. The token endpoint is asked with a code that cannot be: whether it minds the code
or us tells if the secret is right. What the pages and codes look like is from experience, not from a promise (docs/decisions/oauth.md).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlsplit

import httpx

from metwith.accounts.oauth import flow
from metwith.accounts.oauth.errors import OAuthProblem, Unavailable
from metwith.lib import http
from metwith.lib.http_headers import http_date
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.accounts.oauth.clients import Client

type Part = Literal["server", "clock", "redirect", "id", "tenant", "secret", "key", "delegation", "person", "calendars"]
"""The last four are those of what a whole organisation grants (calendars/delegation/check.py)."""

LARGEST_GAP = timedelta(minutes=2)
_NO_CODE = "metwith-checks-its-client"
_SIGNS: tuple[tuple[Part, tuple[str, ...]], ...] = (
    ("redirect", ("redirect_uri_mismatch", "AADSTS50011", "AADSTS900971")),
    ("tenant", ("AADSTS90002", "AADSTS900023", "AADSTS50194", "AADSTS50059")),
    ("id", ("deleted_client", "disabled_client", "AADSTS700016", "AADSTS7000112", "invalid_client")),
    ("secret", ("AADSTS7000215", "AADSTS7000222")),
)
"""What a service's words tell about, the telling ones first: `invalid_client` stands for a wrong secret, too."""


@dataclass(frozen=True, slots=True)
class ClientFinding:
    """One part of a client. `good` is None when it could not be told."""

    part: Part
    good: bool | None
    words: str
    """English, a msgid."""


def check_client(client: Client, redirect: str, now: datetime) -> tuple[ClientFinding, ...]:
    """Look at each part, in the order in which they should be mended. Asks the service three times."""
    found = [*reached(client, now)]
    if not found[0].good:
        return tuple(found)
    found += [_address(redirect), *_authorize(client, redirect), *_token(client, redirect, now)]
    # A part that is wrong for one of the askers is wrong; of a secret nothing can be said while the id is.
    unknown = any(finding.part == "id" and finding.good is False for finding in found)
    parts = dict.fromkeys(finding.part for finding in found if not (unknown and finding.part == "secret"))
    return tuple(min((f for f in found if f.part == part), key=_worst_first) for part in parts)


def reached(client: Client, now: datetime) -> tuple[ClientFinding, ...]:
    """Whether the service answers, and what its clock says of ours."""
    gap = _clock_gap(client, now)
    if isinstance(gap, ClientFinding):
        return (gap,)
    found = (ClientFinding("server", good=True, words=_("The service answers.")),)
    if gap is None:
        return found
    right = abs(gap) <= LARGEST_GAP
    wrong = _("The clock of this server is wrong: set it, or signing in will fail at times.")
    return (*found, ClientFinding("clock", good=right, words=_("The clock is right.") if right else wrong))


def _worst_first(finding: ClientFinding) -> int:
    return {False: 0, True: 1, None: 2}[finding.good]


def _clock_gap(client: Client, now: datetime) -> timedelta | ClientFinding | None:
    """How far we are ahead of the service; a Finding when it does not answer."""
    try:
        with _connection(client) as connection:
            answer = connection.get(client.service.token_url)
        theirs = http_date(answer.headers.get("Date", ""))
    except http.HttpError:
        return ClientFinding("server", good=False, words=_("The service cannot be reached from here."))
    return now - theirs if theirs else None


def _address(redirect: str) -> ClientFinding:
    """Both services take https, and http for the machine that one sits at only."""
    there = urlsplit(redirect)
    if there.scheme == "https" or there.hostname in {"localhost", "127.0.0.1", "::1"}:
        return ClientFinding("redirect", good=None, words=_("Compare the redirect address with the one that is registered."))
    words = _("The redirect address must begin with https://. Set METWITH_ORIGIN to where people reach Metwith.")
    return ClientFinding("redirect", good=False, words=words)


def _authorize(client: Client, redirect: str) -> tuple[ClientFinding, ...]:
    onward: list[httpx.URL] = []

    def stop(url: httpx.URL) -> None:
        onward.append(url)
        raise http.Refused("seen enough")

    url = flow.authorization_request(client, redirect).url
    parts = httpx.URL(url).copy_set_param("prompt", "none")
    said = ""
    try:
        with _connection(client, stop) as connection:
            said = connection.get(parts).text
    except http.HttpError:
        said = _readable(str(onward[0])) if onward else ""
    if onward and str(onward[0]).startswith(redirect):
        return (
            ClientFinding("id", good=True, words=_("The client id is known.")),
            ClientFinding("redirect", good=True, words=_("The redirect address is registered.")),
        )
    return findings_from_answer(said) or (
        ClientFinding("id", good=None, words=_("Whether the client id is known shows when somebody connects.")),
    )


def _readable(url: str) -> str:
    """An address with what Google packs into its `authError` (base64 of a message that begins with the error's name)."""
    packed = "".join(parse_qs(urlsplit(url).query).get("authError", ()))
    try:
        return url + base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode("ascii", "replace")
    except (binascii.Error, ValueError):
        return url


def _token(client: Client, redirect: str, now: datetime) -> tuple[ClientFinding, ...]:
    try:
        flow.exchange_code(client, redirect, code=_NO_CODE, verifier="v" * 64, now=now)
    except Unavailable as problem:
        return findings_from_answer(problem.detail) or (
            ClientFinding("secret", good=None, words=_("Whether the secret is right shows when somebody connects.")),
        )
    except OAuthProblem as problem:
        if "invalid_grant" in problem.detail:
            return (ClientFinding("secret", good=True, words=_("The secret belongs to the client id.")),)
        known = findings_from_answer(problem.detail)
        wrong = ClientFinding(
            "secret", good=False, words=_("The service does not accept the client secret for this id, or it has run out.")
        )
        return (wrong,) if not known or (known[0].part == "id" and "invalid_client" in problem.detail) else known
    return ()


def findings_from_answer(answer: str) -> tuple[ClientFinding, ...]:
    """What a service's words say about a part; nothing when they say nothing that we know."""
    words: dict[Part, str] = {
        "redirect": _("The redirect address is not registered for this client. Copy it from here, letter by letter."),
        "tenant": _("There is no such tenant, or the application does not serve it."),
        "id": _("The service does not know this client id."),
        "secret": _("The service does not accept the client secret for this id, or it has run out."),
    }
    return next(((ClientFinding(part, good=False, words=words[part]),) for part, signs in _SIGNS if any(s in answer for s in signs)), ())


def _connection(client: Client, on_redirect: flow.OnRedirect = lambda _url: None) -> http.GuardedClient:
    return http.client(
        allow_private=client.service.practice, timeout=flow.SECONDS, whole=flow.SECONDS, max_bytes=5_000_000, on_redirect=on_redirect
    )
