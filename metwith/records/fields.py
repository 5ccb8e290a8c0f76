"""What may stand in a record: what people type → what is stored. Every function raises Invalid, naming the field and what to do.

Forms, the API and the CSV import read their input here, so that all three take and refuse the same.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.lib import addresses, domains
from metwith.lib.currencies import CURRENCIES
from metwith.lib.errors import Invalid
from metwith.lib.text import single_line, sort_key
from metwith.records.models import Opportunity

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ADDRESSES = 50
MOST_TAGS = 30
LONGEST_TAG = LONGEST_PHONE = 50
LARGEST_AMOUNT = Decimal("999999999999.99")
GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
DIGITS_WITH_MARKS = re.compile(r"\d{1,3}(?:(?P<group>[.,])\d{3}(?:(?P=group)\d{3})*)?(?:(?P<point>[.,])\d{1,2})?|\d+(?:[.,]\d{1,2})?")
"""`1234.5`, `1234,50`, `1,234.56`, `1.234,56`: a group has three digits, the decimals one or two."""


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address as it was written, and folded."""

    written: str
    folded: str


def name(text: str) -> str:
    """A record's name: one line, 1 to 300 characters."""
    value = one_line("name", text, 300)
    if not value:
        raise Invalid("name", _("A name is missing."))
    return value


def one_line(field: str, text: str, longest: int) -> str:
    """A line of text, which may be empty."""
    value = single_line(text)
    if len(value) > longest:
        raise Invalid(field, _("This is too long: at most %(longest)d characters.") % {"longest": longest})
    return value


def address_list(texts: Sequence[str], field: str = "addresses") -> tuple[Address, ...]:
    """A person's addresses, the primary first; empty lines are skipped, an address that stands twice is named."""
    found: dict[str, Address] = {}
    for text in filter(None, map(single_line, texts)):
        try:
            folded = addresses.check_address(text)
        except ValueError as error:
            raise Invalid(field, _("“%(address)s” is not an e-mail address.") % {"address": text[:100]}) from error
        if folded in found:
            raise Invalid(field, _("“%(address)s” stands here twice.") % {"address": text[:100]})
        found[folded] = Address(text, folded)
    if len(found) > MOST_ADDRESSES:
        raise Invalid(field, _("At most %(most)d addresses.") % {"most": MOST_ADDRESSES})
    return tuple(found.values())


def domain_list(texts: Sequence[str], field: str = "domains") -> tuple[str, ...]:
    """A company's domains, folded; empty lines are skipped, a domain that stands twice is named."""
    found: list[str] = []
    for text in filter(None, map(single_line, texts)):
        try:
            folded = domains.check_domain(text)
        except ValueError as error:
            raise Invalid(field, str(error)) from error
        if folded in found:
            raise Invalid(field, _("“%(domain)s” stands here twice.") % {"domain": folded})
        found.append(folded)
    if len(found) > MOST_ADDRESSES:
        raise Invalid(field, _("At most %(most)d domains.") % {"most": MOST_ADDRESSES})
    return tuple(found)


def tag_list(texts: Sequence[str]) -> dict[str, str]:
    """The words on a record, by what they are compared by; one that stands twice, in whatever letter case, stands once."""
    found: dict[str, str] = {}
    for text in filter(None, map(single_line, texts)):
        if len(text) > LONGEST_TAG:
            raise Invalid("tags", _("A tag has at most %(longest)d characters.") % {"longest": LONGEST_TAG})
        if "," in text:
            raise Invalid("tags", _("A tag holds no comma: “%(tag)s”.") % {"tag": text})
        found.setdefault(sort_key(text)[:LONGEST_TAG], text)
    if len(found) > MOST_TAGS:
        raise Invalid("tags", _("At most %(most)d tags.") % {"most": MOST_TAGS})
    return found


def stage(text: str) -> str:
    """A stage by its key or its name in the language of whoever asks, in any letter case; empty means new."""
    wanted = single_line(text).casefold()
    for key, label in Opportunity.Stage.choices:
        if wanted in {key, str(label).casefold()}:
            return str(key)
    if not wanted:
        return Opportunity.Stage.NEW
    stages = ", ".join(Opportunity.Stage.values)
    raise Invalid("stage", _("“%(stage)s” is not a stage. A stage is one of: %(stages)s.") % {"stage": text[:50], "stages": stages})


def amount(value: Decimal | str | float | None) -> Decimal | None:
    """An amount with at most two decimals, not negative; empty means none.

    Text may group its thousands (`1,234.56`, `1.234,56`, `1 234,56`). `1.234` could mean two things and is refused.
    """
    if value is None or value == "":
        return None
    number = _number(value) if isinstance(value, str) else Decimal(str(value))
    if not (number.is_finite() and 0 <= number <= LARGEST_AMOUNT and number == round(number, 2)):
        raise Invalid("amount", _("An amount is not negative and has at most 12 digits, and two decimals."))
    return round(number, 2)


def _number(text: str) -> Decimal:
    typed = "".join(c for c in text if not c.isspace() and c not in "'’")
    parts = DIGITS_WITH_MARKS.fullmatch(typed)
    unclear = parts is not None and parts["group"] is not None and parts["point"] is None and typed.count(parts["group"]) == 1
    if parts is None or unclear or (parts["group"] and parts["group"] == parts["point"]):
        raise Invalid("amount", _("“%(amount)s” cannot be read as an amount. Write it like 1234.50.") % {"amount": text[:50]})
    whole = typed.replace(parts["group"], "") if parts["group"] else typed
    try:
        return Decimal(whole.replace(",", "."))
    except InvalidOperation as error:
        raise Invalid("amount", _("“%(amount)s” cannot be read as an amount. Write it like 1234.50.") % {"amount": text[:50]}) from error


def currency(text: str) -> str:
    """An ISO 4217 code in any letter case; empty means none."""
    code = single_line(text).upper()
    if code and code not in CURRENCIES:
        raise Invalid("currency", _("“%(currency)s” is not a currency. Write its three letters, like EUR.") % {"currency": text[:20]})
    return code


def close_date(value: dt.date | str | None) -> dt.date | None:
    """A day: `2026-11-30` or `30.11.2026`; empty means none."""
    if not value or isinstance(value, dt.date):
        return value or None
    typed = single_line(value)
    german = GERMAN_DATE.fullmatch(typed)
    try:
        return dt.date(int(german[3]), int(german[2]), int(german[1])) if german else dt.date.fromisoformat(typed)
    except ValueError as error:
        raise Invalid("close_date", _("“%(date)s” is not a date. Write it like 2026-11-30.") % {"date": typed[:50]}) from error
