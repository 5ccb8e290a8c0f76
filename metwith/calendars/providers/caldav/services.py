"""Calendar services by the domain of the mail address, and the paths under which servers hide their calendars.

Gathered from the services' own help pages and from what clients ship; a service that moved is found by the general search.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalDavService:
    """A service whose address need not be searched for."""

    url: str
    """`{user}` stands for the user name."""
    app_password: bool = False
    """The ordinary password does not do; one made for this app does."""


_ICLOUD = CalDavService("https://caldav.icloud.com/", app_password=True)
_FASTMAIL = CalDavService("https://caldav.fastmail.com/dav/", app_password=True)
_YAHOO = CalDavService("https://caldav.calendar.yahoo.com/", app_password=True)
_GMX = CalDavService("https://caldav.gmx.net/begenda/dav/{user}/calendar/", app_password=True)
_WEB_DE = CalDavService("https://caldav.web.de/begenda/dav/{user}/calendar/", app_password=True)
_MAILBOX = CalDavService("https://dav.mailbox.org/caldav/", app_password=True)
_POSTEO = CalDavService("https://posteo.de:8443/")
_PURELYMAIL = CalDavService("https://purelymail.com/webdav/")
_ZOHO = CalDavService("https://calendar.zoho.com/caldav/", app_password=True)

SERVICES: dict[str, CalDavService] = {
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), _ICLOUD),
    **dict.fromkeys(("fastmail.com", "fastmail.fm", "messagingengine.com"), _FASTMAIL),
    **dict.fromkeys(("yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr", "ymail.com", "rocketmail.com"), _YAHOO),
    **dict.fromkeys(("gmx.de", "gmx.net", "gmx.at", "gmx.ch"), _GMX),
    "web.de": _WEB_DE,
    "mailbox.org": _MAILBOX,
    **dict.fromkeys(("posteo.de", "posteo.net"), _POSTEO),
    "purelymail.com": _PURELYMAIL,
    "zoho.com": _ZOHO,
}

PATHS = (
    "/.well-known/caldav",
    "/",
    "/remote.php/dav/",  # Nextcloud, ownCloud
    "/SOGo/dav/",
    "/dav/",  # Cyrus, Zimbra, Stalwart
    "/dav.php/",  # Baikal
    "/caldav.php/",  # DAViCal
    "/caldav/",  # Open-Xchange
    "/webdav/",
)
"""Where to look on a host, in this order (RFC 6764, section 5, then what servers use that do not follow it)."""


def wants_app_password(host: str) -> bool:
    """Whether a host belongs to a service that refuses the ordinary password."""
    return any(service.app_password and _host(service) == host for service in SERVICES.values()) or host.endswith(".icloud.com")


def _host(service: CalDavService) -> str:
    return service.url.split("/")[2].partition(":")[0]
