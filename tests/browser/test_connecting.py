"""Connecting at a provider's sign-in page in a real browser: the policy of our pages lets the way there and back through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from metwith.accounts.models import Account
from tests.browser.conftest import accessible

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.accounts.practice import Practice
    from tests.accounts.signing_in import SignInServer
    from tests.browser.conftest import OpenAs


def test_away_and_back_and_away_again(open_as: OpenAs, at_work: None, alice: Member, service: SignInServer, practice: Practice):
    page = open_as(alice)
    page.goto("/settings/accounts/connect/")
    page.get_by_role("link", name="Google Sign in there").click()
    page.get_by_role("link", name="Continue to Google").click()
    expect(page).to_have_title("Sign in")
    page.get_by_role("link", name="Yes").click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="See what would come in").click()
    expect(page.get_by_role("heading", name="0 meetings would come in")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Connect").click()
    expect(page).to_have_url(re.compile("/people/met/"))
    account = Account.objects.of(alice.workspace).get()
    # Reconnecting goes straight to the provider.
    page.goto(f"/settings/accounts/{account.pk}/reconnect/")
    expect(page).to_have_title("Sign in")
    page.get_by_role("link", name="Yes").click()
    expect(page.get_by_text("Connected again.")).to_be_visible()
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_label("Keep them").check()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("The permission was taken back at Google too.")).to_be_visible()
    assert service.revoked == ["refresh-2"]
