"""The first page, the sample, invitations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client

from metwith.calendars.models import Entry
from metwith.web.site import first_run
from metwith.workspaces import actions
from metwith.workspaces.models import Member, User, Workspace
from tests.people import NOW, PASSWORD
from tests.web.conftest import signed_in

FORM = {"workspace": "Lumen", "name": "Alice Adler", "address": "alice@lumen.example", "password": PASSWORD, "time_zone": "Europe/Lisbon"}


@pytest.mark.parametrize("path", ["/", "/people/", "/settings/", "/sign-in/login/", "/search/?q=x"])
def test_before_there_is_a_workspace_every_page_leads_to_the_first(stranger: Client, path: str):
    answer = stranger.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/welcome/")


def test_the_first_page_makes_the_workspace_and_signs_its_owner_in(stranger: Client):
    answer = stranger.post("/welcome/", FORM, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert answer.status_code == 200
    member = Member.objects.across_workspaces("a test").get()
    assert (member.workspace.name, member.role, str(member.user), member.user.time_zone) == (
        "Lumen",
        "owner",
        "Alice Adler",
        "Europe/Lisbon",
    )


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("address", "nobody", "not an e-mail address"),
        ("password", "12345678", "Too many people use this password"),
        ("workspace", " ", "required"),
        ("time_zone", "Mars/Olympus", "Choose a time zone from the list"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(stranger: Client, field: str, given: str, words: str):
    answer = stranger.post("/welcome/", FORM | {field: given})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert f'id="id_{field}_error"' in page
    assert "Alice Adler" in page
    assert PASSWORD not in page
    assert not Workspace.objects.exists()


def test_the_first_page_is_gone_once_there_is_a_workspace(stranger: Client, alice: Member):
    assert stranger.get("/welcome/")["Location"] == "/"
    assert stranger.post("/welcome/", FORM | {"address": "eve@elsewhere.example"})["Location"] == "/"
    assert not User.objects.filter(email="eve@elsewhere.example").exists()


def test_the_sample_can_be_looked_at_first_and_goes_when_an_own_workspace_is_made(stranger: Client):
    answer = stranger.post("/welcome/sample/", follow=True)
    assert "This is a sample" in answer.content.decode()
    assert stranger.get("/people/").status_code == 200
    assert stranger.get("/welcome/").status_code == 200
    stranger.post("/welcome/", FORM)
    assert [(w.name, w.sample) for w in Workspace.objects.all()] == [("Lumen", False)]
    assert "This is a sample" not in stranger.get("/").content.decode()


def test_the_sample_speaks_the_browsers_language_in_its_zone(stranger: Client):
    page = stranger.post("/welcome/sample/", {"zone": "Asia/Tokyo"}, follow=True, headers={"Accept-Language": "de"}).content.decode()
    owner = first_run.sample_owner()
    assert owner is not None
    assert owner.user.time_zone == "Asia/Tokyo"
    assert "Pilot: Vertragsentwurf" in page
    draft = Entry.objects.of(owner.workspace_id).get(title="Pilot: Vertragsentwurf", calendar__account__member=owner)
    assert draft.starts_at.astimezone(ZoneInfo("Asia/Tokyo")).hour == 9, "in the morning, where who looks is"


def test_a_zone_that_is_none_makes_the_sample_in_utc(stranger: Client):
    stranger.post("/welcome/sample/", {"zone": "../../etc/passwd"})
    owner = first_run.sample_owner()
    assert owner is not None
    assert owner.user.time_zone == "UTC"


def test_the_sample_does_not_open_an_installation_that_is_in_use(stranger: Client, alice: Member):
    stranger.post("/welcome/sample/")
    assert not Workspace.objects.filter(sample=True).exists()
    assert "_auth_user_id" not in stranger.session


def test_an_invitation_lets_somebody_in_once(stranger: Client, alice: Member):
    _, token = actions.invite(alice, "dora@lumen.example", "admin", NOW.replace(year=2099))
    page = stranger.get(f"/join/{token}/").content.decode()
    assert "Join Lumen Studio" in page
    assert "Alice Adler invited you" in page
    answer = stranger.post(f"/join/{token}/", {"name": "Dora", "password": PASSWORD, "time_zone": "America/Sao_Paulo"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    dora = Member.objects.of(alice.workspace).get(user__email="dora@lumen.example")
    assert (dora.role, dora.user.time_zone) == ("admin", "America/Sao_Paulo")
    again = stranger.get(f"/join/{token}/")
    assert again.status_code == 404
    assert "no longer works" in again.content.decode()


def test_a_weak_password_is_refused_with_the_name_kept(stranger: Client, alice: Member):
    _, token = actions.invite(alice, "dora@lumen.example", "member", NOW.replace(year=2099))
    answer = stranger.post(f"/join/{token}/", {"name": "Dora", "password": "password", "time_zone": "UTC"})
    assert answer.status_code == 422
    assert "Too many people use" in answer.content.decode()
    assert 'value="Dora"' in answer.content.decode()


def test_somebody_signed_in_cannot_take_an_invitation_for_another(alice: Member):
    _, token = actions.invite(alice, "dora@lumen.example", "member", NOW.replace(year=2099))
    client = signed_in(alice)
    assert "Sign out first" in client.get(f"/join/{token}/").content.decode()
    assert client.post(f"/join/{token}/", {"name": "Dora", "password": PASSWORD, "time_zone": "UTC"}).status_code == 422
    assert not User.objects.filter(email="dora@lumen.example").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_first_visitors_at_once_one_makes_the_workspace():
    def visit(number: int) -> int:
        try:
            given = FORM | {"address": f"first{number}@north.example"}
            return Client().post("/welcome/", given).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as visitors:
        assert list(visitors.map(visit, range(4))) == [302] * 4
    assert Workspace.objects.count() == 1


def test_a_weak_password_is_said_with_all_the_rest(client: Client, db: None):
    page = client.post(
        "/welcome/", {"workspace": "", "name": "Alice", "address": "alice@lumen.example", "password": "short"}
    ).content.decode()
    assert "This is missing." in page
    assert "This password is too short" in page
