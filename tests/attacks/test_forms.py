"""Forged forms, links that change things, redirects to elsewhere, broken lines in heads, and characters that no table takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from metwith.accounts.models import Enrolment, OAuthClient, Organisation
from metwith.lib import secrets
from metwith.lib.text import single_line
from metwith.workspaces import actions
from tests.attacks.test_borders import rows
from tests.built_once import Copies, built_once
from tests.exits.requests import exits
from tests.exits.test_matrix import told
from tests.exits.world import World
from tests.people import PASSWORD
from tests.savepoints import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

EXEMPT = {"web:hooks-google", "web:hooks-microsoft"}
"""A provider's server sends no cookie and has no page of ours: what it says is believed by its secret (engine/webhooks.py)."""
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "http:evil.example",
    "javascript:evil()",
    "/%0d%0aLocation:https://evil.example/",
)
NAMES = (
    "account", "additional", "additional_emails", "address", "aliases", "amount", "app", "calendar", "calendars", "cap", "client_id", "close_date",
    "code", "company", "company_id", "confirmed", "contact", "currency", "cursor", "day", "default", "direction", "domain", "domains", "email",
    "emails", "error", "error_description", "from", "id", "job_title", "keep", "key", "kind", "language", "level", "list", "look", "makes_contacts",
    "member", "members", "name", "next", "order", "other", "owner", "page", "pattern", "period", "person", "q", "record", "role", "secret", "server",
    "sharing", "sort", "stage", "state", "subject", "tenant", "text", "time_zone", "title", "to", "token", "until", "url", "user", "username",
    "validationToken", "what", "when", "whole", "who", "with", "word", "words", "zone",
)  # fmt: skip
"""Of fields and questions, those in use and some more: what a page does not know it leaves alone."""
STRANGE = {
    "a NUL": "a\0b",
    "broken lines": "a\r\nSet-Cookie: evil=1\r\n\r\n<p>",
    "turned writing": "a\u202e\u2066b",
    "half a character": "a\udc80b",
    "a number beyond all": "9" * 5000,
    "a number below all": "-" + "9" * 25,
    "a long line": "a" * 100_000,
    "what is no text": "\ufffe\uffff\x1b[2J",
}


built = built_once(lambda: World("metadata", "everything"))


@pytest.fixture
def world(built: Copies[World], db: None) -> World:
    return built()


@pytest.fixture
def bob(world: World) -> Member:
    """Who signs in at once: Alice has a second factor."""
    return world.bob


def signing_in() -> Iterator[str]:
    """The addresses of signing in, as far as they name nothing."""

    def names(resolver: URLResolver) -> Iterator[str]:
        for found in resolver.url_patterns:
            if isinstance(found, URLResolver):
                yield from names(found)
            elif found.callback.__module__.startswith("allauth.") and found.name:
                yield found.name

    for name in dict.fromkeys(names(get_resolver())):
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue


def test_every_form_that_comes_from_another_page_is_refused(world: World):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    before, ours = rows(), [exit_ for exit_ in exits(world.ids()) if not exit_.for_programs and exit_.name not in EXEMPT]
    paths = [exit_.path for exit_ in ours]
    assert len(paths) > 110
    for path in paths:
        for sent in ({}, {"csrfmiddlewaretoken": "a" * 64}):
            answer = browser.post(path, sent)
            assert answer.status_code == 403, path
            assert "csrf" in str(answer.templates[0].name), path
    assert rows() == before


def test_a_session_is_no_scripts_and_no_other_pages(bob: Member):
    """And over https alone where that is what people come by (`METWITH_ORIGIN`)."""
    actions.set_password(bob.user, PASSWORD)
    browser = Client()
    browser.post("/sign-in/login/", {"login": bob.user.email, "password": PASSWORD})
    session = browser.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["domain"]) == (True, "Lax", "")
    assert browser.cookies["csrftoken"]["samesite"] == "Lax"


def test_what_takes_forged_forms_takes_no_cookie_either(world: World):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    for exit_ in exits(world.ids()):
        if exit_.for_programs and not exit_.name.endswith(("docs", "openapi.json", "nothing", "<path:_rest>")):
            answer = browser.post(exit_.path, {}, content_type="application/json")
            assert answer.status_code in {401, 404, 405}, exit_.path
    assert {browser.post(f"/hooks/{provider}").status_code for provider in ("google", "microsoft")} == {202}


