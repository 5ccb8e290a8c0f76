"""Members whom the provider knows by another address than the one they sign in with here: an admin says which.

What the organisation granted opens every mailbox in it, and an admin may type any address. So nobody is given somebody else's mailbox
in silence (docs/decisions/oauth.md): not oneself; no address of another member, before and after the provider was asked; and where the
provider does not name the login address beside it, whoever reads that mailbox is written to, and the address proves nothing.
A login address that is not verified is no more than what an admin typed when they invited it, so it is treated alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext

from metwith.accounts.models import Account
from metwith.accounts.oauth.services import service
from metwith.engine.errors import ConnectFailed
from metwith.lib import mail
from metwith.lib.addresses import fold
from metwith.lib.errors import Invalid
from metwith.lib.i18n import _
from metwith.records.models import PersonAddress
from metwith.rules.own_identities import is_non_person, role_address
from metwith.workspaces.addresses import of_account, signs_in_verified, typed, who_is_who
from metwith.workspaces.models import Member
from metwith.workspaces.queries import open_invitations

if TYPE_CHECKING:
    from metwith.accounts.models import Enrolment
    from metwith.calendars.providers.catalogue import Connected
    from metwith.rules.identity import WorkspaceIdentities

ANOTHERS = _("The mailbox at this address is another member's.")


def read_mailbox(admin: Member, member: Member, text: str) -> str:
    """What an admin typed, folded; empty for the login address. `member.user` must be loaded. Raises Invalid (`address`)."""
    if not text.strip():
        return ""
    address = typed(text)
    if address == fold(member.user.email):
        return ""
    if member.pk == admin.pk:
        raise Invalid("address", gettext("Nobody names another address for themselves: sign in at the provider, under Settings, Accounts."))
    if is_non_person(address) or role_address(address):
        raise Invalid("address", gettext("%(address)s stands for a task or a room, not for a person.") % {"address": address})
    if _taken(who_is_who(admin.workspace_id), member, {address}):
        raise Invalid("address", gettext("%(address)s belongs to another member, or to somebody who is invited.") % {"address": address})
    if PersonAddress.objects.of(admin.workspace_id).filter(folded=address).exists():
        words = gettext("%(address)s belongs to a person among your records, so it is not one of you.")
        raise Invalid("address", words % {"address": address})
    return address


def _taken(who: WorkspaceIdentities, member: Member, addresses: set[str]) -> bool:
    """Whether one of these addresses is known to be somebody else's of the workspace, or invited. A claim stops nobody."""
    if any(who.members.get(address, member.pk) != member.pk for address in addresses):
        return True
    return open_invitations(member.workspace_id).filter(address__in=addresses).exists()


def judged(row: Enrolment, connected: Connected) -> Connected:
    """What the provider opened at an address, and whether that is proven or only an admin's word. Raises ConnectFailed where it is another's.

    `row.member` must be loaded with user and workspace. Whoever reads the mailbox has been written to where nothing proves the address.
    """
    known = signs_in_verified(row.member)
    if not row.address and known:
        return connected
    same = Account.objects.of(row.workspace_id).filter(provider=row.provider, subject=connected.account.subject)
    mine = same.filter(member_id=row.member_id).first()
    if mine is None:
        names = {connected.account.address, *connected.own_addresses}
        if same.exists() or _taken(who_is_who(row.workspace_id), row.member, names):
            raise _no(ANOTHERS)
    beside = known and fold(row.member.user.email) in {connected.account.address, *connected.own_addresses}
    if beside or (mine and not mine.assigned):
        return connected
    if mine is None:
        _tell(row, connected.account.address)
    return replace(connected, assigned=True)


def another_members(workspace_id: int) -> list[Account]:
    """Accounts at addresses that were only an admin's word, and have since become another member's, or of somebody who is invited."""
    who, found = who_is_who(workspace_id), Account.objects.of(workspace_id).filter(assigned=True, disconnected_at=None)
    rows = list(found.select_related("member__user"))
    return [row for row in rows if _taken(who, row.member, {row.address, *of_account(workspace_id, row.pk)})]


def _no(message: str) -> ConnectFailed:
    return ConnectFailed(message, step="sign-in", advice=_("Enter another address, or let them sign in themselves."))


def _tell(row: Enrolment, address: str) -> None:
    """Write to whoever reads the mailbox. Raises ConnectFailed when that cannot be: then it is not connected either."""
    if not mail.works():
        raise _no(_("Nothing at the provider ties this address to the member, and without a mail server nobody there can be told."))
    member = row.member
    owners = Member.objects.of(row.workspace_id).filter(role=Member.MemberRole.OWNER).order_by("user__email")
    about = {
        "workspace": member.workspace.name,
        "provider": service(row.provider).label,
        "address": address,
        "member": str(member),
        "login": member.user.email,
        "owners": ", ".join(owners.values_list("user__email", flat=True)),
    }
    with translation.override(member.user.language or "en"):
        subject = gettext("The calendar of %(address)s was connected to Metwith") % about
        text = gettext(
            "An admin of “%(workspace)s” had the %(provider)s calendar of this address connected to Metwith, as the account of %(member)s "
            "(%(login)s), who sees all of its meetings with people from outside. It is read, never written.\n\n"
            "If this mailbox is not theirs, tell an owner of the workspace: %(owners)s"
        )
    if not mail.send(subject, text % about, address, enrolment=row.pk):
        raise _no(_("Nothing at the provider ties this address to the member, and the mail that tells so could not be sent."))
