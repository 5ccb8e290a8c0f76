"""Money: which currencies there are, and how an amount is written in a language. Both as Unicode's CLDR has it, by Babel."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from babel import Locale
from babel.core import get_global
from babel.numbers import format_currency, format_decimal, get_currency_symbol

if TYPE_CHECKING:
    from decimal import Decimal

SINCE = 2026
"""What was money then or later stays a currency: it may be stored, and a new edition of the data must not make that unreadable."""
OLDER = frozenset({"SVC"})
"""Codes of ISO 4217 that CLDR knows no country for: El Salvador's colón, which the dollar replaced beside it."""


def _tender() -> frozenset[str]:
    """Legal tender of some country: no metals, funds or test codes."""
    given = (row for rows in get_global("territory_currencies").values() for row in rows)
    return frozenset(code for code, _start, end, tender in given if tender and (end is None or end[0] >= SINCE))


CURRENCIES = _tender() | OLDER
"""Codes of ISO 4217."""


def written_amount(amount: Decimal, currency: str, language: str) -> str:
    """`1234.50`, `EUR`, `de` → `1.234,50 €`, with spaces that do not break. A whole amount has no decimals, any other has two; none is rounded.

    Without a currency the number alone. `language` is one that pages have; raises babel's UnknownLocaleError for what is none.
    """
    decimals = "" if amount == amount.to_integral_value() else ".00"
    if not currency:
        return format_decimal(amount, format=f"#,##0{decimals}", locale=language)
    pattern = _pattern(language).replace(".00", decimals)
    if get_currency_symbol(currency, language)[-1:].isalpha():
        # Letters do not touch digits (UTS #35, part 3, "currencySpacing"), which Babel leaves to us: `KWD 5`, `€5`.
        pattern = pattern.replace("\u00a4#", "\u00a4\u00a0#")
    # Not by the currency's own number of decimals: of 5.50 yen, which somebody typed, 6 would be shown.
    return format_currency(amount, currency, format=pattern, locale=language, currency_digits=False)


@cache
def _pattern(language: str) -> str:
    """Where a language puts sign and groups: `¤#,##0.00`, or `#,##0.00 ¤` with a space that does not break."""
    pattern: str = Locale.parse(language).currency_formats["standard"].pattern
    return pattern
