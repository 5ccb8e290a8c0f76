"""The rows of a CSV file, read into what they say. Knows no database: what each kind of row means for the records is in csv_match.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid
from metwith.lib.text import sort_key
from metwith.records import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping
    from datetime import date
    from decimal import Decimal

    from metwith.records.kinds import Kind

type Row = PersonRow | CompanyRow | OpportunityRow
SEVERAL = re.compile(r"[;,\s]+")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row, in words."""

    row: int
    """As a spreadsheet counts; the headings are row 1."""
    column: str
    """The heading; empty when it concerns the whole row."""
    message: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person. An empty cell says nothing."""

    number: int
    name: str
    email: fields.Address | None
    additional: tuple[fields.Address, ...]
    job_title: str
    company_domain: str
    company: str = ""
    """By its name."""

    @property
    def addresses(self) -> tuple[fields.Address, ...]:
        """All of them, the primary first."""
        return ((self.email,) if self.email else ()) + self.additional

    @property
    def detail(self) -> str:
        """What tells this row from others of the same name."""
        return ", ".join(address.written for address in self.addresses)


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company."""

    number: int
    name: str
    domains: tuple[str, ...]

    @property
    def detail(self) -> str:
        """What tells this row from others of the same name."""
        return ", ".join(self.domains)


@dataclass(frozen=True, slots=True)
class OpportunityRow:
    """An opportunity. An empty cell says nothing."""

    number: int
    name: str
    company_domain: str
    contact: str
    """Folded."""
    stage: str
    amount: Decimal | None
    currency: str
    close_date: date | None
    company: str = ""
    """By its name."""

    @property
    def detail(self) -> str:
        """What tells this row from others of the same name."""
        return self.company_domain or self.company


def parse(kind: Kind, table: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[list[Row], list[RowError]]:
    """The rows that can be read, and what is wrong with the others."""
    read: Callable[[int, Mapping[str, str]], Row] = READERS[kind]
    rows: list[Row] = []
    errors: list[RowError] = []
    for number, cells in table:
        try:
            _nothing_beyond(cells)
            rows.append(read(number, cells))
        except Invalid as error:
            errors.append(RowError(number, error.field, error.message))
    return rows, errors


def _nothing_beyond(cells: Mapping[str, str]) -> None:
    if "" in cells:
        raise Invalid("", _("This row has more cells than there are columns: “%(text)s”.") % {"text": cells[""][:50]})


def marks_of(row: Row) -> list[tuple[str, str, Hashable]]:
    """Column, text and comparable form of what no two new records may share: addresses, domains, names where nothing else tells them apart."""
    key = sort_key(row.name)
    if isinstance(row, PersonRow):
        by_address = [("email", address.written, address.folded) for address in row.addresses]
        return list(by_address) or [("name", row.name, (key,))]
    if isinstance(row, CompanyRow):
        return [("name", row.name, (key,)), *(("domains", domain, domain) for domain in row.domains)]
    return [("name", row.name, (key, row.company_domain or sort_key(row.company)))]


def _person(number: int, cells: Mapping[str, str]) -> PersonRow:
    name = fields.name(cells["name"])
    email = fields.address_list([cells.get("email", "")], "email")
    additional = fields.address_list(SEVERAL.split(cells.get("additional_emails", "")), "additional_emails")
    known = {address.folded for address in email}
    return PersonRow(
        number,
        name,
        email[0] if email else None,
        tuple(address for address in additional if address.folded not in known),
        fields.one_line("job_title", cells.get("job_title", ""), 200),
        _domain(cells),
        _named_company(cells),
    )


def _company(number: int, cells: Mapping[str, str]) -> CompanyRow:
    return CompanyRow(number, fields.name(cells["name"]), fields.domain_list(SEVERAL.split(cells.get("domains", ""))))


def _opportunity(number: int, cells: Mapping[str, str]) -> OpportunityRow:
    name = fields.name(cells["name"])
    contact = fields.address_list([cells.get("contact_email", "")], "contact_email")
    stage = cells.get("stage", "")
    return OpportunityRow(
        number,
        name,
        _domain(cells),
        contact[0].folded if contact else "",
        fields.stage(stage) if stage else "",
        fields.amount(cells.get("amount", "")),
        fields.currency(cells.get("currency", "")),
        fields.close_date(cells.get("close_date", "")),
        _named_company(cells),
    )


def _named_company(cells: Mapping[str, str]) -> str:
    return fields.one_line("company", cells.get("company", ""), 300)


def _domain(cells: Mapping[str, str]) -> str:
    found = fields.domain_list([cells.get("company_domain", "")], "company_domain")
    return found[0] if found else ""


READERS: dict[Kind, Callable[[int, Mapping[str, str]], Row]] = {"person": _person, "company": _company, "opportunity": _opportunity}
