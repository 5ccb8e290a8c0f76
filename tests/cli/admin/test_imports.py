from __future__ import annotations

import pytest

from metwith.records.models import Company, Opportunity, Person
from tests.cli.prompt import run

COMPANIES = "name,domains\nAcme,acme.test;acme.example\nBolt,bolt.test\n"
PEOPLE = (
    "name,email,additional_emails,job_title,company_domain\n"
    "Anna Lindt,anna@acme.test,al@gmail.com;a.l@acme.test,Boss,acme.test\n"
    "Ben,ben@bolt.test,,,bolt.test\n"
)
OPPORTUNITIES = (
    "name,company_domain,contact_email,stage,amount,currency,close_date\nRenewal,acme.test,anna@acme.test,proposal,1200.50,EUR,2026-12-24\n"
)


@pytest.fixture
def csv(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "records.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return str(path)

    return write


def test_the_three_kinds_come_in_and_know_each_other(alice, csv, capsys):
    assert run("import", "companies", csv(COMPANIES)) == 0
    assert run("import", "people", csv(PEOPLE)) == 0
    assert run("import", "opportunities", csv(OPPORTUNITIES)) == 0
    assert "people: 2 new, 0 changed, 0 as they were" in capsys.readouterr().out
    anna = Person.objects.of(alice.workspace_id).get(name="Anna Lindt")
    renewal = Opportunity.objects.of(alice.workspace_id).get()
    assert (str(anna.company), anna.addresses.count()) == ("Acme", 3)
    assert (renewal.contact, renewal.company, str(renewal.amount)) == (anna, anna.company, "1200.50")


def test_importing_again_makes_nothing_twice(alice, csv, capsys):
    run("import", "people", csv(PEOPLE))
    capsys.readouterr()
    assert run("import", "people", csv(PEOPLE)) == 0
    assert "0 new, 0 changed, 2 as they were" in capsys.readouterr().out
    assert Person.objects.of(alice.workspace_id).count() == 2


def test_bad_rows_are_named_by_number_and_nothing_comes_in(alice, csv, capsys):
    bad = PEOPLE + "Carl,not an address,,,\n,nobody@acme.test,,,\n"
    assert run("import", "people", csv(bad)) == 1
    said = capsys.readouterr().err
    assert "row 4, email" in said
    assert "row 5, name" in said
    assert "nothing was imported" in said
    assert not Person.objects.of(alice.workspace_id).exists()
    assert not Company.objects.of(alice.workspace_id).exists()


def test_of_many_bad_rows_the_first_are_shown_and_the_rest_counted(alice, csv, capsys):
    assert run("import", "people", csv(PEOPLE.partition("\n")[0] + "\n" + "X,nonsense,,,\n" * 50)) == 1
    said = capsys.readouterr().err
    assert said.count("row ") == 20
    assert "30 more" in said


@pytest.mark.parametrize("text", ["", "\n\n", "who,what\nAnna,Boss\n", b"\x00\x01\x02", b"PK\x03\x04zip"])
def test_a_file_that_is_no_such_list_is_refused_with_words(alice, csv, capsys, text):
    assert run("import", "people", csv(text)) == 1
    assert capsys.readouterr().err.strip()
    assert not Person.objects.of(alice.workspace_id).exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_files_of_spreadsheets_come_in_as_they_are(alice, csv, encoding):
    assert run("import", "people", csv("name;email\r\nJörg Müller;joerg@acme.test\r\n", encoding)) == 0
    assert Person.objects.of(alice.workspace_id).get().name == "Jörg Müller"


def test_a_file_that_is_not_there_is_named(alice, capsys, tmp_path):
    assert run("import", "people", str(tmp_path / "none.csv")) == 1
    assert "none.csv" in capsys.readouterr().err


def test_of_several_workspaces_the_named_one_gets_the_records(alice, charlie, csv):
    assert run("import", "companies", csv(COMPANIES)) == 1
    assert run("import", "companies", csv(COMPANIES), "--workspace", "Harbour Freight") == 0
    assert Company.objects.of(charlie.workspace_id).count() == 2
    assert not Company.objects.of(alice.workspace_id).exists()
