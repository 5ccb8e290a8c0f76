"""Connecting for the first time: from what a person types to the calendars, step by step (RFC 6764, RFC 4791, section 6.2).

Credentials go to the host that was typed, to the known service of the mail domain, or to what that domain's own DNS names
within the same registrable domain. Whoever else is named, by DNS or by a redirect, has to be typed by the user first.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import httpx

from metwith.calendars.providers.caldav.account import account_at, calendars_of
from metwith.calendars.providers.caldav.auth import PasswordAuth
from metwith.calendars.providers.caldav.dav import Dav, Rejected
from metwith.calendars.providers.caldav.services import PATHS, SERVICES, wants_app_password
from metwith.calendars.providers.port import ConnectFailed, NeedsReconnect, ProviderBroken, ProviderError, SlowDown, Step
from metwith.lib import http
from metwith.lib.addresses import domain_of, fold, registrable
from metwith.lib.lookup import Names
from metwith.lib.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from metwith.calendars.providers.caldav.account import AccountAt
    from metwith.calendars.vocabulary import Account, RemoteCalendar

FIND = Step("find", _("Find the server"))
LOGIN = Step("login", _("Sign in"))
ACCOUNT = Step("account", _("Find your account"))
CALENDARS = Step("calendars", _("Read the list of calendars"))
STEPS = (FIND, LOGIN, ACCOUNT, CALENDARS)
"""In order; the page may show them before they begin."""


@dataclass(frozen=True, slots=True)
class Found:
    """A connection that worked. `server` is the calendar home: what an account keeps."""

    server: str
    username: str
    calendars: tuple[RemoteCalendar, ...]
    own_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What a domain's DNS says about its calendar server (RFC 6764, section 3 and 4)."""

    host: str
    port: int
    path: str = ""


def connect(
    account: Account,
    *,
    now: Callable[[], datetime],
    on_step: Callable[[Step], None] = lambda _step: None,
    lookup: Callable[[str], Named | None] | None = None,
    client: Callable[..., http.GuardedClient] = http.client,
) -> Found:
    """Find an account's calendars from `server` (an address, a host, or empty) and `address`, with `username` and `secret`.

    `lookup` asks the DNS, `client` makes the guarded client. Raises ConnectFailed and nothing else.
    """
    search = _Search(account, now, on_step, lookup or srv, client)
    try:
        with closing(search):
            return search.run()
    except ProviderError as error:
        raise _explained(error, search) from error
    except Rejected as error:
        raise _refused(error, search) from error
    except http.HttpError as error:
        raise _unreached(error, search) from error


@dataclass
class _Search:
    account: Account
    now: Callable[[], datetime]
    on_step: Callable[[Step], None]
    lookup: Callable[[str], Named | None]
    client: Callable[..., http.GuardedClient]
    step: Step = FIND
    host: str = ""
    redirected_to: str = ""
    """Another site where the place we ask sends us, and where no credentials go."""
    elsewhere: str = ""
    """The first such site that anybody named."""
    clients: list[http.GuardedClient] = field(default_factory=list)

    def run(self) -> Found:
        self._begin(FIND)
        dav, at = self._account()
        self._begin(CALENDARS)
        calendars = calendars_of(dav, at)
        if not calendars:
            raise ConnectFailed(
                _("The account has no calendar that holds events."),
                step=CALENDARS.key,
                advice=_("Make a calendar there first, or check that this is the right account."),
                detail=self.host,
            )
        self._done(CALENDARS)
        return Found(at.homes[0], self._username(), calendars, at.own_addresses)

    def close(self) -> None:
        for client in self.clients:
            client.close()

    def _account(self) -> tuple[Dav, AccountAt]:
        """Ask one place after another; the first that knows calendars wins. What is no CalDAV server only sends us to the next."""
        silent: http.Unreachable | None = None
        answered = False
        for place in self._places():
            self.host = httpx.URL(place).host
            if silent and silent.host == self.host:
                continue
            try:
                dav, at = self._ask(place)
            except http.Unreachable as error:
                silent = error
                continue
            except (Rejected, ProviderBroken):
                answered = True
                continue
            answered = True
            if at.homes:
                self._done(ACCOUNT)
                return dav, at
        if silent and not answered:
            raise silent
        raise ProviderBroken(_("No CalDAV server was found at this address."), detail=self.host)

    def _ask(self, place: str) -> tuple[Dav, AccountAt]:
        auth = PasswordAuth(self._username(), self.account.secret)
        client = self.client(
            allow_private=http.allow_private_hosts(),
            auth=auth,
            home=place,
            on_redirect=self._redirected,
        )
        self.clients.append(client)
        self.redirected_to = ""
        dav = Dav(client, now=self.now)
        try:
            at = account_at(dav, place)
        except NeedsReconnect:
            self._done(FIND)
            self._begin(LOGIN)
            raise
        if at.homes:
            self._done(FIND)
            self._done(LOGIN)
        return dav, at

    def _redirected(self, url: httpx.URL) -> None:
        if not http.may_carry_credentials(httpx.URL(f"https://{self.host}/"), url.copy_with(scheme="https")):
            self.redirected_to = url.host
            self.elsewhere = self.elsewhere or url.host

    def _places(self) -> Iterator[str]:
        """Where to ask, the likeliest first, each once."""
        seen: set[str] = set()
        for place in self._all_places():
            if place not in seen:
                seen.add(place)
                yield place

    def _all_places(self) -> Iterable[str]:
        typed = self.account.server.strip()
        if not typed:
            yield from self._places_of(domain_of(self.account.address) or domain_of(fold(self.account.username)))
            return
        if fold(typed):
            yield from self._places_of(domain_of(fold(typed)))
            return
        url = _typed_url(typed)
        if urlsplit(url).path not in {"", "/"}:
            yield url
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        yield from (origin + path for path in PATHS)

    def _places_of(self, domain: str) -> Iterable[str]:
        if not domain:
            raise ConnectFailed(
                _("It is not known which server to ask."),
                step=FIND.key,
                advice=_("Enter the server's address, or the mail address that belongs to the calendar."),
            )
        if service := SERVICES.get(domain):
            yield service.url.replace("{user}", quote(self._username(), safe="@"))
        named = self.lookup(domain)
        if named and (named.host == domain or registrable(named.host) == registrable(domain)):
            origin = f"https://{named.host}" + ("" if named.port == 443 else f":{named.port}")
            yield from (origin + path for path in filter(None, (named.path, *PATHS)))
        yield from (f"https://{domain}{path}" for path in PATHS)
        if named:
            self.elsewhere = self.elsewhere or named.host

    def _username(self) -> str:
        return self.account.username or self.account.address

    def _begin(self, step: Step) -> None:
        self.step = step
        self.on_step(step)

    def _done(self, step: Step) -> None:
        self.step = step
        self.on_step(Step(step.key, step.label, done=True))


