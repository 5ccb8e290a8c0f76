"""The feeds that are no record's: what stands on any record, and what is a viewer's own. As rows `l`, like those of `Link` that a record's feed reads.

Each is read in the order of an index from a key on, so that the thousandth page costs what the first does: everybody's from
`link_by_time`, a viewer's own from `entry_by_time`, calendar by calendar. What only names the viewer is looked up by address, and costs what there is of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.reads.named import names_sql
from metwith.lib.sql import Sql

if TYPE_CHECKING:
    from metwith.rules import show

ON_A_RECORD = """EXISTS (SELECT 1 FROM calendars_link n
WHERE n.workspace_id = {of}.workspace_id AND n.event_id = {event} AND NOT n.hidden AND n.member = 0)"""
"""For everybody: where only a member's own copy leads, it leads that member to that copy alone."""
CALENDARS = """ARRAY(SELECT c.id FROM calendars_calendar c
JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id WHERE c.workspace_id = %s AND a.member_id = %s)"""
"""Read once, not for every row."""


def everybody(workspace_id: int, member_id: int) -> Sql:
    """That a row of `calendars_link l` stands there for a viewer: as the records' own feeds, several rows a meeting."""
    return Sql(f"l.workspace_id = %s AND NOT l.hidden AND {EVERYBODY}", (workspace_id, member_id, member_id))


def in_own_calendars(workspace_id: int, member_id: int, spared: Sql, page: Sql) -> Sql:
    """A page of each of a viewer's calendars, as one. `page`: what narrows it, its order and limit. A copy that is not the one shown is none."""
    mine = (workspace_id, member_id)
    params = (*mine, member_id, workspace_id, *spared.params, *mine, *page.params)
    return Sql(OWN.format(spared=spared.text, page=page.text), params)


def naming(workspace_id: int, viewer: show.Viewer, spared: Sql) -> Sql:
    """Rows `l` of the meetings in no calendar of a viewer's that a copy names them in: on no record, by these copies alone."""
    mine, named = (workspace_id, viewer.member_id), names_sql(viewer.addresses)
    params = (viewer.member_id, workspace_id, list(viewer.addresses), *mine, *named.params, *spared.params)
    return Sql(NAMING.format(naming=named.text, spared=spared.text), params)


EVERYBODY = """(l.member = %s OR l.member = 0 AND NOT EXISTS (SELECT 1 FROM calendars_link o
WHERE o.workspace_id = l.workspace_id AND o.event_id = l.event_id AND o.member = %s AND o.member > 0 AND NOT o.hidden OFFSET 0))"""
AS_ROW = "e.workspace_id, e.event_id, e.starts_at, e.ends_at, e.start_date IS NOT NULL AS all_day, e.cancelled, %s::bigint AS member"
OWN = f"""(SELECT l.starts_at, l.event_id FROM unnest({CALENDARS}) AS own (id) CROSS JOIN LATERAL (
SELECT l.starts_at, l.event_id FROM (SELECT {AS_ROW} FROM calendars_entry e WHERE e.workspace_id = %s AND e.calendar_id = own.id AND {{spared}}
AND (e.apart OR NOT EXISTS (SELECT 1 FROM calendars_entry o WHERE o.workspace_id = e.workspace_id AND o.event_id = e.event_id AND o.apart
AND o.calendar_id = ANY({CALENDARS}) OFFSET 0) AND e.starts_at = (SELECT v.starts_at FROM calendars_event v
WHERE v.workspace_id = e.workspace_id AND v.id = e.event_id))) l {{page}}) l)"""  # noqa: S608  ours
"""Of several copies of one's own the one that is shown is `apart`, or says what the event says (`models.Entry.apart`)."""
NAMING = f"""(SELECT DISTINCT ON (e.event_id) e.workspace_id, e.event_id,
CASE WHEN r.on_record THEN v.starts_at ELSE e.starts_at END AS starts_at, CASE WHEN r.on_record THEN v.ends_at ELSE e.ends_at END AS ends_at,
(CASE WHEN r.on_record THEN v.start_date ELSE e.start_date END) IS NOT NULL AS all_day,
CASE WHEN r.on_record THEN v.cancelled ELSE e.cancelled END AS cancelled, %s::bigint AS member
FROM calendars_attendee t JOIN calendars_event v ON v.workspace_id = t.workspace_id AND v.id = t.event_id
JOIN calendars_entry e ON e.workspace_id = t.workspace_id AND e.event_id = t.event_id
CROSS JOIN LATERAL (SELECT {ON_A_RECORD.format(of="v", event="v.id")} AS on_record) r
WHERE t.workspace_id = %s AND t.address = ANY(%s) AND NOT EXISTS (SELECT 1 FROM calendars_entry o
WHERE o.workspace_id = t.workspace_id AND o.event_id = t.event_id AND o.calendar_id = ANY({CALENDARS}))
AND {{naming}} AND {{spared}} ORDER BY e.event_id, e.starts_at) l"""  # noqa: S608  ours
