"""From a host's name to its addresses, and whether they are ones of the open internet.

The system's own `getaddrinfo` cannot be given a time, and a name server that does not answer holds it for as long as it pleases. So the
hosts file is read here, and the DNS is asked by dnspython, which ends on the dot.
"""

from __future__ import annotations

import io
import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any

import dns.exception
import dns.name
import dns.resolver

from metwith.lib.i18n import _
from metwith.lib.net import deadline
from metwith.lib.net.http_errors import TimedOut, UnknownHost

_NAT64 = IPv6Network("64:ff9b::/96")
_LOOPBACK = ("127.0.0.1", "::1")
_LARGEST_FILE = 20_000_000
_ONE_SERVER = 2
"""Seconds after which the next name server is asked, or the same once more."""


@dataclass(frozen=True, slots=True)
class Names:
    """Where names are looked up: the files and the port of this machine, unless a test has its own."""

    hosts: Path = Path("/etc/hosts")
    resolv_conf: Path = Path("/etc/resolv.conf")
    port: int = 53

    def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of a host, each once, IPv4 first: the hosts file's, else the DNS's. `()`: there is none. Raises TimedOut.

        IPv4 comes first since a machine without it fails at once, and one whose IPv6 leads nowhere waits.
        """
        if numeric := _numeric(host):
            return numeric
        name = host.rstrip(".").lower()
        if known := _hosts(self.hosts).get(name):
            return known
        if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
            return _LOOPBACK
        return tuple(dict.fromkeys(self._asked(host)))

    def records(self, name: str, kind: str) -> list[Any]:
        """What the DNS holds under a name, as dnspython reads it; nothing where nothing is, or no name server knows. Raises TimedOut."""
        try:
            return list(self._resolver().resolve(name, kind, search=kind in {"A", "AAAA"}, lifetime=_left(name)))
        except dns.resolver.LifetimeTimeout as error:
            raise _too_slow(name) from error
        except (dns.exception.DNSException, OSError, UnicodeError):
            return []

    def _asked(self, host: str) -> list[str]:
        """Both families within one time. That one of them is not told matters only if the other has nothing either."""
        found: list[str] = []
        failed: TimedOut | None = None
        with deadline.within(deadline.NAMES):
            for kind in ("A", "AAAA"):
                try:
                    found += [record.address for record in self.records(host, kind)]
                except TimedOut as error:
                    failed = error
        if failed and not found:
            raise failed
        return found

    def _resolver(self) -> dns.resolver.Resolver:
        """Made anew each time: the file changes with the network. Without a name server in it this machine is asked, as resolv.conf(5) has it."""
        resolver = dns.resolver.Resolver(configure=False)
        with suppress(dns.resolver.NoResolverConfiguration):
            resolver.read_resolv_conf(io.StringIO("\n".join(filter(_understood, _lines(self.resolv_conf)))))
        resolver.nameservers = resolver.nameservers or [_LOOPBACK[0]]
        resolver.port = self.port
        resolver.timeout = _ONE_SERVER
        return resolver


def resolve(host: str, _port: int) -> tuple[str, ...]:
    """The addresses of a host as this machine knows them. Raises UnknownHost when there is none, TimedOut when nobody says so in time."""
    found = Names().addresses(host)
    if not found:
        raise UnknownHost(_("No server of this name was found."), host=host)
    return found


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet. An IPv4 address wrapped in an IPv6 one is judged as itself."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if wrapped is not None:
            return is_public(str(wrapped))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _numeric(host: str) -> tuple[str, ...]:
    """An address that is written as one, in whatever spelling the system takes (`127.1`, `0x7f000001`, inet_aton(3)); nobody is asked."""
    if _is_address(host):
        return (host,)
    try:
        return (socket.inet_ntoa(socket.inet_aton(host)),) if host.isascii() and not host.split()[1:] else ()
    except OSError:
        return ()


def _hosts(path: Path) -> dict[str, tuple[str, ...]]:
    """The hosts file (hosts(5)): names in lower case, each with its addresses. Empty without one."""
    try:
        stat = path.stat()
    except OSError:
        return {}
    return _read_hosts(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=2)
def _read_hosts(path: Path, _changed: int, _size: int) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for line in _lines(path):
        address, *names = line.partition("#")[0].split() or [""]
        if names and _is_address(address):
            for name in names:
                found.setdefault(name.rstrip(".").lower(), []).append(address)
    return {name: tuple(sorted(dict.fromkeys(addresses), key=lambda one: ":" in one)) for name, addresses in found.items()}


def _lines(path: Path) -> list[str]:
    """The lines of a small file of the system; none where it is missing, not to be read, or no file."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST_FILE).splitlines()
    except OSError:
        return []


def _understood(line: str) -> bool:
    """Whether dnspython can make something of a line of resolv.conf(5): it gives up the whole file for one that is odd."""
    word, *rest = line.split() or [""]
    if word == "nameserver":
        return bool(rest) and _is_address(rest[0])
    if word in {"search", "domain"}:
        return bool(rest) and all(map(_is_name, rest))
    return word == "options"


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _is_name(text: str) -> bool:
    try:
        return bool(dns.name.from_text(text))
    except (dns.exception.DNSException, UnicodeError):
        return False


def _left(name: str) -> float:
    seconds = deadline.seconds_left(deadline.NAMES)
    if seconds <= 0:
        raise _too_slow(name)
    return seconds


def _too_slow(name: str) -> TimedOut:
    return TimedOut(_("The server's name could not be looked up in time."), host=name)
