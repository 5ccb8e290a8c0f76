"""A file comes in: chosen, its columns said, looked at, stored, taken back."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metwith.records import jobs
from metwith.records.acts.models import Act
from metwith.records.imports import actions, waiting
from metwith.records.imports.models import ImportFile
from metwith.records.imports.sheets import LARGEST_FILE
from metwith.records.models import Company, Person
from tests.people import person

if TYPE_CHECKING:
    from typing import Any

    from django.test import Client

    from metwith.workspaces.models import Member

PEOPLE = "name,email,additional_emails,job_title,company_domain\nAnna Lindt,anna@acme.example,,Head of IT,acme.example\nMarco Reis,marco@acme.example,,,\n"
COLUMNS = ("name", "email", "additional_emails", "job_title", "company_domain")


def _give(client: Client, text: str | bytes, path: str = "/people/import/") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(path, {"file": SimpleUploadedFile("people.csv", data)})


def _columns(*keys: str) -> dict[str, str]:
    return {f"column-{at}": key for at, key in enumerate(keys)}


def _looked(client: Client, text: str | bytes, *keys: str) -> str:
    """The file's address, once it was looked at."""
    there = _give(client, text)["Location"]
    assert client.post(f"{there}columns/", _columns(*(keys or COLUMNS)))["Location"] == there
    return str(there)


