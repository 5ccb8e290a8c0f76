"""Signing in at the practice servers, by Metwith's own flow: what the two services agree on, and where each has its own way."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from metwith.accounts.oauth import check, flow
from metwith.accounts.oauth.clients import Client, from_environment
from metwith.accounts.oauth.errors import ClientRefused, NotGranted, Withdrawn
from metwith.accounts.oauth.services import KEYS, PRACTICE_CLIENT, PRACTICE_SECRET
from metwith.lib import clock
from metwith.practice.believable import calendar
from metwith.practice.microsoft import organisation
from metwith.practice.practice import AtMicrosoft, Practice
from metwith.practice.serve import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.server
ALICE = "alice@lumen.example"
BACK = "http://127.0.0.1:9/back"
NOW = clock.now()


class Visitor:
    """A browser before the practice server, and Metwith's side of the flow."""

    def __init__(self, practice: Practice, client: Client) -> None:
        self.practice, self.client = practice, client
        self.key = client.service.key

    def depart(self, *, hint: str = "") -> flow.AuthorizationRequest:
        return flow.authorization_request(self.client, BACK, hint=hint)

    def page(self, url: str, **form: str) -> httpx.Response:
        return httpx.post(url, data=form) if form else httpx.get(url)

    def answer(self, leaving: flow.AuthorizationRequest, *, left_out: str = "", **form: str) -> dict[str, str]:
        """What somebody brings back who fills in the form of the consent page."""
        page = self.page(leaving.url, login=ALICE)
        ticks = {name: "on" for name in re.findall(r'type="checkbox" name="([^"]+)"', page.text) if name != left_out}
        back = self.page(leaving.url, login=ALICE, **ticks, **form)
        assert back.headers["location"].startswith(f"{BACK}?")
        return {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}

    def grant(self, **form: str) -> flow.TokenSet:
        leaving = self.depart()
        said = self.answer(leaving, answer="allow", **form)
        assert said["state"] == leaving.state
        return flow.exchange_code(self.client, BACK, code=said["code"], verifier=leaving.verifier, now=NOW)


@pytest.fixture(params=KEYS)
def visitor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    practice = Practice(request.param, fill=calendar, clock=lambda: NOW)
    with serving(practice) as address:
        prefix = f"METWITH_{request.param.upper()}"
        monkeypatch.setenv(f"{prefix}_SERVER", address)
        monkeypatch.setenv(f"{prefix}_CLIENT_ID", PRACTICE_CLIENT)
        monkeypatch.setenv(f"{prefix}_CLIENT_SECRET", PRACTICE_SECRET)
        client = from_environment(request.param)
        assert client
        yield Visitor(practice, client)


def test_whoever_signs_in_is_told_what_is_asked_and_gets_in(visitor: Visitor):
    leaving = visitor.depart()
    assert "E-mail address" in visitor.page(leaving.url).text
    page = visitor.page(leaving.url, login=ALICE).text
    assert f"Signed in as <b>{ALICE}</b>" in page
    assert [scope for scope in visitor.client.service.scopes if f"<small>{scope}</small>" not in page] == []
    grant = visitor.grant()
    assert grant.refresh_token
    assert flow.identify(visitor.client, grant).address == ALICE


def test_google_says_what_it_has_not_verified_and_microsoft_which_domains_it_has(visitor: Visitor):
    named = replace(visitor.client, tenant="practice.example", tenant_named=True)
    said = {visitor.key: flow.identify(visitor.client, visitor.grant()).verified}
    assert said.get("google", {ALICE}) == {ALICE}
    assert said.get("microsoft", frozenset()) == frozenset()
    if isinstance(visitor.practice.place, AtMicrosoft):
        graph = visitor.practice.place.app
        assert flow.identify(named, visitor.grant()).verified == frozenset()
        graph.organisation = organisation("72f988bf-86f1-41af-91ab-2d7cd011db47", "practice.example", "lumen.example")
        assert flow.identify(named, visitor.grant()).verified == {ALICE}
        graph.organisation = None
    else:
        visitor.practice.door.unverified.add(ALICE)
    assert flow.identify(named, visitor.grant()).verified == frozenset()


def test_what_is_no_address_is_asked_for_again(visitor: Visitor):
    page = visitor.page(visitor.depart().url, login='"><script>')
    assert page.status_code == 422
    assert "This is not an e-mail address." in page.text
    assert "<script>" not in page.text


def test_somebody_who_says_no_brings_back_no_code(visitor: Visitor):
    said = visitor.answer(visitor.depart(), answer="deny")
    assert (said["error"], "code" in said) == ("access_denied", False)
    assert isinstance(flow.refused_at_sign_in(said["error"], said.get("error_description", "")), NotGranted)


def test_google_lets_people_leave_a_part_out(visitor: Visitor):
    events = visitor.client.service.needed[0]
    if visitor.key == "google":
        with pytest.raises(NotGranted, match="left out"):
            visitor.grant(left_out=events)
    else:
        assert visitor.grant(left_out=events).refresh_token


def test_nobody_is_asked_in_silence(visitor: Visitor):
    url = str(httpx.URL(visitor.depart().url).copy_set_param("prompt", "none"))
    assert "error=login_required" in visitor.page(url).headers["location"]


