"""New people, taken back in one step: those that a calendar made and that nobody has touched since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from metwith.calendars.actions.whose import own_calendar
from metwith.calendars.models import Calendar, Link, Newcomer, NewPeople
from metwith.calendars.sync import relink
from metwith.engine import linking
from metwith.engine.locks import lock_writers
from metwith.records.models import Company, Opportunity, Person, Record
from metwith.rules.link import RecordKind
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.db.models import QuerySet

    from metwith.workspaces.models import Member

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Made:
    """What a calendar made of its meetings and is still there, and what of it would go."""

    people: int
    companies: int
    going_people: frozenset[int]
    """Ids. The others stay: somebody edited them, put them into the trash, linked a meeting to them or took one off, or an opportunity hangs on them."""
    going_companies: frozenset[int]
    """Ids. A company with people who stay stays too."""

    @property
    def going(self) -> int:
        """How many records would go."""
        return len(self.going_people) + len(self.going_companies)

    @property
    def staying(self) -> int:
        """How many would stay."""
        return self.people + self.companies - self.going


def made_by(workspace_id: int, calendar_ids: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """Calendar → how many people and how many companies it made that are still there; calendars that made none are left out."""
    rows = Newcomer.objects.of(workspace_id).filter(calendar_id__in=calendar_ids)
    found: dict[int, list[int]] = {}
    for at, (kind, model) in enumerate(((RecordKind.PERSON, Person), (RecordKind.COMPANY, Company))):
        there = rows.filter(record_kind=kind, record_id__in=model.objects.of(workspace_id).values("pk"))
        for calendar_id in there.values_list("calendar_id", flat=True):
            found.setdefault(calendar_id, [0, 0])[at] += 1
    return {calendar_id: (people, companies) for calendar_id, (people, companies) in found.items()}


def preview_undo(member: Member, calendar_id: int) -> Made:
    """What would go and what would stay. Raises Calendar.DoesNotExist, NotAllowed."""
    return _judge(own_calendar(member, calendar_id))


@transaction.atomic
def undo(member: Member, calendar_id: int) -> Made:
    """Remove for good what nobody has touched, and make no more: else the next reading would bring them back. Raises as `look`."""
    calendar = own_calendar(member, calendar_id)
    workspace_id = calendar.workspace_id
    lock_writers(workspace_id)
    # A sync under way would go on making people: without its lease it writes nothing more.
    Calendar.objects.of(workspace_id).filter(pk=calendar.pk).update(new_people=NewPeople.OFF, lease_holder=None, lease_until=None)
    made = _judge(calendar, lock=True)
    _remove(workspace_id, RecordKind.PERSON, made.going_people)
    _remove(workspace_id, RecordKind.COMPANY, made.going_companies)
    audit.note(member, Action.NEW_PEOPLE_UNDONE, calendar=calendar.pk, many=made.going)
    return made


def _judge(calendar: Calendar, *, lock: bool = False) -> Made:
    workspace_id = calendar.workspace_id
    people, companies = _made(calendar, RecordKind.PERSON, Person, lock=lock), _made(calendar, RecordKind.COMPANY, Company, lock=lock)
    deals = Opportunity.objects.of(workspace_id)
    going_people = _untouched(people, RecordKind.PERSON) - {*deals.exclude(contact=None).values_list("contact_id", flat=True)}
    going = _untouched(companies, RecordKind.COMPANY) - {*deals.exclude(company=None).values_list("company_id", flat=True)}
    staying = Person.objects.of(workspace_id).filter(company_id__in=going).exclude(pk__in=going_people)
    return Made(len(people), len(companies), going_people, going - {*staying.values_list("company_id", flat=True)})


def _made[R: Record](calendar: Calendar, kind: RecordKind, model: type[R], *, lock: bool) -> list[R]:
    """The records that the calendar made; locked, nobody touches them until the transaction ends."""
    ids = Newcomer.objects.of(calendar.workspace_id).filter(calendar=calendar, record_kind=kind).values("record_id")
    rows: QuerySet[R] = model.objects.of(calendar.workspace_id).filter(pk__in=ids).order_by("pk")
    return list(rows.select_for_update() if lock else rows)


def _untouched(rows: Iterable[Record], kind: RecordKind) -> frozenset[int]:
    """Those that still stand as they were made: not edited, merged or trashed, and no meeting linked to them or taken off by hand."""
    rows = list(rows)
    plain = {row.pk for row in rows if row.made_by_rule and row.updated_at == row.created_at and row.trashed_at is None}
    if not plain:
        return frozenset()
    by_hand = linking.by_hand(Link, rows[0].workspace_id).filter(record_kind=kind, record_id__in=plain)
    return frozenset(plain) - {*by_hand.values_list("record_id", flat=True)}


def _remove(workspace_id: int, kind: RecordKind, ids: Collection[int]) -> None:
    """The records with their addresses or domains and their links; whoever else their meetings lead to gets them. In the writers' lock."""
    model = Person if kind is RecordKind.PERSON else Company
    links = Link.objects.of(workspace_id).filter(record_kind=kind, record_id__in=ids)
    events = sorted({*links.values_list("event_id", flat=True)})
    linking.tell(workspace_id, {(int(kind), record_id) for record_id in ids})
    links.delete()
    Newcomer.objects.of(workspace_id).filter(record_kind=kind, record_id__in=ids).delete()
    model.objects.of(workspace_id).filter(pk__in=ids).delete()
    for at in range(0, len(events), BATCH):
        relink.relink(workspace_id, events[at : at + BATCH])