def _text(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_a_file_is_looked_at_first_and_stores_nothing_before_it_is_confirmed(as_alice: Client, alice: Member):
    person(alice, "Anna L.", "anna@acme.example")
    there = _looked(as_alice, PEOPLE)
    page = _text(as_alice.get(there))
    for words in ("1 new", "1 changed", "1 new company", "Marco Reis", "acme.example", "Import 2 rows"):
        assert words in page
    assert Person.objects.of(alice.workspace).get().name == "Anna L."
    answer = as_alice.post(f"{there}store/", follow=True)
    assert "Imported" in _text(answer)
    assert sorted(Person.objects.of(alice.workspace).values_list("name", flat=True)) == ["Anna Lindt", "Marco Reis"]
    assert Company.objects.of(alice.workspace).count() == 1


def test_the_columns_are_filled_in_and_show_what_stands_in_them(as_alice: Client):
    there = _give(as_alice, "Anrede;Vorname;Nachname;E-Mail-Adresse;Firma\nHerr;Jörg;Müller;j@x.example;Größe GmbH\n".encode("cp1252"))
    page = as_alice.get(there["Location"]).content.decode()
    text = _text(as_alice.get(there["Location"]))
    for words in (
        "people.csv",
        "1 row",
        "separated by semicolon",
        "Windows-1252",
        "Jörg",
        "Größe GmbH",
        "1 more column, passed over",
        "Herr",
    ):
        assert words in text, words
    chosen = re.findall(r'<option value="(\w+)" selected', page)
    assert chosen == ["first_name", "last_name", "email", "company"]


def test_what_cannot_be_taken_is_told_and_given_back_as_a_file(as_alice: Client, alice: Member):
    there = _looked(as_alice, PEOPLE + "Tom,not-an-address,,,\n=1+1,,,,gmail.com\n")
    page = _text(as_alice.get(there))
    for words in ("2 new", "2 rows cannot be taken", "4 E-mail address “not-an-address”", "free-mail"):
        assert words in page, words
    act = as_alice.post(f"{there}store/")["Location"]
    assert "Download the 2 others" in _text(as_alice.get(act))
    answer = as_alice.get(f"{there}not-taken.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines[0] == "name,email,additional_emails,job_title,company_domain,What is wrong"
    assert lines[1].startswith("Tom,not-an-address,,,,“not-an-address”")
    assert lines[2].startswith("'=1+1,")
    assert Person.objects.of(alice.workspace).count() == 2


def test_a_file_in_which_all_is_wrong_can_not_be_stored(as_alice: Client):
    there = _looked(as_alice, "name,email\nTom,nonsense\n", "name", "email")
    page = _text(as_alice.get(there))
    assert "No row of this file can be taken" in page
    assert "Import 0" not in page


def test_a_file_that_is_none_is_refused_in_words(as_alice: Client):
    for content in ("", b"\x89PNG\r\n\x1a\n\x00\x00", "name\n", ",".join(f"c{n}" for n in range(10_000)) + "\n1\n"):
        answer = _give(as_alice, content)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert "Choose a file first" in as_alice.post("/people/import/", {}).content.decode()
    assert not ImportFile.objects.exists()


def test_a_file_whose_headings_nobody_knows_is_asked_about(as_alice: Client, alice: Member):
    there = _give(as_alice, "wer,wo\nAnna,anna@acme.example\n")["Location"]
    assert "No heading of this file is known" in _text(as_alice.get(there))
    answer = as_alice.post(f"{there}columns/", _columns("", ""))
    assert (answer.status_code, "No column has the name" in _text(answer)) == (422, True)
    as_alice.post(f"{there}columns/", _columns("name", "email"))
    as_alice.post(f"{there}store/")
    assert Person.objects.of(alice.workspace).get().name == "Anna"


def test_forged_columns_are_refused_and_what_was_chosen_stays(as_alice: Client):
    there = _give(as_alice, PEOPLE)["Location"]
    for keys, words in (
        (("name", "password"), "cannot be “password”"),
        (("name", "name"), "Only one can be"),
        (("domains",), "cannot be “domains”"),
    ):
        answer = as_alice.post(f"{there}columns/", _columns(*keys))
        assert (answer.status_code, words in _text(answer)) == (422, True), words
    assert as_alice.post(f"{there}store/").status_code == 400
    assert not Person.objects.exists()


def test_a_file_is_nobody_elses(as_alice: Client, as_bob: Client, as_charlie: Client, alice: Member):
    there = _looked(as_alice, PEOPLE)
    for client in (as_bob, as_charlie):
        assert client.get(there).status_code == 404
        assert client.get(f"{there}not-taken.csv").status_code == 404
        for what in ("columns", "store", "give-up"):
            assert client.post(f"{there}{what}/", _columns(*COLUMNS)).status_code == 404, what
    assert not Person.objects.exists()
    assert ImportFile.objects.of(alice.workspace).exists()


def test_an_act_is_taken_back_once_by_its_maker_or_an_admin(as_alice: Client, as_bob: Client, as_charlie: Client, alice: Member):
    of_bob = as_bob.post(f"{_looked(as_bob, PEOPLE)}store/")["Location"]
    of_alice = as_alice.post(f"{_looked(as_alice, 'name\nTom\n', 'name')}store/")["Location"]
    assert (as_bob.get(of_alice).status_code, as_bob.post(f"{of_alice}take-back/").status_code) == (403, 403)
    assert (as_charlie.get(of_bob).status_code, as_charlie.post(f"{of_bob}take-back/").status_code) == (404, 404)
    assert Person.objects.of(alice.workspace).count() == 3
    assert "By Bob Brandt" in _text(as_alice.get(of_bob))
    assert "3 removed" in _text(as_alice.post(f"{of_bob}take-back/", follow=True))
    for client in (as_alice, as_bob):
        answer = client.post(f"{of_bob}take-back/")
        assert (answer.status_code, "taken back already" in _text(answer)) == (400, True)
    assert Person.objects.of(alice.workspace).get().name == "Tom"


def test_stored_twice_it_is_one_act(as_alice: Client):
    there = _looked(as_alice, PEOPLE + "Tom,nonsense,,,\n")
    first, second = as_alice.post(f"{there}store/"), as_alice.post(f"{there}store/")
    assert first["Location"] == second["Location"]
    assert (Act.objects.count(), Person.objects.count()) == (1, 2)


def test_what_was_imported_is_found_again_and_so_is_a_file_that_waits(as_alice: Client):
    as_alice.post(f"{_looked(as_alice, PEOPLE)}store/")
    there = _give(as_alice, PEOPLE)["Location"]
    page = as_alice.get("/people/import/").content.decode()
    assert there in page
    assert f"/acts/{Act.objects.get().pk}/" in page
    assert "2 new" in page
    as_alice.post(f"{there}give-up/")
    assert as_alice.get(there).status_code == 404
    assert there not in as_alice.get("/people/import/").content.decode()


def test_a_file_too_large_is_refused_before_it_is_read(as_alice: Client):
    for size in (LARGEST_FILE + 10, 60_000_000):
        answer = _give(as_alice, b"name\n" + b"x" * size)
        assert (answer.status_code, "50 MB" in answer.content.decode()) == (422, True)
    assert not ImportFile.objects.exists()


def test_a_large_file_shows_how_far_it_is_with_scripts_and_without(as_alice: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(waiting, "PIECE", 10)
    monkeypatch.setattr(actions, "AT_ONCE", 10)
    rows = "".join(f"Person {number},p{number}@acme.example,,Buyer,acme.example\n" for number in range(25))
    there = _looked(as_alice, PEOPLE.split("\n", maxsplit=1)[0] + "\n" + rows)
    page = as_alice.get(there).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "0 of 25 rows" in page
    part = as_alice.get(there, headers={"HX-Request": "true"}).content.decode()
    assert (part.lstrip()[:4], "0 of 25 rows" in part) == ("<div", True)
    file = ImportFile.objects.get()
    jobs.look_at_file(file.workspace_id, file.pk)
    assert as_alice.get(there, headers={"HX-Request": "true"})["HX-Redirect"] == there
    act = as_alice.post(f"{there}store/")["Location"]
    assert "10 of 25 rows" in as_alice.get(act).content.decode()
    assert "10 of 25 rows" in as_alice.get(act, headers={"HX-Request": "true"}).content.decode()
    jobs.store_rows(file.workspace_id, Act.objects.get().pk)
    assert as_alice.get(act, headers={"HX-Request": "true"})["HX-Redirect"] == act
    assert "25 new" in _text(as_alice.get(act))


@pytest.mark.parametrize("language", ["en", "de", "pt"])
@pytest.mark.parametrize("plural", ["people", "companies", "opportunities"])
def test_a_sample_comes_in_as_it_is_in_each_language(as_alice: Client, alice: Member, plural: str, language: str):
    alice.user.language = language
    alice.user.save()
    answer = as_alice.get(f"/{plural}/import/sample.csv")
    assert "attachment" in answer["Content-Disposition"]
    there = _give(as_alice, answer.getvalue(), f"/{plural}/import/")["Location"]
    file = ImportFile.objects.get()
    assert all(file.columns), file.columns
    as_alice.post(f"{there}columns/", _columns(*file.columns))
    as_alice.post(f"{there}store/")
    assert Act.objects.get().counts["created"] == 2


def test_what_is_exported_can_be_imported_again(as_alice: Client, alice: Member):
    person(alice, "Änne =SUM(1)", "anne@acme.example", "anne@gmx.example", job_title='Head, "IT"')
    answer = as_alice.get("/people/export.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="people.csv"' in answer["Content-Disposition"]
    page = _text(as_alice.get(_looked(as_alice, answer.getvalue())))
    assert "1 here already" in page
    assert "What can be taken of this file is here already" in page
