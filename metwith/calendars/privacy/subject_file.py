"""What is held about one address, as a file: JSON for programs and for whoever asks, ICS for calendars.

An admin's file holds of each meeting what the admin may see of it. The operator's holds all there is, since the operator can read the
database anyway.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from metwith.accounts.queries import who_is_who
from metwith.calendars import queries
from metwith.calendars.models import Entry, Event
from metwith.calendars.privacy import ics_file
from metwith.records.models import Opportunity, Person, PersonAddress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from metwith.calendars.privacy.subject import Held
    from metwith.calendars.shown import Meeting
    from metwith.workspaces.models import Member

type Json = dict[str, Any]

AT_ONCE = 500
CONTENT = ("title", "description", "location", "join_url", "web_url", "attachments")


def as_json(viewer: Member, held: Held, now: datetime, *, everything: bool = False) -> str:
    """The whole of it. `everything`: the operator's, with each copy in full."""
    found: Json = {
        "address": held.address,
        "made_at": now.isoformat(),
        "seen_by": "operator" if everything else str(viewer),
        "people": [_person(row) for row in _people(held, viewer.workspace_id)],
        "opportunities": list(_opportunities(held, viewer.workspace_id)),
        "companies_made_for_them": [{"id": pk, "name": name} for pk, name in held.companies],
        "meetings": [_meeting(m, held.address) for m in _meetings(viewer, held)],
        "numbers": {name: getattr(held, name) for name in ("copies", "rows", "links", "series", "blocks", "invitations")},
        "erased_at": held.erased_at.isoformat() if held.erased_at else None,
    }
    if everything:
        copies = _copies(viewer.workspace_id, held)
        for meeting in found["meetings"]:
            meeting["copies"] = copies[meeting["id"]]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def as_ics(viewer: Member, held: Held, now: datetime, *, everything: bool = False) -> str:
    """The meetings as a calendar (RFC 5545). With `everything` each with the words of its first copy."""
    copies = _copies(viewer.workspace_id, held) if everything else {}
    found = (_in_full(meeting, copies) for meeting in _meetings(viewer, held))
    keys = dict(Event.objects.of(viewer.workspace_id).filter(pk__in=held.meetings).values_list("pk", "key"))
    return ics_file.calendar(((meeting, keys.get(meeting.id, "")) for meeting in found), now)


def _in_full(meeting: Meeting, copies: Mapping[int, list[Json]]) -> Meeting:
    if not copies.get(meeting.id):
        return meeting
    first = copies[meeting.id][0]
    return replace(meeting, title=first["title"], description=first["description"], location=first["location"])


def _meetings(viewer: Member, held: Held) -> Iterator[Meeting]:
    for start in range(0, len(held.meetings), AT_ONCE):
        yield from queries.meetings(viewer, held.meetings[start : start + AT_ONCE])


def _meeting(meeting: Meeting, address: str) -> Json:
    return {
        "id": meeting.id,
        "ical_uid": meeting.ical_uid,
        "start": (meeting.start_date or meeting.starts_at).isoformat(),
        "end": (meeting.end_date or meeting.ends_at).isoformat(),
        "zone": meeting.zone,
        "cancelled": meeting.cancelled,
        "level": meeting.level,
        **{name: getattr(meeting, name) for name in CONTENT},
        "participants": [
            {"address": p.address, "name": p.name, "response": p.response, "role": p.role, "organizer": p.organizer, "asked": p.address == address}
            for p in meeting.participants
        ],
        "in_calendars_of": [copy.owner for copy in meeting.copies],
    }  # fmt: skip


def _copies(workspace_id: int, held: Held) -> dict[int, list[Json]]:
    """Every copy of these meetings with all its content."""
    found: dict[int, list[Json]] = defaultdict(list)
    names = who_is_who(workspace_id).names
    rows = Entry.objects.of(workspace_id).filter(event_id__in=held.meetings).select_related("calendar__account").order_by("pk")
    for row in rows.iterator():
        copy = {"calendar": row.calendar.name, "owner": names.get(row.calendar.account.member_id, ""), "attendees": row.attendees}
        found[row.event_id].append(copy | {name: getattr(row, name) for name in CONTENT})
    return found


def _people(held: Held, workspace_id: int) -> Iterator[Person]:
    ids = [row.id for row in held.people]
    rows = Person.objects.of(workspace_id).filter(pk__in=ids).select_related("company").order_by("pk")
    addresses = PersonAddress.objects.of(workspace_id).order_by("-primary", "pk")
    yield from rows.prefetch_related(Prefetch("addresses", queryset=addresses))


def _person(row: Person) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "job_title": row.job_title,
        "addresses": [held.address for held in row.addresses.all()],
        "company": row.company.name if row.company else None,
        "made_by_rule": row.made_by_rule,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "trashed_at": row.trashed_at.isoformat() if row.trashed_at else None,
    }


def _opportunities(held: Held, workspace_id: int) -> Iterator[Json]:
    """Of which they are the point of contact."""
    rows = Opportunity.objects.of(workspace_id).filter(contact_id__in=[row.id for row in held.people]).order_by("pk")
    yield from ({"id": pk, "name": name} for pk, name in rows.values_list("pk", "name"))
