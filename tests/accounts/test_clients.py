"""As what we introduce ourselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.accounts.models import OAuthClient
from metwith.accounts.oauth.clients import client_of, from_environment, remove_client, save_client
from metwith.lib.errors import Invalid, NotAllowed

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def test_nobody_has_set_anything(alice: Member):
    assert client_of(alice.workspace_id, "google") is None
    assert client_of(alice.workspace_id, "caldav") is None


def test_a_workspace_has_its_own_client_with_an_encrypted_secret(alice: Member, charlie: Member):
    save_client(alice, "microsoft", client_id=" an id ", secret=" s3cret ", tenant="lumen.example")
    client = client_of(alice.workspace_id, "microsoft")
    assert client
    assert (client.client_id, client.secret, client.by_operator) == ("an id", "s3cret", False)
    assert client.service.token_url == "https://login.microsoftonline.com/lumen.example/oauth2/v2.0/token"
    assert "s3cret" not in OAuthClient.objects.of(alice.workspace_id).get().secret
    assert "s3cret" not in repr(client)
    assert client_of(charlie.workspace_id, "microsoft") is None


def test_the_environment_wins(alice: Member, monkeypatch: pytest.MonkeyPatch):
    save_client(alice, "google", client_id="of the workspace", secret="s")
    monkeypatch.setenv("METWITH_GOOGLE_CLIENT_ID", "of the operator")
    assert from_environment("google") is None  # half of it is nothing
    monkeypatch.setenv("METWITH_GOOGLE_CLIENT_SECRET", "s3cret")
    client = client_of(alice.workspace_id, "google")
    assert client
    assert (client.client_id, client.by_operator) == ("of the operator", True)


def test_an_empty_secret_keeps_the_one_that_is_there_but_not_for_another_id(alice: Member):
    save_client(alice, "google", client_id="one", secret="s3cret")
    save_client(alice, "google", client_id="one")
    client = client_of(alice.workspace_id, "google")
    assert client
    assert client.secret == "s3cret"
    with pytest.raises(Invalid) as wrong:
        save_client(alice, "google", client_id="two")
    assert wrong.value.field == "secret"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"client_id": " ", "secret": "s"}, "client_id"),
        ({"client_id": "one"}, "secret"),
        ({"client_id": "one", "secret": "s", "tenant": "../evil"}, "tenant"),
        ({"client_id": "one", "secret": "s", "tenant": "a b"}, "tenant"),
    ],
)
def test_what_cannot_be_is_refused(alice: Member, given: dict[str, str], field: str):
    with pytest.raises(Invalid) as wrong:
        save_client(alice, "microsoft", **given)
    assert wrong.value.field == field
    assert not OAuthClient.objects.of(alice.workspace_id).exists()


def test_only_admins_set_and_remove(alice: Member, bob: Member):
    save_client(alice, "google", client_id="one", secret="s")
    with pytest.raises(NotAllowed):
        save_client(bob, "google", client_id="two", secret="s")
    with pytest.raises(NotAllowed):
        remove_client(bob, "google")
    remove_client(alice, "google")
    assert client_of(alice.workspace_id, "google") is None
