"""What came instead of a calendar, told by its first bytes."""

from __future__ import annotations

import re

from metwith.lib.i18n import _

_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
"""Zip, gzip, 7-Zip, RAR, bzip2, xz, Zstandard."""
_EVENT = re.compile(rb"[\s\xef\xbb\xbf]*BEGIN[ \t]*:[ \t]*VEVENT[ \t]*[\r\n]", re.IGNORECASE)


def packed(data: bytes) -> str:
    """What to say of an archive, as Google Takeout and others give one; `""` when it is none."""
    return _("This is a packed file, not a calendar. Unpack it first, and take the .ics file in it.") if data.startswith(_PACKED) else ""


def bare_events(data: bytes) -> bool:
    """Whether it begins with an event that no calendar is around."""
    return _EVENT.match(data) is not None
