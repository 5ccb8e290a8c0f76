"""Is an address one of us (product.md, section 3)? Everything here works on folded addresses and domains (`lib.addresses.fold`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.lib.addresses import domain_of, registrable
from metwith.lib.freemail import is_free_mail, with_parents

if TYPE_CHECKING:
    from collections.abc import Iterable

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


@dataclass(frozen=True, slots=True)
class Ours:
    """Who belongs to the workspace."""

    addresses: frozenset[str]
    """Members, their accounts and aliases, open invitations; folded."""
    domains: frozenset[str]
    """Own domains, folded; subdomains are included. Never a free-mail domain: see `own_domains`."""

    def includes(self, address: str) -> bool:
        """Whether a folded address is one of us."""
        return address in self.addresses or under(domain_of(address), self.domains)


def under(domain: str, domains: frozenset[str]) -> bool:
    """Whether a folded domain is one of `domains`, or a subdomain of one."""
    return not domains.isdisjoint(with_parents(domain))


def own_domains(member_addresses: Iterable[str], added: Iterable[str]) -> frozenset[str]:
    """The organisation's own domains: those of the members' folded addresses and the added ones.

    Left out, whoever names them: free-mail domains, and public suffixes such as `co.uk` (everybody would be one of us).
    """
    named = {domain_of(address) for address in member_addresses} | set(added)
    return frozenset(domain for domain in named if registrable(domain) and not is_free_mail(domain))


def nobody(address: str) -> bool:
    """Whether a folded address is no participant at all: a room, a resource, a provider's placeholder; `""` is nobody too."""
    local, _, domain = address.rpartition("@")
    return not local or address in PLACEHOLDERS or domain in PLACEHOLDER_DOMAINS or local.startswith(EXCHANGE_LEGACY_NAME)


def role_address(address: str) -> bool:
    """Whether a folded address stands for a task or a list (`noreply@`, `info@`, `sales+eu@`, `dev@lists.acme.com`), not for a person."""
    local, _, domain = address.rpartition("@")
    name = local.partition("+")[0]
    return name in ROLES or any(pattern.search(name) for pattern in (UNREAD, LIST_LOCAL)) or LIST_DOMAIN.search(domain) is not None
