"""Erasing what is held about one address, and keeping it out for good.

First the block, of which only a keyed digest is kept: from then on nothing of the address can come in. Then what is stored goes, in one
transaction. Killed between the two, the workspace's calendars are decided again by a job all the same, and the verb can be run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.accounts.models import Account, Block
from metwith.accounts.queries import digest_of
from metwith.accounts.signals import blocks_changed
from metwith.calendars.models import Attendee, Calendar, Event, Link
from metwith.calendars.privacy import subject
from metwith.calendars.sync import linking, store
from metwith.calendars.sync.redecide import knife_for
from metwith.calendars.sync.turns import lock_writers
from metwith.lib import clock
from metwith.lib.addresses import reversed_domain
from metwith.lib.errors import Invalid, NotAllowed
from metwith.records import subject as records
from metwith.rules.link import RecordKind
from metwith.workspaces import audit
from metwith.workspaces.addresses import end_claims, who_is_who
from metwith.workspaces.audit import Action
from metwith.workspaces.models import Invitation
from metwith.workspaces.signals import announce

if TYPE_CHECKING:
    from collections.abc import Collection

    from metwith.workspaces.models import Member


@dataclass(frozen=True, slots=True)
class Erased:
    """The report: numbers only."""

    people: int
    addresses: int
    """Taken off records that stay, because they have others."""
    companies: int
    meetings: int
    """That are gone; of the others only a copy went, because another one does not name the address."""
    copies: int
    rows: int
    links: int
    blocks: int
    invitations: int

    @property
    def many(self) -> int:
        """All of it."""
        counts = (self.people, self.addresses, self.companies, self.meetings, self.copies, self.rows, self.links, self.blocks)
        return sum(counts) + self.invitations


def erase(member: Member, address: str, *, keep: Collection[int] = ()) -> Erased:
    """Erase everything about a folded address. `keep`: people's records that stay, without it. Admins only. Raises Invalid (`address`)."""
    if not member.is_admin:
        raise NotAllowed(_("Only an owner or admin of the workspace can do this."))
    workspace_id = member.workspace_id
    owner = who_is_who(workspace_id).members.get(address)
    if owner:
        raise Invalid("address", _("This is an address of a member. Remove the member, or take the address away from them, first."))
    before = subject.held(workspace_id, address)
    _keep_out(workspace_id, address)
    with transaction.atomic():
        lock_writers(workspace_id)
        gone = records.forget(workspace_id, address, keep=keep)
        for person_id in gone.people:
            linking.forget(workspace_id, RecordKind.PERSON, person_id)
        _purge(workspace_id, address)
        empty = _empty(workspace_id, gone.companies)
        records.delete_companies(workspace_id, empty)
        for company_id in empty:
            linking.forget(workspace_id, RecordKind.COMPANY, company_id)
        report = _report(workspace_id, before, gone, len(empty))
        audit.note(member, Action.ERASED, many=report.many, purged=report.meetings)
    return report


@transaction.atomic
def _keep_out(workspace_id: int, address: str) -> None:
    """From here on nothing of it comes in, and no sync that began before writes any more."""
    digest = digest_of(workspace_id)(address)
    Block.objects.bulk_create([Block(workspace_id=workspace_id, kind=Block.Kind.ERASED, pattern=digest)], ignore_conflicts=True)
    subject.clear_blocks(workspace_id, address).delete()
    Invitation.objects.of(workspace_id).filter(address=address).delete()
    end_claims(workspace_id, address)
    Account.objects.of(workspace_id).filter(address=address).update(address="")
    announce(blocks_changed, workspace_id=workspace_id, member_id=0)
    Calendar.objects.of(workspace_id).update(lease_holder=None, lease_until=None)


def _purge(workspace_id: int, address: str) -> None:
    """Cut out what the block stops, as sync/redecide.py does, and then every series that names the address all the same."""
    named, series = subject.naming(workspace_id, address), subject.series_naming(workspace_id, address)
    concerned = {*(row.calendar_id for row in series), *named.values_list("calendar_id", flat=True)}
    for calendar in Calendar.objects.of(workspace_id).filter(pk__in=concerned).select_related("account__member__user"):
        knife = knife_for(calendar, clock.now())
        knife.series(row for row in series if row.calendar_id == calendar.pk)
        knife.entries(named.filter(calendar_id=calendar.pk).select_related("event").defer("description"))
        left = {row.remote_id for row in subject.series_naming(workspace_id, address) if row.calendar_id == calendar.pk}
        store.remove_items(knife.claim, left)


def _empty(workspace_id: int, company_ids: Collection[int]) -> list[int]:
    """Companies that have nobody any more and no meeting: neither by hand nor with somebody else at their domains."""
    by_hand = set(_by_hand(workspace_id, company_ids))
    domains = records.domains_of(workspace_id, company_ids)
    return [pk for pk in company_ids if pk not in by_hand and not any(_met(workspace_id, domain) for domain in domains[pk])]


def _by_hand(workspace_id: int, company_ids: Collection[int]) -> list[int]:
    mine = Link.objects.of(workspace_id).filter(record_kind=RecordKind.COMPANY, record_id__in=company_ids)
    return list(mine.filter(reason=Link.Reason.BY_HAND, hidden=False).values_list("record_id", flat=True))


def _met(workspace_id: int, domain: str) -> bool:
    return Attendee.objects.of(workspace_id).filter(reversed_domain__startswith=reversed_domain(domain)).exists()


def _report(workspace_id: int, before: subject.Held, gone: records.Gone, companies: int) -> Erased:
    left = Event.objects.of(workspace_id).filter(pk__in=before.meetings).count()
    return Erased(
        people=len(gone.people),
        addresses=len(gone.kept),
        companies=companies,
        meetings=len(before.meetings) - left,
        copies=before.copies,
        rows=before.rows,
        links=before.links,
        blocks=before.blocks,
        invitations=before.invitations,
    )
