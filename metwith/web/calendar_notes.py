"""An invitation's description, made safe to show. What providers send may be HTML, plain text, or both at once."""

from __future__ import annotations

import re

import nh3
from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe

LONGEST = 20_000
"""Characters shown; dial-in texts stay far below."""
_TAGS = {"a", "b", "blockquote", "br", "code", "em", "hr", "i", "li", "ol", "p", "pre", "s", "strong", "u", "ul", "div"}
_SCHEMES = {"http", "https", "mailto"}
_LOOKS_LIKE_HTML = re.compile(
    r"<(?:a|b|blockquote|br|div|em|font|h[1-6]|html|body|hr|i|img|li|ol|p|pre|s|span|strong|table|td|tr|u|ul)(?:\s[^<>]*)?/?>|</[a-z][a-z0-9]*>|<!doctype",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"<(?:br|p|div|li|tr|h[1-6])\b", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>", re.IGNORECASE)
_ROW_END = re.compile(r"</tr\s*>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_MANY_BREAKS = re.compile(r"(?:\s*<br>\s*){3,}")


def description_html(raw: str) -> SafeString:
    """`raw` with its lines, lists and links kept and everything else gone; empty when nothing is left to read."""
    text = raw[:LONGEST].strip()
    if not text:
        return SafeString()
    html = _from_html(text) if _LOOKS_LIKE_HTML.search(text) else _from_text(text)
    clean = nh3.clean(
        html,
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


def _from_text(text: str) -> str:
    """Lines become lines, addresses become links."""
    return urlize(escape(text).replace("\r\n", "\n").replace("\n", "<br>\n"))


def _from_html(text: str) -> str:
    """Headings would break the page's own outline, and tables its width: both become lines."""
    text = _HEADING.sub(r"<\1p>", text)
    text = _CELL_END.sub(" ", _ROW_END.sub("<br>", text))
    if not _BREAKS.search(text):  # text with a link or two in it, as web forms make it: its line ends are all it has
        text = text.replace("\r\n", "\n").replace("\n", "<br>\n")
    return text


def _has_words(html: str) -> bool:
    return any(c.isalnum() for c in nh3.clean(html, tags=set()))
