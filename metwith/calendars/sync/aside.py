"""Setting aside what became internal and cannot be read again, and taking it back when the fact is taken back. In the writers' lock.

What is set aside is judged again whenever a fact changes, like what is here: private, blocked, taken out and erased goes at once.
What cannot be judged, by a defect of ours, stays where it is until it is purged: the others do not wait for it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from metwith.calendars.intents.aside import STAYS, SetAside
from metwith.calendars.models import Calendar, Entry, Link, Series, Trace
from metwith.calendars.rules import again
from metwith.calendars.rules.keep import Filtered, decide, filter_item
from metwith.calendars.sync import copy_signals, rows, store
from metwith.calendars.sync.series_json import from_json, keys, lost, to_json
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import WHOLE, Add, Drop, DropReason, Occurrence
from metwith.engine import counters, linking, traces
from metwith.lib import sql
from metwith.lib.border import at_item
from metwith.records.kinds import NAMES
from metwith.records.queries import MODELS
from metwith.rules.own_identities import OwnIdentities

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from metwith.calendars.models import Event
    from metwith.calendars.rules.again import RepeatSource
    from metwith.calendars.rules.keep import Policy
    from metwith.calendars.sync.batch import Claim
    from metwith.calendars.vocabulary import RemoteEvent

NOBODY = OwnIdentities(frozenset(), frozenset())
PAGE = 500
SLOT = ("remote_id", "ical_uid", "key")


def source(calendar: Calendar) -> RepeatSource:
    """What `rules/again.py` asks of a calendar. `calendar.account` must be loaded."""
    account = calendar.account
    still = calendar.paused or not calendar.enabled or account.disconnected_at is not None
    return again.RepeatSource(account.provider, calendar.state, still)


def put_copies(claim: Claim, entries: Collection[Entry], now: datetime) -> None:
    """Set copies aside, before they are deleted."""
    found = list(Entry.objects.of(claim.workspace_id).filter(pk__in=[entry.pk for entry in entries]).select_related("event"))
    by_hand = _by_hand(claim.workspace_id, {entry.event_id for entry in entries})
    _put(
        SetAside(
            workspace_id=claim.workspace_id,
            calendar_id=claim.calendar_id,
            remote_id=entry.remote_id,
            ical_uid=entry.event.ical_uid,
            key=entry.event.key,
            digest=entry.digest,
            definition=to_json(rows.in_full(entry, entry.event.ical_uid)),
            links=by_hand.get(entry.event_id, []),
            set_aside_at=now,
        )
        for entry in found
    )
    _tell_put(claim, found)


def _tell_put(claim: Claim, entries: Collection[Entry]) -> None:
    if entries:
        mine = SetAside.objects.of(claim.workspace_id).filter(
            calendar_id=claim.calendar_id, remote_id__in={entry.remote_id for entry in entries}
        )
        rows = {(item, uid, key): pk for pk, item, uid, key in mine.values_list("pk", *SLOT)}
        ids = {entry.pk: rows[entry.remote_id, entry.event.ical_uid, entry.event.key] for entry in entries}
        copy_signals.copies_put_aside.send(sender=None, workspace_id=claim.workspace_id, rows=ids)


def put_series(claim: Claim, row: Series, now: datetime) -> Filtered | None:
    """Set a series' rule aside as it stands, without what goes for any other reason: returned with it. None when nothing is left then."""
    found = without_internal(from_json(row.definition), claim.policy)
    if left := _rule(found):
        facts = {"remote_id": row.remote_id, "ical_uid": row.ical_uid, "key": WHOLE, "expanded_until": row.expanded_until}
        whose = {"workspace_id": claim.workspace_id, "calendar_id": claim.calendar_id}
        _put([SetAside(definition=to_json(left), set_aside_at=now, **facts, **whose)])
    return found if left else None


def _put(new: Iterable[SetAside]) -> None:
    """What is set aside already stays as it was: it may say more."""
    SetAside.objects.bulk_create(new, ignore_conflicts=True, batch_size=PAGE)


def _by_hand(workspace_id: int, event_ids: Collection[int]) -> Mapping[int, list[list[object]]]:
    found: dict[int, list[list[object]]] = defaultdict(list)
    for link in linking.by_hand(Link, workspace_id).filter(event_id__in=event_ids):
        who = link.because if link.reason == Link.Reason.BY_HAND else ""
        found[link.event_id].append([link.record_kind, link.record_id, who, link.hidden])
    return found


# --- judged again -------------------------------------------------------------------------------------------------------------------


def judge(claim: Claim, keyed: Callable[[str], str], rows: Collection[SetAside], *, goes_on: bool, now: datetime) -> None:
    """Decide again about rows of one calendar: what may come back does, what must go goes, the rest stays set aside.

    `goes_on`: the calendar is read, so that its series come in by themselves.
    """
    copies = [row for row in rows if row.expanded_until is None]
    waiting = _waiting(claim, {row.remote_id for row in copies})
    verdicts = {row: at_item(partial(_verdict, row, claim.policy, waiting), lambda _reason: DropReason.INTERNAL) for row in copies}
    back = [row for row, reason in verdicts.items() if reason is None]
    _take_back(claim, keyed, back)
    gone = [row for row, reason in verdicts.items() if reason not in {None, DropReason.INTERNAL}]
    series = [row for row in rows if row.expanded_until is not None]
    gone += [row for row in series if not _stays(claim, keyed, row, now=now, goes_on=goes_on)]
    SetAside.objects.of(claim.workspace_id).filter(pk__in=[row.pk for row in (*back, *gone)]).delete()


