"""A row of a list, and a choice of a menu, as HTML. A page has dozens of each, and a template took as long for these as for all the rest."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from metwith.web.calendar.period.chips import More
from metwith.web.calendar.words import join_words
from metwith.web.templatetags.ui import icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metwith.web.calendar.period.chips import Slip, Stands
    from metwith.web.calendar.rows import Face, Row
    from metwith.web.calendar.tab import Choice, Menu, Tab

register = template.Library()


@register.filter
def line(row: Row) -> SafeString:
    """The whole line as one link, where there is something to open. Every text is escaped here."""
    css = f"row{' closed' if row.closed else ''}{' off' if row.cancelled else ''}"
    tag, link = ("a", f' href="{escape(row.href)}"') if row.href else ("div", "")
    return SafeString(
        f'<li><{tag} class="{css}"{link}>'
        f'<time class="day" datetime="{row.iso}"><b>{row.number}</b>{escape(row.weekday)}</time>'
        f'<span class="when">{escape(row.time)}{_small(row.extra)}</span>'
        f'<span class="what">{_name(row)}{_mine(row.mine)}{_records(row)}{_withheld(row.withheld)}</span>'
        f'<span class="who"><span class="seen-by-ear">{escape(row.company)}</span>'
        f"{''.join(map(_face, row.faces))}{_more(row.more)}{_mark(row)}</span></{tag}>{_join(row.join)}</li>\n"
    )


@register.simple_tag
def slips(tab: Tab, stands: Sequence[Stands], kind: str) -> SafeString:
    """A day's meetings, of a month or a week, as the items of a list."""
    return SafeString("".join(_stands(tab, one, kind) for one in stands))


def _stands(tab: Tab, one: Stands, kind: str) -> str:
    if one is None:
        return '<li class="gap" aria-hidden="true"></li>'
    if isinstance(one, More):
        return f'<li class="{kind} {one.css}"><a class="more" href="{escape(url_of(tab, one.query))}#day" hx-boost="false">{escape(one.label)}</a></li>'
    return f'<li class="{kind} {one.css}">{_slip(one)}</li>'


def _slip(slip: Slip) -> str:
    """A meeting as one link. Its times are told in full by ear, and by the pointer."""
    row = slip.row
    css = f"slip{' closed' if row.closed else ''}{' off' if row.cancelled else ''}"
    whole = f"{row.time}, {row.extra}" if row.extra and slip.time != row.time else row.time
    time = f"<small>{escape(slip.time)}</small>"
    if slip.time != whole:
        time = f'<small aria-hidden="true">{escape(slip.time)}</small><span class="seen-by-ear">{escape(whole)}</span>'
    title = escape(row.title)
    if row.cancelled:
        title = f'<s>{title}</s><span class="seen-by-ear">{escape(_("Cancelled"))}</span>'
    told = escape(", ".join(filter(None, (whole, row.title, _("Cancelled") if row.cancelled else "", row.mine, row.withheld))))
    withheld = f'<span class="seen-by-ear">{escape(row.withheld)}</span>' if row.withheld else ""
    return (
        f'<a class="{css}" href="{escape(row.href)}" data-row title="{told}">{time} '
        f'<span class="name">{icon("lock") if row.closed else ""}{title}</span>{_mine(row.mine)}{withheld}</a>'
    )


@register.simple_tag
def way(tab: Tab, query: str) -> SafeString:
    """The attributes of a link to the tab in another state: the record's page, or the tab alone by htmx."""
    url, part = escape(url_of(tab, query)), escape(tab.part)
    return SafeString(f'href="{url}" hx-get="{part}?{escape(query)}" hx-push-url="{url}"')


@register.simple_tag
def choices(tab: Tab, menu: Menu) -> SafeString:
    """The links of a filter's menu: to the record's page in that state, or to the tab alone by htmx."""
    return SafeString("".join(_choice(tab, choice) for choice in menu.choices))


@register.simple_tag
def url_of(tab: Tab, query: str) -> str:
    """The record's page in another state."""
    return f"{tab.page}?{query}" if query else tab.page


def _choice(tab: Tab, choice: Choice) -> str:
    return f"<a {way(tab, choice.query)}{' aria-current="true"' if choice.current else ''}>{escape(choice.label)}</a>"


def _join(url: str) -> str:
    if not url:
        return ""
    label = f"{icon('video')}{escape(join_words(url))}"
    return f'<a class="button small join" href="{escape(url)}" target="_blank" rel="noopener noreferrer nofollow">{label}</a>'


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def _name(row: Row) -> str:
    title = escape(row.title)
    if row.cancelled:
        title = f"<s>{title}</s> <small>{escape(_('Cancelled'))}</small>"
    return f'<span class="name">{icon("lock") if row.closed else ""}{title}</span>'


def _mine(words: str) -> str:
    text = escape(words)
    return f' <i class="mine" title="{text}"></i><span class="seen-by-ear">{text}</span>' if text else ""


def _records(row: Row) -> str:
    names = ", ".join(escape(record.name) for record in row.records)
    return f'<small class="on">{names}</small>' if names else ""


def _withheld(words: str) -> str:
    return f'<small class="on">{escape(words)}</small>' if words else ""


@lru_cache(maxsize=4096)
def _face(face: Face) -> str:
    return f'<i class="face{" out" if face.outsider else ""}" aria-hidden="true">{escape(face.letters)}</i>'


def _more(text: str) -> str:
    return f'<small aria-hidden="true">{escape(text)}</small>' if text else ""


def _mark(row: Row) -> str:
    if not row.mark:
        return ""
    origin = escape(row.origin)
    letters = f'<span aria-hidden="true">{icon("calendar")}{escape(row.mark)}</span>'
    return f'<span class="from" title="{origin}">{letters}<span class="seen-by-ear">{origin}</span></span>'
