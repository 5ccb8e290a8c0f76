"""How long a server asks to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)


def retry_after(value: str, now: datetime) -> datetime | None:
    """The instant a Retry-After header names (RFC 9110, section 10.2.3), a day ahead at most; None when it names none."""
    text = value.strip()
    until = now + timedelta(seconds=int(text)) if text.isdecimal() and len(text) < 10 else _date(text)
    return min(until, now + LONGEST) if until else None


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
