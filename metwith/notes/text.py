"""What may stand in a note: plain text, as somebody typed it → as it is stored. Pages and the API read it here."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid

LONGEST = 20_000
"""Characters."""
LINES = {"\n", "\t"}


def note_text(typed: str) -> str:
    """The text, with plain line ends, without space around it. Raises Invalid (`text`)."""
    # Before it is gone through: it may be thirty million characters, all of them refused.
    if len(typed) > 2 * LONGEST:
        raise Invalid("text", _too_long(len(typed)))
    text = typed.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise Invalid("text", _("The note is empty. Write something, or delete it."))
    if len(text) > LONGEST:
        raise Invalid("text", _too_long(len(text)))
    if bad := next((c for c in text if c not in LINES and unicodedata.category(c) in {"Cc", "Cs"}), ""):
        told = {"code": f"U+{ord(bad):04X}", "place": text.index(bad) + 1}
        raise Invalid("text", _("The note holds a character that cannot be stored (%(code)s, at place %(place)d). Take it out.") % told)
    return text


def _too_long(length: int) -> str:
    told = {"longest": LONGEST, "length": length}
    return _("This is too long: at most %(longest)d characters, and these are %(length)d. Make several notes of it.") % told
