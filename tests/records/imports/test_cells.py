from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.records.imports.cells import read_cells

if TYPE_CHECKING:
    from metwith.records.kinds import Kind


def read(kind: Kind, **cells: str) -> dict[str, str]:
    return read_cells(kind, list(cells), list(cells.values()))


def test_a_name_is_made_of_its_halves_unless_it_is_there_whole():
    assert read("person", first_name=" Anna ", last_name="Lindt")["name"] == "Anna Lindt"
    assert read("person", last_name="Lindt", first_name="")["name"] == "Lindt"
    assert read("person", name="Dr. Anna Lindt", first_name="Anna", last_name="Lindt")["name"] == "Dr. Anna Lindt"


def test_of_several_columns_of_addresses_the_first_that_is_filled_is_the_primary():
    row = read_cells("person", ["email", "email", "email"], ["", "a@x.example ::: b@x.example", "A@X.example"])
    assert (row["email"], row["additional_emails"]) == ("a@x.example", "b@x.example")


@pytest.mark.parametrize("text", ['["a@x.example","b@x.example"]', "a@x.example; b@x.example", "a@x.example ::: b@x.example"])
def test_several_addresses_in_a_cell_are_told_apart(text: str):
    assert read("person", name="Anna", additional_emails=text)["additional_emails"] == "a@x.example b@x.example"


def test_a_website_and_a_domain_that_are_one_are_one():
    assert read_cells("company", ["name", "domains", "domains"], ["Acme", "acme.com", "https://www.acme.com/de"])["domains"] == "acme.com"


def test_what_hubspot_and_twenty_say_of_a_deal_is_understood():
    row = read(
        "opportunity", name="Deal", contact_email="Anna Lindt (anna@acme.example)", stage="Closed Won", close_date="2026-11-30 12:15"
    )
    assert (row["contact_email"], row["stage"], row["close_date"]) == ("anna@acme.example", "won", "2026-11-30")
    assert read("opportunity", name="Deal", stage="Proposal")["stage"] == "Proposal"


def test_the_marks_of_formulas_come_off_and_columns_passed_over_say_nothing():
    assert read_cells("person", ["name", "", "job_title"], ["'=Anna", "secret", "\u200d+1"]) == {
        "name": "=Anna",
        "email": "",
        "additional_emails": "",
        "job_title": "+1",
    }


def test_what_stands_beyond_the_headings_is_told():
    assert read_cells("person", ["name"], ["Anna", "", "more"])[""] == "more"
