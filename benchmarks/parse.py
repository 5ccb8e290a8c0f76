"""VEVENTs read per second: cutting and hashing alone, the icalendar library block by block, and ours.

    python -m benchmarks.parse [FILE.ics]

Without a file, 4,000 events are made. The ratio to the library is what counts: all three run in turn in one process, the best
of three rounds stands.
"""

from __future__ import annotations

import sys
import time
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icalendar import Event

from metwith.calendars.providers.icalendar import content_lines
from metwith.calendars.providers.icalendar.parse import events
from metwith.calendars.providers.icalendar.split import split

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3


def made(count: int) -> bytes:
    """A calendar of `count` events as providers write them: one to five attendees, folded lines, a text of some length."""
    blocks = []
    for number in range(count):
        people = [
            f"ATTENDEE;CN=Person {n};ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE:\r\n mailto:person{number * 7 + n}@company{n}.test"
            for n in range(number % 5 + 1)
        ]
        day = f"2026{number % 12 + 1:02d}{number % 28 + 1:02d}"
        blocks += [
            "BEGIN:VEVENT",
            f"UID:{number:08d}@bench.test",
            "DTSTAMP:20261101T090000Z",
            "LAST-MODIFIED:20261101T090000Z",
            f"DTSTART;TZID=Europe/Berlin:{day}T{number % 9 + 8:02d}0000",
            f"DTEND;TZID=Europe/Berlin:{day}T{number % 9 + 9:02d}0000",
            f"SUMMARY:Größe und Plan {number}",
            "DESCRIPTION:" + "Agenda\\, then questions\\n" * 12,
            f"LOCATION:Room {number % 17}",
            "STATUS:CONFIRMED",
            "ORGANIZER;CN=Owner:mailto:owner@north.test",
            *people,
            "END:VEVENT",
        ]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *blocks, "END:VCALENDAR", ""]).encode()


def cut_and_hash(data: bytes) -> int:
    blocks = [block for calendar in split(data).calendars for block in calendar.blocks]
    return len({blake2b(content_lines.meaningful(block), digest_size=8).digest() for block in blocks})


def by_library(data: bytes) -> int:
    found = 0
    for calendar in split(data).calendars:
        for block in calendar.blocks:
            event: Any = Event.from_ical(b"BEGIN:VEVENT" + block + b"\nEND:VEVENT")
            found += event["DTSTART"].dt is not None and len(str(event.get("SUMMARY"))) > 0
    return found


def ours(data: bytes) -> int:
    return len(events("feed", data, ids_by_uid=True))


def rate(reader: Callable[[bytes], int], data: bytes, count: int) -> float:
    """Events per second of processor time."""
    best = 0.0
    for _ in range(ROUNDS):
        begun = time.process_time()
        reader(data)
        best = max(best, count / (time.process_time() - begun))
    return best


def main() -> None:
    data = Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else made(4_000)
    count = data.count(b"BEGIN:VEVENT")
    rates = {
        name: rate(reader, data, count) for name, reader in (("cut and hash", cut_and_hash), ("icalendar", by_library), ("ours", ours))
    }
    print(f"{count:,} VEVENTs, {len(data) / 1e6:.1f} MB")
    for name, per_second in rates.items():
        print(f"{name:>14} {per_second:>10,.0f} VEVENTs/s {per_second / rates['icalendar']:>7.1f} x icalendar")


if __name__ == "__main__":
    main()
