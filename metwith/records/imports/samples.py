"""A small file of each kind to begin with, in the language of whoever asks: its headings are known, and it comes in as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from metwith.records.csv_text import csv_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.records.kinds import Kind


def sample_file(kind: Kind) -> Iterator[str]:
    """The lines of the file."""
    return map(csv_line, {"person": _people, "company": _companies, "opportunity": _opportunities}[kind]())


def _people() -> list[list[str]]:
    headings = [_("First name"), _("Last name"), _("E-mail"), _("Job title"), pgettext("a heading", "Company"), _("Company domain")]
    return [
        headings,
        ["Anna", "Lindt", "anna@nordwind.example", _("Head of IT"), "Nordwind", "nordwind.example"],
        ["Marco", "Reis", "marco@globex.example", _("Buyer"), "Globex", "globex.example"],
    ]


def _companies() -> list[list[str]]:
    return [
        [pgettext("a heading", "Company"), _("Domains")],
        ["Nordwind", "nordwind.example"],
        ["Globex", "globex.example; globex-group.example"],
    ]


def _opportunities() -> list[list[str]]:
    headings = [_("Opportunity"), pgettext("a heading", "Company"), _("Stage"), _("Amount"), _("Currency"), _("Close date")]
    return [
        headings,
        [_("Renewal"), "Nordwind", "proposal", "48000.50", "EUR", "2027-01-31"],
        [_("Pilot"), "Globex", "new", "1200", "EUR", ""],
    ]
