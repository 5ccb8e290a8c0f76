"""What is held about one address, as a file: JSON for programs and for whoever asks, ICS for calendars.

An admin's file holds of each meeting what the admin may see of it. The operator's holds all there is, since the operator can read the
database anyway.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from metwith.calendars import queries
from metwith.calendars.exports import ics_file, meeting_json, record_file
from metwith.calendars.exports.ics_file import ExportedMeeting
from metwith.calendars.exports.meeting_json import CONTENT, Json
from metwith.calendars.reads import visible
from metwith.notes import queries as notes
from metwith.notes.note_json import note_as_json
from metwith.records.models import Opportunity, Person, PersonAddress, PersonTag
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from metwith.calendars.read_models import Meeting
    from metwith.privacy.subject_access import SubjectData
    from metwith.workspaces.models import Member

AT_ONCE = 500


def as_json(viewer: Member, subject: SubjectData, now: datetime, *, everything: bool = False) -> str:
    """The whole of it. `everything`: the operator's, with each copy in full."""
    names = who_is_who(viewer.workspace_id).names
    found: Json = {
        "address": subject.address,
        "made_at": now.isoformat(),
        "seen_by": "operator" if everything else str(viewer),
        "people": [_person(row, names) for row in _people(subject, viewer.workspace_id)],
        "notes": list(_notes(viewer, subject, everything=everything)),
        "opportunities": list(_opportunities(subject, viewer.workspace_id)),
        "companies_made_for_them": [{"id": pk, "name": name} for pk, name in subject.companies],
        "meetings": [_meeting(m, subject.address) for m in _meetings(viewer, subject)],
        "numbers": {
            name: getattr(subject, name)
            for name in ("copies", "rows", "links", "series", "blocks", "invitations", "notes", "no_contact", "set_aside", "earlier")
        },
        "set_aside_until": subject.set_aside_until.isoformat() if subject.set_aside_until else None,
        "erased_at": subject.erased_at.isoformat() if subject.erased_at else None,
    }
    if everything:
        copies = _copies(viewer.workspace_id, subject)
        named = queries.identities_of(viewer.workspace_id, subject.meetings)
        for meeting in found["meetings"]:
            meeting["copies"] = copies[meeting["id"]]
            meeting["ical_uid"] = named[meeting["id"]][0] if meeting["id"] in named else meeting["ical_uid"]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def as_ics(viewer: Member, subject: SubjectData, now: datetime, *, everything: bool = False) -> str:
    """The meetings as a calendar (RFC 5545). With `everything` each with the words of its first copy."""
    copies = _copies(viewer.workspace_id, subject) if everything else {}
    named = queries.identities_of(viewer.workspace_id, subject.meetings)
    uid_of = record_file.namer(viewer.workspace_id)
    found = (_in_full(meeting, copies) for meeting in _meetings(viewer, subject) if meeting.id in named)

    def exported(meeting: Meeting) -> ExportedMeeting:
        """Under its own UID, so that it is the same meeting wherever it is read; where that is not shared, under one of ours."""
        uid, key = named[meeting.id]
        return _exported(meeting, uid, key) if everything or meeting.ical_uid is not None else _exported(meeting, uid_of(uid, key), "")

    return "".join(ics_file.calendar_lines(map(exported, found), now))


def _notes(viewer: Member, subject: SubjectData, *, everything: bool) -> Iterator[Json]:
    """On their records, and on the meetings with them; each with the one that it is on."""
    people = notes.notes_on_records(viewer, "person", [row.id for row in subject.people], everything=everything)
    meetings = notes.notes_on_meetings(viewer, subject.meetings, everything=everything)
    for place, found in (("person", people), ("meeting", meetings)):
        yield from ({place: pk, **note_as_json(note)} for pk, held in found.items() for note in held)


def _exported(meeting: Meeting, uid: str, key: str) -> ExportedMeeting:
    return ExportedMeeting(
        meeting,
        uid,
        key,
        title=meeting.title or "",
        description=meeting.description or "",
        location=meeting.location or "",
        people=meeting.participants,
    )


def _in_full(meeting: Meeting, copies: Mapping[int, list[Json]]) -> Meeting:
    if not copies.get(meeting.id):
        return meeting
    first = copies[meeting.id][0]
    return replace(meeting, title=first["title"], description=first["description"], location=first["location"])


def _meetings(viewer: Member, subject: SubjectData) -> Iterator[Meeting]:
    for start in range(0, len(subject.meetings), AT_ONCE):
        yield from queries.meetings(viewer, subject.meetings[start : start + AT_ONCE])


def _meeting(meeting: Meeting, address: str) -> Json:
    found = meeting_json.meeting_as_json(meeting)
    for participant in found["participants"]:
        participant["asked"] = participant["address"] == address
    return found


def _copies(workspace_id: int, subject: SubjectData) -> dict[int, list[Json]]:
    """Every copy of these meetings with all its content."""
    found: dict[int, list[Json]] = defaultdict(list)
    names = who_is_who(workspace_id).names
    rows = visible.copies(workspace_id).filter(event_id__in=subject.meetings).select_related("calendar__account").order_by("pk")
    for row in rows.iterator():
        copy = {"calendar": row.calendar.name, "owner": names.get(row.calendar.account.member_id, ""), "attendees": row.attendees}
        found[row.event_id].append(copy | {name: getattr(row, name) for name in CONTENT})
    return found


def _people(subject: SubjectData, workspace_id: int) -> Iterator[Person]:
    ids = [row.id for row in subject.people]
    rows = Person.objects.of(workspace_id).filter(pk__in=ids).select_related("company").order_by("pk")
    addresses = PersonAddress.objects.of(workspace_id).order_by("-primary", "pk")
    tags = PersonTag.objects.of(workspace_id).order_by("key")
    yield from rows.prefetch_related(Prefetch("addresses", queryset=addresses), Prefetch("tags", queryset=tags))


def _person(row: Person, names: Mapping[int, str]) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "job_title": row.job_title,
        "phone": row.phone,
        "tags": [tag.name for tag in row.tags.all()],
        "owner": names.get(row.owner_id) if row.owner_id else None,
        "addresses": [held.address for held in row.addresses.all()],
        "company": row.company.name if row.company else None,
        "made_by_rule": row.made_by_rule,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "trashed_at": row.trashed_at.isoformat() if row.trashed_at else None,
    }


def _opportunities(subject: SubjectData, workspace_id: int) -> Iterator[Json]:
    """Of which they are the point of contact."""
    rows = Opportunity.objects.of(workspace_id).filter(contact_id__in=[row.id for row in subject.people]).order_by("pk")
    yield from ({"id": pk, "name": name} for pk, name in rows.values_list("pk", "name"))
