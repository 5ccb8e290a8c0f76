"""Connecting for the first time: from what a person types to the calendars, step by step (RFC 6764, RFC 4791, section 6.2).

Credentials go to the host that was typed, to the known service of the mail domain, or to what that domain's own DNS names
within the same registrable domain. Whoever else is named, by DNS or by a redirect, has to be typed by the user first.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from metwith.calendars.providers.caldav import failed, locations
from metwith.calendars.providers.caldav.auth import PasswordAuth
from metwith.calendars.providers.caldav.dav import Dav, Unasked
from metwith.calendars.providers.caldav.failed import SearchState
from metwith.calendars.providers.caldav.principal import account_at, calendars_of
from metwith.calendars.providers.caldav.services import SERVICES
from metwith.engine.apis.rest import Rejected
from metwith.engine.errors import ConnectFailed, NeedsReconnect, ProviderBroken, ProviderError
from metwith.engine.port import Step
from metwith.lib import http
from metwith.lib.addresses import domain_of, fold, registrable
from metwith.lib.i18n import _
from metwith.lib.net.lookup import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from metwith.calendars.providers.caldav.principal import AccountAt
    from metwith.calendars.vocabulary import RemoteCalendar
    from metwith.engine.vocabulary import RemoteAccount

FIND = Step(failed.FIND, _("Find the server"))
LOGIN = Step(failed.LOGIN, _("Sign in"))
ACCOUNT = Step("account", _("Find your account"))
CALENDARS = Step("calendars", _("Read the list of calendars"))


@dataclass(frozen=True, slots=True)
class DiscoveredAccount:
    """A connection that worked. `server` is the calendar home: what an account keeps."""

    server: str
    username: str
    calendars: tuple[RemoteCalendar, ...]
    own_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedServer:
    """What a domain's DNS says about its calendar server (RFC 6764, section 3 and 4)."""

    host: str
    port: int
    path: str = ""


def discover_account(
    account: RemoteAccount,
    *,
    now: Callable[[], datetime],
    on_step: Callable[[Step], None] = lambda _step: None,
    lookup: Callable[[str], NamedServer | None] | None = None,
    client: Callable[..., http.GuardedClient] = http.client,
) -> DiscoveredAccount:
    """Find an account's calendars from `server` (an address, a host, or empty) and `address`, with `username` and `secret`.

    `lookup` asks the DNS, `client` makes the guarded client. Raises ConnectFailed and nothing else.
    """
    search = _Search(account, now, on_step, lookup or srv, client)
    try:
        with closing(search):
            return search.run()
    except ProviderError as error:
        raise failed.explained(error, search.sought()) from error
    except Rejected as error:
        raise failed.refused(error, search.sought()) from error
    except http.HttpError as error:
        raise failed.unreached(error, search.sought()) from error


