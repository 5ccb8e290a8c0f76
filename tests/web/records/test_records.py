"""Record pages: shown, made, edited, merged, trashed, restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.records.models import Company, Opportunity, Person
from tests.people import company, opportunity, person
from tests.web.tight import tight

if TYPE_CHECKING:
    from typing import Any

    from django.test import Client

    from metwith.workspaces.models import Member


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return tight(answer.content.decode())


def test_a_person_is_made_with_several_addresses_and_a_new_company(as_alice: Client, alice: Member):
    given = {"name": "Anna Lindt", "addresses": "anna@acme.example\n Anna.L@Gmx.example ", "job_title": "Head of IT", "company": "Acme"}
    asked = as_alice.post("/people/new/", given)
    assert asked.status_code == 422
    assert "Company “Acme” will be made" in asked.content.decode()
    assert not Company.objects.of(alice.workspace).exists()
    answer = as_alice.post("/people/new/", given | {"company_seen": "Acme"})
    anna = Person.objects.of(alice.workspace).get()
    assert answer["Location"] == f"/people/{anna.pk}/"
    assert [(row.address, row.primary) for row in anna.addresses.order_by("-primary")] == [
        ("anna@acme.example", True),
        ("Anna.L@Gmx.example", False),
    ]
    assert str(anna.company) == "Acme"


def test_a_known_company_is_used_not_made_again(as_alice: Client, alice: Member):
    company(alice, "Acme GmbH")
    as_alice.post("/people/new/", {"name": "Anna", "company": " acme  gmbh "})
    assert Company.objects.of(alice.workspace).count() == 1


def test_a_name_that_two_companies_have_is_asked_about(as_alice: Client, alice: Member):
    company(alice, "Acme", "acme.example")
    company(alice, "Acme", "acme.test")
    answer = as_alice.post("/people/new/", {"name": "Anna", "company": "Acme"})
    assert answer.status_code == 422
    assert "Several companies" in answer.content.decode()
    assert not Person.objects.of(alice.workspace).exists()


def test_a_wrong_address_is_named_and_nothing_is_stored(as_alice: Client, alice: Member):
    answer = as_alice.post("/people/new/", {"name": "Anna", "addresses": "anna@acme.example\nnot an address", "company": "Acme"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“not an address” is not an e-mail address" in page
    assert 'id="id_addresses_error"' in page
    assert 'aria-invalid="true"' in page
    assert "anna@acme.example" in page
    assert not Person.objects.of(alice.workspace).exists()
    assert not Company.objects.of(alice.workspace).exists()


def test_editing_keeps_the_company_although_others_share_its_name(as_alice: Client, alice: Member):
    company(alice, "Acme", "acme.example")
    second = company(alice, "Acme", "acme.test")
    anna = person(alice, "Anna", "anna@acme.test", company=second)
    shown = _page(as_alice, f"/people/{anna.pk}/edit/")
    assert 'value="Acme"' in shown
    answer = as_alice.post(f"/people/{anna.pk}/edit/", {"name": "Anna Lindt", "addresses": "anna@acme.test", "company": "Acme"})
    assert answer["Location"] == f"/people/{anna.pk}/details/"
    anna.refresh_from_db()
    assert (anna.name, anna.company_id) == ("Anna Lindt", second.pk)


def test_a_shared_address_is_mentioned(as_alice: Client, alice: Member):
    person(alice, "Anna Lindt", "anna@acme.example")
    answer = as_alice.post("/people/new/", {"name": "A. Lindt", "addresses": "ANNA@acme.example"}, follow=True)
    assert "Anna Lindt has anna@acme.example too" in answer.content.decode()


def test_domains_are_folded_and_free_mail_is_refused(as_alice: Client, alice: Member):
    as_alice.post("/companies/new/", {"name": "Acme", "domains": "https://www.Acme.example/\nacme.test"})
    acme = Company.objects.of(alice.workspace).get()
    assert sorted(row.domain for row in acme.domains.all()) == ["acme.example", "acme.test"]
    refused = as_alice.post(f"/companies/{acme.pk}/edit/", {"name": "Acme", "domains": "gmail.com"})
    assert refused.status_code == 422
    assert "free-mail" in refused.content.decode()


def test_an_opportunity_takes_amounts_as_people_write_them(as_alice: Client, alice: Member):
    anna = person(alice, "Anna Lindt", "anna@acme.example")
    given = {"name": "Pilot", "stage": "proposal", "amount": "48.000,50", "currency": "eur", "close_date": "2027-01-31", "company": "Acme"}
    as_alice.post("/opportunities/new/", given | {"contact": "anna@acme.example", "company_seen": "Acme"})
    pilot = Opportunity.objects.of(alice.workspace).get()
    assert (str(pilot.amount), pilot.currency, str(pilot.close_date), pilot.contact_id) == ("48000.50", "EUR", "2027-01-31", anna.pk)
    page = _page(as_alice, f"/opportunities/{pilot.pk}/details/")
    assert "€48,000.50" in page
    assert 'value="48000.50"' in _page(as_alice, f"/opportunities/{pilot.pk}/edit/")
    for where in (f"/opportunities/{pilot.pk}/", "/opportunities/", f"/people/{anna.pk}/details/"):
        assert "48.000,50\xa0€" in as_alice.get(where, headers={"accept-language": "de"}).content.decode(), where


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("amount", "lots", "cannot be read as an amount"),
        ("currency", "XXL", "is not a currency"),
        ("close_date", "soon", "is not a date"),
        ("contact", "Nobody", "Nobody here is called"),
        ("stage", "maybe", "not one of the choices"),
    ],
)
def test_what_is_wrong_with_an_opportunity_is_said_at_its_field(as_alice: Client, alice: Member, field: str, given: str, words: str):
    answer = as_alice.post("/opportunities/new/", {"name": "Pilot", "stage": "new", field: given})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert f'id="id_{field}_error"' in answer.content.decode()


def test_a_record_opens_on_its_calendar_and_has_emails_and_details(as_alice: Client, alice: Member):
    acme = company(alice, "Acme", "acme.example")
    anna = person(alice, "Anna Lindt", "anna@acme.example", company=acme, job_title="Head of IT")
    page = _page(as_alice, f"/people/{anna.pk}/")
    assert 'aria-current="page">Calendar' in page
    assert "No meetings with Anna Lindt yet" in page
    assert "Head of IT" in page
    assert "E-mails cannot be read yet" in _page(as_alice, f"/people/{anna.pk}/emails/")
    assert "anna@acme.example" in _page(as_alice, f"/people/{anna.pk}/details/")
    details = _page(as_alice, f"/companies/{acme.pk}/details/")
    assert "1 person" in details
    assert "Anna Lindt" in details


@pytest.mark.parametrize("what", ["", "emails/", "details/", "edit/", "merge/", "trash/", "restore/", "delete/", "deleted/"])
def test_records_of_another_workspace_do_not_exist(as_alice: Client, charlie: Member, what: str):
    secret = person(charlie, "Secret", "secret@acme.example")
    post = what in {"trash/", "restore/", "deleted/"}
    answer = as_alice.post(f"/people/{secret.pk}/{what}") if post else as_alice.get(f"/people/{secret.pk}/{what}")
    assert answer.status_code == 404
    assert Person.objects.of(charlie.workspace).get().trashed_at is None
    assert as_alice.post(f"/people/{secret.pk}/edit/", {"name": "Mine"}).status_code == 404


def test_from_the_trash_and_back(as_alice: Client, alice: Member):
    anna = person(alice, "Anna", "anna@acme.example")
    assert as_alice.post(f"/people/{anna.pk}/trash/")["Location"] == f"/people/{anna.pk}/details/"
    assert as_alice.get(f"/people/{anna.pk}/")["Location"] == f"/people/{anna.pk}/details/"
    page = _page(as_alice, f"/people/{anna.pk}/details/")
    assert "In the trash since" in page
    assert f"/people/{anna.pk}/edit/" not in page
    as_alice.post(f"/people/{anna.pk}/restore/")
    assert "In the trash" not in _page(as_alice, f"/people/{anna.pk}/details/")


def test_only_an_admin_deletes_for_good_and_only_from_the_trash(as_alice: Client, as_bob: Client, alice: Member):
    anna = person(alice, "Anna")
    assert as_alice.get(f"/people/{anna.pk}/delete/").status_code == 404
    as_alice.post(f"/people/{anna.pk}/trash/")
    assert "Delete for good" not in _page(as_bob, f"/people/{anna.pk}/details/")
    refused = as_bob.post(f"/people/{anna.pk}/deleted/")
    assert refused.status_code == 403
    assert "Only an admin" in refused.content.decode()
    assert "no way back" in _page(as_alice, f"/people/{anna.pk}/delete/")
    assert as_alice.post(f"/people/{anna.pk}/deleted/")["Location"] == "/people/trash/"
    assert not Person.objects.of(alice.workspace).exists()


def test_merging_shows_both_and_keeps_the_chosen_one(as_alice: Client, alice: Member):
    anna, twin = person(alice, "Anna Lindt", "anna@acme.example"), person(alice, "A. Lindt", "lindt@gmx.example", job_title="CEO")
    assert "A. Lindt" in _page(as_alice, f"/people/{anna.pk}/merge/?q=lindt")
    both = _page(as_alice, f"/people/{anna.pk}/merge/?with={twin.pk}")
    assert "anna@acme.example" in both
    assert "lindt@gmx.example" in both
    answer = as_alice.post(f"/people/{anna.pk}/merge/", {"other": twin.pk, "keep": twin.pk})
    assert answer["Location"] == f"/people/{twin.pk}/"
    kept = Person.objects.of(alice.workspace).get()
    assert kept.pk == twin.pk
    assert kept.addresses.count() == 2


def test_a_merge_must_keep_one_of_the_two(as_alice: Client, alice: Member):
    anna, twin, third = person(alice, "Anna"), person(alice, "Twin"), person(alice, "Third")
    for keep in (third.pk, "", "nonsense"):
        assert as_alice.post(f"/people/{anna.pk}/merge/", {"other": twin.pk, "keep": keep}).status_code == 404
    assert Person.objects.of(alice.workspace).count() == 3


def test_companies_merge_too_but_opportunities_do_not(as_alice: Client, alice: Member):
    one, two = company(alice, "Acme", "acme.example"), company(alice, "ACME Inc", "acme.test")
    as_alice.post(f"/companies/{one.pk}/merge/", {"other": two.pk, "keep": one.pk})
    assert Company.objects.of(alice.workspace).get().domains.count() == 2
    deal = opportunity(alice, "Deal")
    assert as_alice.get(f"/opportunities/{deal.pk}/merge/").status_code == 404


def test_adding_from_a_company_fills_it_in(as_alice: Client, alice: Member):
    acme = company(alice, "Acme")
    assert 'value="Acme"' in _page(as_alice, f"/people/new/?company={acme.pk}")
    assert as_alice.get("/people/new/?company=9999").status_code == 404
    assert 'value="Acme"' not in _page(as_alice, "/companies/new/")


def test_reading_by_get_never_changes_anything(as_alice: Client, alice: Member):
    anna = person(alice, "Anna")
    for what in ("trash/", "restore/", "deleted/"):
        assert as_alice.get(f"/people/{anna.pk}/{what}").status_code == 405


def test_a_record_page_costs_few_queries(as_alice: Client, alice: Member, django_assert_max_num_queries: Any):
    acme = company(alice, "Acme", "acme.example")
    for number in range(30):
        person(alice, f"Person {number}", f"p{number}@acme.example", company=acme)
        opportunity(alice, f"Deal {number}", company=acme)
    with django_assert_max_num_queries(31):  # its own figures, those of the people that it lists, how many notes, and its strip
        as_alice.get(f"/companies/{acme.pk}/details/")


def test_everything_that_is_wrong_with_a_record_is_said_at_once(as_alice: Client):
    typed = {"name": "", "stage": "new", "amount": "1.234", "currency": "XXQ", "close_date": "soon"}
    page = as_alice.post("/opportunities/new/", typed).content.decode()
    for words in ("This is missing.", "cannot be read as an amount", "is not a currency", "is not a date"):
        assert words in page
    page = as_alice.post("/people/new/", {"name": "", "addresses": "nonsense"}).content.decode()
    assert "This is missing." in page
    assert "is not an e-mail address" in page


def test_the_company_of_the_address_is_offered_and_may_be_refused(as_alice: Client, alice: Member):
    acme = company(alice, "Acme GmbH", "acme.example")
    given = {"name": "Anna", "addresses": "anna@eu.acme.example", "company": ""}
    asked = as_alice.post("/people/new/", given)
    page = tight(asked.content.decode())
    assert asked.status_code == 422
    assert "The address leads to Acme GmbH" in page
    assert 'value="Acme GmbH (acme.example)"' in page
    as_alice.post("/people/new/", given | {"company": "Acme GmbH (acme.example)", "company_seen": "-"})
    assert Person.objects.of(alice.workspace).get().company_id == acme.pk
    as_alice.post("/people/new/", given | {"name": "Ben", "company_seen": "-"})
    assert Person.objects.of(alice.workspace).get(name="Ben").company_id is None


def test_somebody_new_without_a_company_of_ours_is_asked_nothing(as_alice: Client, alice: Member):
    company(alice, "Mail", "mail.example")
    as_alice.post("/people/new/", {"name": "Kim", "addresses": "kim@gmail.com"})
    as_alice.post("/people/new/", {"name": "Lee"})
    assert Person.objects.of(alice.workspace).count() == 2
    assert "autofocus" in _page(as_alice, "/people/new/")


def test_a_members_own_address_is_said_to_stay_the_members(as_alice: Client, bob: Member):
    answer = as_alice.post("/people/new/", {"name": "Colleague", "addresses": "bob@lumen.example"}, follow=True)
    assert "bob@lumen.example is Bob Brandt’s, who is a member" in answer.content.decode()


def test_the_tab_of_emails_is_hidden_while_it_does_nothing(as_alice: Client, alice: Member):
    anna = person(alice, "Anna")
    assert "emails/" not in _page(as_alice, f"/people/{anna.pk}/")
    assert "emails/" not in _page(as_alice, f"/people/{anna.pk}/details/")


def test_a_record_has_somebody_who_looks_after_it_tags_and_a_number(as_alice: Client, alice: Member, bob: Member):
    typed = {"name": "Anna", "phone": "+49 (30) 12-34", "tags": "VIP, Fair 2026, vip", "owner_id": bob.pk, "company_seen": "-"}
    assert as_alice.post("/people/new/", typed).status_code == 302
    anna = Person.objects.of(alice.workspace_id).get()
    page = as_alice.get(f"/people/{anna.pk}/details/").content.decode()
    assert "tel:+49301234" in page
    assert "Bob" in page
    assert "/people/?tag=Fair%202026" in page
    form = as_alice.get(f"/people/{anna.pk}/edit/").content.decode()
    assert "Fair 2026, VIP" in form
    as_alice.post(f"/people/{anna.pk}/edit/", typed | {"tags": "vip", "owner_id": ""})
    anna.refresh_from_db()
    assert (anna.owner_id, [tag.name for tag in anna.tags.all()]) == (None, ["VIP"])


def test_only_a_member_can_look_after_a_record(as_alice: Client, alice: Member, charlie: Member):
    answer = as_alice.post("/companies/new/", {"name": "Acme", "owner_id": charlie.pk, "tags": "x" * 51})
    assert answer.status_code == 422
    assert not Company.objects.of(alice.workspace_id).exists()
