"""Content lines: names, parameters, values (RFC 5545, section 3.1; RFC 6868 for parameters)."""

from __future__ import annotations

import re
from functools import lru_cache

from metwith.calendars.providers.icalendar import quirks

PROPERTIES = (
    "UID",
    "RECURRENCE-ID",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "SEQUENCE",
    "LAST-MODIFIED",
    "DTSTAMP",
    "STATUS",
    "CLASS",
    "X-CALENDARSERVER-ACCESS",
    "X-MICROSOFT-CDO-ALLDAYEVENT",
    "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "URL",
    "CONFERENCE",
    "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "ATTACH",
    "ORGANIZER",
    "ATTENDEE",
)
"""All that is read of an event. Everything else is noise that feeds may change at will."""
NOT_CONTENT = ("DTSTAMP",)
"""Read, but made anew by Google and Outlook each time a feed is fetched: no sign of a change."""

ALWAYS = ("CLASS", "X-CALENDARSERVER-ACCESS")
"""Read however they are written and wherever they stand in an event: in doubt it is private."""

_KNOWN = frozenset(PROPERTIES)
# Quoted parameters may hold colons. The possessive group keeps a line of many quotes from being tried in many ways.
_QUOTED = re.compile(r'([^;:]+)(;(?:"[^"]*"|[^:])*+)?:(.*)')
_NOISE = re.compile(
    rb"\n(?!(?:" + "|".join(name for name in PROPERTIES if name not in NOT_CONTENT).encode() + rb")[ \t]*[;:])[^\n]*", re.IGNORECASE
)
_ITS_UID = re.compile(rb"\nUID[ \t]*[;:][^\n]*", re.IGNORECASE)
# The space before a name is cut from it later: a pattern of its own for it would try a line of spaces in every way.
_PARAMETER = re.compile(r';([^=;:"]+)(?:=[ \t]*("[^"]*"|[^;]*))?')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CARET = {"^n": "\n", "^N": "\n", "^^": "^", "^'": '"'}

type Field = tuple[str, str]
"""The parameters as they are written, with their leading `;`, and the value."""
type Fields = dict[str, list[Field]]


def fields(block: str) -> Fields:
    """The properties of a block that we read, by name in upper case, in their order.

    A line of an unescaped text may look like one (`Location: room 5`). It is told by how it is written: where the event's start has its
    name in capitals, a name in other letters is text, save for those that make the event private.
    """
    found: Fields = {}
    likely: Fields = {}
    for line in block.split("\n"):
        head, colon, value = line.partition(":")
        written, semicolon, parameters = head.partition(";")
        plain = written in _KNOWN
        name = written if plain else written.strip().upper()
        if not colon or name not in _KNOWN:
            continue
        if semicolon:
            parameters, value = (f";{parameters}", value) if '"' not in parameters else _after_quotes(line)
        if parameters and "QUOTED-PRINTABLE" in parameters.upper():
            value = quirks.plain(value, dict(_parameters(parameters)))
        into = found if plain or name in ALWAYS or written.strip() == name else likely
        into.setdefault(name, []).append((parameters, value))
    return found if "DTSTART" in found else likely | found


def _after_quotes(line: str) -> Field:
    match = _QUOTED.match(line)
    return (match[2] or "", match[3]) if match else ("", "")


def meaningful(block: bytes) -> bytes:
    """A block without the lines that do not matter to us: equal for two blocks that say the same."""
    return _NOISE.sub(b"", block)


def without_uid(block: bytes) -> bytes:
    """A block without its identifier."""
    return _ITS_UID.sub(b"", block)


@lru_cache(maxsize=4096)
def _parameters(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.strip().upper(), _unquoted(value.strip())) for name, value in reversed(_PARAMETER.findall(text)))


def parameters(text: str) -> dict[str, str]:
    """`;CN="Doe, Jane";RSVP=TRUE` → names in upper case and plain values; of a repeated one the first."""
    return dict(_parameters(text)) if text else {}


def _unquoted(value: str) -> str:
    value = value.strip('"')
    return re.sub(r"\^[nN^']", lambda match: _CARET[match[0]], value) if "^" in value else value


def unescape(text: str) -> str:
    r"""`\n`, `\N`, `\,`, `\;` and `\\` of a text value (RFC 5545, section 3.3.11); a backslash before anything else goes."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def decode(raw: bytes) -> str:
    """Text of bytes that should be UTF-8. Lines that are not are read as Windows-1252, which holds Latin-1's letters."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "\n".join(_decode_line(line) for line in raw.split(b"\n"))


def _decode_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def forget_lines() -> None:
    """Empty the memory of parameters read before."""
    _parameters.cache_clear()
