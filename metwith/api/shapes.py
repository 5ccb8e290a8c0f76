"""Records and meetings as the API writes them, with the names of `schemas.py`. Plain dictionaries: a page is written in a millisecond."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from metwith.workspaces.audit_log import whose

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from metwith.calendars.account_status import AccountView, CalendarView
    from metwith.calendars.read_models import LinkedRecord, Meeting, Participant, Reason
    from metwith.calendars.transparency.explain import CopySource, Why
    from metwith.notes.queries import ShownNote
    from metwith.overview.briefing import BriefedGuest, Briefing
    from metwith.overview.figures import CountedItem
    from metwith.overview.lists import Listed
    from metwith.overview.recount import World
    from metwith.records.models import Company, Opportunity, Person, Record
    from metwith.records.paging import Page
    from metwith.workspaces.models import AuditLine

type Shape = dict[str, Any]


def page[M](rows: Page[M], shape: Callable[[M], Shape]) -> Shape:
    """A page of a list."""
    return {"items": [shape(item) for item in rows.items], "next": rows.next}


def person(row: Person) -> Shape:
    """`addresses` and `company` must be loaded, the primary address first."""
    addresses = [held.address for held in row.addresses.all()]
    return {
        "id": row.pk,
        "name": row.name,
        "email": addresses[0] if addresses else None,
        "additional_emails": addresses[1:],
        "job_title": row.job_title,
        "phone": row.phone,
        "company": _named(row.company),
        "from_calendar": row.made_by_rule,
        **_edited(row),
    }


def company(row: Company) -> Shape:
    """`domains` must be loaded."""
    domains = [held.domain for held in row.domains.all()]
    return {
        "id": row.pk,
        "name": row.name,
        "domains": domains,
        "phone": row.phone,
        "from_calendar": row.made_by_rule,
        **_edited(row),
    }


def opportunity(row: Opportunity) -> Shape:
    """`company` and `contact` must be loaded."""
    return {
        "id": row.pk,
        "name": row.name,
        "stage": row.stage,
        "amount": None if row.amount is None else str(row.amount),
        "currency": row.currency,
        "close_date": row.close_date,
        "company": _named(row.company),
        "contact": _named(row.contact),
        **_edited(row),
    }


def figures(item: Listed[Any], names: Mapping[int, str], here: Collection[int]) -> Shape:
    """What a record's meetings come to, its tags and its owner. `names`: of members, also former ones; `here`: those who have not left."""
    found, record = item.figures, item.record
    known = sorted(((pk, one) for pk, one in found.known.items() if pk in here), key=lambda one: (-one[1].meetings, one[0]))
    return {
        "last_met_at": begins(found.last),
        "next_at": begins(found.next),
        "meetings_12m": item.meetings,
        "known_by": [
            {"member_id": pk, "name": names.get(pk, ""), "meetings": one.meetings, "last_met_at": begins(one.last)} for pk, one in known
        ],
        "tags": [tag.name for tag in record.tags.all()],
        "owner": {"id": record.owner_id, "name": names.get(record.owner_id, "")} if record.owner_id else None,
    }


def begins(one: CountedItem | None) -> str | None:
    """ISO 8601 in UTC; of an all-day item the date."""
    if one is None:
        return None
    at = one.at.astimezone(UTC)
    return at.date().isoformat() if one.all_day else at.isoformat().replace("+00:00", "Z")


def meeting(shown: Meeting) -> Shape:
    """A meeting, which `calendars.queries` cut down to what the viewer may see."""
    return {
        "id": shown.id,
        "ical_uid": shown.ical_uid,
        "start": (shown.start_date or shown.starts_at).isoformat(),
        "end": (shown.end_date or shown.ends_at).isoformat(),
        "all_day": shown.all_day,
        "duration_minutes": shown.minutes,
        "cancelled": shown.cancelled,
        "level": shown.level,
        "title": shown.title,
        "description": shown.description,
        "location": shown.location,
        "join_url": shown.join_url,
        "participants": [_participant(somebody) for somebody in shown.participants],
        "more_participants": shown.others,
        "not_updated_since": shown.frozen_at,
    }


def briefing(briefed: Briefing, world: World) -> Shape:
    """A briefing, of which all is cut down to what its reader may see. `world`: the members by name."""
    return {
        "meeting": meeting(briefed.meeting),
        "guests": [_briefed_guest(guest, world) for guest in briefed.guests],
        "more_guests": briefed.further,
        "company_notes": [
            {"company": {"id": company.pk, "name": company.name}, "notes": [note(one) for one in notes]}
            for company, notes in briefed.company_notes
        ],
    }


def _briefed_guest(guest: BriefedGuest, world: World) -> Shape:
    one = guest.participant
    return {"address": one.address, "name": one.name, "response": one.response, "person": _briefed_person(guest, world)}