def test_looking_changes_nothing(world: World):
    """A picture in an e-mail can ask for any address with the member's cookie: nothing may come of it."""
    sealed = secrets.encrypt(world.alice.workspace_id, "s3cret")
    for provider in ("google", "microsoft"):
        OAuthClient.objects.create(workspace=world.alice.workspace, provider=provider, client_id="metwith", secret=sealed)
        Organisation.objects.create(workspace=world.alice.workspace, provider=provider, client_id="metwith", secret=sealed)
        Enrolment.objects.create(workspace=world.alice.workspace, member=world.bob, provider=provider, state="connected")
    before = rows()
    for name in ("an admin", "the owner of the copy"):
        for exit_ in exits(world.ids()):
            if not exit_.for_programs:
                world.viewers[name].browser.get(exit_.path)
                world.viewers[name].browser.head(exit_.path)
    after = rows()
    assert {table for table in after if after[table] != before[table]} <= {"workspaces_auditline"}, (
        "only that somebody looked as somebody else"
    )


@pytest.mark.parametrize("there", ELSEWHERE[:3])
def test_no_answer_leads_to_another_site(world: World, there: str):
    browser = world.viewers["the owner of the copy"].browser
    heads = {"Referer": there.partition("%")[0], "HX-Current-URL": there.partition("%")[0]}
    asked = dict.fromkeys(("next", "from", "list", "url", "back", "to", "return", "origin"), there)
    question = "&".join(f"{name}={quote(text)}" for name, text in asked.items())
    for exit_ in exits(world.ids()):
        if exit_.for_programs or exit_.name in {"web:connect-oauth-go", *EXEMPT}:
            continue
        answers = [browser.get(f"{exit_.path}?{question}", headers=heads), Client().get(f"{exit_.path}?{question}", headers=heads)]
        with undone():
            answers.append(browser.post(f"{exit_.path}?{question}", asked, headers=heads))
        for answer in answers:
            assert _stays(answer), (exit_.path, answer.headers.get("Location"))


def _stays(answer: Any) -> bool:
    named = [answer.headers.get(name, "/") for name in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "Refresh")]
    return all(to[:1] in {"/", "?", "."} and to[:2] not in {"//", "/\\"} and "\n" not in to and "\r" not in to for to in named)


@pytest.mark.parametrize("there", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(bob: Member, there: str):
    actions.set_password(bob.user, PASSWORD)
    browser = Client()
    answer = browser.post(f"/sign-in/login/?next={quote(there)}", {"login": bob.user.email, "password": PASSWORD, "next": there})
    assert answer.status_code == 302
    assert _stays(answer)
    assert _stays(browser.post(f"/sign-in/logout/?next={quote(there)}", {"next": there}))


def test_a_name_that_is_not_ours_is_not_answered(bob: Member):
    """A forged Host would else stand in links that are sent by mail."""
    assert Client(headers={"Host": "evil.example"}).get("/sign-in/login/").status_code == 400
    forwarded = Client(headers={"X-Forwarded-Host": "evil.example"}).get("/people/")
    assert "evil" not in told(forwarded)


def test_a_broken_line_never_gets_into_a_head(bob: Member):
    evil = "Acme\r\nSet-Cookie: evil=1"
    assert single_line(evil) == "Acme Set-Cookie: evil=1"
    browser = Client()
    browser.force_login(bob.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    browser.post("/companies/new/", {"name": evil})
    for path in ("/companies/export.csv", "/companies/?q=" + quote(evil), "/hooks/microsoft?validationToken=" + quote(evil)):
        answer = browser.post(path) if path.startswith("/hooks") else browser.get(path)
        assert "evil" not in "".join(f"{name}{value}" for name, value in answer.headers.items())
        assert "evil" not in answer.cookies
    assert browser.post("/hooks/microsoft?validationToken=<script>").headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
def test_strange_characters_break_no_page(world: World, text: str):
    written = quote(text[:2000], errors="surrogatepass")
    question = "&".join(f"{name}={written}" for name in NAMES)
    fields = (
        "&".join(f"{name}={quote(text, errors='surrogatepass')}" for name in NAMES)
        if len(text) < 10_000
        else f"name={text}&q={text}&pattern={text}"
    )
    actions.change_role(world.alice, world.bob.pk, "admin")
    viewer, broken = world.viewers["the owner of the copy"], []
    viewer.browser.raise_request_exception = viewer.program.raise_request_exception = False
    for exit_ in exits(world.ids()):
        client = viewer.program if exit_.for_programs else viewer.browser
        statuses = [client.get(f"{exit_.path}?{question}").status_code]
        with undone():
            statuses.append(client.post(exit_.path, fields, content_type="application/x-www-form-urlencoded").status_code)
        broken += [(exit_.path, status) for status in statuses if status >= 500]
    assert broken == []