type _Waiting = Mapping[tuple[str, str], frozenset[str] | None]
"""Item and UID of a series that is set aside itself → the occurrences that it may not have yet, or may not have any more.

None: they cannot be told. Any other occurrence of the item stands by itself."""


def _waiting(claim: Claim, items: Collection[str]) -> _Waiting:
    rules = SetAside.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id, remote_id__in=items, key=WHOLE)
    return {(row.remote_id, row.ical_uid): at_item(partial(_of_rule, row, claim.policy), lambda _reason: None) for row in rules}


def _of_rule(row: SetAside, policy: Policy) -> frozenset[str] | None:
    item, found = from_json(row.definition), _left(row, policy)
    assert row.expanded_until
    has = keys((item,), row.expanded_until)
    here = keys([kept for event in found.allowed.kept for kept in filter_item(event, policy).kept], row.expanded_until)
    return None if has is None or here is None else has - here


class _Left(NamedTuple):
    """What becomes of a series."""

    rule: RemoteEvent | None
    """Without what goes for good."""
    allowed: Filtered
    """What that is, and what stays beside it."""
    now: Filtered
    """What of the rule may come back."""


def _left(row: SetAside, policy: Policy) -> _Left:
    found = without_internal(from_json(row.definition), policy)
    rule = _rule(found)
    return _Left(rule, found, filter_item(rule, policy) if rule else Filtered((), ()))


def _verdict(row: SetAside, policy: Policy, waiting: _Waiting) -> DropReason | None:
    """Why a copy may not come back; None: it may."""
    if policy.out.holds(row.ical_uid, row.key):
        return DropReason.TAKEN_OUT
    decision = decide(replace(from_json(row.definition), uid=""), policy)
    if isinstance(decision, Drop):
        return decision.reason
    by_rule = waiting.get((row.remote_id, row.ical_uid), frozenset())
    return DropReason.INTERNAL if by_rule is None or row.key in by_rule else None


def _take_back(claim: Claim, keyed: Callable[[str], str], back: Collection[SetAside]) -> None:
    """By the road by which everything comes in: so events, participants, levels and links are as they would be."""
    if not back:
        return
    here = {(entry.remote_id, entry.uid, entry.key) for entry in store.known_entries(claim, {row.remote_id for row in back})}
    new = [row for row in back if (row.remote_id, row.ical_uid, row.key) not in here]
    store.write_changes(claim, [Add(_occurrence(row), bytes(row.digest)) for row in new])
    entries = {
        (entry.remote_id, entry.uid, entry.key): entry.entry_id for entry in store.known_entries(claim, {row.remote_id for row in back})
    }
    ids = {row.pk: entries[row.remote_id, row.ical_uid, row.key] for row in back}
    copy_signals.copies_back.send(sender=None, workspace_id=claim.workspace_id, rows=ids)
    parts = {traces.part_of(keyed, row.remote_id, row.key) for row in back}
    internal = Trace.objects.of(claim.workspace_id).filter(source_id=claim.source_id, reason=DropReason.INTERNAL, part__in=parts)
    internal.filter(item__in={keyed(row.remote_id) for row in back}).delete()
    _link_again(claim, new)


def _occurrence(row: SetAside) -> Occurrence:
    event = from_json(row.definition)
    return Occurrence(row.key, event, event.start, event.end)


def _link_again(claim: Claim, new: Collection[SetAside]) -> None:
    """What was done by hand, as far as the records are still there and nobody said otherwise meanwhile."""
    entries = Entry.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id, remote_id__in={row.remote_id for row in new})
    events = {
        (entry.remote_id, entry.event.ical_uid, entry.event.key): entry.event
        for entry in entries.select_related("event").defer("description")
    }
    # Several copies of one meeting say the same, or the one that was set aside last knows better.
    links: dict[tuple[int, int, int], Link] = {}
    for row in sorted(new, key=lambda row: row.pk):
        if event := events.get((row.remote_id, row.ical_uid, row.key)):
            again_there = (_again(event, *said) for said in row.links)
            links |= {(event.pk, link.record_kind, link.record_id): link for link in again_there}
    said = linking.by_hand(Link, claim.workspace_id).filter(event_id__in={event_id for event_id, *_ in links})
    held = set(said.values_list("event_id", "record_kind", "record_id"))
    there = _records(claim.workspace_id, {(kind, record_id) for _, kind, record_id in links})
    linking.tell(claim.workspace_id, there)
    Link.objects.bulk_create(
        [link for place, link in links.items() if place not in held and place[1:] in there],
        update_conflicts=True,
        unique_fields=["workspace", "event", "record_kind", "record_id", "member"],
        update_fields=["reason", "because", "hidden"],
    )


