"""What programs in the field write otherwise than RFC 5545 says: one function each, with the reason.

The payloads that show each lie in tests/calendars/providers/icalendar/payloads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONTROLS = bytes({*range(9), 11, 12, *range(14, 32), 127})
_DISPLAY_OFFSET = re.compile(r"^\((?:UTC|GMT)(?:[+-]\d{1,2}[:.]\d{2})?\)\s*", re.IGNORECASE)
_AMERICAN = {
    "eastern time (us & canada)": "America/New_York",
    "central time (us & canada)": "America/Chicago",
    "mountain time (us & canada)": "America/Denver",
    "pacific time (us & canada)": "America/Los_Angeles",
}


def mended_lines(data: bytes) -> bytes:
    """UTF-8 lines, unfolded, each after one line feed.

    Files come in UTF-16, with byte order marks, with bare LF or CR or CR CR LF as line ends, folded with tabs, and folded in the
    middle of a character, so lines are joined before they are decoded. Control characters go: PostgreSQL refuses NUL.

    Payloads: bare-cr, cr-cr-lf, folded-with-tab, folded-inside-a-character, control-characters, byte-order-mark.
    """
    text = _utf8(data).replace(b"\xef\xbb\xbf", b"").translate(None, _CONTROLS)
    if b"\r" in text:
        text = text.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return b"\n" + text.replace(b"\n ", b"").replace(b"\n\t", b"")


def _utf8(data: bytes) -> bytes:
    """Old Outlook and Lotus Notes save files in UTF-16, with or without a mark.

    Payloads: utf-16, utf-16-without-mark.
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace").encode()
    if data[:4] == b"B\0E\0":
        return data.decode("utf-16-le", errors="replace").encode()
    if data[:4] == b"\0B\0E":
        return data.decode("utf-16-be", errors="replace").encode()
    return data


def zone_names(tzid: str) -> Iterator[str]:
    """The names that a TZID may hide.

    Mozilla, Evolution and others put the IANA name at the end of a path (`/mozilla.org/20050126_1/Europe/Berlin`), Exchange
    writes `tzone://Microsoft/Utc`, and IANA names themselves have up to three parts.

    Payload: zone-path-of-mozilla.
    """
    yield tzid
    parts = tzid.split("/")
    for length in (3, 2, 1):
        if len(parts) > length:
            yield "/".join(parts[-length:])


def zone_of_display_name(tzid: str, cities: Mapping[str, str]) -> str:
    """Outlook at times writes what its menu shows: `(UTC+01:00) Amsterdam, Berlin, Bern, Rome`. The first city decides.

    Payload: zone-as-outlook-shows-it.
    """
    text = _DISPLAY_OFFSET.sub("", tzid).casefold()
    for part in (text, *text.split(",")):
        found = _AMERICAN.get(part.strip()) or cities.get(part.strip())
        if found:
            return found
    return ""


def time_of(parameters: str, value: str) -> tuple[str, str]:
    """Exchange names a zone `tzone://Microsoft/Custom`, at times without quotation marks: a time follows the last colon only.

    Payload: zone-custom-of-outlook.
    """
    head, colon, time = value.rpartition(":")
    return (f"{parameters}:{head}", time) if colon else (parameters, value)


def year_1601(line: str) -> str:
    """Microsoft's zones begin with Windows' own time, in 1601. From 1970 on they say the same, and are worked out in a tenth of the time.

    Payload: zone-custom-of-outlook.
    """
    return line.replace(":1601", ":1970") if line.startswith("DTSTART:1601") else line


def midnight_as_24(value: str) -> tuple[str, int]:
    """Some booking systems end a day at `T240000`. Returns the value with hour 0, and the days to add.

    Payload: midnight-as-24.
    """
    if value[8:11] == "T24":
        return f"{value[:8]}T00{value[11:]}", 1
    return value, 0


def second_60(value: str) -> str:
    """Second 60 is allowed (RFC 5545, section 3.3.12) but Python has no leap seconds.

    Payload: second-60.
    """
    return f"{value[:13]}59{value[15:]}" if value[13:15] == "60" else value


def address_of(value: str, parameters: Mapping[str, str]) -> str:
    """Where a participant is reached.

    iCloud's addresses are paths of its own (`/aMTA/principal/`) with the address in EMAIL (RFC 7986, section 6.2), which some
    write as X-EMAIL. After a name with a lost quotation mark the address still follows the last `mailto:`.

    Payloads: attendee-of-icloud, quote-lost.
    """
    given = parameters.get("EMAIL") or parameters.get("X-EMAIL")
    if given:
        return given
    position = value.lower().rfind("mailto:")
    return value[position:] if position >= 0 else value


def plain_name(name: str, address: str) -> str:
    """Outlook repeats the address as the name, often in apostrophes.

    Payload: attendee-named-by-outlook.
    """
    text = name.strip().strip("'").strip()
    return "" if text.casefold() == address else text


def class_of(value: str) -> str:
    """Letter case, spaces and quotation marks around CLASS are met in feeds of booking systems.

    Payloads: class-spaces, class-quoted, class-public-quoted.
    """
    return value.strip().strip('"').strip().upper()
