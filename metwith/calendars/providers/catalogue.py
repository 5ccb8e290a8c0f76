"""The only list of providers (an uploaded file is none, `vocabulary.FILE`): what can be connected, how it is opened, and how a connection is tried for the first time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import httpx

from metwith.calendars.providers import memory
from metwith.calendars.providers.caldav import discover as caldav
from metwith.calendars.providers.caldav import provider as caldav_provider
from metwith.calendars.providers.google import provider as google_provider
from metwith.calendars.providers.google import push as google_push
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.providers.ics.provider import FileProvider, IcsProvider, address_of
from metwith.calendars.providers.microsoft import provider as microsoft_provider
from metwith.calendars.providers.microsoft import push as microsoft_push
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine.errors import ConnectFailed, NeedsReconnect, ProviderBroken, ProviderError
from metwith.engine.port import Step
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from metwith.calendars.providers.port import CalendarProvider
    from metwith.engine.port import Tokens
    from metwith.engine.vocabulary import Notice

    type Opener = Callable[[RemoteAccount, Callable[[str], str], Callable[[], datetime]], AbstractContextManager[CalendarProvider]]
    type TokenOpener = Callable[
        [RemoteAccount, Tokens, Callable[[str], str], Callable[[], datetime]], AbstractContextManager[CalendarProvider]
    ]

MOST_CALENDARS = 200
"""Of an account; the main one first, then as the provider lists them."""
MOST_ADDRESSES = 50
"""Of an account's owner, as far as its provider names them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the pages and the command need to know of a provider before an account of it exists."""

    key: str
    label: str
    server_required: bool
    needs_login: bool
    """It asks for a user name and a password; otherwise the address alone is the secret."""
    poll_every: timedelta
    """How often its calendars are read when nothing else is said."""
    oauth: bool = False
    """Connected at the provider's own sign-in page, which needs a client of the workspace; nothing is typed here."""
    push: Literal["", "source", "account"] = ""
    """It tells of changes by itself: of one calendar by each channel, or of all of an account's; empty: it does not."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection that worked: the account as it should be kept, and what it has."""

    account: RemoteAccount
    calendars: tuple[RemoteCalendar, ...]
    own_addresses: tuple[str, ...]
    verified: frozenset[str] = frozenset()
    """Those of the addresses, folded, that the provider has shown to be the owner's (product.md, section 3, c; accounts.oauth.owners)."""
    delegated: bool = False
    """By what the owner's organisation granted, not the owner."""
    assigned: bool = False
    """At an address that only an admin says is the owner's."""
    more_calendars: int = 0
    """So many were left out: an account has MOST_CALENDARS at most."""
    more_addresses: int = 0
    """So many of the owner's addresses were left out, beyond MOST_ADDRESSES."""


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "caldav",
            _("CalDAV"),
            server_required=False,
            needs_login=True,
            poll_every=timedelta(minutes=5),
        ),
        Kind(
            "ics",
            _("Calendar address (ICS)"),
            server_required=True,
            needs_login=False,
            poll_every=timedelta(minutes=15),
        ),
        Kind(
            "google",
            _("Google"),
            server_required=False,
            needs_login=False,
            poll_every=timedelta(minutes=5),
            oauth=True,
            push="source",
        ),
        Kind(
            "microsoft",
            _("Microsoft"),
            server_required=False,
            needs_login=False,
            poll_every=timedelta(minutes=5),
            oauth=True,
            push="account",
        ),
        Kind("memory", _("Memory"), server_required=True, needs_login=False, poll_every=timedelta(minutes=5)),
    )
}


def poll_every(provider: str) -> timedelta:
    """How often a provider's calendars are read when nothing else is said; of a file, which is read once, it means nothing."""
    kind = KINDS.get(provider)
    return kind.poll_every if kind else timedelta(minutes=5)


def host_of(account: RemoteAccount) -> str:
    """The outside server that an account is read from, `host` or `host:port`; a service by its key; empty where there is none."""
    if account.provider in _TOKEN_OPENERS:
        return account.provider
    try:
        url = address_of(account) if account.provider == "ics" else httpx.URL(account.server)
    except (ProviderBroken, httpx.InvalidURL):
        return ""
    return f"{url.host}:{url.port}" if url.port else url.host


def notices(provider: str, headers: Mapping[str, str], body: bytes) -> tuple[Notice, ...]:
    """What came to a provider's address, read. KeyError for a provider without push."""
    return _NOTICES[provider](headers, body)


