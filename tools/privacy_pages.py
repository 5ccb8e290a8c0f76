"""Make the pages at /privacy/ of the texts in docs/: `python tools/privacy_pages.py`, whenever one of them was changed.

Understands just what the texts use of Markdown: headings, paragraphs, lists, tables, bold, code. Anything else stays as it is written.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXTS = {"en": "what-metwith-keeps.md", "de": "what-metwith-keeps.de.md", "pt": "what-metwith-keeps.pt.md"}
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
        return f"<h{level}>{_words(first.lstrip('# '))}</h{level}>"
    if first.startswith("- "):
        return f"<ul>\n{''.join(f'<li>{_words(item[2:])}</li>\n' for item in lines)}</ul>"
    if first.startswith("|"):
        return _table([[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines])
    return f"<p>{_words(' '.join(lines))}</p>"


def _table(rows: list[list[str]]) -> str:
    """The first row heads the columns, the second is Markdown's line below it, the first cell heads its row."""
    head, _line, *body = rows
    columns = "".join(f'<th scope="col">{_words(cell)}</th>' if cell else "<td></td>" for cell in head)
    lines = "".join(f'<tr><th scope="row">{_words(row[0])}</th>{"".join(map(_cell, head[1:], row[1:]))}</tr>\n' for row in body)
    return f'<table class="sides">\n<thead><tr>{columns}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>'


def _cell(column: str, cell: str) -> str:
    """On a phone each cell is a line, and says itself of which column it is."""
    return f'<td data-of="{escape(column)}">{_words(cell)}</td>'


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