def test_who_is_expected_need_not_type_but_may_be_somebody_else(visitor: Visitor):
    url = visitor.depart(hint=ALICE).url
    page = visitor.page(url).text
    assert f'value="{ALICE}"' in page
    assert ("Signed in as" in page) == (visitor.key == "google")  # Microsoft is asked to let people select
    assert "There is no password" in visitor.page(url, login=ALICE, other="1").text


def test_microsoft_asks_once_and_google_each_time(visitor: Visitor):
    visitor.grant()
    again = visitor.page(visitor.depart().url, login=ALICE)
    assert ("location" in again.headers) == (visitor.key == "microsoft")


def test_a_code_is_good_once_and_for_whoever_knows_the_verifier(visitor: Visitor):
    leaving = visitor.depart()
    for verifier in ("x" * 64, leaving.verifier):
        code = visitor.answer(leaving, answer="allow")["code"]
        if verifier != leaving.verifier:
            with pytest.raises(NotGranted):
                flow.exchange_code(visitor.client, BACK, code=code, verifier=verifier, now=NOW)
    assert flow.exchange_code(visitor.client, BACK, code=code, verifier=leaving.verifier, now=NOW).access_token
    with pytest.raises(NotGranted):
        flow.exchange_code(visitor.client, BACK, code=code, verifier=leaving.verifier, now=NOW)


def test_microsoft_changes_the_refresh_token_with_each_use(visitor: Visitor):
    first = visitor.grant()
    second = flow.refresh(visitor.client, first, NOW)
    assert second.access_token != first.access_token
    assert (second.refresh_token != first.refresh_token) == (visitor.key == "microsoft")
    assert flow.refresh(visitor.client, second, NOW).access_token
    if visitor.key == "microsoft":
        with pytest.raises(Withdrawn):
            flow.refresh(visitor.client, first, NOW)


def test_what_was_taken_back_is_good_no_longer(visitor: Visitor):
    grant = visitor.grant()
    home = visitor.client.service.own_page
    assert ALICE in visitor.page(home).text
    assert visitor.page(f"{home}/withdraw", address=ALICE).status_code == 303
    assert ALICE not in visitor.page(home).text
    with pytest.raises(Withdrawn):
        flow.refresh(visitor.client, grant, NOW)
    with pytest.raises(Withdrawn):
        flow.identify(visitor.client, grant)


def test_google_takes_a_permission_back_when_told(visitor: Visitor):
    grant = visitor.grant()
    assert flow.revoke(visitor.client, grant) == (visitor.key == "google")
    if visitor.key == "google":
        with pytest.raises(Withdrawn):
            flow.refresh(visitor.client, grant, NOW)


def test_an_access_token_lives_an_hour(visitor: Visitor):
    grant = visitor.grant()
    visitor.practice.door.clock = lambda: NOW + timedelta(hours=1)
    with pytest.raises(Withdrawn):
        flow.identify(visitor.client, grant)
    assert flow.identify(visitor.client, flow.refresh(visitor.client, grant, NOW)).address == ALICE


def test_another_client_or_secret_gets_nothing(visitor: Visitor):
    grant = visitor.grant()
    with pytest.raises(ClientRefused):
        flow.refresh(replace(visitor.client, secret="guessed"), grant, NOW)
    other = replace(visitor.client, client_id="other")
    assert visitor.page(flow.authorization_request(other, BACK).url).status_code == 400


def test_nobody_is_sent_to_another_machine(visitor: Visitor):
    for elsewhere in ("https://evil.example/back", "http://127.0.0.1.evil.example/", "//evil.example"):
        page = visitor.page(flow.authorization_request(visitor.client, elsewhere).url)
        assert (page.status_code, "location" in page.headers) == (400, False)


def test_the_check_of_the_client_finds_nothing_wrong(visitor: Visitor):
    found = {finding.part: finding.good for finding in check.check_client(visitor.client, BACK, clock.now())}
    assert found == {"server": True, "clock": True, "id": True, "redirect": True, "secret": True}


def test_the_check_tells_which_part_is_wrong(visitor: Visitor):
    for wrong, part in ((replace(visitor.client, client_id="other"), "id"), (replace(visitor.client, secret="guessed"), "secret")):
        found = {finding.part: finding.good for finding in check.check_client(wrong, BACK, clock.now())}
        assert found[part] is False  # type: ignore[index]  # one of the parts
    found = {finding.part: finding.good for finding in check.check_client(visitor.client, "https://metwith.example/back", clock.now())}
    assert found["redirect"] is False


def test_the_practice_client_is_none_without_a_practice_server(visitor: Visitor, monkeypatch: pytest.MonkeyPatch):
    for server in ("", "https://accounts.google.com", "http://127.0.0.1.evil.example"):
        monkeypatch.setenv(f"METWITH_{visitor.key.upper()}_SERVER", server)
        assert from_environment(visitor.key) is None


def test_practice_names_itself(visitor: Visitor):
    assert visitor.client.service.label == f"{visitor.key.title()} (practice)"
    for page in (visitor.page(visitor.depart().url), visitor.page(visitor.client.service.own_page)):
        assert f"<b>Practice {visitor.key.title()}</b>" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