@dataclass
class _Search:
    account: RemoteAccount
    now: Callable[[], datetime]
    on_step: Callable[[Step], None]
    lookup: Callable[[str], NamedServer | None]
    client: Callable[..., http.GuardedClient]
    step: Step = FIND
    host: str = ""
    elsewhere: str = ""
    """The first other site that anybody named or led to, and where no credentials go."""
    unencrypted: str = ""
    """The first host that leads from https to http, where no credentials go either."""
    clients: list[http.GuardedClient] = field(default_factory=list)

    def run(self) -> DiscoveredAccount:
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
        return DiscoveredAccount(at.homes[0], self._username(), calendars, at.own_addresses)

    def sought(self) -> SearchState:
        """What there is to say when it fails."""
        return SearchState(self.step.key, self.host, self.elsewhere, self.unencrypted, typed=bool(self.account.server))

    def close(self) -> None:
        for client in self.clients:
            client.close()

    def _account(self) -> tuple[Dav, AccountAt]:
        """Ask one place after another; the first that knows calendars wins. What is no CalDAV server only sends us to the next."""
        silent: http.Unreachable | None = None
        unasked: Unasked | None = None
        answered = False
        for place in self._candidates():
            self.host = httpx.URL(place).host
            if silent and silent.host == self.host:
                continue
            try:
                dav, at = self._request(place)
            except http.Unreachable as error:
                silent = error
                continue
            except Unasked as error:
                unasked, answered = unasked or error, True
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
        if unasked and not (self.elsewhere or self.unencrypted):
            raise unasked
        raise ProviderBroken(_("No CalDAV server was found at this address."), detail=self.host)

    def _request(self, place: str) -> tuple[Dav, AccountAt]:
        auth = PasswordAuth(self._username(), self.account.secret)
        client = self.client(
            allow_private=http.allow_private_hosts(),
            auth=auth,
            home=place,
            on_redirect=partial(self._led_to, place),
        )
        self.clients.append(client)
        dav = Dav(client, now=self.now)
        try:
            at = self._within_reach(place, account_at(dav, place))
        except Unasked:
            raise
        except NeedsReconnect:
            self._done(FIND)
            self._begin(LOGIN)
            raise
        if at.homes:
            self._done(FIND)
            self._done(LOGIN)
        return dav, at

    def _within_reach(self, place: str, at: AccountAt) -> AccountAt:
        """Without the homes where credentials for a place may not go: they would be sent there with every later reading."""
        kept = tuple(home for home in at.homes if self._may_go(place, httpx.URL(home)))
        return replace(at, homes=kept)

    def _led_to(self, place: str, url: httpx.URL) -> None:
        self._may_go(place, url)

    def _may_go(self, place: str, url: httpx.URL) -> bool:
        """Whether what belongs to a place may go to an address. Where not, it is remembered, so that it can be told."""
        home = httpx.URL(place)
        if http.may_carry_credentials(home, url):
            return True
        if http.may_carry_credentials(home.copy_with(scheme="https"), url.copy_with(scheme="https")):
            self.unencrypted = self.unencrypted or url.host
        else:
            self.elsewhere = self.elsewhere or url.host
        return False

    def _candidates(self) -> Iterator[str]:
        """Where to ask, the likeliest first, each once."""
        return iter(dict.fromkeys(self._all_places()))

    def _all_places(self) -> Iterable[str]:
        typed = self.account.server.strip()
        if not typed:
            yield from self._places_of(domain_of(self.account.address) or domain_of(fold(self.account.username)))
            return
        if fold(typed):
            yield from self._places_of(domain_of(fold(typed)))
            return
        if url := locations.url_of(typed):
            yield from locations.below(url)
            return
        raise ConnectFailed(
            _("This is not a server's address."),
            step=failed.FIND,
            advice=_("It looks like https://calendar.example.com/, or just calendar.example.com."),
        )

    def _places_of(self, domain: str) -> Iterable[str]:
        if not domain:
            raise ConnectFailed(
                _("It is not known which server to ask."),
                step=failed.FIND,
                advice=_("Enter the server's address, or the mail address that belongs to the calendar."),
            )
        if service := SERVICES.get(domain):
            yield service.url.replace("{user}", quote(self._username(), safe="@"))
        named = self.lookup(domain)
        if named and (named.host == domain or registrable(named.host) == registrable(domain)):
            origin = f"https://{named.host}" + ("" if named.port == 443 else f":{named.port}")
            if named.path:
                yield origin + named.path
            yield from locations.at_origin(origin)
        yield from locations.at_origin(f"https://{domain}")
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


def srv(domain: str, names: Names | None = None) -> NamedServer | None:
    """What `_caldavs._tcp` of a domain says (RFC 6764). Only the encrypted kind: the other would show the password to everybody."""
    names, name = names or Names(), f"_caldavs._tcp.{domain}"
    try:
        records = names.records(name, "SRV")
        if not records:
            return None
        best = min(records, key=lambda record: (record.priority, -record.weight))
        host = best.target.to_text(omit_final_dot=True).lower()
        return NamedServer(host, best.port, _txt_path(names, name)) if host.strip(".") else None
    except http.TimedOut:
        return None


def _txt_path(names: Names, name: str) -> str:
    texts = [b"".join(record.strings).decode("utf-8", "replace") for record in names.records(name, "TXT")]
    path = next((text.removeprefix("path=") for text in texts if text.startswith("path=")), "")
    return path if path.startswith("/") else ""
