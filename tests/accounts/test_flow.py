"""The conversation with a service."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from metwith.accounts.oauth import flow
from metwith.accounts.oauth.clients import Client, from_environment
from metwith.accounts.oauth.errors import ClientRefused, NotGranted, OAuthProblem, Unavailable, Withdrawn
from metwith.accounts.oauth.owners import Owner, ProviderAddress
from metwith.accounts.oauth.services import missing_scopes
from metwith.accounts.oauth.services import service as service_of
from tests.people import NOW

if TYPE_CHECKING:
    from tests.accounts.signing_in import SignInServer

BACK = "https://metwith.example/back/"


def _client(provider: str = "google") -> Client:
    client = from_environment(provider)
    assert client
    return client


def _signed_in(service: SignInServer, provider: str = "google", code: str = "yes") -> flow.TokenSet:
    leaving = flow.authorization_request(_client(provider), BACK)
    service.visit(leaving.url)
    return flow.exchange_code(_client(provider), BACK, code=code, verifier=leaving.verifier, now=NOW)


def test_the_way_there_asks_to_read_and_for_nothing_else():
    google, microsoft = (
        flow.authorization_request(Client("id", "secret", service_of(key), by_operator=True), BACK, hint="alice@lumen.example").url
        for key in ("google", "microsoft")
    )
    asked = {name: values[0] for name, values in parse_qs(urlsplit(google).query).items()}
    assert google.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == ("code", "id", BACK)
    assert (asked["access_type"], asked["prompt"], asked["include_granted_scopes"]) == ("offline", "consent", "true")
    assert (asked["code_challenge_method"], asked["login_hint"]) == ("S256", "alice@lumen.example")
    assert asked["scope"].split() == [
        "openid",
        "email",
        "https://www.googleapis.com/auth/calendar.events.readonly",
        "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
    ]
    assert microsoft.startswith("https://login.microsoftonline.com/common/oauth2/v2.0/authorize?")
    assert parse_qs(urlsplit(microsoft).query)["scope"] == ["offline_access User.Read Calendars.Read"]
    assert "secret" not in google + microsoft


def test_no_two_departures_share_a_state_or_a_verifier():
    client = Client("id", "secret", service_of("google"), by_operator=True)
    one, other = flow.authorization_request(client, BACK), flow.authorization_request(client, BACK)
    assert len({one.state, other.state, one.verifier, other.verifier}) == 4
    assert one.verifier not in one.url


def test_a_code_is_worth_a_lasting_grant(service: SignInServer):
    grant = _signed_in(service)
    assert (grant.access_token, grant.refresh_token, grant.client_id) == ("access-1", "refresh-1", "metwith")
    assert (grant.granted_at, grant.expires_at) == (NOW, NOW + timedelta(hours=1))
    assert service.asked_for_tokens()[0]["redirect_uri"] == BACK


def test_a_grant_survives_being_stored():
    grant = flow.TokenSet("a", "r", NOW, NOW, "s", "c")
    assert flow.TokenSet.load(grant.dump()) == grant
    assert "one secret" not in repr(replace(grant, access_token="one secret", refresh_token="one secret"))


def test_a_code_is_good_with_its_own_verifier_only(service: SignInServer):
    leaving = flow.authorization_request(_client(), BACK)
    service.visit(leaving.url)
    with pytest.raises(NotGranted, match="no longer good"):
        flow.exchange_code(_client(), BACK, code="yes", verifier="another" * 8, now=NOW)


def test_what_was_left_out_is_named(service: SignInServer):
    service.scope = "openid email https://www.googleapis.com/auth/calendar.events.readonly"
    with pytest.raises(NotGranted) as left_out:
        _signed_in(service)
    assert left_out.value.detail == "https://www.googleapis.com/auth/calendar.calendarlist.readonly"


def test_a_permission_for_an_hour_is_none(service: SignInServer):
    service.lasting = False
    with pytest.raises(NotGranted, match="within the hour"):
        _signed_in(service)


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ("", ()),
        ("Calendars.Read User.Read profile openid email", ()),
        ("https://graph.microsoft.com/calendars.read https://graph.microsoft.com/User.Read", ()),
        ("User.Read", ("Calendars.Read",)),
    ],
)
def test_scopes_are_known_in_all_their_spellings(granted: str, missing: tuple[str, ...]):
    assert missing_scopes(service_of("microsoft"), granted) == missing


def test_google_says_who_signed_in(service: SignInServer):
    assert flow.identify(_client(), _signed_in(service)) == Owner("1001", (ProviderAddress("alice@lumen.example", verified=True),))


def test_microsoft_says_who_signed_in_with_all_aliases(service: SignInServer):
    service.scope = "User.Read Calendars.Read"
    service.me = {
        "id": "aad-1",
        "mail": "Alice@lumen.example",
        "userPrincipalName": "alice@lumen.onmicrosoft.example",
        "proxyAddresses": ["SMTP:Alice@lumen.example", "smtp:a.adler@lumen.example", "SPO:SPO_1@SPO_2", "X500:/o=Lumen"],
    }
    owner = flow.identify(_client("microsoft"), _signed_in(service, "microsoft"))
    named = ("alice@lumen.example", "a.adler@lumen.example", "alice@lumen.onmicrosoft.example")
    assert owner == Owner("aad-1", tuple(ProviderAddress(address) for address in named))
    assert (owner.address, owner.aliases, owner.verified) == (named[0], named[1:], frozenset())


def test_without_a_mail_address_the_sign_in_name_is_it(service: SignInServer):
    service.scope, service.me = None, {"id": "aad-1", "mail": None, "userPrincipalName": "alice@outlook.example"}
    assert flow.identify(_client("microsoft"), _signed_in(service, "microsoft")).address == "alice@outlook.example"


@pytest.mark.parametrize("person", [{}, {"sub": "1"}, {"sub": "", "email": "a@b.example"}, {"sub": 7, "email": "a@b.example"}, [1]])
def test_somebody_without_subject_or_address_is_nobody(service: SignInServer, person: Any):
    service.person = person
    grant = _signed_in(service)
    with pytest.raises(Unavailable):
        flow.identify(_client(), grant)


def test_refreshing_keeps_what_the_answer_does_not_say(service: SignInServer):
    grant = _signed_in(service)
    service.scope = None
    later = NOW + timedelta(hours=2)
    assert flow.refresh(_client(), grant, later) == replace(grant, access_token="access-2", expires_at=later + timedelta(hours=1))


def test_a_refresh_token_that_rotates_is_taken(service: SignInServer):
    service.rotates = True
    assert flow.refresh(_client(), _signed_in(service), NOW).refresh_token == "refresh-2"


def test_another_client_cannot_use_the_grant(service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    grant = _signed_in(service)
    monkeypatch.setenv("METWITH_GOOGLE_CLIENT_ID", "another")
    with pytest.raises(Withdrawn):
        flow.refresh(_client(), grant, NOW)
    assert len(service.asked_for_tokens()) == 1


@pytest.mark.parametrize(
    ("status", "said", "kind", "detail"),
    [
        (400, {"error": "invalid_grant", "error_description": "Token of alice@lumen.example expired"}, Withdrawn, "invalid_grant"),
        (400, {"error": "invalid_grant", "error_description": "AADSTS700082: alice"}, Withdrawn, "invalid_grant AADSTS700082"),
        (400, {"error": "interaction_required"}, Withdrawn, "interaction_required"),
        (401, {"error": "invalid_client", "error_description": "AADSTS7000222: expired"}, ClientRefused, "invalid_client AADSTS7000222"),
        (400, {"error": "unauthorized_client"}, ClientRefused, "unauthorized_client"),
        (400, {"error": "invalid_request"}, Unavailable, "invalid_request"),
        (400, {"error": "alice@lumen.example did it"}, Unavailable, "error"),
        (500, {"error": "invalid_grant"}, Unavailable, "127.0.0.1: 500"),
        (503, "down", Unavailable, "127.0.0.1: 503"),
        (200, "not json", Unavailable, "google"),
        (200, {"token": 1}, Unavailable, "google"),
        (429, "slow", Unavailable, "127.0.0.1: 429"),
    ],
)
def test_each_refusal_has_one_next_step_and_names_nobody(
    service: SignInServer, status: int, said: Any, kind: type[OAuthProblem], detail: str
):
    grant = _signed_in(service)
    service.error = (status, said)
    with pytest.raises(OAuthProblem) as problem:
        flow.refresh(_client(), grant, NOW)
    assert (type(problem.value), problem.value.detail) == (kind, detail)


def test_a_service_may_say_until_when_to_wait(service: SignInServer):
    grant = _signed_in(service)
    service.error, service.headers = (429, "slow"), {"Retry-After": "60"}
    with pytest.raises(Unavailable) as slow:
        flow.refresh(_client(), grant, NOW)
    assert slow.value.until


def test_a_token_endpoint_that_redirects_is_not_followed(service: SignInServer):
    grant = _signed_in(service)
    service.error, service.headers = (307, ""), {"Location": f"{service.url}/v1/userinfo"}
    with pytest.raises(Unavailable):
        flow.refresh(_client(), grant, NOW)
    assert [path for _method, path, _headers, _body in service.web.asked] == ["/token", "/token"]


def test_a_service_that_is_not_there_is_unavailable(service: SignInServer, monkeypatch: pytest.MonkeyPatch):
    grant = _signed_in(service)
    monkeypatch.setenv("METWITH_GOOGLE_SERVER", "http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        flow.refresh(_client(), grant, NOW)
    assert flow.revoke(_client(), grant) is False


def test_a_permission_is_given_back_where_there_is_a_way(service: SignInServer):
    grant = _signed_in(service)
    assert flow.revoke(_client(), grant) is True
    assert flow.revoke(_client("microsoft"), grant) is False
    assert service.revoked == ["refresh-1"]


@pytest.mark.parametrize(
    ("error", "description", "words"),
    [
        ("access_denied", "", "not given"),
        ("access_denied", "AADSTS90094: The grant requires admin permission", "only an administrator"),
        ("admin_policy_enforced", "", "only an administrator"),
        ("unauthorized_client", "", "client id or secret"),
        ("server_error", "", "not available"),
        ("<script>", "<b>", "not available"),
    ],
)
def test_coming_back_without_a_code_is_explained(error: str, description: str, words: str):
    problem = flow.refused_at_sign_in(error, description)
    assert words in problem.message
    assert "<" not in problem.detail
