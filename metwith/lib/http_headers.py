"""Times as servers write them into headers: of now, and of how long they ask to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)


def retry_after(value: str, now: datetime) -> datetime | None:
    """The instant a Retry-After header names (RFC 9110, section 10.2.3), a day ahead at most; None when it names none."""
    text = value.strip()
    if text and not text.strip("0123456789"):
        # Of more digits than nine the first nine are long enough already.
        return now + min(timedelta(seconds=int(text[:9])), LONGEST)
    until = http_date(text)
    return min(until, now + LONGEST) if until else None


def http_date(value: str) -> datetime | None:
    """The instant of an HTTP date; None when it is none."""
    try:
        found = parsedate_to_datetime(value.strip())
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
