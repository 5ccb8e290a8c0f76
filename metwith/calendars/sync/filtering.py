"""Steps 6 and 7 of a sync, before anything is written: what of a page may be stored, with its occurrences; the rest ends here."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from metwith.calendars.rules import fits
from metwith.calendars.rules.keep import filter_item, without_excluded
from metwith.calendars.rules.recur import BrokenRule, TooManyOccurrences, key_of, occurrences
from metwith.calendars.sync.batch import Batch, small_enough
from metwith.calendars.vocabulary import DropReason, Occurrence, RemoteEvent, Unreadable
from metwith.lib.border import at_item
from metwith.lib.i18n import _
from metwith.lib.text import storable

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.calendars.sync.access import Access
    from metwith.calendars.vocabulary import ChangePage

LONGEST_NOTE = 200


def filter_page(access: Access, page: ChangePage, until: datetime) -> Batch:
    """Keep or drop: what of a page may be stored. The rest ends here, but for its keyed traces."""
    batch = Batch(access.keyed, items={*page.removed}, read=len(page.events))
    latest: dict[tuple[str, str, object], RemoteEvent | Unreadable] = {}
    for event in page.events:
        latest[event.id, getattr(event, "uid", ""), getattr(event, "original_start", None)] = event
    for event in latest.values():
        if not fits.identifier(event.id):
            _trace(access, batch, storable(event.id), DropReason.UNREADABLE, note=_("Its identifier is too long."))
        elif isinstance(event, Unreadable) and event.scheduling:
            batch.left.add(resource(event.id))
            _trace(access, batch, event.id, DropReason.SCHEDULING)
        else:
            batch.items.add(resource(event.id))
            _decide(access, batch, event, until)
    batch.hashes = {access.keyed(item) for item in batch.items}
    return batch


def _decide(access: Access, batch: Batch, event: RemoteEvent | Unreadable, until: datetime) -> None:
    if isinstance(event, Unreadable):
        _trace(access, batch, event.id, DropReason.UNREADABLE, note=event.reason)
    else:
        _filter(access, batch, event, until)


def resource(item_id: str) -> str:
    """What comes, changes and goes as a whole: what follows a `#` in an id names one of several events in it."""
    return item_id.partition("#")[0]


def _of_resource(event: RemoteEvent) -> RemoteEvent:
    exceptions = tuple(replace(exception, id=resource(exception.id)) for exception in event.exceptions)
    return replace(event, id=resource(event.id), exceptions=exceptions)


def _filter(access: Access, batch: Batch, event: RemoteEvent, until: datetime) -> None:
    """What of an item comes in. Whatever goes wrong, with it or with its expansion, costs nothing but the item."""
    sifted = at_item(partial(filter_item, event, access.policy), WhyUnreadable)
    if isinstance(sifted, WhyUnreadable):
        _trace(access, batch, event.id, DropReason.UNREADABLE, note=sifted)
        return
    ends = {key_of(e.original_start) for e in event.exceptions if e.this_and_future and e.original_start is not None}
    for part, reason in sifted.dropped:
        _trace(access, batch, event.id, reason, part=part, and_later=part in ends)
    for kept in map(_of_resource, sifted.kept):
        expanded = at_item(partial(_expanded, kept, access, until), WhyUnreadable)
        if isinstance(expanded, WhyUnreadable):
            _trace(access, batch, event.id, DropReason.UNREADABLE, note=expanded)
            continue
        staying, out = expanded
        batch.occurrences += staying
        for key in out:
            _trace(access, batch, event.id, DropReason.TAKEN_OUT, part=key)
        if kept.recurrence:
            batch.series.append(kept)


class WhyUnreadable(str):
    """Why an item cannot be read, in words."""

    __slots__ = ()


def _expanded(kept: RemoteEvent, access: Access, until: datetime) -> tuple[list[Occurrence], list[str]] | WhyUnreadable:
    """The occurrences that come in, and the keys of those that their owner took out."""
    if not fits.event_fits(kept):
        return WhyUnreadable(_("It holds more than can be stored."))
    try:
        staying, out = without_excluded(occurrences(kept, until=until), access.policy.out)
    except TooManyOccurrences:
        return WhyUnreadable(_("It repeats too often."))
    except BrokenRule:
        return WhyUnreadable(_("The rule by which it repeats is broken."))
    return (staying, out) if small_enough(staying) else WhyUnreadable(_("It repeats too often."))


def _trace(
    access: Access, batch: Batch, item_id: str, reason: DropReason, *, part: str = "", and_later: bool = False, note: str = ""
) -> None:
    keyed, item = access.keyed, resource(item_id)
    batch.reasons[item] = reason
    # Of several events of an item, what must not be here speaks before what cannot be read.
    if (not part or and_later) and (reason not in {DropReason.UNREADABLE, DropReason.SCHEDULING} or item not in batch.whole):
        batch.whole[item] = reason
    batch.traces[keyed(item), keyed(f"{item_id}\n{part}") if part or item != item_id else ""] = (reason, storable(note, LONGEST_NOTE))
