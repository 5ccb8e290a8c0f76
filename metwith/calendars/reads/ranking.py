"""The order of `rules/precedence.py`, asked in the database: of very many copies of a meeting only those are read that have a say.

The one place that says it besides the rule. What pages show and what a meeting comes to are chosen by it alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.rules import precedence
from metwith.lib.sql import Sql

if TYPE_CHECKING:
    from metwith.rules.identity import WorkspaceIdentities

FACTS = """CROSS JOIN LATERAL (SELECT NOT (a.provider = ANY(%s) OR c.kind = %s) AS signed_in, coalesce(e.organizer, '') AS organizer,
c.enabled AND NOT c.paused AND a.disconnected_at IS NULL AS read, CASE WHEN a.provider <> ALL(%s) THEN e.sequence END AS sequence
) f CROSS JOIN LATERAL (SELECT f.signed_in, f.organizer > '' AS named, f.signed_in AND f.read AS read, f.signed_in AND f.read
AND (a.member_id, f.organizer) IN (SELECT member_id, address FROM unnest(%s::bigint[], %s::text[]) held (member_id, address)) AS organized
) standing"""
STANDING = "standing.signed_in, standing.named, standing.organized, standing.read"
BEST = f"""({STANDING}, coalesce(f.sequence, max(f.sequence) OVER (PARTITION BY e.event_id, {STANDING}), 0),
coalesce(e.remote_updated_at, '-infinity'), -e.id)"""
"""Of a copy among all that the statement looks at; the one that speaks first has the highest. It has a window: no WHERE beside it can ask it."""


def facts(who: WorkspaceIdentities) -> Sql:
    """What `BEST` is made of, to be joined to a copy `e` with its calendar `c` and account `a`. `f.read`: whether it is read."""
    held = [(member_id, address) for member_id, addresses in who.verified.items() for address in addresses]
    members, addresses = [member_id for member_id, _ in held], [address for _, address in held]
    return Sql(FACTS, (list(precedence.FEEDS), precedence.SUBSCRIBED, list(precedence.UNNUMBERED), members, addresses))
