"""People of those whom one meets: added by hand, many at once, or left out for good; and that taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from metwith.calendars.overrides import NotAContact
from metwith.calendars.reads.strangers import digester
from metwith.engine.locks import lock_writers
from metwith.records.contacts import add_contacts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from metwith.records.contacts import ContactsMade
    from metwith.workspaces.models import Member


@transaction.atomic
def add_strangers(member: Member, names: Mapping[str, str], now: datetime) -> ContactsMade:
    """Make people of these: folded address → name. Nobody twice, whoever else adds them at the same time. Whom one adds is a contact."""
    lock_writers(member.workspace_id)
    let_strangers_in(member, names)
    return add_contacts(member, names, now=now)


def leave_strangers_out(member: Member, addresses: Collection[str]) -> None:
    """These folded addresses are no contacts: they are not offered any more, and no calendar of this member makes people of them."""
    keyed = digester(member.workspace_id)
    NotAContact.objects.bulk_create(
        [NotAContact(workspace_id=member.workspace_id, member_id=member.pk, digest=keyed(address)) for address in addresses],
        ignore_conflicts=True,
    )


def let_strangers_in(member: Member, addresses: Collection[str]) -> None:
    """That taken back."""
    digests = [*map(digester(member.workspace_id), addresses)]
    NotAContact.objects.of(member.workspace_id).filter(member_id=member.pk, digest__in=digests).delete()