def _briefed_person(guest: BriefedGuest, world: World) -> Shape | None:
    if guest.listed is None:
        return None
    on_record = person(guest.listed.record)
    counted = figures(guest.listed, world.names, world.present)
    last = guest.listed.figures.last
    return {
        **{name: on_record[name] for name in ("id", "name", "job_title", "company")},
        **{name: counted[name] for name in ("last_met_at", "meetings_12m", "known_by")},
        "last_met_with": [world.names.get(pk, "") for pk in last.members] if last else [],
        "open_opportunities": [{"id": deal.pk, "name": deal.name} for deal in guest.opportunities],
        "notes": [note(one) for one in guest.notes],
    }


def note(shown: ShownNote) -> Shape:
    """A note, which `notes.queries` lets its viewer see."""
    return {
        "id": shown.id,
        "text": shown.text,
        "author": {"id": shown.author_id, "name": shown.author},
        "created_at": shown.created_at,
        "edited_at": shown.edited_at,
        "meeting_id": shown.meeting_id,
        "records": [{"kind": record.kind, "id": record.id, "name": record.name} for record in shown.records],
        "only_you": shown.alone,
        "day": shown.day,
    }


def placed_meeting(shown: Meeting, records: Iterable[LinkedRecord]) -> Shape:
    """The same with the records that it is on."""
    return meeting(shown) | {"records": [{"kind": record.kind, "id": record.id, "name": record.name} for record in records]}


def why(answer: Why) -> Shape:
    """Why a meeting is here."""
    return {
        "calendars": [_source(source) for source in answer.sources],
        "kept_for": list(answer.outsiders),
        "times": {"copy": _source(answer.times_from), "reason": answer.times_because},
        "sight": {"copy": _source(answer.seen_of), "level": answer.level, "setting": answer.setting, "capped": answer.capped},
        "records": [_placed(reason) for reason in answer.records],
    }


def _source(source: CopySource) -> Shape:
    return {"owner": source.owner, "mine": source.mine, "calendar": source.calendar or None}


def _placed(reason: Reason) -> Shape:
    return {
        "kind": reason.record.kind,
        "id": reason.record.id,
        "name": reason.record.name,
        "reason": reason.reason,
        "because": reason.because,
        "taken_off": reason.hidden,
    }


def account(view: AccountView) -> Shape:
    """An account with its calendars; its own state is that of the calendar that needs somebody most."""
    on = [calendar for calendar in view.calendars if calendar.enabled]
    worst = max(on, key=lambda calendar: SEVERITY.get(calendar.state, 0), default=None)
    return {
        "id": view.id,
        "provider": view.provider,
        "address": view.address,
        "sharing": view.sharing,
        "disconnected_at": view.disconnected_at,
        "state": "disconnected" if view.disconnected else worst.state if worst else "off",
        "last_success_at": max((c.last_success_at for c in on if c.last_success_at), default=None),
        "next_sync_at": min((c.next_sync_at for c in on if c.next_sync_at), default=None),
        "error": _error(worst) if worst else None,
        "calendars": [_calendar(calendar) for calendar in view.calendars],
    }


SEVERITY = {"reading": 1, "new": 2, "slow-down": 3, "broken": 4, "defect": 5, "suspect": 6, "gone": 7, "reconnect": 8}
"""What needs a user most, last; what is not named is fine."""


def audit_line(line: AuditLine, names: Mapping[int, str]) -> Shape:
    """`names`: member id → name, of those who are members now."""
    return {
        "id": line.pk,
        "at": line.at,
        "member_id": line.member_id,
        "who": whose(line, names),
        "action": line.action,
        "facts": line.facts,
    }


def _calendar(view: CalendarView) -> Shape:
    return {
        "id": view.id,
        "name": view.name,
        "primary": view.primary,
        "enabled": view.enabled,
        "paused": view.paused,
        "sharing": view.sharing or None,
        "state": view.state,
        "last_success_at": view.last_success_at,
        "next_sync_at": view.next_sync_at,
        "error": _error(view),
        "read": view.read,
        "new_people": view.new_people,
        "kept": view.kept,
        "dropped": dict(view.dropped),
    }


def _error(view: CalendarView) -> str | None:
    """What is wrong and, when there is something to do, what."""
    return " ".join(dict.fromkeys(filter(None, (view.message, view.advice)))) or None


def _participant(somebody: Participant) -> Shape:
    return {
        "address": somebody.address,
        "name": somebody.name,
        "response": somebody.response,
        "organizer": somebody.organizer,
        "person_id": somebody.person_id,
        "member": somebody.member_id is not None,
    }


def _named(row: Company | Person | None) -> Shape | None:
    """A record that another one refers to; in the trash it is out of sight."""
    return {"id": row.pk, "name": row.name} if row and row.trashed_at is None else None


def _edited(row: Record) -> Shape:
    return {"created_at": row.created_at, "updated_at": row.updated_at}
