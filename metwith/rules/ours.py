"""Is an address one of us (product.md, section 3)? Everything here works on folded addresses and domains (`lib.addresses.fold`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from metwith.lib.addresses import domain_of, registrable
from metwith.lib.freemail import is_free_mail, with_parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OneOfUs = NewType("OneOfUs", str)
"""A folded address that makes one of us: named or verified. Made by rules/identity.py alone."""
Verified = NewType("Verified", OneOfUs)
"""A folded address that is shown to be its member's. Made by rules/identity.py alone."""

PLACEHOLDERS = frozenset({"unknownorganizer@calendar.google.com"})
"""Addresses that providers make up when they know none (Google Calendar API, Events resource: "a generated, non-working value")."""

PLACEHOLDER_DOMAINS = frozenset(
    {
        "group.calendar.google.com",
        "group.v.calendar.google.com",
        "import.calendar.google.com",
        "resource.calendar.google.com",
    }
)
"""Calendars and rooms that Google writes as if they were participants."""

EXCHANGE_LEGACY_NAME = "imceaex-"
"""Exchange's spelling of a directory name that has no mail address (RFC 5321 knows it only as a local part)."""

ROLES = frozenset({
    # Nobody reads these.
    "abuse", "bounce", "bounces", "calendar-notification", "daemon", "hostmaster", "mailer-daemon", "notification", "notifications",
    "notify", "postmaster", "root", "unsubscribe", "webmaster",
    # Many read these: English, German, Portuguese.
    "accounting", "accounts", "admin", "administrator", "all", "billing", "booking", "bookings", "career", "careers", "contact", "customerservice",
    "customersupport", "enquiries", "events", "everyone", "feedback", "finance", "hello", "help", "helpdesk", "hr", "info", "information",
    "inquiries", "invoice", "invoices", "it", "jobs", "legal", "mail", "marketing", "media", "news", "newsletter", "office", "orders",
    "partners", "payments", "press", "privacy", "recruiting", "recruitment", "sales", "security", "service", "services", "staff", "support",
    "team", "webinar", "webinars",
    "anfrage", "bewerbung", "buchhaltung", "buero", "datenschutz", "einkauf", "empfang", "kontakt", "kundenservice", "mitarbeiter", "personal",
    "post", "presse", "rechnung", "rechnungen", "sekretariat", "vertrieb", "verwaltung", "zentrale",
    "atendimento", "comercial", "compras", "contabilidade", "contato", "contacto", "equipe", "faturamento", "financeiro", "imprensa", "ouvidoria",
    "rh", "secretaria", "suporte", "vendas",
})  # fmt: skip
"""Local parts that stand for a task, not for a person (many of them from RFC 2142)."""

UNREAD = re.compile(r"^(no|do-?not|dont)[-_.]?(reply|respond|antworten|responda)|^nao[-_.]?responda|^nicht[-_.]?antworten")
LIST_LOCAL = re.compile(r"^owner-|-(request|bounces|owner|subscribe|unsubscribe|list)$")
LIST_DOMAIN = re.compile(r"^(lists?|groups|listserv)\.|(^|\.)(googlegroups\.com|groups\.io|freelists\.org|librelist\.com)$")


class Standing(StrEnum):
    """What is said of a domain."""

    WHOLE = "whole"
    """Ours, with its subdomains."""
    EXACT = "exact"
    """Ours, without them."""
    ASIDE = "aside"
    """Not ours, although a member's address is there or a domain above it is ours."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Who belongs to the workspace."""

    addresses: frozenset[OneOfUs]
    """The verified and named ones of members, and of former members whose copies stay."""
    domains: frozenset[str]
    """Own domains, folded; subdomains are included. Never a free-mail domain: see `own_domains`."""
    exact: frozenset[str] = frozenset()
    """Own domains whose subdomains are not."""
    aside: frozenset[str] = frozenset()
    """Domains that are not ours, nor those below them."""

    def includes(self, address: str) -> bool:
        """Whether a folded address is one of us."""
        return address in self.addresses or self.owns(domain_of(address))

    def owns(self, domain: str) -> bool:
        """Whether everybody at a folded domain is one of us. Of the domains it is under, the most specific one that is named decides."""
        for name in with_parents(domain):
            if name in self.domains:
                return True
            if name in self.exact:
                return name == domain
            if name in self.aside:
                return False
        return False

    def saying(self, domain: str, standing: str | None) -> Ours:
        """The same with something else said of a domain, or with None nothing."""
        named = {Standing.WHOLE: self.domains - {domain}, Standing.EXACT: self.exact - {domain}, Standing.ASIDE: self.aside - {domain}}
        if standing is not None:
            named[Standing(standing)] |= {domain}
        return Ours(self.addresses, named[Standing.WHOLE], named[Standing.EXACT], named[Standing.ASIDE])

    def standing(self, domain: str) -> Standing | None:
        """What is said of just this domain; None: nothing."""
        named = ((Standing.WHOLE, self.domains), (Standing.EXACT, self.exact), (Standing.ASIDE, self.aside))
        return next((standing for standing, domains in named if domain in domains), None)


def under(domain: str, domains: frozenset[str]) -> bool:
    """Whether a folded domain is one of `domains`, or a subdomain of one."""
    return not domains.isdisjoint(with_parents(domain))


def own_domains(sign_ins: Iterable[str], said: Mapping[str, str]) -> dict[str, Standing]:
    """The domains that count: those of the members' verified sign-in addresses, and those of which an admin says something, which wins.

    Left out, whoever names them: free-mail domains, and public suffixes such as `co.uk` (everybody would be one of us).
    """
    named = {domain_of(address): Standing.WHOLE for address in sign_ins} | {at: Standing(word) for at, word in said.items()}
    return {domain: word for domain, word in named.items() if registrable(domain) and not is_free_mail(domain)}


def ours(addresses: Iterable[OneOfUs], domains: Mapping[str, Standing]) -> Ours:
    """Who belongs to the workspace: these folded addresses, and what `own_domains` gave."""
    whole, exact, aside = (frozenset(at for at, word in domains.items() if word is wanted) for wanted in Standing)
    return Ours(frozenset(addresses), whole, exact, aside)


def nobody(address: str) -> bool:
    """Whether a folded address is no participant at all: a room, a resource, a provider's placeholder; `""` is nobody too."""
    local, _, domain = address.rpartition("@")
    return not local or address in PLACEHOLDERS or domain in PLACEHOLDER_DOMAINS or local.startswith(EXCHANGE_LEGACY_NAME)


def role_address(address: str) -> bool:
    """Whether a folded address stands for a task or a list (`noreply@`, `info@`, `sales+eu@`, `dev@lists.acme.com`), not for a person."""
    local, _, domain = address.rpartition("@")
    name = local.partition("+")[0]
    return name in ROLES or any(pattern.search(name) for pattern in (UNREAD, LIST_LOCAL)) or LIST_DOMAIN.search(domain) is not None
