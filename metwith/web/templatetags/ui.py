"""The few tags our templates share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import get_language

from metwith.accounts.models import SharingLevel
from metwith.lib.currencies import written_amount
from metwith.lib.text import initials as initials_of

if TYPE_CHECKING:
    from decimal import Decimal

    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """One symbol of the sprite, hidden from screen readers: the words beside it, or an aria-label, say what it means."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("metwith/icons.svg"), name)


@register.filter
def sharing_label(level: str) -> str:
    """A sharing level's name."""
    return str(SharingLevel(level).label)


@register.filter
def initials(name: object) -> str:
    """`"Anna Lindt"` → `"AL"`."""
    return initials_of(str(name))


@register.filter
def dial(number: str) -> str:
    """Of a telephone number as it was written what a telephone needs: `"+49 (30) 12-34"` → `"+49301234"`."""
    return "".join(sign for sign in number if sign in "+0123456789")


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """An amount as the reader's language writes it: `€1,234.50`, `1.234,50 €`."""
    return written_amount(amount, currency, get_language() or settings.LANGUAGE_CODE)
