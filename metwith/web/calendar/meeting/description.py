"""An invitation's description, made safe to show. What providers send may be HTML, plain text, or both at once."""

from __future__ import annotations

import re
from html import unescape

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from metwith.lib.html_text import LOOKS_LIKE_HTML

LONGEST = 20_000
"""Characters shown; dial-in texts stay far below."""
_TAGS = {"a", "b", "blockquote", "br", "code", "div", "em", "hr", "i", "li", "ol", "p", "pre", "s", "strong", "u", "ul"}
_SCHEMES = {"http", "https", "mailto"}
_BREAKS = re.compile(r"<(?:br|div|h[1-6]|li|p|tr)\b", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>", re.IGNORECASE)
_ROW_END = re.compile(r"</tr\s*>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_MANY_BREAKS = re.compile(r"<br>\s*+(?:<br>\s*+){2,}")
_TAG = re.compile(r"(<[^<>]*>)")
_LINK = re.compile(
    r"(?P<web>\bhttps?://[^\s<>\"']+|\bwww\.[^\s<>\"']+\.[^\s<>\"']+)|(?P<mail>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
    re.IGNORECASE,
)
_TRAIL = ("&gt;", "&quot;", "&#x27;", "&#39;", *".,;:!?)]")
"""What ends the sentence around a link rather than the link."""


def description_html(raw: str) -> SafeString:
    """`raw` with its lines, lists and links kept and everything else gone; empty when nothing is left to read."""
    text = raw[:LONGEST].strip().replace("\r\n", "\n")
    if not text:
        return SafeString()
    html = _from_html(text) if LOOKS_LIKE_HTML.search(text) else _lines(str(escape(text)))
    clean = nh3.clean(
        _linked(html),
        tags=_TAGS,
        clean_content_tags={"script", "style", "title"},
        attributes={"a": {"href"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    clean = _MANY_BREAKS.sub("<br><br>", clean).strip()
    return mark_safe(clean) if _has_words(clean) else SafeString()  # noqa: S308  nh3 has just cleaned it


def was_cut(raw: str) -> bool:
    """Whether `description_html` left out the end."""
    return len(raw) > LONGEST


def _lines(text: str) -> str:
    return text.replace("\n", "<br>\n")


def _from_html(text: str) -> str:
    """Headings would break the page's own outline, and tables its width: both become lines."""
    breaks = _BREAKS.search(text)  # without: text with a link or two, as web forms make it, whose line ends are all it has
    text = _HEADING.sub(r"<\1p>", text)
    text = _CELL_END.sub(" ", _ROW_END.sub("<br>", text))
    return text if breaks else _lines(text)


def _linked(html: str) -> str:
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


def _has_words(html: str) -> bool:
    return any(c.isalnum() for c in unescape(nh3.clean(html, tags=set())))
