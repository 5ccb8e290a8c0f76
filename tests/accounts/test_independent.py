"""Our side of the conversation against an OpenID provider that others wrote."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from metwith.accounts.oauth import flow
from metwith.accounts.oauth.check import check_client
from metwith.accounts.oauth.clients import Client
from metwith.accounts.oauth.errors import Withdrawn
from metwith.accounts.oauth.owners import Owner, ProviderAddress
from metwith.accounts.oauth.services import Service
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.server
BACK = "http://127.0.0.1/back/"


@pytest.fixture
def base() -> Iterator[str]:
    known = [User(sub="1001", claims={"email": "alice@lumen.example", "email_verified": True})]
    with run_server_in_thread(require_client_registration=True, user_claims=known) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def client(base: str) -> Client:
    scopes = ("openid", "email")
    asked: dict[str, Any] = {"redirect_uris": [BACK], "token_endpoint_auth_method": "client_secret_post", "scope": " ".join(scopes)}
    given = httpx.post(f"{base}/oauth2/clients", json=asked).raise_for_status().json()
    service = Service(
        key="google",
        label="Independent",
        authorize_url=f"{base}/oauth2/authorize",
        token_url=f"{base}/oauth2/token",
        identity_url=f"{base}/userinfo",
        revoke_url="",
        api_url="",
        own_page="",
        scopes=scopes,
        needed=(),
        practice=True,
    )
    return Client(given["client_id"], given["client_secret"], service, by_operator=True)


def _sign_in(client: Client) -> flow.TokenSet:
    leaving = flow.authorization_request(client, BACK)
    back = httpx.post(leaving.url, data={"sub": "1001"})
    came = parse_qs(urlsplit(back.headers["location"]).query)
    assert back.headers["location"].startswith(BACK)
    assert came["state"] == [leaving.state]
    return flow.exchange_code(client, BACK, code=came["code"][0], verifier=leaving.verifier, now=NOW)


def test_signing_in_identifies_the_owner(client: Client):
    assert flow.identify(client, _sign_in(client)) == Owner("1001", (ProviderAddress("alice@lumen.example", verified=True),))


def test_the_grant_is_refreshed_until_it_is_withdrawn(client: Client, base: str):
    grant = _sign_in(client)
    fresh = flow.refresh(client, grant, NOW + timedelta(hours=1))
    assert fresh.access_token != grant.access_token
    assert flow.identify(client, fresh).subject == "1001"
    httpx.post(f"{base}/users/1001/revoke-tokens").raise_for_status()
    with pytest.raises(Withdrawn):
        flow.refresh(client, fresh, NOW + timedelta(hours=2))


def test_saying_no_is_explained(client: Client):
    leaving = flow.authorization_request(client, BACK)
    back = httpx.post(leaving.url, content=urlencode({"action": "deny"}), headers={"Content-Type": "application/x-www-form-urlencoded"})
    came = parse_qs(urlsplit(back.headers["location"]).query)
    assert "not given" in flow.refused_at_sign_in(came["error"][0], "").message


def test_the_check_tells_a_right_secret_from_a_wrong_one(client: Client):
    wrong = Client(client.client_id, "wrong", client.service, by_operator=True)
    told = [{f.part: f.good for f in check_client(asker, BACK, NOW)}["secret"] for asker in (client, wrong)]
    assert told == [True, False]
