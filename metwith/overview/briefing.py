"""The briefing of a meeting: who comes, and what we know of them. What its viewer may see of it elsewhere, put together for reading before it begins."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from metwith.calendars import queries as calendars
from metwith.notes.queries import newest_on_meetings, newest_on_records
from metwith.overview import lists
from metwith.records import queries
from metwith.records.models import Opportunity
from metwith.records.queries import RecordFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from metwith.calendars.read_models import Meeting, Participant
    from metwith.notes.queries import ShownNote
    from metwith.overview.lists import Listed
    from metwith.overview.recount import World
    from metwith.records.models import Company, Person
    from metwith.workspaces.models import Member

MOST = 20
"""Outsiders of whom it tells: of a meeting with more it tells how many there are."""
NOTES, DEALS = 3, 5
"""Of each, the newest."""
MOST_DEALS = 500
"""Open ones of all guests and their companies: of more, the newest are looked at."""


@dataclass(frozen=True, slots=True)
class BriefedGuest:
    """An outsider who comes."""

    participant: Participant
    listed: Listed[Person] | None
    """The person on record, with what their meetings come to; nobody's, where they are on none."""
    opportunities: tuple[Opportunity, ...]
    """Open, of which they are the point of contact or their company is."""
    notes: tuple[ShownNote, ...]
    """On their record and on the last meeting with them, the newest first."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """All of it."""

    meeting: Meeting
    guests: tuple[BriefedGuest, ...]
    further: int
    """Outsiders who come besides."""
    ours: tuple[Participant, ...]
    company_notes: tuple[tuple[Company, tuple[ShownNote, ...]], ...]
    """On the records of their companies."""


def briefing(viewer: Member, world: World, event_id: int, now: datetime) -> Briefing:
    """Of a meeting that the viewer may know of, past ones too. Raises Event.DoesNotExist."""
    meeting = calendars.meeting(viewer, event_id)
    outsiders = [one for one in meeting.participants if one.outsider]
    # Whoever is on record comes first: of them there is something to tell.
    shown = sorted(outsiders, key=lambda one: one.person_id is None)[:MOST]
    ids = {one.person_id for one in shown if one.person_id is not None}
    people = list(queries.people_rows(viewer.workspace_id, RecordFilter()).filter(pk__in=ids)) if ids else []
    known = {listed.record.pk: listed for listed in lists.of_records(world, people, now)}
    companies = {person.company.pk: person.company for person in people if person.company and person.company.trashed_at is None}
    deals = _deals(viewer.workspace_id, known, companies)
    notes = _notes(viewer, known)
    of_companies = newest_on_records(viewer, "company", companies, NOTES) if companies else {}
    return Briefing(
        meeting,
        tuple(_guest(one, known.get(one.person_id or 0), deals, notes) for one in shown),
        len(outsiders) - len(shown) + meeting.others,
        tuple(one for one in meeting.participants if one.member_id),
        tuple((company, tuple(of_companies[pk])) for pk, company in companies.items() if pk in of_companies),
    )


def _guest(
    participant: Participant, listed: Listed[Person] | None, deals: Sequence[Opportunity], notes: Mapping[int, Sequence[ShownNote]]
) -> BriefedGuest:
    if listed is None:
        return BriefedGuest(participant, None, (), ())
    person = listed.record
    own = [deal for deal in deals if deal.contact_id == person.pk or (deal.company_id and deal.company_id == person.company_id)]
    return BriefedGuest(participant, listed, tuple(own[:DEALS]), tuple(notes.get(person.pk, ())))


def _deals(workspace_id: int, people: Iterable[int], companies: Iterable[Any]) -> list[Opportunity]:
    whose = Q(contact_id__in=[*people]) | Q(company_id__in=[*companies])
    return list(
        Opportunity.objects.of(workspace_id)
        .filter(whose, trashed_at=None, stage__in=queries.OPEN_STAGES)
        .order_by("-updated_at", "pk")[:MOST_DEALS]
    )


def _notes(viewer: Member, known: Mapping[int, Listed[Person]]) -> Mapping[int, Sequence[ShownNote]]:
    """By person: on their record, and on the last meeting with them."""
    if not known:
        return {}
    found: dict[int, list[ShownNote]] = defaultdict(list)
    for pk, on_record in newest_on_records(viewer, "person", known, NOTES).items():
        found[pk] += on_record
    last = {pk: listed.figures.last.item for pk, listed in known.items() if listed.figures.last}
    on_meetings = newest_on_meetings(viewer, set(last.values()), NOTES)
    for pk, event_id in last.items():
        found[pk] += on_meetings.get(event_id, ())
    return {pk: sorted(notes, key=lambda note: (note.created_at, note.id), reverse=True)[:NOTES] for pk, notes in found.items()}
