"""Calendars to measure with: the same arguments always give the same events."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

OWNER = "owner@north.example"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def calendar(count: int, seed: int = 1) -> str:
    """One calendar with `count` resources: seven in ten external meetings, the rest series, internal and private ones."""
    chance = random.Random(seed)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Metwith//benchmark//EN"]
    for number in range(count):
        lines += _event(chance, number)
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _event(chance: random.Random, number: int) -> list[str]:
    kind = number % 10
    start = NOW + timedelta(days=chance.randint(-400, 200), minutes=30 * chance.randint(0, 20))
    domain = "north.example" if kind == 7 else f"company{chance.randrange(200)}.test"
    guests = [f"p{chance.randrange(5)}@{domain}" for _ in range(chance.randint(1, 4))]
    return [
        "BEGIN:VEVENT",
        f"UID:bench-{number:07d}",
        "DTSTAMP:20261120T090000Z",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(minutes=45):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:Größe & plan {number}",
        f"DESCRIPTION:Agenda {number}\\n- status\\n- next steps",
        f"LOCATION:Room {number % 17}",
        *(["RRULE:FREQ=WEEKLY;COUNT=10"] if kind == 8 else []),
        *(["CLASS:PRIVATE"] if kind == 9 else []),
        f"ORGANIZER;CN=Owner:mailto:{OWNER}",
        *(f"ATTENDEE;CN={g.partition('@')[0]};PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:{g}" for g in sorted(set(guests))),
        "END:VEVENT",
    ]
