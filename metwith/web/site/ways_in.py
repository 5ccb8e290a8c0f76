"""When a sign-in address turns out to be its user's: all that let somebody in before has ended, and whoever just showed it goes on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from allauth.account.signals import password_reset
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.dispatch import receiver

from metwith.lib import clock
from metwith.rules.identity import Way
from metwith.web.site import reauthentication
from metwith.workspaces import addresses
from metwith.workspaces.signals import verified_by_oidc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import User


@contextmanager
def going_on(request: MemberRequest) -> Iterator[None]:
    """What is done within may end every way in of who asks (`workspaces.ways_in`): this very session goes on, fresh, to choose a new one."""
    user = request.user
    before = user.password
    yield
    user.refresh_from_db(fields=["password"])
    if user.password != before:
        update_session_auth_hash(request, user)
        reauthentication.note(request, user)


@receiver(verified_by_oidc)
def verify_by_oidc(user: User, identity: int, **_rest: Any) -> None:
    """The identity provider says that the sign-in address is theirs; by that identity they go on coming in."""
    addresses.verify_sign_in(user, Way.OIDC, clock.now(), identity=identity)


@receiver(password_reset)
@transaction.atomic
def verify_by_mailed_link(user: User, **_rest: Any) -> None:
    """Who chose a new password by a mailed link has the mailbox. The password is the way just used, so it stays."""
    chosen = user.password
    if addresses.verify_sign_in(user, Way.LINK, clock.now()):
        user.password = chosen
        user.save(update_fields=["password"])
