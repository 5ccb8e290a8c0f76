"""What programs in the field write otherwise than RFC 5545 says: one function each, with the reason.

The payloads that show each lie in tests/calendars/providers/icalendar/payloads.
"""

from __future__ import annotations

import quopri
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONTROLS = bytes({*range(9), 11, 12, *range(14, 32), 127})
_NO_CONTROLS = dict.fromkeys(_CONTROLS)
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "iso-8859-1", "iso-8859-15", "latin-1", "windows-1252", "cp1252"})
# A line that declares it, and its further ones: each ends in `=`.
_SOFT_BREAKS = re.compile(rb"\n[^\n:]*;[^\n:]*QUOTED-PRINTABLE[^\n:]*:(?:[^\n]*=\n)+(?!BEGIN:|END:)[^\n]*", re.IGNORECASE)
_DISPLAY_OFFSET = re.compile(r"^\(?\s*(?:UTC|GMT)?\s*([+-])?\s*(\d{1,2})?(?:[:.]?(\d{2}))?\s*\)?", re.IGNORECASE)
_OFFSET_NAME = re.compile(r"\(?\s*(?:UTC|GMT)?\s*([+-])\s*(\d{1,2})(?:[:.]?(\d{2}))?\s*\)?(?:\s.*)?", re.IGNORECASE | re.DOTALL)
_AND = re.compile(r"\s*(?:&amp;|&|\band\b|\bund\b)\s*", re.IGNORECASE)
_NUMBER_BEHIND = re.compile(r"(.*\S)[\s_-]+#?\d{1,3}", re.DOTALL)
_PLACES = {
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "eastern time (us & canada)": "America/New_York",
    "central time (us & canada)": "America/Chicago",
    "mountain time (us & canada)": "America/Denver",
    "pacific time (us & canada)": "America/Los_Angeles",
    "atlantic time (canada)": "America/Halifax",
    "alaska": "America/Anchorage",
    "arizona": "America/Phoenix",
    "hawaii": "Pacific/Honolulu",
    "newfoundland": "America/St_Johns",
    "saskatchewan": "America/Regina",
    "indiana (east)": "America/Indiana/Indianapolis",
    "central america": "America/Guatemala",
    "greenwich mean time": "Europe/London",
    "coordinated universal time": "UTC",
    "west central africa": "Africa/Lagos",
    "bern": "Europe/Zurich",
    "beijing": "Asia/Shanghai",
    "chennai": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "new delhi": "Asia/Kolkata",
    "osaka": "Asia/Tokyo",
    "sapporo": "Asia/Tokyo",
    "st. petersburg": "Europe/Moscow",
    "edinburgh": "Europe/London",
    "abu dhabi": "Asia/Dubai",
    "islamabad": "Asia/Karachi",
    "hanoi": "Asia/Bangkok",
    "canberra": "Australia/Sydney",
    "wellington": "Pacific/Auckland",
    "rio de janeiro": "America/Sao_Paulo",
    "brasilia": "America/Sao_Paulo",
    "cest": "Europe/Berlin",
    "mez": "Europe/Berlin",
    "mesz": "Europe/Berlin",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "edt": "America/New_York",
    "cdt": "America/Chicago",
    "mdt": "America/Denver",
}
"""What Windows' menu and old programs call places that are no IANA name, and no city of one."""


def mended_lines(data: bytes) -> bytes:
    """UTF-8 lines, unfolded, each after one line feed.

    Files come in UTF-16, with byte order marks, with bare LF or CR or CR CR LF as line ends, folded with tabs, and folded in the
    middle of a character, so lines are joined before they are decoded. Control characters go: PostgreSQL refuses NUL.

    Payloads: bare-cr, cr-cr-lf, folded-with-tab, folded-inside-a-character, control-characters, byte-order-mark.
    """
    text = _utf8(data).replace(b"\xef\xbb\xbf", b"").translate(None, _CONTROLS)
    if b"\r" in text:
        text = text.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return without_soft_breaks(b"\n" + text.replace(b"\n ", b"").replace(b"\n\t", b""))


