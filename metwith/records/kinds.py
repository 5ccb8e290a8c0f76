"""The kinds of records: the one list. A word in addresses, answers and code, a number in the rows that point at a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping

type Kind = Literal["person", "company", "opportunity"]

NUMBERS: Mapping[Kind, RecordKind] = {"person": RecordKind.PERSON, "company": RecordKind.COMPANY, "opportunity": RecordKind.OPPORTUNITY}
NAMES: Mapping[int, Kind] = {number: name for name, number in NUMBERS.items()}
