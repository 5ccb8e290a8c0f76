"""Time zones as they are asked for: a field in which one types a place, and the browser suggests those that fit."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, override
from zoneinfo import available_timezones

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

LIST = "zones"
"""The id of the one list of suggestions on a page."""


class ZoneInput(forms.TextInput):
    """Without JavaScript, by keyboard and on a phone: the browser's own suggestions."""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__({"list": LIST, "autocomplete": "off", "spellcheck": "false", **(attrs or {})})

    @override
    def render(self, name: str, value: object, attrs: object = None, renderer: object = None) -> SafeString:
        field = super().render(name, value, attrs, renderer)  # type: ignore[arg-type]
        options = format_html_join("", '<option value="{}" label="{}">', ((place, place.replace("_", " ")) for place in suggested()))
        return format_html('{}<datalist id="{}">{}</datalist>', field, LIST, options)


class ZoneField(forms.CharField):
    """`Europe/Berlin`, however it is written: `berlin` and `europe/berlin` are enough where only one place is called that."""

    widget = ZoneInput

    def __init__(self, **options: Any) -> None:
        # Longer is none, and is not looked for.
        super().__init__(max_length=64, **options)

    @override
    def clean(self, value: object) -> str:
        typed = str(super().clean(value))
        found = _names().get(_plain(typed))
        if typed and not found:
            raise forms.ValidationError(_("Choose a time zone from the list: a place such as Europe/Berlin."))
        return found or ""


@cache
def suggested() -> tuple[str, ...]:
    """What is suggested: the places of the IANA database as they are called today, each country's (zone.tab). Older names are understood too."""
    table = (resources.files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8")
    return ("UTC", *sorted(line.split("\t")[2] for line in table.splitlines() if not line.startswith("#")))


@cache
def _names() -> dict[str, str]:
    """By what may be typed. A city goes where only one is called so."""
    cities: dict[str, list[str]] = {}
    for place in suggested():
        cities.setdefault(_plain(place.rpartition("/")[2]), []).append(place)
    return {city: found[0] for city, found in cities.items() if len(found) == 1} | {_plain(name): name for name in available_timezones()}


def _plain(typed: str) -> str:
    return typed.strip().replace(" ", "_").casefold()
