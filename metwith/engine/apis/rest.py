"""Requests to the API of a service: tried again, renewed and translated into the five errors in one place, whichever service it is.

What a service is peculiar in is a value of its client's, `Refusals`: how a refusal is read, and a table of what it means.

    401                     a new token, once (`BearerAuth`)
    what may pass at once   tried again, `ATTEMPTS` times at most, after a moment each (`send_with_retries`)
    401 again, SlowDown     raised as they are: they mean the same whoever asked, and whatever was asked for
    any other refusal       `Rejected`, of which the one who asked may know more; else `provider_errors` makes of it what its row says
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import stamina

from metwith.engine.errors import ProviderBroken, SlowDown
from metwith.lib import http, http_headers
from metwith.lib.text import json_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from datetime import datetime, timedelta

    from metwith.engine.errors import ProviderError
    from metwith.engine.port import Tokens

ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT = 0.3, 3.0
"""Seconds between attempts, about: somebody may be waiting for the page."""
LONGEST_REASON = 80


@dataclass(frozen=True, slots=True)
class Meaning:
    """A row of a service's table: what a refusal means that fits it. What a row leaves empty fits all."""

    error: type[ProviderError]
    message: str
    """A msgid."""
    statuses: frozenset[int] = frozenset()
    reasons: frozenset[str] = frozenset()
    """Of which the refusal has one at least."""
    timed: bool = False
    """Only where the answer names a time to wait."""
    again: bool = False
    """Whether it may pass in a second. Where a time is named it is not tried sooner."""
    wait: timedelta | None = None
    """Of a SlowDown: how long, where the answer names no time."""

    def fits(self, status: int, reasons: frozenset[str], *, timed: bool) -> bool:
        """Whether a refusal is of this kind."""
        of_status = not self.statuses or status in self.statuses
        of_reason = not self.reasons or not self.reasons.isdisjoint(reasons)
        return of_status and of_reason and (timed or not self.timed)


@dataclass(frozen=True, slots=True)
class Refusals:
    """What is peculiar to a service. The first row of the table that fits a refusal holds; the last one has to fit all."""

    reasons: Callable[[httpx.Response], Iterable[str]]
    """The service's own words for why, read from an answer that is no success."""
    meanings: tuple[Meaning, ...]

    def rejected(self, status: int, host: str, reasons: Iterable[str] = (), retry_after: str = "") -> Rejected:
        """A refusal, as it counts here. Some come in the body of an answer that is a success."""
        given = frozenset(filter(None, reasons))
        meaning = next(row for row in self.meanings if row.fits(status, given, timed=bool(retry_after)))
        return Rejected(status, host, given, retry_after, meaning)

    def check(self, response: httpx.Response) -> None:
        """Raise Rejected for an answer that is no success."""
        if not response.is_success:
            raise self.rejected(response.status_code, response.url.host, self.reasons(response), response.headers.get("retry-after", ""))


class Rejected(Exception):
    """An answer other than success. `reasons` are the service's own words for it, `retry_after` is the header as it came."""

    def __init__(self, status: int, host: str, reasons: frozenset[str], retry_after: str, meaning: Meaning) -> None:
        self.status = status
        self.host = host
        self.reasons = reasons
        self.retry_after = retry_after
        self.meaning = meaning
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """For the technical line: the reasons that are plain words, since anything else a body says goes nowhere."""
        return " ".join(filter(None, (str(self.status), *sorted(map(plain_reason, self.reasons)), self.host)))

    @property
    def for_good(self) -> bool:
        """Whether asking again soon would change nothing: an address that is not allowed, a permission that is missing."""
        return 400 <= self.status < 500

    def of_port(self, now: datetime) -> ProviderError:
        """As one of the five."""
        kind, message = self.meaning.error, self.meaning.message
        if issubclass(kind, SlowDown):
            until = http_headers.retry_after(self.retry_after, now) or (now + self.meaning.wait if self.meaning.wait else None)
            return kind(message, until=until, detail=self.detail)
        return kind(message, detail=self.detail)


class BearerAuth(httpx.Auth):
    """Sends an access token, to the server that is asked first and no other. One that is refused is renewed once."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.origin: tuple[str, str, int | None] | None = None

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """See httpx."""
        origin = request.url.scheme, request.url.host, request.url.port
        self.origin = self.origin or origin
        if origin != self.origin:
            # A redirect: the site may be the same, but the token is for the API.
            yield request
            return
        request.headers["Authorization"] = f"Bearer {self.tokens.access_token()}"
        response = yield request
        if response.status_code == 401:
            request.headers["Authorization"] = f"Bearer {self.tokens.access_token(refresh=True)}"
            yield request


def send_with_retries(send: Callable[[], httpx.Response], refusals: Refusals, now: Callable[[], datetime]) -> httpx.Response:
    """An answer of success, for what may be asked twice. Raises as `send_once` does."""
    with _settled(now):
        for attempt in stamina.retry_context(
            on=_worth_another_try, attempts=ATTEMPTS, wait_initial=FIRST_WAIT, wait_max=LONGEST_WAIT, timeout=None
        ):
            with attempt:
                response = send()
                refusals.check(response)
    return response


def send_once(send: Callable[[], httpx.Response], refusals: Refusals, now: Callable[[], datetime]) -> httpx.Response:
    """An answer of success, for what a second try would do twice.

    Raises the port's error for what means the same everywhere, Rejected for any other refusal, the errors of `lib.http`, and what `send` raises.
    """
    with _settled(now):
        response = send()
        refusals.check(response)
    return response


@contextmanager
def provider_errors(now: Callable[[], datetime]) -> Iterator[None]:
    """Turn what requests raise into the port's errors: the border of a provider."""
    try:
        yield
    except Rejected as error:
        raise error.of_port(now()) from error
    except http.HttpError as error:
        raise ProviderBroken(error.message, detail=" ".join(filter(None, (error.host, error.hint)))) from error


def json_object(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of a body; None when it is none."""
    try:
        found = json_of(response.content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def plain_reason(word: object) -> str:
    """A reason as it may be shown: letters, digits and underscores only; `""` for anything else."""
    text = word if isinstance(word, str) and len(word) < LONGEST_REASON else ""
    return text if text.isascii() and text.replace("_", "").isalnum() else ""


@contextmanager
def _settled(now: Callable[[], datetime]) -> Iterator[None]:
    """What says nothing of the one thing that was asked for: who takes a refusal for "not this, then" must not take these for it."""
    try:
        yield
    except Rejected as error:
        if error.status == 401 or issubclass(error.meaning.error, SlowDown):
            raise error.of_port(now()) from error
        raise


def _worth_another_try(error: Exception) -> bool:
    """A connection that broke, or what the table says. Not a time-out: whoever is that slow is not helped by a second question."""
    if isinstance(error, Rejected):
        return error.meaning.again and not error.retry_after
    return isinstance(error, http.Unreachable) and not isinstance(error, http.TimedOut | http.UnknownHost)
