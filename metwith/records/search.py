"""Finding records by what somebody types: by an index of the trigrams of names, addresses and domains (`lib/search/trigrams.py`).

Exact first, then what begins with it, then the rest; and if there is nothing, what is one slip away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from metwith.lib.search import trigrams
from metwith.lib.search.indexes import padded
from metwith.lib.sql import Sql, joined, rows
from metwith.lib.text import sort_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metwith.lib.search.trigrams import Spelling
    from metwith.records.kinds import Kind

MOST_WORDS = 8
MOST_RANKED = 1000
"""How many of those that only hold the words, and do not begin with them, are brought in order."""


UNRANKED = Sql("0")


class _Text(NamedTuple):
    """Something that a record is found by."""

    table: str
    text: str
    record: str
    of_record: str
    """Which of its rows are of the record `r`."""


_ADDRESS = _Text("records_personaddress h", "h.folded", "h.person_id", "h.person_id = r.id")
_DOMAIN = _Text("records_companydomain h", "h.domain", "h.company_id", "h.company_id = r.id")
_COMPANY = _Text(
    "records_company h JOIN records_opportunity o ON o.workspace_id = h.workspace_id AND o.company_id = h.id",
    "h.name_key",
    "o.id",
    "o.id = r.id",
)
_TEXTS: dict[Kind, tuple[str, _Text]] = {
    "person": ("records_person", _ADDRESS),
    "company": ("records_company", _DOMAIN),
    "opportunity": ("records_opportunity", _COMPANY),
}
"""The table of each kind, and by what its records are found besides their names."""


class Hits(NamedTuple):
    """The ids of some records, best first."""

    ids: tuple[int, ...]
    more: bool
    """There are others."""


def words_of(q: str) -> list[str]:
    """What to search for: at most eight words, without accents and letter case."""
    return sort_key(q.replace("\0", " ")).split()[:MOST_WORDS]


def holding(workspace_id: int, kind: Kind, word: str) -> Sql | None:
    """The ids of the records whose name, address or domain holds a word, as a SELECT; None where no index knows all of them."""
    if not trigrams.sure(word):
        return None
    arms = [_arm(workspace_id, text, _holds(workspace_id, text, word)) for text in _texts(kind)]
    return Sql(f"SELECT id FROM ({joined(arms, ' UNION ALL ').text}) held", joined(arms, " UNION ALL ").params)  # noqa: S608  values are params


def find_ids(workspace_id: int, kind: Kind, q: str, *, limit: int) -> Hits:
    """So many records for what was typed, the trash left out."""
    words = words_of(q)
    if not words:
        return Hits((), more=False)
    found = dict.fromkeys(_beginning(workspace_id, kind, words, limit + 1))
    if len(found) <= limit:
        found |= dict.fromkeys(_ranked(workspace_id, kind, words, limit + 1))
    if not found:
        found = dict.fromkeys(_forgiven(workspace_id, kind, words, limit + 1))
    return Hits((*found,)[:limit], more=len(found) > limit)


def _beginning(workspace_id: int, kind: Kind, words: Sequence[str], limit: int) -> list[int]:
    """Whose name begins with it, in the order of names: the index of names stops at the last one that is asked for."""
    table, _ = _TEXTS[kind]
    first = sorted(trigrams.trigrams(words[0], begins=True))
    text = f"""SELECT r.id FROM {table} r WHERE r.workspace_id = %s AND r.trashed_at IS NULL AND r.name_key LIKE %s
