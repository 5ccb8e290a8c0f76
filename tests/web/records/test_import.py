"""CSV files: looked at, confirmed, exported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile

from metwith.records.csv_text import LARGEST_FILE
from metwith.records.models import Company, Person
from tests.people import person

if TYPE_CHECKING:
    from typing import Any

    from django.test import Client

    from metwith.workspaces.models import Member

PEOPLE = "name,email,additional_emails,job_title,company_domain\nAnna Lindt,anna@acme.example,,Head of IT,acme.example\nMarco Reis,marco@acme.example,,,\n"


def _look(client: Client, text: str | bytes, path: str = "/people/import/") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(path, {"file": SimpleUploadedFile("people.csv", data)})


def _carried(page: str) -> str:
    found = re.search(r'name="confirmed" value="([^"]+)"', page)
    assert found
    return found[1]


def test_an_import_is_looked_at_first_and_stores_nothing_before_it_is_confirmed(as_alice: Client, alice: Member):
    person(alice, "Anna L.", "anna@acme.example")
    page = _look(as_alice, PEOPLE).content.decode()
    for words in ("1 new", "1 changed", "1 new company", "Marco Reis", "acme.example"):
        assert words in page
    assert Person.objects.of(alice.workspace).get().name == "Anna L."
    answer = as_alice.post("/people/import/", {"confirmed": _carried(page)}, follow=True)
    assert "Imported: 1 new, 1 changed." in answer.content.decode()
    assert sorted(Person.objects.of(alice.workspace).values_list("name", flat=True)) == ["Anna Lindt", "Marco Reis"]
    assert Company.objects.of(alice.workspace).count() == 1


def test_bad_rows_are_named_with_their_number_and_nothing_can_be_confirmed(as_alice: Client, alice: Member):
    answer = _look(as_alice, PEOPLE + "Tom,not-an-address,,,\n")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<td>4</td>" in page
    assert "not-an-address" in page
    assert 'name="confirmed"' not in page
    assert not Person.objects.of(alice.workspace).exists()


def test_a_file_that_is_none_is_refused_in_words(as_alice: Client):
    for content in ("", "shoe,size\n1,2\n", b"\x89PNG\r\n\x1a\n\x00\x00"):
        answer = _look(as_alice, content)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert "Choose a file first" in as_alice.post("/people/import/", {}).content.decode()


def test_nobody_can_confirm_what_was_not_looked_at(as_alice: Client, as_charlie: Client, alice: Member, charlie: Member):
    carried = _carried(_look(as_alice, PEOPLE).content.decode())
    for client, path, value in (
        (as_alice, "/people/import/", carried[:-2]),
        (as_alice, "/companies/import/", carried),
        (as_charlie, "/people/import/", carried),
    ):
        answer = client.post(path, {"confirmed": value})
        assert answer.status_code == 422
        assert "too old" in answer.content.decode()
    assert not Person.objects.of(charlie.workspace).exists()


def test_a_file_too_large_is_refused_before_it_is_read(as_alice: Client):
    answer = _look(as_alice, b"name\n" + b"x" * LARGEST_FILE)
    assert "too large" in answer.content.decode()


def test_thousands_of_rows_pass_through_preview_and_confirmation(as_alice: Client, alice: Member):
    rows = "".join(f"Person {number},p{number}@acme{number % 50}.example,,Buyer,acme{number % 50}.example\n" for number in range(4_000))
    page = _look(as_alice, PEOPLE.split("\n", maxsplit=1)[0] + "\n" + rows).content.decode()
    assert "Only the first are shown" in page
    as_alice.post("/people/import/", {"confirmed": _carried(page)})
    assert Person.objects.of(alice.workspace).count() == 4_000


def test_what_is_exported_can_be_imported_again(as_alice: Client, alice: Member):
    person(alice, "Änne =SUM(1)", "anne@acme.example", "anne@gmx.example", job_title='Head, "IT"')
    answer = as_alice.get("/people/export.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="people.csv"' in answer["Content-Disposition"]
    page = _look(as_alice, answer.getvalue()).content.decode()
    assert "1 as it is" in page
    assert "0 new" in page