@contextmanager
def open_provider(
    account: RemoteAccount, *, keyed: Callable[[str], str], now: Callable[[], datetime], tokens: Tokens | None = None
) -> Iterator[CalendarProvider]:
    """Open an account. `keyed` makes a keyed digest of a text (for cursors), `now` is the clock, `tokens` serves the OAuth providers.

    KeyError for an unknown provider.
    """
    try:
        with _opened(account, tokens or NoTokens(), keyed, now) as provider:
            yield provider
    finally:
        parse.forget_parsed()


def _opened(
    account: RemoteAccount, tokens: Tokens, keyed: Callable[[str], str], now: Callable[[], datetime]
) -> AbstractContextManager[CalendarProvider]:
    if account.provider in _TOKEN_OPENERS:
        return _TOKEN_OPENERS[account.provider](account, tokens, keyed, now)
    return _OPENERS[account.provider](account, keyed, now)


class NoTokens:
    """Nobody signed in."""

    def access_token(self, *, refresh: bool = False) -> str:  # noqa: ARG002  the port's
        """Raise NeedsReconnect."""
        raise NeedsReconnect(_("Nobody is signed in at the provider."))


def connect(
    account: RemoteAccount,
    *,
    keyed: Callable[[str], str],
    now: Callable[[], datetime],
    on_step: Callable[[Step], None] = lambda _step: None,
    tokens: Tokens | None = None,
) -> Connected:
    """Try a new connection with what a user typed, or with the tokens it was given. Raises ConnectFailed: step, likely cause, what to do."""
    if account.provider == "caldav":
        found_at = caldav.discover_account(account, now=now, on_step=on_step)
        stored = replace(account, server=found_at.server, username=found_at.username)
        return _bounded(stored, found_at.calendars, found_at.own_addresses)
    step = Step("open", _("Open the calendar"))
    on_step(step)
    try:
        with open_provider(account, keyed=keyed, now=now, tokens=tokens) as provider:
            found = _bounded(account, provider.calendars(), provider.own_addresses())
    except ProviderError as error:
        advice = error.advice or (_("Try again in a few minutes.") if tokens else _("Check the address and try again."))
        raise ConnectFailed(error.message, step=step.key, advice=advice, detail=error.detail) from error
    on_step(Step(step.key, step.label, done=True))
    return found


def _bounded(account: RemoteAccount, calendars: tuple[RemoteCalendar, ...], addresses: tuple[str, ...]) -> Connected:
    """However many a server names, so many are kept; how many were left out is told."""
    kept = calendars
    if len(calendars) > MOST_CALENDARS:
        kept = tuple(sorted(calendars, key=lambda calendar: not calendar.primary)[:MOST_CALENDARS])
    return Connected(
        account,
        kept,
        addresses[:MOST_ADDRESSES],
        more_calendars=max(0, len(calendars) - MOST_CALENDARS),
        more_addresses=max(0, len(addresses) - MOST_ADDRESSES),
    )


@contextmanager
def open_file(data: bytes, *, zone: str, name: str = "") -> Iterator[CalendarProvider]:
    """The bytes of an uploaded file as a provider with one calendar. Raises ProviderBroken for what is no calendar."""
    try:
        yield FileProvider(data, zone=zone, name=name)
    finally:
        parse.forget_parsed()


@contextmanager
def _open_memory(account: RemoteAccount, _keyed: Callable[[str], str], _now: Callable[[], datetime]) -> Iterator[CalendarProvider]:
    with memory.open_memory(account) as provider:
        yield provider


@contextmanager
def _open_ics(account: RemoteAccount, keyed: Callable[[str], str], now: Callable[[], datetime]) -> Iterator[CalendarProvider]:
    with http.client(allow_private=http.allow_private_hosts()) as client:
        yield IcsProvider(account, client=client, keyed=keyed, now=now)


_OPENERS: dict[str, Opener] = {"caldav": caldav_provider.open_caldav, "memory": _open_memory, "ics": _open_ics}
_TOKEN_OPENERS: dict[str, TokenOpener] = {"google": google_provider.open_google, "microsoft": microsoft_provider.open_microsoft}
_NOTICES: dict[str, Callable[[Mapping[str, str], bytes], tuple[Notice, ...]]] = {
    "google": google_push.google_notices,
    "microsoft": microsoft_push.graph_notices,
}
