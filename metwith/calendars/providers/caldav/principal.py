"""What an account has: its principal, homes, addresses and calendars (RFC 4791, section 6.2; RFC 5397; RFC 6638)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit
from zoneinfo import available_timezones

from metwith.calendars.providers.caldav.dav import APPLE, CAL, CS, DAV, canonical
from metwith.calendars.rules.fits import fit_colour, fit_name
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine.apis.rest import Rejected
from metwith.lib.addresses import fold

if TYPE_CHECKING:
    from typing import Literal

    from lxml import etree

    from metwith.calendars.providers.caldav.dav import CollectionMember, Dav, Multistatus

_PRINCIPAL = f"{DAV}current-user-principal"
_HOMES = f"{CAL}calendar-home-set"
_ADDRESSES = f"{CAL}calendar-user-address-set"
_INBOX = f"{CAL}schedule-inbox-URL"
_DEFAULT = f"{CAL}schedule-default-calendar-URL"
_TYPE = f"{DAV}resourcetype"
_COMPONENTS = f"{CAL}supported-calendar-component-set"
_PRIVILEGES = f"{DAV}current-user-privilege-set"
_ABOUT_ACCOUNT = (_PRINCIPAL, _HOMES, _ADDRESSES, _INBOX, _TYPE)
_ABOUT_CALENDAR = (
    _TYPE,
    f"{DAV}displayname",
    f"{DAV}owner",
    _COMPONENTS,
    _PRIVILEGES,
    f"{CAL}calendar-timezone",
    f"{APPLE}calendar-color",
    f"{CS}source",
)
_NOT_OFFERED = frozenset({"inbox", "outbox", "trashbin", "notifications", "notification", "contact_birthdays"})
_PRIMARY_NAMES = ("default", "personal", "primary", "calendar", "home", "persönlich", "kalender", "calendário", "pessoal")


@dataclass(frozen=True, slots=True)
class AccountAt:
    """Where an account's things are; addresses are absolute."""

    principal: str
    homes: tuple[str, ...]
    """Folders that hold calendars; a calendar itself when nothing more is known."""
    own_addresses: tuple[str, ...] = ()
    default_calendar: str = ""
    """Canonical path; `""` when the server names none."""


def account_at(dav: Dav, url: str) -> AccountAt:
    """Find the account from any address of it. `homes` is empty when there is none. Raises what `Dav` raises."""
    found = dav.propfind(url, _ABOUT_ACCOUNT, depth=0)
    about = _itself(found)
    if about is None:
        return AccountAt("", ())
    principal = _first(found.url, about, _PRINCIPAL)
    if principal and not about.hrefs(_HOMES):
        found = dav.propfind(principal, _ABOUT_ACCOUNT, depth=0)
        about = _itself(found) or about
    homes = tuple(dict.fromkeys(urljoin(found.url, href) for href in about.hrefs(_HOMES)))
    if not homes and about.has(_TYPE, f"{CAL}calendar"):
        homes = (found.url,)
    addresses = tuple(dict.fromkeys(filter(None, map(_address, about.hrefs(_ADDRESSES)))))
    return AccountAt(principal or found.url, homes, addresses, _default_calendar(dav, _first(found.url, about, _INBOX)))


def calendars_of(dav: Dav, account: AccountAt) -> tuple[RemoteCalendar, ...]:
    """The calendars that can hold events, exactly one of them primary. Raises what `Dav` raises."""
    base = account.homes[0] if account.homes else ""
    found: dict[str, RemoteCalendar] = {}
    for home in account.homes:
        listed = dav.propfind(home, _ABOUT_CALENDAR, depth=1)
        found.update((calendar.id, calendar) for member in listed.members if (calendar := _calendar(base, listed.url, member, account)))
    return _with_primary(tuple(found.values()), account.default_calendar)


def _itself(answer: Multistatus) -> CollectionMember | None:
    return answer.member(canonical(answer.url, answer.url)) or next(iter(answer.members), None)


