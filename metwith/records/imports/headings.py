"""Which column of a file is what: the one list of what a column may become, and of the headings that others give theirs.

Knows no Django. Headings are compared without accents, letter case, marks and numbers: `E-mail 1 - Value` is `e mail value`. They are those of
this program's own exports, and of what HubSpot, Outlook, Google Contacts, Twenty, LinkedIn and Pipedrive write, in English, German and Portuguese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.lib.text import sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metwith.records.kinds import Kind

WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Target:
    """What a column may become."""

    key: str
    headings: tuple[str, ...]
    """By which it is known, as `heading_key` gives them; of several columns the one of the earlier heading is taken."""
    several: bool = False
    """Several columns may be it at once."""


_NAME = ("name", "full name", "fullname", "display name", "contact name", "vollstandiger name", "anzeigename", "nome", "nome completo")
_FIRST = (
    "first name", "firstname", "given name", "name first name", "name firstname", "vorname", "primeiro nome", "nome proprio", "prenome",
)  # fmt: skip
_LAST = (
    "last name", "lastname", "surname", "family name", "name last name", "name lastname", "nachname", "familienname", "zuname", "sobrenome",
    "apelido", "apelidos", "ultimo nome",
)  # fmt: skip
_EMAIL = (
    "email", "e mail", "mail", "email address", "e mail address", "primary email", "work email", "e mail value", "emails primary email",
    "emails primaryemail", "e mail adresse", "email adresse", "emailadresse", "mailadresse", "endereco de email", "endereco de e mail",
    "endereco de correio eletronico", "correio eletronico", "person email", "person email work",
)  # fmt: skip
_MORE_EMAILS = (
    "additional emails", "additional email addresses", "emails additional emails", "emails additionalemails", "other emails",
    "weitere e mail adressen", "weitere e mails", "weitere adressen", "emails adicionais", "e mails adicionais", "outros emails",
)  # fmt: skip
_JOB = (
    "job title", "jobtitle", "position", "organization title", "person job title", "berufsbezeichnung", "stellenbezeichnung", "funktion",
    "rolle", "cargo", "funcao", "role", "title",
)  # fmt: skip
_COMPANY = (
    "company", "company name", "organization", "organisation", "organization name", "organisation name", "account name", "employer",
    "associated company", "person organization", "deal organization", "firma", "firmenname", "unternehmen", "organisationsname", "empresa",
    "nome da empresa", "organizacao", "companhia",
)  # fmt: skip
_DOMAIN = (
    "company domain", "company domain name", "domain", "domain name", "company website", "firmendomain", "domain der firma", "dominio",
    "dominio da empresa",
)  # fmt: skip
_DOMAINS = (
    "domains", *_DOMAIN, "domain name primary link url", "domain name link url", "domain name primarylinkurl", "additional domains",
    "website", "website url", "website value", "web page", "domanen", "webseite", "website adresse", "homepage", "internetseite", "dominios",
    "site", "site da empresa", "pagina web", "pagina da web",
)  # fmt: skip
_DEAL = (
    "name", "deal name", "opportunity name", "deal title", "opportunity", "deal", "verkaufschance", "chance", "geschaft", "titel", "nome",
    "nome do negocio", "nome da oportunidade", "oportunidade", "negocio", "title",
)  # fmt: skip
_CONTACT = (
    "contact email", "contact e mail", "associated contact", "associated contacts", "kontakt e mail", "e mail des kontakts",
    "email do contato", "e mail do contato", "email do contacto", "email", "e mail", "point of contact",
)  # fmt: skip
_STAGE = ("stage", "deal stage", "phase", "stufe", "etapa", "etapa do negocio", "fase", "estagio")
_AMOUNT = ("amount", "amount amount", "deal value", "value", "betrag", "wert", "valor", "montante")
_CURRENCY = (
    "currency", "amount currency", "amount currency code", "amount currencycode", "deal currency", "currency code", "wahrung", "waehrung", "moeda",
)  # fmt: skip
_CLOSE = (
    "close date", "closing date", "expected close date", "deal expected close date", "abschlussdatum", "voraussichtlicher abschluss",
    "data de fechamento", "data de fecho", "fechamento",
)  # fmt: skip

TARGETS: Mapping[Kind, tuple[Target, ...]] = {
    "person": (
        Target("name", _NAME),
        Target("first_name", _FIRST),
        Target("last_name", _LAST),
        Target("email", _EMAIL, several=True),
        Target("additional_emails", _MORE_EMAILS, several=True),
        Target("job_title", _JOB),
        Target("company", _COMPANY),
        Target("company_domain", _DOMAIN),
    ),
    "company": (Target("name", ("name", *_COMPANY, "nome", "razao social")), Target("domains", _DOMAINS, several=True)),
    "opportunity": (
        Target("name", _DEAL),
        Target("company", _COMPANY),
        Target("company_domain", _DOMAIN),
        Target("contact_email", _CONTACT),
        Target("stage", _STAGE),
        Target("amount", _AMOUNT),
        Target("currency", _CURRENCY),
        Target("close_date", _CLOSE),
    ),
}
"""What a column may become, in the order in which it is offered. Another field of a record is a line here, and one where rows are read."""
NAMING: Mapping[Kind, tuple[str, ...]] = {"person": ("name", "first_name", "last_name"), "company": ("name",), "opportunity": ("name",)}
"""One of these must be there: a record has a name."""
FAMILY = {"name", "nome"}
"""Beside a column of first names alone, as German files have it, these are family names; beside one of family names alone, given ones."""


def heading_key(heading: str) -> str:
    """What a heading is compared by: its words, plain and small. `"E-Mail 2: Adresse"` → `"e mail adresse"`."""
    return " ".join(WORDS.findall(sort_key(heading)))


def suggest_targets(kind: Kind, headings: Sequence[str]) -> tuple[str, ...]:
    """For each column the key of what it seems to be; empty where nobody knows, or another column is it already."""
    keys = [heading_key(heading) for heading in headings]
    chosen = [""] * len(keys)
    for target in TARGETS[kind]:
        known = [at for at, key in enumerate(keys) if key in target.headings and not chosen[at]]
        best = known if target.several else sorted(known, key=lambda at: target.headings.index(keys[at]))[:1]
        for at in best:
            chosen[at] = target.key
    return tuple(_half_names(keys, chosen) if kind == "person" else chosen)


def _half_names(keys: Sequence[str], chosen: list[str]) -> list[str]:
    halves = {"first_name", "last_name"} - set(chosen)
    if len(halves) != 1:
        return chosen
    return [halves.copy().pop() if one == "name" and key in FAMILY else one for key, one in zip(keys, chosen, strict=True)]
