"""Collects the strings to translate into `metwith/locale`, adds new ones to each language, and compiles them.

Run by `make messages`. Babel does it, so that no gettext needs to be installed; the compiled files are committed for the same reason.
"""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.extract import extract_python
from django.conf import settings
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import IO

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "metwith" / "locale"
TEMPLATE = LOCALE / "django.pot"
LANGUAGES = ("de", "pt")
# Django's names for gettext, lazy and plural, besides `_`; the plural that is only collected is ours (web/signin/messages.py).
KEYWORDS = (
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext:1,2",
    "ngettext_lazy:1,2",
    "ngettext_noop:1,2",
    "pgettext:1c,2",
    "pgettext_lazy:1c,2",
    "npgettext:1c,2,3",
)


def templates(file: IO[bytes], keywords: Any, tags: Any, options: Any) -> Generator[Any]:
    """A reader for Babel: Django turns a template into calls of gettext among X'es, Babel reads those like Python."""
    if not settings.configured:
        settings.configure()
    lines = templatize(file.read().decode()).splitlines()
    # Indented text is no indented code.
    return extract_python(BytesIO("\n".join(line.strip() for line in lines).encode()), keywords, tags, options)


def babel(command: str, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "--quiet", command, *words], cwd=ROOT, check=True)


def main() -> None:
    LOCALE.mkdir(exist_ok=True)
    keywords = [word for name in KEYWORDS for word in ("-k", name)]
    facts = [
        "--project=Metwith",
        "--version=",
        "--copyright-holder=",
        "--msgid-bugs-address=",
        "--no-location",
        "--sort-output",
        "--width=120",
    ]
    babel("extract", "-F", "babel.cfg", *keywords, *facts, "-o", str(TEMPLATE), "metwith")
    for language in LANGUAGES:
        file = LOCALE / language / "LC_MESSAGES" / "django.po"
        command = "update" if file.exists() else "init"
        babel(
            command,
            "-D",
            "django",
            "-i",
            str(TEMPLATE),
            "-d",
            str(LOCALE),
            "-l",
            language,
            "--width=120",
            *(["--no-fuzzy-matching"] if command == "update" else []),
        )
    babel("compile", "-D", "django", "-d", str(LOCALE))


if __name__ == "__main__":
    main()