def srv(domain: str, names: Names | None = None) -> Named | None:
    """What `_caldavs._tcp` of a domain says (RFC 6764). Only the encrypted kind: the other would show the password to everybody."""
    names, name = names or Names(), f"_caldavs._tcp.{domain}"
    try:
        records = names.records(name, "SRV")
        if not records:
            return None
        best = min(records, key=lambda record: (record.priority, -record.weight))
        host = best.target.to_text(omit_final_dot=True).lower()
        return Named(host, best.port, _txt_path(names, name)) if host.strip(".") else None
    except http.TimedOut:
        return None


def _txt_path(names: Names, name: str) -> str:
    texts = [b"".join(record.strings).decode("utf-8", "replace") for record in names.records(name, "TXT")]
    path = next((text.removeprefix("path=") for text in texts if text.startswith("path=")), "")
    return path if path.startswith("/") else ""


def _typed_url(typed: str) -> str:
    """An address as people type it: with or without a scheme."""
    url = typed if "://" in typed else f"https://{typed}"
    try:
        if httpx.URL(url).host:
            return url
    except httpx.InvalidURL:
        pass
    raise ConnectFailed(
        _("This is not a server's address."),
        step=FIND.key,
        advice=_("It looks like https://calendar.example.com/, or just calendar.example.com."),
    )


def _explained(error: ProviderError, search: _Search) -> ConnectFailed:
    if isinstance(error, ConnectFailed):
        return error
    if isinstance(error, NeedsReconnect):
        return _login_failed(error, search)
    if isinstance(error, SlowDown):
        advice = _("Wait some minutes, then try again.")
    elif search.elsewhere:
        return _sent_on(search.elsewhere, error.detail)
    else:
        advice = _("Ask whoever runs the calendar for its CalDAV address, and enter that as the server.")
    return ConnectFailed(error.message, step=search.step.key, advice=advice, detail=error.detail)


def _login_failed(error: NeedsReconnect, search: _Search) -> ConnectFailed:
    if search.redirected_to:
        return _sent_on(search.redirected_to, error.detail)
    if wants_app_password(search.host):
        advice = _("This service wants a password made for this app: make one in its account settings, and enter it here.")
    else:
        advice = _(
            "Check both. Some servers want the user name without the part after @, and with two-step sign-in a password made for this app."
        )
    return ConnectFailed(error.message, step=LOGIN.key, advice=advice, detail=error.detail)


def _sent_on(site: str, detail: str) -> ConnectFailed:
    return ConnectFailed(
        _("The calendars are on another site, and your password was not sent there unasked."),
        step=FIND.key,
        advice=_("If you trust that site, enter it as the server. Its name is in the details."),
        detail=f"{site} ({detail})" if detail else site,
    )


def _refused(error: Rejected, search: _Search) -> ConnectFailed:
    return ConnectFailed(
        _("The server found your account, but does not show its calendars."),
        step=search.step.key,
        advice=_("Try again later. If it stays, ask whoever runs the server."),
        detail=f"{error.status} {error.host}",
    )


def _unreached(error: http.HttpError, search: _Search) -> ConnectFailed:
    if isinstance(error, http.Refused):
        advice = error.hint or _("Check the server's address.")
    elif search.elsewhere:
        return _sent_on(search.elsewhere, error.host)
    elif not search.account.server and isinstance(error, http.Unreachable):
        advice = _("Your mail address does not tell where its calendars are. Enter the server's address.")
    elif isinstance(error, http.UnknownHost):
        advice = _("Check the spelling of the server's name.")
    elif isinstance(error, http.BadCertificate):
        advice = _("Check the address. Whoever runs the server may have to renew its certificate.")
    else:
        advice = _("Check the address, and whether the server is running. Then try again.")
    detail = error.host if isinstance(error, http.Refused) else " ".join(filter(None, (error.host, error.hint)))
    return ConnectFailed(error.message, step=search.step.key, advice=advice, detail=detail)
