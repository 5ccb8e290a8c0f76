"""An invitation's description, made safe to show. What providers send may be HTML, plain text, or both at once."""

from __future__ import annotations

import re
from html import unescape

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from metwith.lib.html_text import LOOKS_LIKE_HTML
from metwith.web.site.linked_text import LINKS, with_breaks, with_links

LONGEST = 20_000
"""Characters shown; dial-in texts stay far below."""
_TAGS = {"a", "b", "blockquote", "br", "code", "div", "em", "hr", "i", "li", "ol", "p", "pre", "s", "strong", "u", "ul"}
_BREAKS = re.compile(r"<(?:br|div|h[1-6]|li|p|tr)\b", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>", re.IGNORECASE)
_ROW_END = re.compile(r"</tr\s*>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_MANY_BREAKS = re.compile(r"<br>\s*+(?:<br>\s*+){2,}")


def description_html(raw: str) -> SafeString:
    """`raw` with its lines, lists and links kept and everything else gone; empty when nothing is left to read."""
    text = raw[:LONGEST].strip().replace("\r\n", "\n")
    if not text:
        return SafeString()
    html = _from_html(text) if LOOKS_LIKE_HTML.search(text) else with_breaks(str(escape(text)))
    clean = nh3.clean(
        with_links(html),
        tags=_TAGS,
        clean_content_tags={"script", "style", "title"},
        **LINKS,
    )
    clean = _MANY_BREAKS.sub("<br><br>", clean).strip()
    return mark_safe(clean) if _has_words(clean) else SafeString()  # noqa: S308  nh3 has just cleaned it


def was_cut(raw: str) -> bool:
    """Whether `description_html` left out the end."""
    return len(raw) > LONGEST


def _from_html(text: str) -> str:
    """Headings would break the page's own outline, and tables its width: both become lines."""
    breaks = _BREAKS.search(text)  # without: text with a link or two, as web forms make it, whose line ends are all it has
    text = _HEADING.sub(r"<\1p>", text)
    text = _CELL_END.sub(" ", _ROW_END.sub("<br>", text))
    return text if breaks else with_breaks(text)


def _has_words(html: str) -> bool:
    return any(c.isalnum() for c in unescape(nh3.clean(html, tags=set())))
