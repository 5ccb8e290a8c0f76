"""Keeps what pages are made of readable: `python tools/page_shape.py` puts the stylesheets into shape, `--check` only looks.

Looked at besides: no line of a template or a stylesheet is longer than 140. The formatter of templates (djangofmt) cannot break a text within a
tag; a long sentence stands in `{% blocktranslate trimmed %}`, which makes the same message of several lines.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cssbeautifier

ROOT = Path(__file__).resolve().parents[1] / "metwith"
WIDTH = 140


def main() -> int:
    wrong = []
    for path in sorted(ROOT.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        shaped = in_shape(text)
        if shaped != text and "--check" in sys.argv[1:]:
            wrong.append(f"{path}: not in shape; `make format` puts it there")
        elif shaped != text:
            path.write_text(shaped, encoding="utf-8")
    for path in sorted(path for kind in ("*.html", "*.css") for path in ROOT.rglob(kind)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if len(line) > WIDTH:
                wrong.append(f"{path}:{number}: {len(line)} columns, more than {WIDTH}")
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


def in_shape(text: str) -> str:
    """A stylesheet with a declaration a line; empty lines stay where they are."""
    options = cssbeautifier.default_options()
    options.indent_size = 2
    options.end_with_newline = True
    options.newline_between_rules = False
    options.selector_separator_newline = False
    options.space_around_combinator = True
    return str(cssbeautifier.beautify(text, options))


if __name__ == "__main__":
    sys.exit(main())
