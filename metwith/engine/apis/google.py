"""Requests to the Google Calendar API v3, and what its refusals mean (guide "Handle API errors").

The promise that a calendar is only read is kept here: `Api.get` and `Api.tell` are the only places that send. The one sends GET, the
other nothing but what opens and stops push channels.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import stamina

from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, ProviderError, SlowDown
from metwith.lib import http
from metwith.lib.http_headers import retry_after
from metwith.lib.i18n import _
from metwith.lib.text import json_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from metwith.engine.port import Tokens

BASE = "https://www.googleapis.com/calendar/v3/"
ATTEMPTS = 3
CHANNELS = frozenset({"watch", "stop"})
"""How the paths end that are sent a POST."""
OFTEN = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"})
"""Reasons of a 403 that pass within minutes."""
LONG = frozenset({"calendarUsageLimitsExceeded", "dailyLimitExceeded"})
"""Reasons of a 403 that take longer."""
LONG_WAIT = timedelta(hours=1)
OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
"""Reasons of a 403 that the operator has to mend: the API is not switched on for the client's project."""
_MEANINGS: dict[int, tuple[type[ProviderError], str]] = {
    401: (NeedsReconnect, _("Google no longer accepts the sign-in.")),
    403: (NeedsReconnect, _("Google no longer lets Metwith read this calendar.")),
    404: (Gone, _("The calendar is no longer there.")),
    410: (CursorExpired, _("Google no longer knows how far we had read.")),
}


class GoogleRejected(Exception):
    """An answer other than success. `reason` is Google's own word for it, `""` when it gives none."""

    def __init__(self, status: int, reason: str, host: str, retry_after: str = "") -> None:
        super().__init__(f"{status} {reason} {host}")
        self.status = status
        self.reason = reason
        self.retry_after = retry_after

    @property
    def too_often(self) -> bool:
        """Whether it asks for patience: 429, a 403 of that kind, a 503 that names a time."""
        patience = self.status == 403 and self.reason in OFTEN | LONG
        return patience or self.status == 429 or (self.status == 503 and bool(self.retry_after))


class BearerAuth(httpx.Auth):
    """Sends an access token. One that is refused is renewed once."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """See httpx."""
        request.headers["Authorization"] = f"Bearer {self.tokens.access_token()}"
        response = yield request
        if response.status_code == 401:
            request.headers["Authorization"] = f"Bearer {self.tokens.access_token(refresh=True)}"
            yield request


class Api:
    """Asks. The client brings the authorisation with it."""

    def __init__(self, client: httpx.Client, *, base: str = BASE) -> None:
        self.client = client
        self.base = base

    def get(self, *path: str, **parameters: str) -> dict[str, Any]:
        """GET of a resource, its path given in parts as they are. What may pass is tried again.

        Raises Rejected, ProviderBroken for what is no JSON object, the errors of `lib.http`, and what the tokens raise.
        """
        url = self._url(path)
        for attempt in stamina.retry_context(on=_worth_another_try, attempts=ATTEMPTS, wait_initial=0.3, wait_max=3, timeout=None):
            with attempt:
                response = self.client.request("GET", url, params=parameters)
                found = _taken(response)
        if found is None:
            raise ProviderBroken(_("Google's answer cannot be read."), detail=f"{response.status_code} {response.url.host}")
        return found

    def tell(self, *path: str, body: dict[str, str], seconds: float) -> dict[str, Any]:
        """POST of what concerns a push channel, once: tried again it could open a second one. Raises as `get` does."""
        if path[-1] not in CHANNELS:
            raise ValueError("only channels are told anything")
        response = self.client.request("POST", self._url(path), json=body, timeout=seconds)
        return _taken(response) or {}

    def _url(self, path: tuple[str, ...]) -> str:
        return self.base + "/".join(quote(part, safe="") for part in path)


@contextmanager
def google_errors(now: Callable[[], datetime]) -> Iterator[None]:
    """Turn what `Api` raises into the port's errors: the border of this package."""
    try:
        yield
    except GoogleRejected as error:
        raise _of_port(error, now()) from error
    except http.HttpError as error:
        raise ProviderBroken(error.message, detail=" ".join(filter(None, (error.host, error.hint)))) from error


def _of_port(error: GoogleRejected, now: datetime) -> ProviderError:
    detail = str(error)
    if error.too_often:
        until = retry_after(error.retry_after, now) or (now + LONG_WAIT if error.reason in LONG else None)
        return SlowDown(_("Google asks for patience."), until=until, detail=detail)
    if error.status == 403 and error.reason in OFF:
        return ProviderBroken(_("The Google Calendar API is not switched on for this installation's project."), detail=detail)
    kind, message = _MEANINGS.get(error.status, (ProviderBroken, _("Google cannot answer at the moment.")))
    return kind(message, detail=detail)


def _taken(response: httpx.Response) -> dict[str, Any] | None:
    """What an answer says; Rejected when it is none of success."""
    found = _object(response)
    if not response.is_success:
        raise GoogleRejected(response.status_code, _reason(found), response.url.host, response.headers.get("retry-after", ""))
    return found


def _object(response: httpx.Response) -> dict[str, Any] | None:
    try:
        found = json_of(response.content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _reason(found: Mapping[str, Any] | None) -> str:
    """`error.errors[0].reason`, the part that is made for programs; letters only, since it is shown as a detail."""
    error = (found or {}).get("error")
    errors = error.get("errors") if isinstance(error, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    reason = str(first.get("reason", "")) if isinstance(first, dict) else ""
    return reason if reason.isascii() and reason.replace("_", "").isalpha() and len(reason) < 60 else ""


def _worth_another_try(error: Exception) -> bool:
    """What may pass in a second: a connection that broke, a server that stumbled, a limit by the second. Not where a time is named."""
    if isinstance(error, http.Unreachable):
        return not isinstance(error, http.TimedOut | http.UnknownHost)
    if not isinstance(error, GoogleRejected) or error.retry_after or error.reason in LONG:
        return False
    return error.too_often or error.status in {500, 502, 503, 504}
