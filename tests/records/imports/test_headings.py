from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.records.csv_text import HEADERS
from metwith.records.imports.headings import NAMING, TARGETS, heading_key, suggest_targets

if TYPE_CHECKING:
    from metwith.records.kinds import Kind

PASSED_OVER = ""
EXPORTS: dict[str, tuple[Kind, str, str]] = {
    "HubSpot, contacts": (
        "person",
        "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Job Title,Company name,Additional email addresses",
        ",first_name,last_name,email,,,,job_title,company,additional_emails",
    ),
    "HubSpot, companies": (
        "company",
        "Record ID,Company name,Company owner,Company Domain Name,Website URL,City",
        ",name,,domains,domains,",
    ),
    "HubSpot, deals": (
        "opportunity",
        "Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Currency,Associated Contact,Associated Company",
        ",name,stage,close_date,,amount,currency,contact_email,company",
    ),
    "Outlook, English": (
        "person",
        "Title,First Name,Middle Name,Last Name,Company,Department,Job Title,E-mail Address,E-mail Type,E-mail 2 Address,Web Page",
        ",first_name,,last_name,company,,job_title,email,,email,",
    ),
    "Outlook, German": (
        "person",
        "Anrede;Vorname;Weitere Vornamen;Nachname;Firma;Abteilung;Position;E-Mail-Adresse;E-Mail-Typ;E-Mail 2: Adresse;Telefon geschäftlich",
        ";first_name;;last_name;company;;job_title;email;;email;",
    ),
    "Outlook, Portuguese": (
        "person",
        "Nome;Segundo nome;Sobrenome;Empresa;Cargo;Endereço de email;Endereço de email 2;Telefone comercial",
        "first_name;;last_name;company;job_title;email;email;",
    ),
    "Google Contacts": (
        "person",
        "First Name,Middle Name,Last Name,Nickname,Organization Name,Organization Title,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value",
        "first_name,,last_name,,company,job_title,,,,email,email",
    ),
    "Google Contacts, as it was": (
        "person",
        "Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Organization 1 - Name,Organization 1 - Title",
        "name,first_name,last_name,,,email,company,job_title",
    ),
    "Twenty, people": (
        "person",
        "Id,Name / First Name,Name / Last Name,Emails / Primary Email,Emails / Additional Emails,Company Id,Job Title,City",
        ",first_name,last_name,email,additional_emails,,job_title,",
    ),
    "Twenty, people, as it was": (
        "person",
        "Id,Name FirstName,Name LastName,Emails PrimaryEmail,Emails AdditionalEmails,Company,Job Title",
        ",first_name,last_name,email,additional_emails,company,job_title",
    ),
    "Twenty, opportunities": (
        "opportunity",
        "Id,Name,Amount / Amount,Amount / Currency,Close date,Stage,Company",
        ",name,amount,currency,close_date,stage,company",
    ),
    "a German list": ("person", "Vorname;Name;E-Mail;Firma;Domain", "first_name;last_name;email;company;company_domain"),
    "a Portuguese list": ("person", "Nome completo;E-mail;Empresa;Função", "name;email;company;job_title"),
    "a list of companies": ("company", "Firma;Webseite", "name;domains"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "headings", "columns"), EXPORTS.values(), ids=EXPORTS.keys())
def test_the_headings_of_others_are_known(kind: Kind, headings: str, columns: str):
    mark = ";" if ";" in headings else ","
    assert ",".join(suggest_targets(kind, headings.split(mark))) == columns.replace(";", ",")


@pytest.mark.parametrize("kind", HEADERS)
def test_those_of_ones_own_export_are_known(kind: Kind):
    assert suggest_targets(kind, HEADERS[kind]) == HEADERS[kind]


def test_a_heading_is_compared_without_accents_case_marks_and_numbers():
    assert heading_key('  "E-Mail 2: Adresse" ') == "e mail adresse"
    assert heading_key("FUNÇÃO") == "funcao"
    assert heading_key("job_title") == "job title"


def test_of_two_columns_that_could_be_one_the_better_heading_is_taken():
    assert suggest_targets("person", ["Title", "Job Title", "Name"]) == ("", "job_title", "name")
    assert suggest_targets("person", ["Company", "Company"]) == ("company", "")


def test_every_heading_of_the_list_is_written_as_it_is_compared():
    """Else nothing would ever be equal to it."""
    assert [h for targets in TARGETS.values() for target in targets for h in target.headings if heading_key(h) != h] == []


def test_what_names_a_record_can_be_chosen():
    assert all(set(NAMING[kind]) <= {target.key for target in targets} for kind, targets in TARGETS.items())
