"""Searching in titles: which meetings may hold some words in a title that a viewer may see.

The index `entry_by_title` has the trigrams of a title (`lib/search/trigrams.py`) as numbers that differ by who may see it, so that nothing is read, and no time
taken, for what others keep to themselves:

- `2 * calendar`: what is as its calendar, and on a record. Asked are a viewer's own calendars, and those whose level shows titles.
- `2 * calendar + 1`: all else of the calendar. Asked are the viewer's own.
- `-workspace`: what its owner shows by itself, and is on a record. Asked unless the workspace's cap hides titles.

Copies that name the viewer are known by the numbers of the addresses that they name, and looked through: all of them are the viewer's to see. What is
found here is likely; whether it is seen is decided by the conditions of sight (`feed.titled`), row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from metwith.calendars.rules.folding import TitleHit
from metwith.lib.search import trigrams
from metwith.lib.search.indexes import padded
from metwith.lib.sql import Sql, joined, rows
from metwith.rules import show

if TYPE_CHECKING:
    from datetime import datetime, timedelta

MOST = 10_000
"""Meetings that are looked at one by one. Of words that stand in more, enough are found by going through the meetings in their order."""
EACH_WAY = 100
"""Meetings that are found then, before and after."""
MOST_WORDS = 8
LEVELS = [level for level in show.LEVELS if show.Disclosure(0, level).may("title")]
"""Those that show titles."""
MARKS = "calendars_entry_numbers(e.workspace_id, e.calendar_id, e.sharing, e.on_record, e.title, e.attendees)"
TITLE = "metwith_folded(e.title)"


class TitleWords(NamedTuple):
    """What is looked for in titles: each of these, as PostgreSQL folds it."""

    words: tuple[str, ...]

    @property
    def likes(self) -> list[str]:
        """What a title is like that holds them."""
        return [f"%{trigrams.escaped(word)}%" for word in self.words]

    @property
    def trigrams(self) -> list[str]:
        """What the index knows of each title that holds them; of a word of a letter or two, only where a word begins with it."""
        return sorted(frozenset[str]().union(*map(trigrams.trigrams, self.words)))

    @property
    def sure(self) -> bool:
        """Whether the index knows all titles that hold them."""
        return all(map(trigrams.sure, self.words))


def words_of(q: str) -> TitleWords:
    """Up to eight words of what was typed."""
    [(folded,)] = rows("SELECT metwith_folded(%s)", (q.replace("\0", " ").strip()[:1000],))
    return TitleWords(tuple(dict.fromkeys(folded.split()[:MOST_WORDS])))


def holds(words: TitleWords) -> Sql:
    """That the title of a copy `e` holds them all; words of a letter or two begin one of its own."""
    if not words.words:
        return Sql("FALSE")  # what was typed is no letter at all
    if words.sure:
        return Sql(f"{TITLE} LIKE ALL(%s)", (words.likes,))
    likes = [
        trigrams.Spelling(word).like() if not trigrams.sure(word) else like for word, like in zip(words.words, words.likes, strict=True)
    ]
    return Sql(f"{padded(TITLE)} LIKE ALL(%s)", (likes,))


def candidates(workspace_id: int, viewer: show.Viewer, words: TitleWords, *, most: int = MOST) -> list[int] | None:
    """The meetings that have such a title, for all that the index knows; None where it does not know, and for more than `most` copies."""
    if not words.trigrams:
        return None
    who_looks = viewer.impersonator or viewer
    levels = LEVELS if who_looks.cap in LEVELS else []
    held = holds(words)
    found = rows(
        CANDIDATES.format(marks=MARKS, held=held.text),
        (
            *(workspace_id, who_looks.member_id, levels),
            *(workspace_id, who_looks.member_id),
            *(-workspace_id, bool(levels)),
            *(workspace_id, words.trigrams, *held.params),
            *(list(who_looks.addresses), workspace_id, -workspace_id, *held.params),
            most + 1,
        ),
    )
    return None if len(found) > most else list({event_id for (event_id,) in found})


def among(workspace_id: int, event_ids: list[int], titled: Sql) -> list[TitleHit]:
    """Those of these meetings that are `titled`, a condition on a row `v` of calendars_event."""
    text = f"{HITS} AND v.id = ANY(%s) AND {titled.text}"
    return [TitleHit(*row) for row in rows(text, (workspace_id, event_ids, *titled.params))]


def around(workspace_id: int, titled: Sql, now: datetime, distance: timedelta) -> list[TitleHit]:
    """Those that are nearest to now, from a distance on, `EACH_WAY` before and after; `titled` is asked row by row."""
    ways = (("v.starts_at >= %s", "ASC", now + distance), ("v.starts_at < %s", "DESC", now - distance))
    arms = [
        Sql(
            f"({HITS} AND {side} AND {titled.text} ORDER BY v.starts_at {way}, v.id {way} LIMIT %s)",
            (workspace_id, start, *titled.params, EACH_WAY),
        )
        for side, way, start in ways
    ]
    both = joined(arms, " UNION ALL ")
    return [TitleHit(*row) for row in rows(both.text, both.params)]


HITS = "SELECT v.id, v.starts_at, v.ical_uid || ' ' || coalesce(v.organizer_key, '') FROM calendars_event v WHERE v.workspace_id = %s"
CANDIDATES = """WITH scope AS MATERIALIZED (
SELECT 2 * c.id AS seed FROM calendars_calendar c JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
WHERE c.workspace_id = %s AND (a.member_id = %s OR coalesce(nullif(c.sharing, ''), a.sharing) = ANY(%s))
UNION ALL SELECT 2 * c.id + 1 FROM calendars_calendar c JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
WHERE c.workspace_id = %s AND a.member_id = %s
UNION ALL SELECT %s WHERE %s
) (SELECT e.event_id FROM scope CROSS JOIN LATERAL (SELECT e.event_id, e.title FROM calendars_entry e WHERE e.workspace_id = %s
AND {marks} @> ARRAY(SELECT (hashtextextended(t, scope.seed) & 2147483647)::int FROM unnest(%s::text[]) t) OFFSET 0) e WHERE {held}
UNION ALL SELECT e.event_id FROM unnest(%s::text[]) named (address) CROSS JOIN LATERAL (SELECT e.event_id, e.title FROM calendars_entry e
WHERE e.workspace_id = %s AND {marks} @> ARRAY[(hashtextextended(named.address, %s) & 2147483647)::int] OFFSET 0) e WHERE {held}) LIMIT %s"""
"""`OFFSET 0` has the index asked first, whatever PostgreSQL makes of the words: never the titles themselves."""
