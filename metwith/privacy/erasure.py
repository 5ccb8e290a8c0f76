"""Erasing what is held about one address, and keeping it out for good.

First the block, of which only a keyed digest is kept: from then on nothing of the address can come in. Then the records go and the rest is
marked (`sync/purge.py`), in one transaction: nobody is shown it any more, and what is more than a page is a job's (`sync/erasing.py`).
Killed between the two, the workspace's calendars are decided again by a job all the same, and the verb can be run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.accounts.models import Account, Block
from metwith.accounts.queries import digest_of
from metwith.accounts.signals import blocks_changed
from metwith.calendars import jobs
from metwith.calendars.intents import noting
from metwith.calendars.models import Calendar
from metwith.calendars.overrides import NotAContact
from metwith.calendars.reads import visible
from metwith.calendars.reads.strangers import digester
from metwith.calendars.sync import purge, relink
from metwith.engine.locks import lock_writers
from metwith.lib.errors import Invalid
from metwith.notes.following import erase_notes
from metwith.privacy import subject_access
from metwith.records import subject as records
from metwith.records.models import Company
from metwith.rules.link import RecordKind
from metwith.workspaces import audit
from metwith.workspaces.addresses import end_claims, who_is_who
from metwith.workspaces.audit import Action
from metwith.workspaces.may import admins_only
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
    notes: int = 0
    """On the records and the meetings that are gone. Others may mention the person: those are their authors' words, found by searching."""
    no_contact: int = 0
    """Members' words that it is no contact of theirs."""
    finished: bool = True
    """Otherwise some of it is still being removed, and shown to nobody meanwhile."""

    @property
    def many(self) -> int:
        """All of it."""
        counts = (self.people, self.addresses, self.companies, self.meetings, self.copies, self.rows, self.links, self.blocks)
        return sum(counts) + self.invitations + self.notes + self.no_contact


def erase_address(member: Member, address: str, *, spared: Collection[int] = ()) -> Erased:
    """Erase everything about a folded address. `keep`: people's records that stay, without it. Admins only. Raises Invalid (`address`)."""
    admins_only(member)
    workspace_id = member.workspace_id
    owner = who_is_who(workspace_id).members.get(address)
    if owner:
        raise Invalid("address", _("This is an address of a member. Remove the member, or take the address away from them, first."))
    before = subject_access.held_about(workspace_id, address)
    _keep_out(workspace_id, address)
    with transaction.atomic():
        lock_writers(workspace_id)
        # Before their records, from which the notes of meetings with them would else only be taken off.
        erase_notes(workspace_id, [row.id for row in before.people if row.id not in spared or not row.further])
        gone = records.forget_person(workspace_id, address, keep=spared)
        for person_id in gone.people:
            relink.unlink_record(workspace_id, RecordKind.PERSON, person_id)
        row = purge.of_address(workspace_id, address, gone.companies, by=member.pk)
        noting.hand_over(workspace_id, address)
        report = _report(workspace_id, before, gone, finished=jobs.take_away(row))
        audit.note(member, Action.ERASED, many=report.many, purged=report.meetings)
    return report


@transaction.atomic
def _keep_out(workspace_id: int, address: str) -> None:
    """From here on nothing of it comes in, and no sync that began before writes any more."""
    digest = digest_of(workspace_id)(address)
    Block.objects.bulk_create([Block(workspace_id=workspace_id, kind=Block.Kind.ERASED, pattern=digest)], ignore_conflicts=True)
    subject_access.clear_blocks(workspace_id, address).delete()
    Invitation.objects.of(workspace_id).filter(address=address).delete()
    NotAContact.objects.of(workspace_id).filter(digest=digester(workspace_id)(address)).delete()
    end_claims(workspace_id, address)
    Account.objects.of(workspace_id).filter(address=address).update(address="")
    announce(blocks_changed, workspace_id=workspace_id, member_id=0, kind=Block.Kind.WHO, patterns=frozenset({address}))
    Calendar.objects.of(workspace_id).update(lease_holder=None, lease_until=None)


def _report(workspace_id: int, before: subject_access.SubjectData, gone: records.RecordsGone, *, finished: bool) -> Erased:
    left = visible.copies(workspace_id).filter(event_id__in=before.meetings).order_by().values("event_id").distinct().count()
    companies = len(gone.companies) - Company.objects.of(workspace_id).filter(pk__in=gone.companies).count()
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
        notes=before.notes,
        no_contact=before.no_contact,
        finished=finished,
    )