def _again(event: Event, kind: int, record_id: int, because: str, hidden: bool) -> Link:  # noqa: FBT001  as `SetAside.links` has them
    """A link by hand to where the meeting is now."""
    when = {"starts_at": event.starts_at, "ends_at": event.ends_at, "all_day": event.start_date is not None}
    facts = {"record_kind": kind, "record_id": record_id, "because": because, "hidden": hidden}
    return Link(workspace_id=event.workspace_id, event=event, reason=Link.Reason.BY_HAND, member=linking.EVERYBODY, **facts, **when)


def _records(workspace_id: int, wanted: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these records, by kind and id, that are still there."""
    ids: dict[int, set[int]] = defaultdict(set)
    for kind, record_id in wanted:
        ids[kind].add(record_id)
    rows = {kind: MODELS[NAMES[kind]].objects.of(workspace_id).filter(pk__in=mine) for kind, mine in ids.items()}
    return {(kind, pk) for kind, found in rows.items() for pk in found.values_list("pk", flat=True)}


def without_internal(item: RemoteEvent, policy: Policy) -> Filtered:
    """An item without what would go even if nobody were one of us."""
    return filter_item(item, replace(policy, own_identities=NOBODY))


def _rule(sifted: Filtered) -> RemoteEvent | None:
    return next((kept for kept in sifted.kept if kept.recurrence), None)


def _stays(claim: Claim, keyed: Callable[[str], str], row: SetAside, *, goes_on: bool, now: datetime) -> bool:
    """Bring a series back as far as it may come, where it does not come by itself. Returns whether some of it is still to be kept."""
    read = at_item(partial(_left, row, claim.policy), lambda _reason: None)
    if read is None:
        return True
    left, found, sifted = read
    assert row.expanded_until
    missing = dict(found.dropped)
    if missing:
        for_good = lost(from_json(row.definition), found.kept, row.expanded_until)
        copies = SetAside.objects.of(claim.workspace_id).filter(calendar_id=claim.calendar_id, expanded_until=None, key__in=for_good)
        copies.filter(remote_id=row.remote_id, ical_uid=row.ical_uid).delete()
    if goes_on:
        return False
    if (back := _rule(sifted)) is not None:
        mine: dict[str, Any] = {
            "workspace_id": claim.workspace_id,
            "calendar_id": claim.calendar_id,
            "remote_id": row.remote_id,
            "ical_uid": row.ical_uid,
        }
        # From where it had been expanded when it left: what is here already is not added twice (extend_series.py).
        held: dict[str, Any] = {"definition": to_json(back), "expanded_until": row.expanded_until}
        Series.objects.of(claim.workspace_id).update_or_create(defaults=held, **mine)
        Trace.objects.of(claim.workspace_id).filter(source_id=claim.source_id, item=keyed(row.remote_id), part="").delete()
        missing |= dict(sifted.dropped)
    traces.of_parts(TABLES, claim, keyed, {(row.remote_id, part): reason for part, reason in missing.items()}, now.date())
    if left is None or not sifted.dropped:
        return False
    SetAside.objects.of(claim.workspace_id).filter(pk=row.pk).update(definition=to_json(left))
    return True


# --- what goes, and what is told ----------------------------------------------------------------------------------------------------


def prolong(workspace_id: int, patterns: Collection[str], now: datetime) -> None:
    """A fact changed about these addresses or domains: what has to do with it stays for as long again."""
    for pattern in filter(None, patterns):
        named = f'"{pattern}"' if "@" in pattern else f'{pattern}"'
        sql.run(PROLONG, (now, workspace_id, named))


PROLONG = "UPDATE calendars_setaside SET set_aside_at = %s WHERE workspace_id = %s AND strpos(definition::text, %s) > 0"


def erase_set_aside(workspace_id: int, address: str) -> None:
    """What names a folded address goes, a series as a whole."""
    sql.run(ERASE, (workspace_id, json.dumps(address, ensure_ascii=False)))


ERASE = "DELETE FROM calendars_setaside WHERE workspace_id = %s AND strpos(definition::text, %s) > 0"


def exclude_set_aside(workspace_id: int, member_id: int, uid: str, key: str) -> None:
    """A member took a meeting out, or with WHOLE a series: of what is set aside it goes too."""
    mine = SetAside.objects.of(workspace_id).filter(calendar__account__member_id=member_id, ical_uid=uid)
    (mine if key == WHOLE else mine.filter(key=key, expanded_until=None)).delete()


def purge_old(now: datetime) -> int:
    """What was set aside long enough goes for good, in all workspaces. Returns how many copies."""
    old = SetAside.objects.across_workspaces("the clock serves all").filter(set_aside_at__lt=now - STAYS)
    copies = old.filter(expanded_until=None).values_list("workspace_id", "calendar_id", "remote_id").distinct()
    for (workspace_id, calendar_id), many in Counter((space, calendar) for space, calendar, _ in copies).items():
        counters.purged(TABLES, workspace_id, calendar_id, {DropReason.INTERNAL: many}, now)
    return old.delete()[0]
