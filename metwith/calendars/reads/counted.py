"""What this channel hands in for the figures of records (`overview/`): the meetings that count, and who of us was there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from metwith.calendars.reads import figures, visible
from metwith.lib.sql import Sql, joined
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metwith.rules.identity import WorkspaceIdentities

ON_RECORD = """SELECT l.record_id, l.event_id AS item, l.starts_at AS at, l.all_day FROM calendars_link l
WHERE l.workspace_id = %s AND l.record_kind = %s AND l.record_id = ANY(%s) AND l.member = 0 AND NOT l.hidden AND {counts}"""
OF_OPPORTUNITY = """SELECT d.id AS record_id, l.event_id AS item, l.starts_at AS at, l.all_day FROM records_opportunity d
JOIN calendars_link l ON l.workspace_id = d.workspace_id AND l.record_kind = %s AND l.record_id = d.{column}
WHERE d.workspace_id = %s AND d.id = ANY(%s) AND d.trashed_at IS NULL AND l.member = 0 AND NOT l.hidden
AND NOT EXISTS (SELECT 1 FROM calendars_link o WHERE o.workspace_id = l.workspace_id AND o.event_id = l.event_id
AND o.record_kind = %s AND o.record_id = d.id AND o.hidden) AND {counts}"""
SOURCES = ((RecordKind.OPPORTUNITY, "id"), (RecordKind.COMPANY, "company_id"), (RecordKind.PERSON, "contact_id"))
"""Where an opportunity's meetings come from: its own links, its company's and its contact's; each meeting once."""
WITH_MEMBERS = """WITH counted AS MATERIALIZED ({counted}), item AS MATERIALIZED (
SELECT DISTINCT c.item AS id, EXISTS (SELECT 1 FROM calendars_entry x WHERE x.workspace_id = %s AND x.event_id = c.item
AND (x.cancelled OR x.attendees @> '[["declined"]]'::jsonb)) AS doubtful FROM counted c
), held AS MATERIALIZED (
SELECT e.event_id, a.member_id, coalesce({declined_own}, FALSE) AS declined FROM item i
JOIN calendars_entry e ON e.workspace_id = %s AND e.event_id = i.id
JOIN calendars_calendar c ON c.workspace_id = e.workspace_id AND c.id = e.calendar_id
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
LEFT JOIN LATERAL (SELECT said ->> 2 AS answer FROM jsonb_array_elements(e.attendees) said
WHERE i.doubtful AND concat(a.member_id, ' ', said ->> 0) = ANY(%s)) own ON TRUE
WHERE {spared} GROUP BY e.event_id, a.member_id
), named AS MATERIALIZED (
SELECT t.event_id, v.member_id, {declined_named} AS declined FROM unnest(%s::bigint[], %s::text[]) v (member_id, address)
JOIN calendars_attendee t ON t.workspace_id = %s AND t.address = v.address JOIN item i ON i.id = t.event_id
WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.event_id = t.event_id AND h.member_id = v.member_id)
GROUP BY t.event_id, v.member_id
), there AS (
SELECT event_id, array_agg(member_id ORDER BY member_id) AS members FROM (
SELECT event_id, member_id FROM held WHERE NOT declined UNION ALL SELECT event_id, member_id FROM named WHERE NOT declined
) one GROUP BY event_id
)
SELECT c.record_id, c.item, c.at, c.all_day, coalesce(t.members, ARRAY[]::bigint[]) FROM counted c LEFT JOIN there t ON t.event_id = c.item"""


def counter(workspace_id: int, who: WorkspaceIdentities) -> Callable[[RecordKind, Sequence[int]], Sql]:
    """How to ask for the meetings that count with records, met or ahead (rules/met.py), by the speaking copies, whoever looks.

    Kind and ids → rows of record id, item, place in time, whether it has a day only, and the members who take part: by a copy of their
    own, or named by a verified address, and did not decline. All that it rests on besides the records is read now.
    """
    return partial(_counted, workspace_id, who, visible.condition(workspace_id))


def _counted(workspace_id: int, who: WorkspaceIdentities, spared: Sql | None, kind: RecordKind, record_ids: Sequence[int]) -> Sql:
    rows = _rows(workspace_id, kind, record_ids, who, spared)
    holders = [f"{member_id} {address}" for member_id in sorted(who.held) for address in sorted(who.addresses_of(member_id))]
    verified = [(member_id, address) for member_id, addresses in sorted(who.verified.items()) for address in sorted(addresses)]
    there = spared or Sql("TRUE")
    text = WITH_MEMBERS.format(
        counted=rows.text,
        declined_own=figures.DECLINED.format(answer="own.answer"),
        declined_named=figures.DECLINED.format(answer="t.response"),
        spared=there.text,
    )
    names = ([member_id for member_id, _ in verified], [address for _, address in verified])
    return Sql(text, (*rows.params, workspace_id, workspace_id, holders, *there.params, *names, workspace_id))


def _rows(workspace_id: int, kind: RecordKind, record_ids: Sequence[int], who: WorkspaceIdentities, spared: Sql | None) -> Sql:
    shown = visible.shown(spared)
    if kind is not RecordKind.OPPORTUNITY:
        through = Sql("l.record_id, NULL::bigint" if kind is RecordKind.PERSON else "NULL::bigint, l.record_id")
        counts = joined([*shown, figures.counting(through, who, spared or Sql("TRUE"))], " AND ")
        return Sql(ON_RECORD.format(counts=counts.text), (workspace_id, int(kind), list(record_ids), *counts.params))
    counts = joined([*shown, figures.counting(Sql("d.contact_id, d.company_id"), who, spared or Sql("TRUE"))], " AND ")
    return joined(
        [
            Sql(
                OF_OPPORTUNITY.format(column=column, counts=counts.text),
                (int(source), workspace_id, list(record_ids), int(RecordKind.OPPORTUNITY), *counts.params),
            )
            for source, column in SOURCES
        ],
        " UNION ",
    )