def _first(base: str, about: CollectionMember, name: str) -> str:
    href = next(iter(about.hrefs(name)), "")
    return urljoin(base, href) if href else ""


def _address(href: str) -> str:
    """The folded address of a calendar user address; other kinds (paths, urn:uuid) are of no use to us."""
    return fold(unquote(href)) if href.lower().startswith("mailto:") else ""


def _default_calendar(dav: Dav, inbox: str) -> str:
    """Where invitations land (RFC 6638, section 9.2). An inbox that does not tell is no reason to fail."""
    if not inbox:
        return ""
    try:
        about = _itself(dav.propfind(inbox, (_DEFAULT,), depth=0))
    except Rejected:
        return ""
    return canonical(inbox, href) if about and (href := next(iter(about.hrefs(_DEFAULT)), "")) else ""


def _calendar(base: str, url: str, member: CollectionMember, account: AccountAt) -> RemoteCalendar | None:
    last = unquote(member.path.rstrip("/").rpartition("/")[2])
    is_calendar = member.has(_TYPE, f"{CAL}calendar") or member.has(_TYPE, f"{CS}subscribed")
    components = {str(comp.get("name", "")).upper() for comp in _children(member, _COMPONENTS, f"{CAL}comp")}
    if not is_calendar or last.lower() in _NOT_OFFERED or (components and "VEVENT" not in components):
        return None
    where = urljoin(url, member.href)
    same_site = urlsplit(where)[:2] == urlsplit(base)[:2]
    return RemoteCalendar(
        id=member.path if same_site else where,
        name=fit_name(member.text(f"{DAV}displayname") or last),
        colour=fit_colour(member.text(f"{APPLE}calendar-color")),
        readable=_readable(member),
        kind=_kind(member, url, account),
        zone=_zone(member.text(f"{CAL}calendar-timezone")),
    )


def _children(member: CollectionMember, name: str, child: str) -> list[etree._Element]:
    found = member.props.get(name)
    return [] if found is None else list(found.iter(child))


def _readable(member: CollectionMember) -> bool:
    """Whether more than free/busy may be read (RFC 3744, section 5.4); assumed when the server does not say."""
    privileges = member.props.get(_PRIVILEGES)
    return privileges is None or len(privileges) == 0 or any(member.has(_PRIVILEGES, f"{DAV}{name}") for name in ("read", "all"))


def _kind(member: CollectionMember, url: str, account: AccountAt) -> Literal["own", "shared", "subscribed"]:
    if member.has(_TYPE, f"{CS}subscribed") or member.hrefs(f"{CS}source"):
        return "subscribed"
    owner = next(iter(member.hrefs(f"{DAV}owner")), "")
    stranger = owner and canonical(url, owner).rstrip("/") != canonical(url, account.principal).rstrip("/")
    return "shared" if stranger or member.has(_TYPE, f"{CS}shared") else "own"


def _zone(timezone: str) -> str:
    """The IANA name in a calendar-timezone (a VCALENDAR with one VTIMEZONE; RFC 4791, section 5.2.2), when it is one."""
    found = re.search(r"^TZID[^:]*:(\S+)", timezone, re.MULTILINE)
    return found[1] if found and found[1] in _zones() else ""


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _with_primary(calendars: tuple[RemoteCalendar, ...], default: str) -> tuple[RemoteCalendar, ...]:
    """Mark the one where invitations land, else the one with a likely name, else the first of one's own."""
    if not calendars:
        return ()

    def likelihood(calendar: RemoteCalendar) -> tuple[bool, bool, int]:
        names = {calendar.name.casefold(), unquote(calendar.id.rstrip("/").rpartition("/")[2]).casefold()}
        rank = next((number for number, name in enumerate(_PRIMARY_NAMES) if name in names), len(_PRIMARY_NAMES))
        is_default = bool(default) and canonical(calendar.id, calendar.id).rstrip("/") == default.rstrip("/")
        return (not is_default, not (calendar.readable and calendar.kind == "own"), rank)

    primary = min(calendars, key=likelihood)
    return tuple(replace(calendar, primary=calendar is primary) for calendar in calendars)
