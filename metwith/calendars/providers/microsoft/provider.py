"""Microsoft Graph behind the port (docs/decisions/microsoft.md): plain requests, nothing but reading."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from metwith.calendars.providers.microsoft.parse import MailboxOwner
from metwith.calendars.providers.microsoft.push import GraphPush
from metwith.calendars.providers.microsoft.sync import GraphReading
from metwith.calendars.rules.fits import fit_colour, fit_name
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine.apis.graph import BASE, Graph, GraphOptions, entries, gate_of, graph_refusals
from metwith.engine.apis.rest import BearerAuth, provider_errors
from metwith.lib import http
from metwith.lib.addresses import fold
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from metwith.calendars.vocabulary import ChangePage
    from metwith.engine.apis.graph import Payload
    from metwith.engine.port import Tokens
    from metwith.engine.vocabulary import RemoteAccount

REFUSALS = graph_refusals(
    gone=_("The calendar is no longer there."),
    forbidden=_("Microsoft no longer lets us read this calendar."),
    no_mailbox=_("This account has no mailbox at Microsoft, and so no calendar."),
)


class MicrosoftProvider(GraphPush):
    """One mailbox."""

    def __init__(self, graph: Graph, account: RemoteAccount) -> None:
        self._graph = graph
        self._address = account.address
        self._owner = MailboxOwner(account.address, account.zone)

    def own_addresses(self) -> tuple[str, ...]:
        """See the port: the mailbox's address, the name to log in with where that is one, and the aliases."""
        with provider_errors(self._graph.habits.now):
            me = self._graph.get(self._graph.url(_select="mail,userPrincipalName,proxyAddresses"))
        aliases = me.get("proxyAddresses")
        given = [me.get("mail"), me.get("userPrincipalName"), *(aliases if isinstance(aliases, list) else ())]
        return tuple(dict.fromkeys(filter(None, map(_address, given))))

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """See the port."""
        with provider_errors(self._graph.habits.now):
            pages = self._graph.pages(self._graph.url("calendars"))
            found = [self._calendar(entry) for page in pages for entry in entries(page) if isinstance(entry.get("id"), str)]
        # A mailbox has one default calendar; should it name none or several, the first is ours.
        first = next((calendar for calendar in found if calendar.primary), found[0] if found else None)
        return tuple(replace(calendar, primary=calendar is first) for calendar in found)

    def changes(self, calendar: str, cursor: str) -> Iterator[ChangePage]:
        """See the port."""
        with provider_errors(self._graph.habits.now):
            yield from GraphReading(self._graph, calendar, self._owner).changes(cursor)

    def _calendar(self, entry: Payload) -> RemoteCalendar:
        return RemoteCalendar(
            id=entry["id"],
            name=fit_name(entry.get("name")),
            colour=fit_colour(entry.get("hexColor")),
            primary=entry.get("isDefaultCalendar") is True,
            kind=self._kind(entry),
        )

    def _kind(self, entry: Payload) -> Literal["own", "shared", "subscribed"]:
        owner = entry.get("owner")
        whose = fold(str(owner.get("address") or "")) if isinstance(owner, dict) else ""
        if entry.get("isDefaultCalendar") is True:
            return "own"
        if whose and whose != self._address:
            return "shared"
        return "subscribed" if entry.get("canEdit") is False else "own"


@contextmanager
def open_microsoft(
    account: RemoteAccount, tokens: Tokens, _keyed: Callable[[str], str], now: Callable[[], datetime]
) -> Iterator[MicrosoftProvider]:
    """Open an account; all accounts of a process share their connections to the service.

    `account.server` replaces Graph's address where somebody practises; `account.username` is the user whose mailbox an application reads
    for its organisation, and empty where a user has consented.
    """
    base = account.server.rstrip("/") or BASE
    root = f"users/{account.username}" if account.username else "me"
    private = http.allow_private_hosts() or bool(account.server)
    with http.client(allow_private=private, auth=BearerAuth(tokens), home=base, kept=True) as client:
        gate = gate_of(account.username or account.address)
        yield MicrosoftProvider(Graph(client, gate, REFUSALS, GraphOptions(now), base=base, root=root), account)


def _address(payload: object) -> str:
    """`SMTP:Ana@north.example` → the folded address; `""` for other kinds, and for the names of guests, at which no mail arrives."""
    text = payload if isinstance(payload, str) else ""
    kind, colon, rest = text.partition(":")
    if "#ext#" in text.lower() or (colon and kind.lower() != "smtp"):
        return ""
    return fold(rest if colon else text)
