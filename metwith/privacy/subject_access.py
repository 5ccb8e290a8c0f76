"""Everything that is held about one address: for whoever asks what is known of them, and before it is erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from metwith.accounts.models import Block
from metwith.accounts.queries import digest_of
from metwith.calendars.models import Attendee, Link
from metwith.calendars.overrides import NotAContact
from metwith.calendars.reads import set_aside, visible
from metwith.calendars.reads.strangers import digester
from metwith.calendars.sync.meeting.naming import naming, series_naming
from metwith.lib import addresses
from metwith.lib.errors import Invalid
from metwith.notes.queries import count_about
from metwith.records import subject as records
from metwith.rules.link import RecordKind
from metwith.workspaces.models import Invitation

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class SubjectData:
    """What is held about a folded address. Rows of records, blocks and invitations; numbers of all else."""

    address: str
    people: tuple[records.NamedRecord, ...]
    companies: tuple[tuple[int, str], ...]
    """Made by a rule for these people only: id and name."""
    meetings: tuple[int, ...]
    """Events that a copy of names the address, newest first."""
    copies: int
    """Entries that name it."""
    rows: int
    """Its rows as a participant."""
    links: int
    """Of these meetings, to whatever record."""
    series: int
    """Recurring meetings that name it."""
    blocks: int
    """Of exactly this address, in clear."""
    invitations: int
    no_contact: int
    """Members who said that the address is no contact of theirs: a keyed digest of it each."""
    notes: int
    """On the people's records and on copies that name it."""
    set_aside: int
    """Copies that name it, shown to nobody any more."""
    set_aside_until: datetime | None
    """When the first of them is purged."""
    earlier: int
    """Earlier values, kept for a day to take changes of many records back."""
    erased_at: datetime | None
    """It was erased before, and is kept out since."""

    @property
    def anything(self) -> bool:
        """Whether there is something to erase or to tell."""
        counts = (self.rows, self.series, self.blocks, self.invitations, self.no_contact, self.set_aside, self.earlier)
        return any((self.people, self.meetings, *counts))


def read_address(text: str) -> str:
    """An address as somebody typed it, folded. Raises Invalid (`address`)."""
    folded = addresses.fold(text)
    if not folded:
        raise Invalid("address", _("This is not an e-mail address. Enter one like anna@acme.example."))
    return folded


def held_about(workspace_id: int, address: str) -> SubjectData:
    """Everything about a folded address."""
    found = records.people(workspace_id, address)
    named = naming(workspace_id, address, visible.copies(workspace_id))
    meetings = list(dict.fromkeys(named.order_by("-starts_at", "-event_id").values_list("event_id", flat=True)))
    digest = digest_of(workspace_id)(address)
    many, until = set_aside.told_of(workspace_id, address)
    erased = Block.objects.of(workspace_id).filter(kind=Block.Kind.ERASED, pattern=digest)
    return SubjectData(
        address=address,
        people=found,
        companies=records.companies(workspace_id, [row.id for row in found]),
        meetings=tuple(meetings),
        copies=named.count(),
        rows=Attendee.objects.of(workspace_id).filter(address=address).count(),
        links=_links(workspace_id, meetings, [row.id for row in found]),
        series=len(series_naming(workspace_id, address)),
        blocks=clear_blocks(workspace_id, address).count(),
        invitations=Invitation.objects.of(workspace_id).filter(address=address).count(),
        no_contact=NotAContact.objects.of(workspace_id).filter(digest=digester(workspace_id)(address)).count(),
        notes=count_about(workspace_id, [row.id for row in found], named),
        set_aside=many,
        set_aside_until=until,
        earlier=records.count_earlier_values(workspace_id, address, [row.id for row in found]),
        erased_at=erased.values_list("created_at", flat=True).first(),
    )


def clear_blocks(workspace_id: int, address: str) -> QuerySet[Block]:
    """Blocks of exactly this folded address, anybody's."""
    return Block.objects.of(workspace_id).filter(kind=Block.Kind.WHO, pattern=address)


def _links(workspace_id: int, meetings: list[int], people: list[int]) -> int:
    concerned = Q(event_id__in=meetings) | Q(record_kind=RecordKind.PERSON, record_id__in=people)
    return Link.objects.of(workspace_id).filter(concerned).count()
