"""What lets a user in, and its end. Whoever calls this says what follows: a new password, the session that goes on (web/site/ways_in.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from metwith.workspaces import audit, signals
from metwith.workspaces.audit import Action
from metwith.workspaces.models import ApiToken, Member

if TYPE_CHECKING:
    from metwith.workspaces.models import User

EVERYWHERE = "a user signs in to every workspace at once"


@transaction.atomic
def end_other_ways_in(user: User, *, keep: int = 0) -> None:
    """End all that was set before it was known whose the sign-in address is (product.md, section 3), but the way that was just used.

    `keep`: the row of the identity that just signed in (`signals.verified_by_oidc`); 0: shown by mail or by a calendar's provider, so none.
    """
    end_ways_in(user, keep=keep)
    for member in Member.objects.across_workspaces(EVERYWHERE).filter(user=user, left_at=None).select_related("user"):
        audit.note(member, Action.WAYS_ENDED)


@transaction.atomic
def end_ways_in(user: User, *, keep: int = 0) -> None:
    """End all that lets a user in: password, passkeys, second factors, recovery codes, identities but `keep`, API tokens, subscriptions.

    No session and no link for a new password outlives it: what each of them is checked by covers the password.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user_id=user.pk).delete()
    SocialAccount.objects.filter(user_id=user.pk).exclude(pk=keep).delete()
    for member in Member.objects.across_workspaces(EVERYWHERE).filter(user=user):
        ApiToken.objects.of(member.workspace_id).filter(member=member).delete()
        signals.announce(signals.ways_in_ended, workspace_id=member.workspace_id, member_id=member.pk)
