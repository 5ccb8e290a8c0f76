"""Addresses in a text become links that lead out safely."""

from __future__ import annotations

import re
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

LINKS: dict[str, Any] = {
    "attributes": {"a": {"href"}},
    "url_schemes": {"http", "https", "mailto"},
    "link_rel": "noopener noreferrer nofollow",
    "set_tag_attribute_values": {"a": {"target": "_blank"}},
}
"""How a text is cleaned of which the links stay."""
_TAG = re.compile(r"(<[^<>]*>)")
_LINK = re.compile(
    r"(?P<web>\bhttps?://[^\s<>\"']+|\bwww\.[^\s<>\"']+\.[^\s<>\"']+)|(?P<mail>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
    re.IGNORECASE,
)
_TRAIL = ("&gt;", "&quot;", "&#x27;", "&#39;", *".,;:!?)]")
"""What ends the sentence around a link rather than the link."""


def plain_html(text: str) -> SafeString:
    """A plain text with its lines and links; whatever looks like HTML in it is text."""
    return mark_safe(nh3.clean(with_links(with_breaks(str(escape(text)))), tags={"a", "br"}, **LINKS))  # noqa: S308  nh3 has just cleaned it


def with_breaks(text: str) -> str:
    """Line ends as HTML has them."""
    return text.replace("\n", "<br>\n")


def with_links(html: str) -> str:
    """Addresses in the text become links, except where they stand in one. The cleaning comes after and guards the result."""
    pieces, inside = _TAG.split(html), False
    for at, piece in enumerate(pieces):
        if at % 2:
            name = piece[1:4].lower()
            inside = name.startswith(("a ", "a>")) or (inside and name != "/a>")
        elif not inside:
            pieces[at] = _LINK.sub(_link, piece)
    return "".join(pieces)


def _link(match: re.Match[str]) -> str:
    shown = _without_trail(match[0])
    rest = match[0][len(shown) :]
    if match["mail"]:
        return f'<a href="mailto:{shown}">{shown}</a>{rest}'
    return f'<a href="{shown if "://" in shown else f"https://{shown}"}">{shown}</a>{rest}'


def _without_trail(text: str) -> str:
    # By hand, from the end: a pattern would begin anew at each of ten thousand full stops.
    end = len(text)
    while mark := next((mark for mark in _TRAIL if text.endswith(mark, 0, end)), ""):
        end -= len(mark)
    return text[:end]
