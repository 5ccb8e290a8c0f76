"""What providers send as a description, HTML or not, as plain text: for files and programs that show no HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import override

import nh3

LONGEST = 20_000
"""Characters; dial-in texts stay far below."""
LOOKS_LIKE_HTML = re.compile(
    r"<(?:a|b|blockquote|body|br|div|em|font|h[1-6]|hr|html|i|img|li|ol|p|pre|s|script|span|strong|style|table|td|tr|u|ul)(?:\s[^<>]*)?/?>|<!doctype",
    re.IGNORECASE,
)
_BREAKING = {"br", "div", "li", "p", "tr"}
_MANY_LINES = re.compile(r"\n\s*\n\s*")


def plain(raw: str) -> str:
    """The words with their line ends and the addresses of links; what is no HTML stays as it is, up to LONGEST."""
    text = raw[:LONGEST].strip()
    if not LOOKS_LIKE_HTML.search(text):
        return text
    # Well-formed before it is parsed here: Python's parser takes very long for some malformed texts.
    clean = nh3.clean(
        text, tags=_BREAKING | {"a"}, attributes={"a": {"href"}}, clean_content_tags={"script", "style", "title"}, link_rel=None
    )
    words = _Words()
    words.feed(clean)
    words.close()
    return _MANY_LINES.sub("\n\n", "\n".join(line.strip() for line in "".join(words.pieces).split("\n"))).strip()


class _Words(HTMLParser):
    """Collects text. A link whose words are not its address is followed by it."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._link = ""
        self._since = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._link, self._since = dict(attrs).get("href") or "", len(self.pieces)
        else:
            self.pieces.append("\n")

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link:
            said = "".join(self.pieces[self._since :]).strip()
            if said and self._link.removeprefix("mailto:").rstrip("/") != said.rstrip("/"):
                self.pieces.append(f" ({self._link})")
            self._link = ""

    @override
    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
