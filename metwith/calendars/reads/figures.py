"""Which rows of a feed count as met or next: the database's side of `rules/met.py`, held to it by a test.

Nearly no meeting is cancelled or declined by anybody, and a small index says which ones may be: of all others nothing more is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.rules import met
from metwith.lib.sql import Sql, joined

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Literal
    from zoneinfo import ZoneInfo

    from metwith.rules.identity import WorkspaceIdentities

SURE = """NOT EXISTS (SELECT 1 FROM calendars_entry e WHERE e.workspace_id = l.workspace_id AND e.event_id = l.event_id
AND (e.cancelled OR e.attendees @> '[["declined"]]'::jsonb) OFFSET 0)"""
"""The index `entry_doubtful` holds no other copies. An event is cancelled, and a participant has declined, only where a copy says so."""
NOT_CANCELLED = """NOT coalesce(l.cancelled,
(SELECT v.cancelled FROM calendars_event v WHERE v.workspace_id = l.workspace_id AND v.id = l.event_id))"""
DECLINED = "bool_or({answer} = 'declined') AND NOT bool_or({answer} IN ('accepted', 'tentative'))"
HOLDERS = f"""(SELECT bool_and(held.declined) FROM (SELECT coalesce({DECLINED.format(answer="own.answer")}, FALSE) AS declined
FROM calendars_entry e
JOIN calendars_calendar c ON c.workspace_id = e.workspace_id AND c.id = e.calendar_id
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
LEFT JOIN LATERAL (SELECT said ->> 2 AS answer FROM jsonb_array_elements(e.attendees) said
WHERE concat(a.member_id, ' ', said ->> 0) = ANY(%s)) own ON TRUE
WHERE e.workspace_id = l.workspace_id AND e.event_id = l.event_id AND {{spared}} GROUP BY a.member_id) held) IS NOT TRUE"""  # noqa: S608  ours
"""Not every member who has a copy declined."""
BY_DOMAIN = """EXISTS (SELECT 1 FROM (SELECT d.company_id, rank() OVER (ORDER BY length(d.domain) DESC) AS place
FROM records_companydomain d JOIN records_company o ON o.workspace_id = d.workspace_id AND o.id = d.company_id AND o.trashed_at IS NULL
WHERE d.workspace_id = t.workspace_id AND d.domain = ANY(ARRAY(SELECT array_to_string(labels[i:], '.')
FROM (SELECT string_to_array(substring(t.address FROM '[^@]*$'), '.') AS labels) said, generate_subscripts(labels, 1) i))) found
WHERE found.place = 1 AND found.company_id = r.company_id)"""
"""The most specific domain that any company has (`rules/link.py`)."""
THROUGH = f"""(SELECT bool_and(named.declined) FROM (SELECT {DECLINED.format(answer="t.response")} AS declined
FROM (SELECT {{record}}) r (person_id, company_id)
JOIN calendars_attendee t ON t.workspace_id = l.workspace_id AND t.event_id = l.event_id
LEFT JOIN LATERAL (SELECT p.id, p.company_id FROM records_personaddress h
JOIN records_person p ON p.workspace_id = h.workspace_id AND p.id = h.person_id AND p.trashed_at IS NULL
WHERE h.workspace_id = t.workspace_id AND h.folded = t.address ORDER BY h."primary" DESC, p.created_at, p.id LIMIT 1) k ON TRUE
WHERE k.id = r.person_id OR k.company_id = r.company_id OR {BY_DOMAIN}
GROUP BY coalesce(k.id::text, t.address)) named) IS NOT TRUE"""  # noqa: S608  ours
"""Not everybody declined through whom it is on the record. Who leads there is asked as the links are made: see `engine/linking.py`."""


def counting(record: Sql, who: WorkspaceIdentities, spared: Sql) -> Sql:
    """That the meeting of a feed's row `l` counts.

    `record`: the two ids, of a person and of a company, through which a meeting is on it. `spared`: which copies are there to be shown.
    """
    ours = [f"{member_id} {address}" for member_id in sorted(who.held) for address in sorted(who.addresses_of(member_id))]
    doubtful = (
        Sql(NOT_CANCELLED),
        Sql(HOLDERS.format(spared=spared.text), (ours, *spared.params)),
        Sql(THROUGH.format(record=record.text), record.params),
    )
    doubted = joined(doubtful, " AND ")
    return Sql(f"({SURE} OR {doubted.text})", doubted.params)


def side(when: Literal["upcoming", "past", "all"], now: datetime, zone: ZoneInfo) -> list[Sql]:
    """That it has begun, or that it has not. `zone`: the workspace's. The first condition of each is what the index can jump to."""
    if when == "all":
        return []
    today = met.today_midnight(now, zone)
    begun = Sql("l.starts_at <= CASE WHEN l.all_day THEN %s ELSE %s END", (today, now))
    if when == "past":
        return [Sql("l.starts_at <= %s", (max(today, now),)), begun]
    return [Sql("l.starts_at > %s", (min(today, now),)), Sql(f"NOT {begun.text}", begun.params)]