def without_soft_breaks(text: bytes) -> bytes:
    """Quoted-printable values go on behind a `=` at the end of the line (RFC 2045, section 6.7), without the space of a folded line.

    Payload: quoted-printable.
    """
    return _SOFT_BREAKS.sub(lambda match: match[0].replace(b"=\n", b""), text) if b"QUOTED-PRINTABLE" in text.upper() else text


def plain(value: str, parameters: Mapping[str, str]) -> str:
    """VCalendar's quoted-printable (RFC 2045, section 6.7), which towns' and WordPress' calendars still write.

    Payload: quoted-printable.
    """
    if parameters.get("ENCODING", "").upper() not in {"QUOTED-PRINTABLE", "Q"} and "QUOTED-PRINTABLE" not in parameters:
        return value
    charset = parameters.get("CHARSET", "utf-8").lower()
    text = quopri.decodestring(value.encode("utf-8", "replace"))
    return text.decode(charset if charset in _CHARSETS else "utf-8", "replace").translate(_NO_CONTROLS)


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


def without_number(tzid: str) -> str:
    """Exchange numbers the zones that it has twice: `GMT Standard Time 1`. Returns the name; `""` when no number stands behind it.

    Payload: zone-with-a-number.
    """
    found = _NUMBER_BEHIND.fullmatch(tzid)
    return found[1] if found else ""


def zone_of_display_name(tzid: str, cities: Mapping[str, str]) -> str:
    """Outlook at times writes what its menu shows: `(UTC+01:00) Amsterdam, Berlin, Bern, Rome`. The first city decides.

    Zimbra and old programs put slashes or semicolons between them, and write out the `&`.

    Payload: zone-as-outlook-shows-it.
    """
    text = _AND.sub(" & ", _DISPLAY_OFFSET.sub("", tzid.casefold(), count=1).replace("u.s.", "us").replace("usa", "us")).strip()
    for part in (text, *re.split(r"[,/;:|]", text)):
        name = part.replace("_", " ").strip()
        if found := _PLACES.get(name) or cities.get(name):
            return found
    return ""


def offset_of(tzid: str) -> int | None:
    """A zone that is called by nothing but an offset: `GMT+05:00`, `UTC-3`, `+0530`. Seconds east of Greenwich; None when it is not.

    `Etc/GMT+5`, which is west, is an IANA name and known as such before. Also what stands before cities that nobody knows.
    """
    found = _OFFSET_NAME.fullmatch(tzid.strip().replace("\u2212", "-"))
    if not found or int(found[2]) > 14 or int(found[3] or 0) > 59:
        return None
    return (3600 * int(found[2]) + 60 * int(found[3] or 0)) * (-1 if found[1] == "-" else 1)


def time_of(parameters: str, value: str) -> tuple[str, str]:
    """Exchange names a zone `tzone://Microsoft/Custom`, at times without quotation marks: a time follows the last colon only.

    Payload: zone-custom-of-outlook.
    """
    head, colon, time = value.rpartition(":")
    return (f"{parameters}:{head}", time) if colon else (parameters, value)


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


def addresses_of(value: str, parameters: Mapping[str, str]) -> Iterator[str]:
    """Where a participant may be reached, the likeliest first; not each is an address.

    iCloud's addresses are paths of its own (`/aMTA/principal/`) or stand-ins, with the address in EMAIL (RFC 7986, section 6.2), which
    some write as X-EMAIL, and some fill with a name. After a name with a lost quotation mark, or a SENT-BY without any, the address still
    follows the last colon.

    Payloads: attendee-of-icloud, quote-lost.
    """
    yield from filter(None, (parameters.get("EMAIL"), parameters.get("X-EMAIL")))
    yield value[value.lower().rfind("mailto:") :] if "mailto:" in value.lower() else value
    yield value.rpartition(":")[2]


def class_of(value: str) -> str:
    """Letter case, spaces and quotation marks around CLASS are met in feeds of booking systems.

    Payloads: class-spaces, class-quoted, class-public-quoted.
    """
    return value.strip().strip('"').strip().upper()
