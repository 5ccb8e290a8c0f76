"""From the cells of a row to what the reader of a kind asks for (`csv_rows`), by what each column was said to be. Pure but for words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from metwith.lib.domains import check_domain
from metwith.records.csv_text import disarm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from metwith.records.kinds import Kind

BETWEEN = re.compile(r'(?:\s*:::\s*|[;,\s\[\]"])+')
"""What stands between several addresses in a cell: Google writes ` ::: `, Twenty `["a","b"]`."""
IN_BRACKETS = re.compile(r"\(([^()\s]+@[^()\s]+)\)")
"""`Anna Lindt (anna@acme.example)`, as HubSpot names a contact."""
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{1,2}:\d{2}.*")
"""A day with a time of day, which is nobody's concern here."""
MARK = "\u200d"
"""What Twenty puts before a cell that a spreadsheet would run, as we do `'`."""
STAGES = {
    "appointment scheduled": "new", "appointmentscheduled": "new", "screening": "qualified", "meeting": "qualified", "qualified to buy": "qualified",
    "qualifiedtobuy": "qualified", "presentation scheduled": "qualified", "presentationscheduled": "qualified",
    "decision maker bought-in": "proposal", "decisionmakerboughtin": "proposal", "contract sent": "negotiation", "contractsent": "negotiation",
    "closed won": "won", "closedwon": "won", "customer": "won", "closed lost": "lost", "closedlost": "lost",
}  # fmt: skip
"""HubSpot's and Twenty's own stages (as delivered) → ours."""


def read_cells(kind: Kind, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """What a row says, by the names that `csv_rows` reads. What stands beyond the last heading is under `""`."""
    texts_of: dict[str, list[str]] = {}
    for key, cell in zip(columns, cells, strict=False):
        text = disarm(cell.removeprefix(MARK)).strip()
        if key and text:
            texts_of.setdefault(key, []).append(text)
    row = {key: texts[0] for key, texts in texts_of.items()} | MERGED[kind](texts_of)
    beyond = " ".join(cell.strip() for cell in cells[len(columns) :]).strip()
    return {"name": ""} | row | ({"": beyond} if beyond else {})


def _person(texts_of: Mapping[str, list[str]]) -> dict[str, str]:
    halves = " ".join((*texts_of.get("first_name", ()), *texts_of.get("last_name", ())))
    columns = texts_of.get("email", ())
    first = [one for text in columns for one in _addresses(text)]
    if len(columns) > 1:
        first = _once(first)  # two columns may well say the same; twice within one is the row's mistake
    further = [one for text in texts_of.get("additional_emails", ()) for one in _addresses(text)]
    known = {one.casefold() for one in first}
    return {
        "name": " ".join(texts_of.get("name", ())) or halves,
        "email": first[0] if first else "",
        "additional_emails": " ".join([*first[1:], *(one for one in further if one.casefold() not in known)]),
    }


def _once(texts: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.casefold(), text)
    return list(found.values())


def _company(texts_of: Mapping[str, list[str]]) -> dict[str, str]:
    texts = texts_of.get("domains", ())
    domains = [one for text in texts for one in _addresses(text)]
    return {"domains": " ".join(dict.fromkeys(map(_folded, domains)) if len(texts) > 1 else domains)}


def _folded(domain: str) -> str:
    try:
        return check_domain(domain)
    except ValueError:
        return domain  # is refused where rows are read, in words


def _opportunity(texts_of: Mapping[str, list[str]]) -> dict[str, str]:
    contact, stage, day = (next(iter(texts_of.get(key, ())), "") for key in ("contact_email", "stage", "close_date"))
    in_brackets = IN_BRACKETS.search(contact)
    with_time = DAY.fullmatch(day)
    return {
        "contact_email": in_brackets[1] if in_brackets else contact,
        "stage": STAGES.get(stage.casefold(), stage),
        "close_date": with_time[1] if with_time else day,
    }


def _addresses(text: str) -> Iterable[str]:
    return filter(None, BETWEEN.split(text))


MERGED = {"person": _person, "company": _company, "opportunity": _opportunity}
