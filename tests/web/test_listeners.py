"""What is kept of what an identity provider says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def test_an_identity_providers_claims_are_there_for_the_sign_in_and_kept_nowhere(alice: Member):
    claims = {"id_token": {"auth_time": 1}, "userinfo": {"email": "alice@lumen.example", "phone_number": "+49 30 1"}}
    known = SocialAccount.objects.create(user=alice.user, provider="oidc", uid="1", extra_data=claims)
    for _ in range(2):
        assert known.extra_data == claims
        assert SocialAccount.objects.get().extra_data == {}
        known.save()
