from __future__ import annotations

import pytest

from metwith.lib import clock
from metwith.records.acts.actions import take_back
from metwith.records.acts.models import Act
from metwith.records.imports.models import ImportFile
from metwith.records.models import Company, Opportunity, Person
from tests.cli.prompt import run
from tests.records.imports.importing import give

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


BAD = PEOPLE + "Carl,not an address,,,\n,nobody@acme.test,,,\n"


def test_the_good_rows_come_in_and_bad_ones_are_named_by_number(alice, csv, capsys):
    assert run("import", "people", csv(BAD)) == 1
    said = capsys.readouterr()
    assert "row 4, email" in said.err
    assert "row 5, name" in said.err
    assert "2 rows of" in said.err
    assert "--rejected" in said.err
    assert "people: 2 new" in said.out
    assert Person.objects.of(alice.workspace_id).count() == 2
    assert not ImportFile.objects.exists()


def test_bad_rows_are_written_to_a_file_that_comes_in_once_it_is_mended(alice, csv, tmp_path, capsys):
    rejected = tmp_path / "rejected.csv"
    assert run("import", "people", csv(BAD), "--rejected", str(rejected)) == 1
    assert str(rejected) in capsys.readouterr().err
    text = rejected.read_text("utf-8-sig")
    assert text.startswith("name,email,additional_emails,job_title,company_domain,What is wrong")
    mended = text.replace("not an address", "carl@acme.test").replace(",nobody@", "Nobody,nobody@")
    assert run("import", "people", csv(mended), "--rejected", str(rejected)) == 0
    assert Person.objects.of(alice.workspace_id).count() == 4


def test_where_the_bad_rows_cannot_go_nothing_is_imported(alice, csv, tmp_path, capsys):
    path = csv(BAD)
    for rejected in (str(tmp_path / "no" / "folder.csv"), path):
        assert run("import", "people", path, "--rejected", rejected) == 1
        assert rejected in capsys.readouterr().err or rejected == path
    assert not Person.objects.of(alice.workspace_id).exists()


def test_an_export_of_another_program_comes_in_and_what_is_passed_over_is_told(alice, csv, capsys):
    outlook = "Anrede;Vorname;Nachname;Firma;E-Mail-Adresse;Telefon\r\nHerr;Jörg;Müller;Größe GmbH;joerg@groesse.test;1\r\n"
    assert run("import", "people", csv(outlook, "cp1252")) == 0
    assert "Passed over: Anrede, Telefon" in capsys.readouterr().err
    joerg = Person.objects.of(alice.workspace_id).get()
    assert (joerg.name, str(joerg.company)) == ("Jörg Müller", "Größe GmbH")


def test_an_import_of_the_operators_can_be_taken_back_and_leaves_a_waiting_file_alone(alice, csv):
    waits = give(alice, "person", PEOPLE, clock.now())
    assert run("import", "people", csv(PEOPLE)) == 0
    assert ImportFile.objects.get() == waits
    assert take_back(alice, Act.objects.get().pk, clock.now()).counts["removed"] == 4


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
