"""A meeting put on a record by hand, or taken off it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.calendars import queries
from metwith.calendars.models import Event, Link
from metwith.calendars.sync import relink
from metwith.engine import linking
from metwith.engine.locks import lock_writers
from metwith.lib.errors import NotAllowed
from metwith.records.kinds import NUMBERS
from metwith.records.models import Company, Opportunity, Person
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Member


def link_by_hand(member: Member, event_id: int, kind: Kind, record_id: int) -> None:
    """Put a meeting on a record. No rule ever takes it off."""
    _by_hand(member, event_id, kind, record_id, hidden=False)


def unlink_by_hand(member: Member, event_id: int, kind: Kind, record_id: int) -> None:
    """Take a meeting off a record. No rule ever brings it back."""
    _by_hand(member, event_id, kind, record_id, hidden=True)


@transaction.atomic
def _by_hand(member: Member, event_id: int, kind: Kind, record_id: int, *, hidden: bool) -> None:
    """Raises Event.DoesNotExist or the record's DoesNotExist, also for another workspace's, or one that the member may not know of; NotAllowed."""
    # In turn with the rules, which look at what was done by hand before they write.
    lock_writers(member.workspace_id)
    if queries.meeting(member, event_id).in_part:
        # A link shows all copies to everybody, those too that their owners have on no record.
        raise NotAllowed(_("This meeting is in other calendars too, which do not name you. Only whom they name can put it on a record."))
    event = Event.objects.of(member.workspace_id).get(pk=event_id)
    models: dict[Kind, type[Person | Company | Opportunity]] = {
        "person": Person,
        "company": Company,
        "opportunity": Opportunity,
    }
    models[kind].objects.of(member.workspace_id).get(pk=record_id)
    facts: dict[str, Any] = {
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "all_day": event.start_date is not None,
        "reason": Link.Reason.BY_HAND,
        "because": str(member.pk),
        "hidden": hidden,
    }
    where: dict[str, Any] = {
        "workspace_id": member.workspace_id,
        "event": event,
        "record_kind": NUMBERS[kind],
        "record_id": record_id,
        "member": linking.EVERYBODY,
    }
    Link.objects.of(member.workspace_id).update_or_create(**where, defaults=facts)
    relink.relink(member.workspace_id, [event.pk])
    audit.note(member, Action.UNLINKED if hidden else Action.LINKED, meeting=event.pk, kind=kind, record=record_id)
