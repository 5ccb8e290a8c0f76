"""Whom a member meets and who is on no record: by the copies that the member may know of, their own and those that name them.

What these copies say of a meeting alone decides whether somebody was met (`rules/met.py`), so nothing is told of anybody else's copy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from metwith.accounts.queries import blocks_for
from metwith.calendars.overrides import NotAContact
from metwith.calendars.reads import visible
from metwith.calendars.reads.named import names_sql
from metwith.calendars.rules import met
from metwith.calendars.rules.contacts import likely_contact, may_become_person
from metwith.calendars.rules.keep import Policy
from metwith.lib import secrets, sql
from metwith.lib.sql import Sql
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from metwith.rules.identity import WorkspaceIdentities
    from metwith.workspaces.models import Member

MOST = 2000
"""Addresses that are looked at, those met most often first."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody from outside who is on no record."""

    address: str
    """Folded."""
    name: str
    """As the latest copy that has one says; else empty."""
    met: frozenset[int]
    """Events."""
    last: datetime | None
    """The start of the latest meeting that was met."""
    next: datetime | None
    """The start of the next one, where there was none yet."""
    likely: bool
    """At work, and not what looks like a list or a task."""
    left_out: bool = False
    """The member said that this is no contact."""
    key: str = ""
    """What stands for the address in a form: says nothing without the key."""


class _Known(NamedTuple):
    address: str
    name: str
    met: list[int] | None
    last: datetime | None
    next: datetime | None


def strangers(member: Member, *, now: datetime) -> tuple[Stranger, ...]:
    """Who may become a person, those met most often first; with those whom the member left out."""
    who = who_is_who(member.workspace_id)
    policy = Policy(who.own_identities, who.addresses_of(member.pk), blocks_for(member.workspace_id, member.pk), claimed=who.claimed)
    statement = _statement(member, who, now)
    found = [_Known._make(row) for row in sql.rows(statement.text, statement.params)]
    keyed, out = digester(member.workspace_id), _digests(member.workspace_id, member.pk)
    shown = (_stranger(row, keyed(row.address)) for row in found if may_become_person(row.address, policy))
    return tuple(replace(one, left_out=one.key in out) for one in shown)


def _stranger(row: _Known, key: str) -> Stranger:
    name = "" if "@" in row.name else row.name
    return Stranger(row.address, name, frozenset(row.met or ()), row.last, row.next, likely_contact(row.address), key=key)


def digester(workspace_id: int) -> Callable[[str], str]:
    """What makes of a folded address all that is kept of somebody who is no contact: it says nothing without the key."""
    keyed = secrets.digester(workspace_id, 0)
    return lambda address: keyed(f"no contact {address}")


def left_out(workspace_id: int, member_id: int, addresses: Iterable[str]) -> set[str]:
    """Those of these folded addresses whom the member left out."""
    keyed, out = digester(workspace_id), _digests(workspace_id, member_id)
    return {address for address in addresses if keyed(address) in out} if out else set()


def _digests(workspace_id: int, member_id: int) -> set[str]:
    return set(NotAContact.objects.of(workspace_id).filter(member_id=member_id).values_list("digest", flat=True))


def _statement(member: Member, who: WorkspaceIdentities, now: datetime) -> Sql:
    space, verified, mine = member.workspace_id, who.verified_of(member.pk), (member.workspace_id, member.pk)
    spared = visible.condition(space) or Sql("TRUE")
    naming, own = names_sql(verified), list(who.addresses_of(member.pk))
    ours: Sequence[list[str]] = ([*who.own_identities.addresses], [*who.own_identities.exact], [*who.own_identities.domains])
    today = met.today_midnight(now, ZoneInfo(who.zone))
    params = (
        *mine,
        *(own, own, space, *spared.params),
        *(own, own, space, space, list(verified), *naming.params, *spared.params),
        *(today, now),
        *ours,
        *(space, MOST),
    )
    return Sql(STRANGERS.format(spared=spared.text, naming=naming.text), params)


DECLINES = """e.attendees @> '[["declined"]]'::jsonb
AND EXISTS (SELECT 1 FROM jsonb_array_elements(e.attendees) said WHERE said ->> 0 = ANY(%s) AND said ->> 2 = 'declined')
AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(e.attendees) said WHERE said ->> 0 = ANY(%s) AND said ->> 2 IN ('accepted', 'tentative'))"""
COPY = f"e.event_id, e.starts_at, e.start_date IS NOT NULL AS all_day, e.attendees, e.cancelled OR {DECLINES} AS off"
STRANGERS = f"""WITH mine AS MATERIALIZED (
SELECT ARRAY(SELECT c.id FROM calendars_calendar c JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
WHERE c.workspace_id = %s AND a.member_id = %s) AS calendars
), known AS MATERIALIZED (
SELECT {COPY} FROM calendars_entry e WHERE e.workspace_id = %s AND e.calendar_id = ANY((SELECT calendars FROM mine)::bigint[]) AND {{spared}}
UNION ALL
SELECT {COPY} FROM calendars_entry e WHERE e.workspace_id = %s
AND e.event_id IN (SELECT t.event_id FROM calendars_attendee t WHERE t.workspace_id = %s AND t.address = ANY(%s))
AND e.calendar_id <> ALL((SELECT calendars FROM mine)::bigint[]) AND {{naming}} AND {{spared}}
), said AS (
SELECT k.event_id, k.starts_at, k.starts_at <= CASE WHEN k.all_day THEN %s ELSE %s END AS begun,
k.off OR said ->> 2 = 'declined' AS off, said ->> 0 AS address, said ->> 1 AS name
FROM known k CROSS JOIN LATERAL jsonb_array_elements(k.attendees) said
WHERE said ->> 4 = 'individual' AND said ->> 0 <> ALL(%s) AND substring(said ->> 0 FROM '[^@]*$') <> ALL(%s)
AND substring(said ->> 0 FROM '[^@]*$') <> ALL(%s)
)
SELECT s.address, coalesce((array_agg(s.name ORDER BY s.starts_at DESC) FILTER (WHERE s.name <> ''))[1], ''),
array_agg(DISTINCT s.event_id) FILTER (WHERE s.begun AND NOT s.off),
max(s.starts_at) FILTER (WHERE s.begun AND NOT s.off), min(s.starts_at) FILTER (WHERE NOT s.begun AND NOT s.off)
FROM said s
WHERE NOT EXISTS (SELECT 1 FROM records_personaddress h WHERE h.workspace_id = %s AND h.folded = s.address)
GROUP BY s.address HAVING bool_or(NOT s.off)
ORDER BY count(DISTINCT s.event_id) FILTER (WHERE s.begun AND NOT s.off) DESC, max(s.starts_at) DESC, s.address LIMIT %s"""  # noqa: S608  ours
