"""Bringing a list in: as other programs write it, by mouse and by keyboard, with scripts and without, and taking it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metwith.records.imports import actions, waiting
from metwith.records.models import Person
from tests.browser.conftest import PHONE, OpenAs, accessible, fits
from tests.calendars.worker import work
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from metwith.workspaces.models import Member

FILES = {
    "HubSpot": (
        b"Record ID,First Name,Last Name,Email,Lead Status,Job Title,Company name\n"
        b"101,Anna,Lindt,anna@acme.example,New,Head of IT,Acme\n102,Marco,Reis,marco@globex.example,,Buyer,Globex\n"
    ),
    "Outlook, German": (
        "Anrede;Vorname;Nachname;Firma;Position;E-Mail-Adresse;E-Mail 2: Adresse\r\n"
        "Frau;Anna;Lindt;Acme;Leitung;anna@acme.example;al@acme.example\r\nHerr;Jürgen;Groß;Müller & Söhne;;juergen@m.example;\r\n"
    ).encode("cp1252"),
    "Google Contacts": (
        b"First Name,Middle Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value\n"
        b"Anna,,Lindt,Acme,* myContacts,Work,anna@acme.example ::: al@acme.example\nMarco,,Reis,,,,marco@globex.example\n"
    ),
    "Twenty": (
        b"Id,Name / First Name,Name / Last Name,Emails / Primary Email,Emails / Additional Emails,Job Title\n"
        b'a,Anna,Lindt,anna@acme.example,"[""al@acme.example""]",CTO\nb,Marco,Reis,marco@globex.example,[],\n'
    ),
    "Portuguese": "Nome;Sobrenome;E-mail;Empresa;Função\r\nAnna;Lindt;anna@acme.example;Açúcar;Chefe\r\nJoão;Conceição;j@x.example;;\r\n".encode(
        "utf-8-sig"
    ),
}


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Two good rows and a bad one."""
    path = tmp_path / "people.csv"
    path.write_text("Vorname;Nachname;E-Mail;Notiz\nAnna;Lindt;anna@acme.example;x\nBen;Bauer;ben@acme.example;\nTom;Bad;nonsense;\n")
    return path


def give(page: Page, path: Path) -> None:
    page.goto("/people/import/")
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Which column is what?").wait_for()


@pytest.mark.parametrize("program", FILES)
def test_an_export_of_another_program_comes_in_as_it_is(open_as: OpenAs, alice: Member, tmp_path: Path, program: str):
    path = tmp_path / "export.csv"
    path.write_bytes(FILES[program])
    page = open_as(alice)
    give(page, path)
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Import 2 rows").click()
    page.get_by_role("heading", name="Imported").wait_for()
    anna = Person.objects.get(name="Anna Lindt")
    assert anna.addresses.get(primary=True).folded == "anna@acme.example"
    assert Person.objects.count() == 2


def test_the_way_there_and_back_in_both_themes(open_as: OpenAs, alice: Member, listed: Path):
    person(alice, "A. Lindt", "anna@acme.example")
    page = open_as(alice)
    page.goto("/people/import/")
    accessible(page)
    give(page, listed)
    page.get_by_text("1 more column, passed over").click()
    accessible(page)
    page.get_by_label("Notiz").select_option("Job title")
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("heading", name="1 row cannot be taken").wait_for()
    accessible(page)
    with page.expect_download() as given:
        page.get_by_role("link", name="Download it, with the reason").click()
    assert "nonsense" in Path(given.value.path()).read_text("utf-8-sig")
    page.get_by_role("button", name="Import 2 rows").click()
    page.get_by_text("1 new").wait_for()
    accessible(page)
    assert Person.objects.get(name="Anna Lindt").job_title == "x"
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("heading", name="Taken back").wait_for()
    accessible(page)
    assert list(Person.objects.values_list("name", flat=True)) == ["A. Lindt"]
    page.goto("/people/import/")
    page.get_by_text("taken back").wait_for()
    accessible(page)


def test_it_fits_a_phone(open_as: OpenAs, alice: Member, listed: Path):
    page = open_as(alice, viewport=PHONE, has_touch=True, is_mobile=True)
    give(page, listed)
    fits(page)
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Import 2 rows").wait_for()
    fits(page)
    page.get_by_role("button", name="Import 2 rows").click()
    page.get_by_role("heading", name="Imported").wait_for()
    fits(page)


def test_a_large_file_tells_how_far_it_is_and_leads_on_by_itself(
    open_as: OpenAs, alice: Member, listed: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waiting, "PIECE", 1)
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    page = open_as(alice)
    give(page, listed)
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_text("0 of 3 rows").wait_for()
    accessible(page)
    work()
    page.get_by_role("button", name="Import 2 rows").click()
    page.get_by_text("1 of 3 rows").wait_for()
    accessible(page)
    work()
    page.get_by_role("heading", name="Imported").wait_for()
    assert Person.objects.count() == 2


def test_it_works_by_keyboard_alone(open_as: OpenAs, alice: Member, listed: Path):
    page = open_as(alice)
    give(page, listed)
    page.get_by_label("Nachname").focus()
    page.keyboard.type("Pass")  # a select is chosen in by typing
    page.get_by_label("Vorname").focus()
    page.keyboard.type("Name")
    page.get_by_role("button", name="Look at it first").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Import 2 rows").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Take back").focus()
    assert set(Person.objects.values_list("name", flat=True)) == {"Anna", "Ben"}
    page.keyboard.press("Space")
    page.get_by_role("heading", name="Taken back").wait_for()


def test_it_works_without_scripts(open_as: OpenAs, alice: Member, listed: Path):
    page = open_as(alice, java_script_enabled=False)
    give(page, listed)
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Import 2 rows").click()
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("heading", name="Taken back").wait_for()
    assert not Person.objects.exists()
