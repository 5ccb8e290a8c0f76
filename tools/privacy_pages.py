"""Make the pages at /privacy/ of the texts in docs/: `python tools/privacy_pages.py`, whenever one of them was changed.

Understands just what the texts use of Markdown: headings, paragraphs, lists, tables, bold, code. Anything else stays as it is written.
"""

from __future__ import annotations

import re
from html import escape
from itertools import chain, groupby
from pathlib import Path
from textwrap import wrap

ROOT = Path(__file__).resolve().parents[1]
TEXTS = {"en": "what-metwith-keeps.md", "de": "what-metwith-keeps.de.md", "pt": "what-metwith-keeps.pt.md"}
WIDTH = 140
PAGES = ROOT / "metwith" / "web" / "templates" / "site" / "policy"


def page(language: str) -> str:
    """The HTML of a text: what stands in the article."""
    text = (ROOT / "docs" / TEXTS[language]).read_text(encoding="utf-8")
    # The texts are no templates.
    assert not re.search(r"\{[{%#]", text)
    return "".join(f"{_block(lines)}\n" for lines in _blocks(text))


def _blocks(text: str) -> list[list[str]]:
    """Lines that belong together: what is between empty lines."""
    return [list(lines) for there, lines in groupby(text.splitlines(), key=lambda line: bool(line.strip())) if there]


def _block(lines: list[str]) -> str:
    first = lines[0]
    if first.startswith("#"):
        level = len(first) - len(first.lstrip("#"))
        return _element(f"h{level}", first.lstrip("# "))
    if first.startswith("- "):
        return "\n".join(["<ul>", *(_element("li", item[2:], indent="  ") for item in lines), "</ul>"])
    if first.startswith("|"):
        return _table([[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines])
    return _element("p", " ".join(lines))


def _table(rows: list[list[str]]) -> str:
    """The first row heads the columns, the second is Markdown's line below it, the first cell heads its row.

    On a phone each cell is a line, and says itself of which column it is.
    """
    head, _line, *body = rows
    columns = [_element("th", cell, ' scope="col"', indent=" " * 6) if cell else "      <td></td>" for cell in head]
    lines = [
        [
            _element("th", first, ' scope="row"', indent=" " * 6),
            *(_element("td", cell, f' data-of="{escape(column)}"', indent=" " * 6) for column, cell in zip(head[1:], cells, strict=True)),
        ]
        for first, *cells in body
    ]
    return "\n".join(
        [
            '<table class="sides">',
            "  <thead>",
            *_row(columns),
            "  </thead>",
            "  <tbody>",
            *chain(*map(_row, lines)),
            "  </tbody>",
            "</table>",
        ]
    )


def _row(cells: list[str]) -> list[str]:
    return ["    <tr>", *cells, "    </tr>"]


def _element(tag: str, text: str, attributes: str = "", *, indent: str = "") -> str:
    """In one line where it fits, as `make format` has it."""
    words = _words(text)
    line = f"{indent}<{tag}{attributes}>{words}</{tag}>"
    if len(line) <= WIDTH:
        return line
    inner = f"{indent}  "
    lines = wrap(words, WIDTH, initial_indent=inner, subsequent_indent=inner, break_long_words=False, break_on_hyphens=False)
    return "\n".join([f"{indent}<{tag}{attributes}>", *lines, f"{indent}</{tag}>"])


def _words(text: str) -> str:
    """Bold and code."""
    marked = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text, quote=False))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", marked)


def main() -> None:
    """Write all pages."""
    PAGES.mkdir(exist_ok=True)
    for language in TEXTS:
        (PAGES / f"{language}.html").write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    main()
