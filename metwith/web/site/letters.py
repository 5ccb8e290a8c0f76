"""What is mailed to people so that they show that an address is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from metwith.lib import mail
from metwith.lib.errors import Invalid

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

LASTS = 86_400
"""Seconds for which a link to confirm an address works."""
_SALT = "confirm-address"


def invite(inviter: Member, address: str, link: str) -> None:
    """The link of an invitation. Raises Invalid (`address`) when it cannot be sent."""
    about = {"inviter": str(inviter), "workspace": inviter.workspace.name, "link": link}
    subject = _("%(inviter)s invites you to “%(workspace)s” on Metwith") % about
    text = _(
        "%(inviter)s invites you to join “%(workspace)s” on Metwith, which keeps the history of meetings with people from outside.\n\n"
        "%(link)s\n\n"
        "The link works once, for two weeks, and is yours alone: whoever opens it joins with this address. "
        "If you do not know what this is about, do nothing."
    )
    _send(subject, text % about, address)


def confirm(member: Member, address: str, link: str) -> None:
    """The link by which a member shows that an address is theirs. Raises Invalid (`address`) when it cannot be sent."""
    about = {"member": str(member), "workspace": member.workspace.name, "link": link, "address": address}
    subject = _("Is %(address)s yours?") % about
    text = _(
        "%(member)s says in “%(workspace)s” on Metwith that this address is theirs. If that is you, open this link within a day, in the "
        "browser in which you are signed in:\n\n"
        "%(link)s\n\n"
        "If it is not you, do nothing: without the link the address counts for nothing."
    )
    _send(subject, text % about, address)


def new_password(admin: Member, other: Member, link: str) -> None:
    """The link to a new password, which an admin had sent. Raises Invalid (`address`) when it cannot be sent."""
    about = {"admin": str(admin), "workspace": admin.workspace.name, "link": link}
    subject = _("A new password for “%(workspace)s” on Metwith") % about
    text = _(
        "%(admin)s, who looks after “%(workspace)s” on Metwith, had this link to a new password sent to you:\n\n"
        "%(link)s\n\n"
        "Nobody but you was shown it. Until you choose a new password the old one works; if you did not ask for this, do nothing."
    )
    _send(subject, text % about, other.user.email)


def new_password_path(member: Member) -> str:
    """Where the page behind the link to a new password is, as the login library makes it. `member.user` must be loaded."""
    key = default_token_generator.make_token(member.user)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(member.user), key])


def sealed(member: Member, address: str) -> str:
    """What a link to confirm an address carries: nobody else's, for a day."""
    return signing.dumps([member.workspace_id, member.pk, address], salt=_SALT)


def open_letter(member: Member, token: str) -> str:
    """The address of a link, or empty: it ran out, is another member's, or never was ours."""
    try:
        workspace_id, member_id, address = signing.loads(token, salt=_SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError):
        return ""
    return str(address) if (workspace_id, member_id) == (member.workspace_id, member.pk) else ""


def _send(subject: str, text: str, address: str) -> None:
    if not mail.send(subject, text, address):
        raise Invalid("address", _("The mail could not be sent, so nothing was changed. Try again, or ask the operator."))
