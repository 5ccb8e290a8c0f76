"""Opening an account: what its tokens cannot do is told in the port's words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.accounts.models import Account
from metwith.accounts.oauth.tokens import StoredTokens
from metwith.engine.access import PortTokens, describe
from metwith.engine.errors import NeedsReconnect, ProviderBroken, ProviderError, SlowDown
from tests.accounts.test_tokens import account
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.workspaces.models import Member
    from tests.accounts.signing_in import SignInServer

LATER = NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("said", "headers", "error"),
    [
        ((400, {"error": "invalid_grant"}), {}, NeedsReconnect),
        ((401, {"error": "invalid_client"}), {}, ProviderBroken),
        ((503, "down"), {}, ProviderBroken),
        ((429, "slow"), {}, ProviderBroken),
        ((429, "slow"), {"Retry-After": "60"}, SlowDown),
    ],
)
def test_each_problem_has_its_next_step(
    alice: Member, service: SignInServer, said: Any, headers: dict[str, str], error: type[ProviderError]
):
    row = account(alice)
    service.error, service.headers = said, headers
    with pytest.raises(ProviderError) as problem:
        PortTokens(StoredTokens.of(row, lambda: LATER)).access_token()
    assert type(problem.value) is error
    assert "refresh-0" not in str(problem.value) + problem.value.detail


def test_tokens_are_never_handed_over_whole_nor_sent_where_a_row_says(alice: Member, monkeypatch: pytest.MonkeyPatch):
    row = account(alice)
    Account.objects.of(alice.workspace).filter(pk=row.pk).update(server="https://evil.example/")
    row = Account.objects.of(alice.workspace).select_related("member__user").get(pk=row.pk)
    monkeypatch.delenv("METWITH_GOOGLE_SERVER", raising=False)
    facts = describe(row)
    assert (facts.secret, facts.server, facts.subject) == ("", "", "1001")
