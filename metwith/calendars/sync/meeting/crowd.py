"""How often one meeting may stand in one calendar: what is more is left out of a page before it is written. Inside the writers' lock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.translation import gettext as _

from metwith.calendars.models import Entry, Event
from metwith.calendars.vocabulary import DropReason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from metwith.calendars.sync.batch import Batch, Claim
    from metwith.calendars.vocabulary import KnownEntry, Occurrence

MOST = 10
"""Copies of one occurrence that a calendar may hold, whoever organizes them. Two or three come up: an import over an import, an invitation
that was taken up twice. Each is read again with every change of the meeting and with every page that shows it, also for colleagues."""


def thin(claim: Claim, batch: Batch, known: Collection[KnownEntry]) -> None:
    """Leave out of a page the new occurrences that stand in the calendar often enough, with a trace, and the series that would bring more."""
    stored = {(entry.remote_id, entry.uid, entry.key) for entry in known}
    new = [o for o in batch.occurrences if (o.event.id, o.event.uid, o.key) not in stored]
    if not new:
        return
    held = _stored(claim, new)
    staying = {(o.event.id, o.event.uid, o.key) for o in batch.occurrences}
    held.subtract((uid, key) for item, uid, key in stored - staying)
    many = _too_many(new, held)
    if not many:
        return
    batch.occurrences = [o for o in batch.occurrences if (o.event.id, o.event.uid, o.key) not in many]
    crowded = {(item, uid) for item, uid, _key in many}
    batch.series = [series for series in batch.series if (series.id, series.uid) not in crowded]
    for item in {item for item, _uid in crowded}:
        batch.traces[batch.keyed(item), ""] = (DropReason.UNREADABLE, _("It stands here too often."))
        batch.reasons[item] = DropReason.UNREADABLE


def _stored(claim: Claim, new: Iterable[Occurrence]) -> Counter[tuple[str, str]]:
    """How often each of these stands in the calendar.

    Two questions and no join: of a calendar that is being read PostgreSQL does not know yet how much it has, and would compare each of its
    entries with each of these meetings.
    """
    slots = Event.objects.of(claim.workspace_id).filter(ical_uid__in={o.event.uid for o in new}, key__in={o.key for o in new})
    slot_of = {pk: (uid, key) for pk, uid, key in slots.values_list("pk", "ical_uid", "key")}
    if not slot_of:
        return Counter()
    mine = Entry.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id, event_id__in=slot_of.keys())
    found: Counter[tuple[str, str]] = Counter()
    for event_id, many in mine.values_list("event_id").annotate(many=Count("pk")).order_by():
        found[slot_of[event_id]] += many
    return found


def _too_many(new: Iterable[Occurrence], stored: Counter[tuple[str, str]]) -> set[tuple[str, str, str]]:
    """Item, UID and key of what is one too many, in the order of the page."""
    found = set()
    for occurrence in new:
        slot = occurrence.event.uid, occurrence.key
        if stored[slot] >= MOST:
            found.add((occurrence.event.id, *slot))
        else:
            stored[slot] += 1
    return found
