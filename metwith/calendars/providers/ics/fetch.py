"""One GET of an ICS address, and what its answer means. The whole address is a secret: messages name the host at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from metwith.engine.errors import Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.lib.http import BadCertificate, HttpError, Refused, TooLarge
from metwith.lib.http_headers import http_date, retry_after
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BYTES = 50_000_000
TOO_LARGE = _("The calendar is larger than 50 MB. Publish a part of it, or a shorter time, under an address of its own.")
_SCHEMES = {"webcal": "https", "webcals": "https", "http": "http", "https": "https"}
_UNSETTLED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """What the server gave. `body` is None when it says that nothing has changed."""

    body: bytes | None
    etag: str = ""
    modified: str = ""


def web_url(address: str) -> httpx.URL:
    """The URL behind an address as people copy it: `webcal://` means https. Raises ProviderBroken."""
    scheme, separator, rest = address.strip().partition("://")
    if not separator:
        scheme, rest = "https", address.strip()
    if scheme.lower() not in _SCHEMES or not rest:
        raise ProviderBroken(_("This is no address of a calendar. It begins with https:// or webcal://."))
    try:
        url = httpx.URL(f"{_SCHEMES[scheme.lower()]}://{rest}")
    except (httpx.InvalidURL, ValueError) as error:
        raise ProviderBroken(_("This is no address of a calendar. It begins with https:// or webcal://.")) from error
    if not url.host:
        raise ProviderBroken(_("This is no address of a calendar. It begins with https:// or webcal://."))
    return url


def get(client: httpx.Client, url: httpx.URL, *, etag: str = "", modified: str = "", now: Callable[[], datetime]) -> FeedAnswer:
    """Fetch the calendar, or learn that it is as it was. Raises the port's errors and no others."""
    headers = {"Accept": "text/calendar, */*;q=0.5"}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    try:
        response = client.get(url, headers=headers)
    except TooLarge as error:
        raise ProviderBroken(TOO_LARGE, detail=error.host) from error
    except HttpError as error:
        raise _broken(error) from error
    except httpx.HTTPError as error:
        raise ProviderBroken(_("The server cannot be reached."), detail=url.host) from error
    _refuse(response.status_code, response.headers, url.host, now)
    if response.status_code == httpx.codes.NOT_MODIFIED:
        return FeedAnswer(None, etag, modified)
    if not _settled(response.headers, now()):
        return FeedAnswer(response.content)
    return FeedAnswer(response.content, response.headers.get("etag", ""), response.headers.get("last-modified", ""))


def _settled(headers: Mapping[str, str], now: datetime) -> bool:
    """Whether the server's marks can tell the next change.

    Both may count in seconds, so that a calendar just changed may change again under the same marks (RFC 9110, section 8.8.2.2).
    """
    modified = http_date(headers.get("last-modified", ""))
    return modified is None or (http_date(headers.get("date", "")) or now) - modified >= _UNSETTLED


def _broken(error: HttpError) -> ProviderBroken:
    if isinstance(error, Refused):
        return ProviderBroken(error.message, advice=error.hint, detail=error.host)
    advice = error.advice if isinstance(error, BadCertificate) else ""
    return ProviderBroken(error.message, advice=advice, detail=" ".join(filter(None, (error.host, error.hint))))


def _refuse(status: int, headers: Mapping[str, str], host: str, now: Callable[[], datetime]) -> None:
    detail = f"{host}: HTTP {status}"
    if status in {401, 403}:
        raise NeedsReconnect(_("The server no longer lets us read this address. Enter the address anew."), detail=detail)
    if status in {404, 410}:
        raise Gone(_("There is no calendar at this address any more."), detail=detail)
    until = retry_after(headers.get("retry-after", ""), now())
    if status == httpx.codes.TOO_MANY_REQUESTS or (status == httpx.codes.SERVICE_UNAVAILABLE and until):
        raise SlowDown(_("The server asks us to come back later."), until=until, detail=detail)
    if status >= 300 and status != httpx.codes.NOT_MODIFIED:
        raise ProviderBroken(_("The server answers with an error."), detail=detail)
