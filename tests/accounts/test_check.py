"""Which part of a client is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.accounts.oauth.check import ClientFinding, check_client
from metwith.accounts.oauth.clients import Client, from_environment

if TYPE_CHECKING:
    from metwith.accounts.oauth.check import Part
    from tests.accounts.signing_in import SignInServer

BACK = "https://metwith.example/back/"


def _parts(service: SignInServer, provider: str = "google", redirect: str = BACK, **changed: str) -> dict[Part, bool | None]:
    client = from_environment(provider)
    assert client
    return {finding.part: finding.good for finding in _check(replace(client, **changed), redirect)}  # type: ignore[arg-type]


def _check(client: Client, redirect: str) -> tuple[ClientFinding, ...]:
    return check_client(client, redirect, datetime.now(UTC))


def test_everything_is_right(service: SignInServer):
    assert _parts(service) == {"server": True, "clock": True, "redirect": True, "id": True, "secret": True}


def test_nothing_of_it_can_sign_anybody_in(service: SignInServer):
    _parts(service)
    assert [form["code"] for form in service.asked_for_tokens()] == ["metwith-checks-its-client"]
    assert service.given == 0


def test_a_wrong_secret(service: SignInServer):
    assert _parts(service, secret="wrong") == {"server": True, "clock": True, "redirect": True, "id": True, "secret": False}


def test_an_unknown_id(service: SignInServer):
    service.error = (401, {"error": "invalid_client"})
    assert _parts(service, client_id="another") == {"server": True, "clock": True, "redirect": None, "id": False}


def test_a_redirect_address_that_is_not_registered(service: SignInServer):
    service.registered = "https://another.example/"
    assert _parts(service)["redirect"] is False


def test_a_redirect_address_without_https(service: SignInServer):
    assert _parts(service, redirect="http://metwith.example/back/")["redirect"] is False
    assert _parts(service, redirect="http://localhost:8000/back/")["redirect"] is True


@pytest.mark.parametrize(
    ("page", "part"),
    [
        ("<p>AADSTS50011: The redirect URI …", "redirect"),
        ("<p>AADSTS700016: Application with identifier …", "id"),
        ("<p>AADSTS90002: Tenant 'x' not found.", "tenant"),
    ],
)
def test_microsoft_says_it_on_its_page(service: SignInServer, page: str, part: Part):
    service.page = page
    assert _parts(service, "microsoft")[part] is False


def test_microsofts_secret_that_has_run_out(service: SignInServer):
    service.error = (401, {"error": "invalid_client", "error_description": "AADSTS7000222: The provided client secret keys are expired."})
    assert _parts(service, "microsoft")["secret"] is False


def test_what_cannot_be_told_is_not_called_right(service: SignInServer):
    service.page, service.error = "A page that nobody has seen before", (400, {"error": "invalid_request"})
    assert _parts(service) == {"server": True, "clock": True, "redirect": None, "id": None, "secret": None}


def test_a_clock_that_is_wrong(service: SignInServer):
    client = from_environment("google")
    assert client
    found = {f.part: f.good for f in check_client(client, BACK, datetime.now(UTC) + timedelta(minutes=3))}
    assert found["clock"] is False


def test_a_server_that_does_not_answer(service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METWITH_GOOGLE_SERVER", "http://127.0.0.1:9")
    assert _parts(service) == {"server": False}
