"""Noting what changed that decisions rest on, in the transaction of the change, and finding what is stored that it concerns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.models import Calendar
from metwith.calendars.vocabulary import DropReason
from metwith.lib import clock, sql
from metwith.lib.sql import Sql, joined

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from metwith.rules.own_identities import OwnIdentities

Kind = ChangedFact.Kind


def note_change(workspace_id: int, kind: Kind, patterns: Iterable[str] = ("",), *, member_id: int | None = None) -> bool:
    """Note a change. True when something is to be decided again: without any calendar nothing is."""
    wanted = sorted(set(patterns))
    if not wanted or not Calendar.objects.of(workspace_id).exists():
        return False
    now = clock.now()
    ChangedFact.objects.bulk_create(
        ChangedFact(workspace_id=workspace_id, kind=kind, pattern=pattern[:320], member_id=member_id, created_at=now) for pattern in wanted
    )
    return True


def hand_over(workspace_id: int, address: str) -> None:
    """What is being erased is looked for by the mark, which is sealed: no fact need name the address any more. A word is a word."""
    ChangedFact.objects.of(workspace_id).filter(pattern=address).exclude(kind=Kind.WORD).delete()


# --- what may have to go: looked for by address -----------------------------------------------------------------------------------


def entries_concerned(workspace_id: int, facts: Collection[ChangedFact], after: int, most: int) -> list[int]:
    """Ids of copies about which a fact may decide otherwise now: in order, those after an id, and at most so many."""
    return _concerned("calendars_entry", workspace_id, [_of_entry(fact) for fact in facts if _may_stop(fact)], after, most)


def series_concerned(workspace_id: int, facts: Collection[ChangedFact], after: int, most: int) -> list[int]:
    """The same of series: what is named there need not have a copy yet."""
    return _concerned("calendars_series", workspace_id, [_of_series(fact) for fact in facts if _may_stop(fact)], after, most)


def _may_stop(fact: ChangedFact) -> bool:
    return fact.kind in {Kind.OURS, Kind.BLOCKED, Kind.WORD}


def _concerned(table: str, workspace_id: int, wanted: list[Sql], after: int, most: int) -> list[int]:
    if not wanted:
        return []
    which = joined(wanted, " OR ")
    text = f"SELECT e.id FROM {table} e WHERE e.workspace_id = %s AND e.id > %s AND ({which.text}) ORDER BY e.id LIMIT %s"  # noqa: S608  ours
    return [pk for (pk,) in sql.rows(text, (workspace_id, after, *which.params, most))]


def _of_entry(fact: ChangedFact) -> Sql:
    """Every copy's own list is looked at: an older one may name whom its event does not."""
    match fact.kind:
        case Kind.WORD:
            found = Sql("e.title <> ''")
        case _:
            found = _naming(fact.pattern) if fact.pattern else Sql("TRUE")
    return joined([found, *_in_calendars_of(fact)], " AND ")


def _naming(pattern: str) -> Sql:
    """That a copy names a folded address, or one at a domain or below it."""
    if "@" in pattern:
        return Sql("e.attendees @> %s::jsonb", (json.dumps([[pattern]]),))
    return Sql(AT_DOMAIN, (len(pattern) + 1, f".{pattern}"))


def copies_naming(workspace_id: int, calendar_id: int, patterns: Iterable[str]) -> list[int]:
    """Ids of the copies in a calendar that a change about these addresses and domains would decide about again."""
    wanted = [_naming(pattern) for pattern in patterns]
    if not wanted:
        return []
    which = joined(wanted, " OR ")
    text = f"SELECT e.id FROM calendars_entry e WHERE e.workspace_id = %s AND e.calendar_id = %s AND ({which.text})"  # noqa: S608  ours
    return [pk for (pk,) in sql.rows(text, (workspace_id, calendar_id, *which.params))]


def _of_series(fact: ChangedFact) -> Sql:
    everything = not fact.pattern or fact.kind == Kind.WORD
    named = f'"{fact.pattern}"' if "@" in fact.pattern else f'{fact.pattern}"'
    found = Sql("TRUE") if everything else Sql("strpos(e.definition::text, %s) > 0", (named,))
    return joined([found, *_in_calendars_of(fact)], " AND ")


def _in_calendars_of(fact: ChangedFact) -> list[Sql]:
    return [] if fact.member_id is None else [Sql(IN_CALENDARS_OF, (fact.workspace_id, fact.member_id))]


AT_DOMAIN = """EXISTS (SELECT 1 FROM jsonb_array_elements(e.attendees) said
WHERE right('.' || substring(said ->> 0 FROM '[^@]*$'), %s) = %s)"""
IN_CALENDARS_OF = """e.calendar_id = ANY(ARRAY(SELECT c.id FROM calendars_calendar c
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id WHERE c.workspace_id = %s AND a.member_id = %s))"""


# --- what may come in: read again where something was left out for that reason ------------------------------------------------------


def reasons(fact: ChangedFact, own_identities: OwnIdentities) -> tuple[DropReason, ...]:
    """Why something was left out that may come in now."""
    match fact.kind:
        case Kind.OURS if fact.pattern and fact.member_id is None:
            return () if _all_ours(fact.pattern, own_identities) else (DropReason.INTERNAL,)
        case Kind.OURS:
            # What is a member's own counts for nobody in that member's calendars.
            return DropReason.INTERNAL, DropReason.NOT_A_MEETING
        case Kind.ALLOWED:
            return (DropReason.BLOCKED,)
        case Kind.LET_IN:
            return (DropReason.TAKEN_OUT,)
        case _:
            return ()


def _all_ours(pattern: str, own_identities: OwnIdentities) -> bool:
    """An address; or a domain with those below it."""
    return own_identities.includes(pattern) if "@" in pattern else own_identities.owns(pattern) and own_identities.owns(f"below.{pattern}")