AND metwith_trigrams(r.workspace_id, r.name_key) @> metwith_trigram_numbers(%s, %s::text[]) ORDER BY r.name_key, r.id LIMIT %s"""  # noqa: S608  values are params
    begins = f"{trigrams.escaped(' '.join(words))}%"
    return [pk for (pk,) in rows(text, (workspace_id, begins, workspace_id, first, limit))]


def _ranked(workspace_id: int, kind: Kind, words: Sequence[str], limit: int) -> list[int]:
    """Who holds all the words: one of the texts is it, begins with it, has a word that does, or has them anywhere."""
    longest = max(words, key=len)
    others = [word for word in words if word != longest]
    arms = [_arm(workspace_id, text, _begins_or_holds(workspace_id, text, longest), _rank(text, words)) for text in _texts(kind)]
    return _best(workspace_id, kind, arms, [_says(kind, [_like(word)]) for word in others], limit)


def _forgiven(workspace_id: int, kind: Kind, words: Sequence[str], limit: int) -> list[int]:
    """Who has a word that one of these is a slip of, and all the others as they are or with a slip."""
    longest = max(words, key=len)
    meant = trigrams.slips(longest)
    if not meant:
        return []
    arms = [_arm(workspace_id, text, _means(workspace_id, text, meant)) for text in _texts(kind)]
    others = [[_like(word), *(slip.like() for slip in trigrams.slips(word))] for word in words if word != longest]
    return _best(workspace_id, kind, arms, [_says(kind, likes) for likes in others], limit)


def _best(workspace_id: int, kind: Kind, arms: Sequence[Sql], conditions: Sequence[Sql], limit: int) -> list[int]:
    table, _ = _TEXTS[kind]
    held, also = joined(arms, " UNION ALL "), joined([Sql("r.trashed_at IS NULL"), *conditions], " AND ")
    text = f"""SELECT id FROM (SELECT r.id, r.name_key, held.rank FROM ({held.text}) held
JOIN {table} r ON r.workspace_id = %s AND r.id = held.id WHERE {also.text} LIMIT %s) hit
GROUP BY id, name_key ORDER BY min(rank), name_key, id LIMIT %s"""  # noqa: S608  values are params
    return [pk for (pk,) in rows(text, (*held.params, workspace_id, *also.params, MOST_RANKED, limit))]


def _texts(kind: Kind) -> tuple[_Text, _Text]:
    table, other = _TEXTS[kind]
    return _Text(f"{table} h", "h.name_key", "h.id", "h.id = r.id"), other


def _arm(workspace_id: int, text: _Text, condition: Sql, rank: Sql = UNRANKED) -> Sql:
    select = f"SELECT {text.record} AS id, {rank.text} AS rank FROM {text.table} WHERE h.workspace_id = %s AND {condition.text}"  # noqa: S608  values are params
    return Sql(select, (*rank.params, workspace_id, *condition.params))


def _rank(text: _Text, words: Sequence[str]) -> Sql:
    """0 for what is all of it, 1 for what begins with it, 2 for what has a word that begins with the first one, 3 for the rest."""
    first = trigrams.escaped(words[0])
    case = f"CASE WHEN {text.text} = %s THEN 0 WHEN {text.text} LIKE %s THEN 1 WHEN {padded(text.text)} LIKE %s THEN 2 ELSE 3 END"
    return Sql(case, (" ".join(words), f"{trigrams.escaped(' '.join(words))}%", f"% {first}%"))


def _holds(workspace_id: int, text: _Text, word: str) -> Sql:
    known = _known(workspace_id, text, trigrams.trigrams(word))
    return Sql(f"{known.text} AND {text.text} LIKE %s", (*known.params, f"%{trigrams.escaped(word)}%"))


def _begins_or_holds(workspace_id: int, text: _Text, word: str) -> Sql:
    """A word of one or two letters must begin one."""
    return _holds(workspace_id, text, word) if trigrams.sure(word) else _means(workspace_id, text, [trigrams.Spelling(word)])


def _means(workspace_id: int, text: _Text, meant: Sequence[Spelling]) -> Sql:
    known = joined([_known(workspace_id, text, spelling.trigrams()) for spelling in meant], " OR ")
    return Sql(f"({known.text}) AND {padded(text.text)} LIKE ANY(%s)", (*known.params, [spelling.like() for spelling in meant]))


def _known(workspace_id: int, text: _Text, wanted: frozenset[str]) -> Sql:
    """What the index answers."""
    return Sql(f"metwith_trigrams(h.workspace_id, {text.text}) @> metwith_trigram_numbers(%s, %s::text[])", (workspace_id, sorted(wanted)))


def _says(kind: Kind, likes: list[str]) -> Sql:
    """That the record `r` has a text that is like one of these."""
    other = _TEXTS[kind][1]
    text = f"""({padded("r.name_key")} LIKE ANY(%s) OR EXISTS (SELECT 1 FROM {other.table}
WHERE h.workspace_id = r.workspace_id AND {other.of_record} AND {padded(other.text)} LIKE ANY(%s)))"""  # noqa: S608  values are params
    return Sql(text, (likes, likes))


def _like(word: str) -> str:
    return f"%{trigrams.escaped(word)}%"
