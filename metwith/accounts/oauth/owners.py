"""Who signed in at a service, and which of their addresses the service vouches to be theirs. Pure: the answers come from `flow`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from metwith.lib import addresses

NOBODYS = frozenset({"", "common", "organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"})
"""What stands for a tenant at Microsoft and names no organisation: everybody's, all organisations', and personal accounts' (also by its id)."""


@dataclass(frozen=True, slots=True)
class ProviderAddress:
    """An address that a service names as its user's."""

    address: str
    """Folded."""
    verified: bool = False
    """Product.md, section 3, (c): it opens what it took part in. Otherwise it is claimed."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who signed in."""

    subject: str
    """The service's own name for them, which never changes."""
    addresses: tuple[ProviderAddress, ...]
    """The main one first; each once, at least one."""

    @property
    def address(self) -> str:
        """The main one."""
        return self.addresses[0].address

    @property
    def aliases(self) -> tuple[str, ...]:
        """The others."""
        return tuple(other.address for other in self.addresses[1:])

    @property
    def verified(self) -> frozenset[str]:
        """Those that are verified."""
        return frozenset(known.address for known in self.addresses if known.verified)

    def claimed(self) -> Owner:
        """The same, where what the service says verifies nothing: nobody signed in, an organisation let us in."""
        return replace(self, addresses=tuple(replace(known, verified=False) for known in self.addresses))


def google(facts: dict[str, Any]) -> Owner:
    """OpenID Connect Core, section 5.1: `sub`, `email`, `email_verified`, which counts as a JSON boolean alone. KeyError, TypeError, ValueError."""
    return Owner(_subject(facts["sub"]), (ProviderAddress(addresses.check_address(facts["email"]), facts.get("email_verified") is True),))


def microsoft(facts: dict[str, Any], domains: frozenset[str]) -> Owner:
    """A Graph user: `mail` may be empty, the sign-in name is an address then. `proxyAddresses` has `SMTP:main@…`, `smtp:alias@…`.

    Any tenant's administrator writes any address there; verified is one at one of `domains` (`domains_of`). KeyError, TypeError, ValueError.
    """
    main = addresses.check_address(facts.get("mail") or facts["userPrincipalName"])
    others = [name.partition(":")[2] for name in facts.get("proxyAddresses") or () if name.lower().startswith("smtp:")]
    found = {known for text in (*others, facts["userPrincipalName"]) if (known := _address(text))}
    named = (main, *sorted(found - {main}))
    return Owner(_subject(facts["id"]), tuple(ProviderAddress(name, addresses.domain_of(name) in domains) for name in named))


def verified_domains(answer: dict[str, Any], tenant: str) -> frozenset[str]:
    """The folded domains that Graph's `/organization` says an organisation has proven, if it is the one that `tenant` names, by id or domain.

    A domain proves nothing for those below it: they are listed themselves where they have mailboxes. KeyError, TypeError, ValueError, AttributeError.
    """
    (organisation,) = answer["value"]
    domains = {addresses.fold_domain(domain["name"]) for domain in organisation["verifiedDomains"]} - {""}
    named = tenant.lower() == organisation["id"].lower() or addresses.fold_domain(tenant) in domains
    return frozenset(domains) if named and not {tenant.lower(), organisation["id"].lower()} & NOBODYS else frozenset()


def _subject(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise ValueError("a subject is a short text")
    return value


def _address(text: str) -> str:
    try:
        return addresses.check_address(text)
    except ValueError:
        return ""
