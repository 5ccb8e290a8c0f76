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
        *(f"{kind}.calendar.google.com" for kind in ("group", "group.v", "import", "resource")),
        "imip.me.com",
        "imip.icloud.com",
        "invalid",
    }
)
"""Under these are no people: calendars and rooms that Google writes as participants, iCloud's stand-ins for hidden addresses, and what
never resolves (RFC 2606, section 2)."""
_PLACEHOLDER_ENDINGS = tuple(PLACEHOLDER_DOMAINS)

PLACEHOLDER_LOCAL = re.compile(r"^(imcea[a-z0-9]*-|/o=|/cn=|microsoftexchange[0-9a-f]{32}$)")
"""Exchange's spellings of a directory name that has no mail address, and its own name in its notices."""

OUTLOOK_ALIAS = re.compile(r"outlook_[0-9a-f]{8,}@(outlook|hotmail|live)\.com")
"""What Microsoft puts for the owner of a personal account whose address is another provider's."""

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

TASKS = frozenset({
    "account", "alert", "alerts", "assistant", "bot", "calendar", "calendly", "community", "confluence", "crm", "digest", "donotreply", "event",
    "github", "gitlab", "hubspot", "invitation", "invitations", "invite", "invites", "jenkins", "jira", "list", "lists", "mailer", "mailing",
    "meet", "meeting", "meetings", "members", "noreply", "notetaker", "group", "groups", "planning", "project", "projects", "recorder", "reminder",
    "reminders", "reservation", "reservations", "robot", "room", "rooms", "schedule", "scheduler", "scheduling", "slack", "system", "teams",
    "ticket", "tickets", "training", "update", "updates", "users", "workshop", "zoom",
    "besprechung", "gruppe", "kalender", "projekt", "projekte", "raum", "schulung", "termin", "termine", "veranstaltung", "veranstaltungen", "verteiler",
    "agenda", "agendamento", "calendario", "convite", "convites", "eventos", "grupo", "lembrete", "projeto", "reuniao", "sala", "treinamento",
})  # fmt: skip
"""Words of a local part that likelier stand for a task, a list or a program than for a person: a guess, for somebody to look at."""

UNREAD = re.compile(r"^(no|do-?not|dont)[-_.]?(reply|respond|antworten|responda)|^nao[-_.]?responda|^nicht[-_.]?antworten")
LIST_LOCAL = re.compile(r"^owner-|-(request|bounces|owner|subscribe|unsubscribe|list)$")
LIST_DOMAIN = re.compile(r"^(lists?|groups|listserv)\.|(^|\.)(googlegroups\.com|groups\.io|freelists\.org|librelist\.com)$")


class DomainOwnership(StrEnum):
    """What is said of a domain."""

    WHOLE = "whole"
    """OwnIdentities, with its subdomains."""
    EXACT = "exact"
    """OwnIdentities, without them."""
    ASIDE = "aside"
    """Not ours, although a member's address is there or a domain above it is ours."""


@dataclass(frozen=True, slots=True)
class OwnIdentities:
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

    def saying(self, domain: str, ownership: str | None) -> OwnIdentities:
        """The same with something else said of a domain, or with None nothing."""
        named = {
            DomainOwnership.WHOLE: self.domains - {domain},
            DomainOwnership.EXACT: self.exact - {domain},
            DomainOwnership.ASIDE: self.aside - {domain},
        }
        if ownership is not None:
            named[DomainOwnership(ownership)] |= {domain}
        return OwnIdentities(self.addresses, named[DomainOwnership.WHOLE], named[DomainOwnership.EXACT], named[DomainOwnership.ASIDE])

    def ownership_of(self, domain: str) -> DomainOwnership | None:
        """What is said of just this domain; None: nothing."""
        named = ((DomainOwnership.WHOLE, self.domains), (DomainOwnership.EXACT, self.exact), (DomainOwnership.ASIDE, self.aside))
        return next((standing for standing, domains in named if domain in domains), None)


def under(domain: str, domains: frozenset[str]) -> bool:
    """Whether a folded domain is one of `domains`, or a subdomain of one."""
    return not domains.isdisjoint(with_parents(domain))


def own_domains(sign_ins: Iterable[str], ownerships: Mapping[str, str]) -> dict[str, DomainOwnership]:
    """The domains that count: those of the members' verified sign-in addresses, and those of which an admin says something, which wins.

    Left out, whoever names them: free-mail domains, and public suffixes such as `co.uk` (everybody would be one of us).
    """
    named = {domain_of(address): DomainOwnership.WHOLE for address in sign_ins} | {
        at: DomainOwnership(word) for at, word in ownerships.items()
    }
    return {domain: word for domain, word in named.items() if registrable(domain) and not is_free_mail(domain)}


def own_identities(addresses: Iterable[OneOfUs], domains: Mapping[str, DomainOwnership]) -> OwnIdentities:
    """Who belongs to the workspace: these folded addresses, and what `own_domains` gave."""
    whole, exact, aside = (frozenset(at for at, word in domains.items() if word is wanted) for wanted in DomainOwnership)
    return OwnIdentities(frozenset(addresses), whole, exact, aside)


def is_non_person(address: str) -> bool:
    """Whether a folded address is no participant at all: a group's name, a room, a provider's placeholder; `""` is nobody too.

    A domain without a dot (`team@group`, as Nextcloud writes contact groups) is an address nowhere; `localhost` is one while practising.
    """
    local, _, domain = address.rpartition("@")
    if not local or address in PLACEHOLDERS or ("." not in domain and domain != "localhost"):
        return True
    # Asked of every participant: what does not even end like one of these is under none.
    if domain.endswith(_PLACEHOLDER_ENDINGS) and under(domain, PLACEHOLDER_DOMAINS):
        return True
    return PLACEHOLDER_LOCAL.search(local) is not None or OUTLOOK_ALIAS.fullmatch(address) is not None


def looks_like_task(address: str) -> bool:
    """Whether a folded address likely stands for a task, a list or a program (`jira@`, `project-x@`), although no rule says so."""
    name = address.rpartition("@")[0].partition("+")[0]
    return role_address(address) or any(word in TASKS or word in ROLES for word in re.split(r"[^a-z]+", name) if word)


def role_address(address: str) -> bool:
    """Whether a folded address stands for a task or a list (`noreply@`, `info@`, `sales+eu@`, `dev@lists.acme.com`), not for a person."""
    local, _, domain = address.rpartition("@")
    name = local.partition("+")[0]
    return name in ROLES or any(pattern.search(name) for pattern in (UNREAD, LIST_LOCAL)) or LIST_DOMAIN.search(domain) is not None
