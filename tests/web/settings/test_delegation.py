"""The admin's page for a whole organisation, and what a member who was connected sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.accounts.models import Account, Enrolment, Organisation
from tests.calendars.whole_world import BOB, THERE, lumen
from tests.calendars.worker import work
from tests.web.conftest import signed_in
from tests.web.landing import landed

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member
from tests.calendars.whole_world import Lumen
from tests.web.tight import tight

__all__ = ["lumen"]
PAGE = "/settings/organisation/"
pytestmark = pytest.mark.server


def _given(lumen: Lumen, provider: str) -> dict[str, str]:
    if provider == "google":
        return {"secret": lumen.grants.key_file()}
    return {"client_id": "metwith", "secret": "s3cret", "tenant": "north.example"}


@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_an_admin_enters_checks_and_picks_and_the_member_is_told(lumen: Lumen, as_alice: Client, alice: Member, bob: Member, provider: str):
    assert as_alice.post(f"{PAGE}{provider}/", _given(lumen, provider))["Location"] == PAGE
    checked = landed(as_alice, as_alice.post(f"{PAGE}{provider}/check/")).content.decode()
    assert "Their calendars can be read." in checked
    assert "Wrong:" not in checked
    picked = as_alice.post(f"{PAGE}{provider}/pick/", {"members": [bob.pk]}, follow=True).content.decode()
    assert "1 member is being connected" in picked
    assert "Being connected" in picked
    work()
    assert "· Connected" in tight(as_alice.get(PAGE).content.decode())

    as_bob, accounts = signed_in(bob), "/settings/accounts/"
    seen = as_bob.get(accounts).content.decode()
    assert "Your organisation connected your" in seen
    assert BOB in seen
    as_bob.post(f"{accounts}told/")
    assert "Your organisation connected your" not in as_bob.get(accounts).content.decode()
    account = Account.objects.of(bob.workspace).get(member=bob)
    gone = as_bob.post(f"{accounts}{account.pk}/disconnect/", {"what": "purge"}, follow=True).content.decode()
    assert "take it back" not in gone
    assert "take the permission back" not in gone
    assert "Disconnected by themselves" in as_alice.get(PAGE).content.decode()


@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_a_secret_is_never_shown_again(lumen: Lumen, as_alice: Client, alice: Member, provider: str):
    given = _given(lumen, provider)
    as_alice.post(f"{PAGE}{provider}/", given)
    assert given["secret"][:200] not in as_alice.get(PAGE).content.decode()
    wrong = as_alice.post(f"{PAGE}{provider}/", given | {"secret": "not-a-key", "tenant": "common"})
    assert wrong.status_code == 422
    assert "not-a-key" not in wrong.content.decode()


def test_what_is_wrong_is_said_at_its_field(as_alice: Client):
    wrong = as_alice.post(f"{PAGE}google/", {"secret": "{}"})
    assert wrong.status_code == 422
    assert "This is no key of a service account." in wrong.content.decode()
    assert landed(as_alice, as_alice.post(f"{PAGE}google/check/")).status_code == 200
    assert "First enter what your organisation granted." in as_alice.post(f"{PAGE}google/pick/", follow=True).content.decode()


def test_the_page_is_for_admins(as_bob: Client, as_alice: Client):
    assert as_bob.get(PAGE).status_code == 403
    for verb in ("", "check/", "pick/", "remove/"):
        assert as_bob.post(f"{PAGE}google/{verb}").status_code == 403
        assert as_alice.post(f"{PAGE}caldav/{verb}").status_code == 404


def test_what_was_granted_can_be_removed(lumen: Lumen, as_alice: Client, alice: Member):
    as_alice.post(f"{PAGE}google/", _given(lumen, "google"))
    as_alice.post(f"{PAGE}google/remove/")
    assert not Organisation.objects.of(alice.workspace).exists()


@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_an_address_at_the_provider_is_named_kept_and_told(lumen: Lumen, as_alice: Client, alice: Member, bob: Member, provider: str):
    lumen.moves(THERE)
    lumen.grant(alice, provider)
    page = as_alice.get(PAGE).content.decode()
    assert f'name="address_{bob.pk}"' in page
    assert f'name="address_{alice.pk}"' not in page
    as_alice.post(f"{PAGE}{provider}/pick/", {"members": [bob.pk], f"address_{bob.pk}": THERE, f"address_{alice.pk}": "x"})
    work()
    assert f"at {'Google' if provider == 'google' else 'Microsoft'} {THERE} · Connected" in tight(as_alice.get(PAGE).content.decode())
    assert THERE in signed_in(bob).get("/settings/accounts/").content.decode()
    assert "knows Bob Brandt by another address" in as_alice.get("/settings/audit/").content.decode()


def test_a_wrong_address_is_said_where_it_was_typed_and_nobody_is_picked(lumen: Lumen, as_alice: Client, alice: Member, bob: Member):
    lumen.grant(alice, "google")
    answer = as_alice.post(f"{PAGE}google/pick/", {"members": [bob.pk], f"address_{bob.pk}": alice.user.email})
    page = tight(answer.content.decode())
    assert answer.status_code == 422
    assert "belongs to another member" in page
    assert f'value="{bob.pk}" checked' in page
    assert f'value="{alice.user.email}"' in page
    assert not Enrolment.objects.of(alice.workspace).exists()


def test_an_address_of_somebody_who_was_not_ticked_is_not_looked_at(lumen: Lumen, as_alice: Client, alice: Member, bob: Member):
    lumen.grant(alice, "google")
    assert as_alice.post(f"{PAGE}google/pick/", {f"address_{bob.pk}": "nonsense"}).status_code == 302
