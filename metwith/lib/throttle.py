"""How often an address may be wrong about a secret. Counted in the web process's memory, and only who was wrong: never what was tried."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from django.http import HttpRequest

SECONDS = 60
SITE = 64
"""Bits of an IPv6 address that stand for one customer (RFC 6177): the others are theirs to change at will."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """One kind of secret."""

    what: str
    most: int
    """Wrong ones from one address within a minute; after that nothing more is looked up for it until the minute is over."""

    def over(self, address: str) -> bool:
        """Whether an address has had its share."""
        return int(cache.get(self._key(address), 0)) >= self.most

    def wrong(self, address: str) -> None:
        """Count one."""
        key = self._key(address)
        cache.add(key, 0, SECONDS)
        # The minute may end between the two.
        with contextlib.suppress(ValueError):
            cache.incr(key)

    def _key(self, address: str) -> str:
        return f"wrong:{self.what}:{_site(address)}"


def _site(address: str) -> str:
    """What an address belongs to; an address that is none is everybody's."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(ip, IPv6Address) or ip.ipv4_mapped:
        return str(getattr(ip, "ipv4_mapped", None) or ip)
    return str(ip_network((ip, SITE), strict=False).network_address)


def address_of(request: HttpRequest) -> str:
    """Who asks: behind METWITH_PROXIES as they say. A server on a socket of the file system knows of nobody: then all are one."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""
