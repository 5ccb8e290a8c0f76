"""Requests to Google's APIs, and what their refusals mean (guide "Handle API errors").

The promise that a member's data is only read is kept here: `Api.get` and `Api.tell` are the only places that send. The one sends GET, the
other nothing but what opens and stops push channels.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from metwith.engine.apis.rest import Meaning, Refusals, json_object, plain_reason, send_once, send_with_retries
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import httpx

CHANNELS = frozenset({"watch", "stop"})
"""How the paths end that are sent a POST."""
OFTEN = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"})
"""Reasons of a 403 that pass within minutes."""
LONG = frozenset({"calendarUsageLimitsExceeded", "dailyLimitExceeded"})
"""Reasons of a 403 that take longer."""
LONG_WAIT = timedelta(hours=1)
OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
"""Reasons of a 403 that the operator has to mend: the API is not switched on for the client's project."""
_CANNOT = _("Google cannot answer at the moment.")


def google_refusals(*, gone: str, forbidden: str, off: str) -> Refusals:
    """What Google's refusals mean, in the msgids of the channel: what was read is gone, is not to be read, the API is off."""
    patience = _("Google asks for patience.")
    return Refusals(
        reasons=_reasons,
        meanings=(
            Meaning(SlowDown, patience, statuses=frozenset({403, 429}), reasons=LONG, wait=LONG_WAIT),
            Meaning(SlowDown, patience, statuses=frozenset({403}), reasons=OFTEN, again=True),
            Meaning(SlowDown, patience, statuses=frozenset({429}), again=True),
            Meaning(SlowDown, patience, statuses=frozenset({503}), timed=True),
            Meaning(ProviderBroken, off, statuses=frozenset({403}), reasons=OFF),
            Meaning(NeedsReconnect, _("Google no longer accepts the sign-in."), statuses=frozenset({401})),
            Meaning(NeedsReconnect, forbidden, statuses=frozenset({403})),
            Meaning(Gone, gone, statuses=frozenset({404})),
            Meaning(CursorExpired, _("Google no longer knows how far we had read."), statuses=frozenset({410})),
            Meaning(ProviderBroken, _CANNOT, statuses=frozenset({500, 502, 503, 504}), again=True),
            Meaning(ProviderBroken, _CANNOT),
        ),
    )


class Api:
    """Asks one of Google's APIs, below `base`. The client brings the authorisation with it (`rest.BearerAuth`)."""

    def __init__(self, client: httpx.Client, refusals: Refusals, *, base: str, now: Callable[[], datetime]) -> None:
        self.client = client
        self.refusals = refusals
        self.base = base
        self.now = now

    def get(self, *path: str, **parameters: str) -> dict[str, Any]:
        """GET of a resource, its path given in parts as they are. What may pass is tried again.

        Raises as `rest.send_once` does, what the tokens raise, and ProviderBroken for what is no JSON object.
        """
        url = self._url(path)
        response = send_with_retries(lambda: self.client.request("GET", url, params=parameters), self.refusals, self.now)
        found = json_object(response)
        if found is None:
            raise ProviderBroken(_("Google's answer cannot be read."), detail=f"{response.status_code} {response.url.host}")
        return found

    def tell(self, *path: str, body: dict[str, str], seconds: float) -> dict[str, Any]:
        """POST of what concerns a push channel, once: tried again it could open a second one. Raises as `get` does."""
        if path[-1] not in CHANNELS:
            raise ValueError("only channels are told anything")
        url = self._url(path)
        response = send_once(lambda: self.client.request("POST", url, json=body, timeout=seconds), self.refusals, self.now)
        return json_object(response) or {}

    def _url(self, path: tuple[str, ...]) -> str:
        return self.base + "/".join(quote(part, safe="") for part in path)


def _reasons(response: httpx.Response) -> Iterator[str]:
    """`error.errors[0].reason`, the part that is made for programs."""
    error = (json_object(response) or {}).get("error")
    errors = error.get("errors") if isinstance(error, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    yield plain_reason(first.get("reason")) if isinstance(first, dict) else ""
