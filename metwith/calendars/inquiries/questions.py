"""What is asked of outside servers for somebody who waits, and what is answered: what lies sealed in an inquiry (answers.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from metwith.accounts.oauth.check import ClientFinding
from metwith.calendars.providers import catalogue
from metwith.calendars.providers.catalogue import Connected
from metwith.calendars.transparency.preview import Look
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine.errors import ConnectFailed, ProviderError
from metwith.engine.slots import host_digest
from metwith.engine.vocabulary import RemoteAccount as Facts
from metwith.lib.errors import Refusal

# --- asked ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """A connection as somebody typed it."""

    provider: str
    address: str
    server: str = ""
    username: str = ""
    secret: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """The digest of the server that a try asks first, as far as it can be told before; empty where there is none."""
        server = self.server.strip() or (self.address.rpartition("@")[2] if self.provider == "caldav" else "")
        named = server if "://" in server or not server else f"https://{server}"
        return host_digest(catalogue.host_of(Facts(self.provider, self.address, server=named, secret=self.secret)))


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who came back from a provider's sign-in page, and what its code was worth."""

    provider: str
    grant: str = field(repr=False)
    """`Grant.dump`."""
    account_id: int = 0
    """The account that is to be reconnected; 0 for a new one."""


@dataclass(frozen=True, slots=True)
class Again:
    """A new password of an account."""

    account_id: int
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToPreview:
    """A connection that worked, and what was chosen of it."""

    found: Connected
    calendars: tuple[str, ...]
    sharing: str


@dataclass(frozen=True, slots=True)
class ToFind:
    """A missing meeting."""

    day: date
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToCheck:
    """A client, or what an organisation granted."""

    provider: str
    redirect: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """A connection that worked."""

    found: Connected = field(repr=False)
    chosen: dict[str, Any] | None = None
    """What the page of choices was filled in with; None until then."""

    @property
    def provider(self) -> str:
        """A key of the catalogue."""
        return self.found.account.provider

    @property
    def address(self) -> str:
        """Whose calendars these are."""
        return self.found.account.address

    @property
    def calendars(self) -> tuple[RemoteCalendar, ...]:
        """What the account has."""
        return self.found.calendars


# --- answered -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """Why it did not come about: in the words of port.ConnectFailed (msgids), or of a refusal, which is translated already."""

    message: str
    advice: str = ""
    detail: str = ""
    step: str = ""
    refusal: bool = False
    field: str = ""
    """Of a refusal: at which input."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a connection. Of one that is mended there is neither when all is well."""

    found: Connected | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a look before connecting."""

    look: Look | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of each part."""

    findings: tuple[ClientFinding, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """Whether the permission is gone at the provider; None: it stays, another account rests on it."""

    revoked: bool | None


def failure_of(error: ProviderError | Refusal) -> Failure:
    """An error in words."""
    if isinstance(error, Refusal):
        return Failure(error.message, refusal=True, field=getattr(error, "field", ""))
    told = error if isinstance(error, ConnectFailed) else None
    return Failure(error.message, told.advice if told else "", error.detail, told.step if told else "")
