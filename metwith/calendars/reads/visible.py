"""Which copies are there to be shown, counted and searched: all but what is being removed, and what a changed fact lets nobody keep.

What is removed is in `removals.py`, what changed in `facts.py`, until it was worked off. Nearly always there are none, and then every statement stays as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db.models.expressions import RawSQL

from metwith.calendars.intents.facts import ChangedFact
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Entry
from metwith.lib import secrets, sql
from metwith.lib.sql import Sql, joined
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

Fact = ChangedFact.Kind
OPEN = """SELECT kind, calendars, sealed FROM calendars_removal WHERE workspace_id = %s
UNION ALL SELECT DISTINCT kind, ARRAY[]::bigint[], '' FROM calendars_changedfact WHERE workspace_id = %s AND kind IN ('ours', 'blocked', 'word')"""
NOT_IN = "e.calendar_id <> ALL(%s)"
NOT_OF_MEETING = """NOT (e.calendar_id = ANY(%s) AND EXISTS (SELECT 1 FROM calendars_event g
WHERE g.workspace_id = e.workspace_id AND g.id = e.event_id AND g.ical_uid = %s AND (%s = '*' OR g.key = %s)))"""
NOT_NAMING = "NOT e.attendees @> %s::jsonb"
AT_DOMAINS = """EXISTS (SELECT 1 FROM unnest({names}) at (name)
WHERE right('.' || substring(said ->> 0 FROM '[^@]*$'), length(at.name) + 1) = '.' || at.name)"""
NOT_INTERNAL = f"""EXISTS (SELECT 1 FROM jsonb_array_elements(e.attendees) said WHERE said ->> 4 NOT IN ('room', 'resource')
AND said ->> 0 <> ALL(%s) AND substring(said ->> 0 FROM '[^@]*$') <> ALL(%s) AND NOT {AT_DOMAINS.format(names="%s::text[]")})"""  # noqa: S608  ours; values are params
"""As near as a statement comes to rules/keep.py: it holds until the work is done, which takes seconds, and errs on the side of hiding."""
NOT_BLOCKED = rf"""NOT EXISTS (SELECT 1 FROM accounts_block b WHERE b.workspace_id = e.workspace_id
AND (b.member_id IS NULL OR b.member_id = (SELECT a.member_id FROM calendars_calendar c
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id WHERE c.workspace_id = e.workspace_id AND c.id = e.calendar_id))
AND (b.kind = 'word' AND strpos(regexp_replace(replace(lower(e.title), 'ß', 'ss'), '\s+', ' ', 'g'), b.pattern) > 0
OR b.kind = 'who' AND EXISTS (SELECT 1 FROM jsonb_array_elements(e.attendees) said
WHERE said ->> 0 = b.pattern OR {AT_DOMAINS.format(names="ARRAY[b.pattern]")})))"""  # noqa: S608  ours
"""The same for blocks."""


def condition(workspace_id: int) -> Sql | None:
    """What a row `e` of calendars_entry must meet to be shown to anybody; None: nothing, as nearly always."""
    found = [_spared(workspace_id, *row) for row in sql.rows(OPEN, (workspace_id, workspace_id))]
    return joined(found, " AND ") if found else None


def _spared(workspace_id: int, kind: str, calendars: Sequence[int], sealed: str) -> Sql:
    match kind:
        case Removal.Kind.ERASED:
            return Sql(NOT_NAMING, (json.dumps([[secrets.decrypt(workspace_id, sealed)]]),))
        case Removal.Kind.MEETING:
            uid, key = json.loads(secrets.decrypt(workspace_id, sealed))
            return Sql(NOT_OF_MEETING, (list(calendars), uid, key, key))
        case Fact.OURS:
            ours = who_is_who(workspace_id).own_identities
            return Sql(NOT_INTERNAL, (list(ours.addresses), list(ours.exact), list(ours.domains)))
        case Fact.BLOCKED | Fact.WORD:
            return Sql(NOT_BLOCKED)
        case _:
            return Sql(NOT_IN, (list(calendars),))


def copies(workspace_id: int) -> QuerySet[Entry]:
    """The same as rows of Entry."""
    everything, spared = Entry.objects.of(workspace_id), condition(workspace_id)
    if spared is None:
        return everything
    text = f"SELECT e.id FROM calendars_entry e WHERE e.workspace_id = %s AND {spared.text}"  # noqa: S608  ours; values are params
    return everything.filter(pk__in=RawSQL(text, (workspace_id, *spared.params)))  # noqa: S611  as above


def shown(spared: Sql | None) -> list[Sql]:
    """That an event of a feed's row `l` still has a copy to be shown; nothing to ask, as nearly always."""
    return [Sql(SHOWN.format(spared=spared.text), spared.params)] if spared else []


SHOWN = """EXISTS (SELECT 1 FROM calendars_entry e WHERE e.workspace_id = l.workspace_id AND e.event_id = l.event_id
AND {spared} OFFSET 0)"""
