"""iCalUId → the UID that every colleague's copy of a meeting has, whoever keeps the calendar.

Exchange identifies a meeting by a Global Object ID ([MS-OXOCAL] 2.2.1.27), and iCalUId is its hexadecimal spelling:

    16 bytes   040000008200E00074C5B7101A82E008
     4 bytes   the day of the occurrence: year (2 bytes), month, day; zero in the series' own id
    16 bytes   when it was made; reserved
     4 bytes   size of the data (little endian)
       data    Exchange's own, or `vCal-Uid`, 01000000, the UID that another program gave, 00 ([MS-OXCICAL])

With the day zeroed it is the "clean" one, equal for the whole series, and what iCalendar and Google carry as UID.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_PREFIX = "040000008200E00074C5B7101A82E008"
_DAY = slice(32, 40)
_DATA = 80
_FOREIGN = b"vCal-Uid\x01\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class MeetingIdentity:
    """What an iCalUId says."""

    uid: str
    day: date | None = None
    """The day whose occurrence it names, in the organizer's zone."""


def identity(ical_uid: str) -> MeetingIdentity:
    """Read an iCalUId. One of another form is a UID as it stands."""
    text = ical_uid.strip()
    hexed = text.upper()
    if not hexed.startswith(_PREFIX) or len(hexed) < _DATA:
        return MeetingIdentity(text)
    try:
        day, data = bytes.fromhex(hexed[_DAY]), bytes.fromhex(hexed[_DATA:])
    except ValueError:
        return MeetingIdentity(text)
    return MeetingIdentity(_foreign(data) or f"{_PREFIX}00000000{hexed[_DAY.stop :]}", _date(day))


def _foreign(data: bytes) -> str:
    """The UID of a meeting that another program made; `""` for Exchange's own."""
    if not data.startswith(_FOREIGN):
        return ""
    return data.removeprefix(_FOREIGN).replace(b"\x00", b"").decode("utf-8", errors="replace")


def _date(day: bytes) -> date | None:
    try:
        return date(int.from_bytes(day[:2]), day[2], day[3])
    except ValueError:
        return None
