"""Every state in words that a user can act on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from metwith.accounts.models import Account
from metwith.calendars.models import Calendar
from metwith.calendars.status_text import advice, clock_time, state_words
from metwith.engine.models import State

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AGO = NOW - timedelta(minutes=3)


def calendar(provider: str = "caldav", disconnected_at: datetime | None = None, **facts: Any) -> Calendar:
    given = {"enabled": True, "state": State.FINE, "state_since": AGO, "last_success_at": AGO, "next_sync_at": NOW, **facts}
    return Calendar(account=Account(provider=provider, disconnected_at=disconnected_at), **given)


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (calendar(), "Up to date, 3 minutes ago"),
        (calendar(state=State.NEW), "Waits for its first reading"),
        (calendar(state=State.READING, read=40, expected=200), "Reading for the first time: 40 of about 200"),
        (calendar(state=State.READING, read=40), "Reading for the first time: 40 so far"),
        (calendar(state=State.SLOW_DOWN, next_sync_at=NOW + timedelta(hours=1)), "The server asks to slow down, next try 15:00"),
        (calendar(state=State.RECONNECT), "Access was withdrawn. Reconnect"),
        (calendar(state=State.GONE), "The calendar is not there any more. What was read stays; we look again by ourselves"),
        (calendar(state=State.SUSPECT), "The calendar is suddenly empty. Nothing was removed"),
        (calendar(state=State.BROKEN), "The server does not answer since 13:57; we try again by ourselves"),
        (calendar(state=State.DEFECT), "Stopped since 13:57 by a fault of Metwith’s own; we try again by ourselves"),
        (calendar(enabled=False), "Not chosen"),
        (calendar(paused=True), "Paused by you"),
        (calendar(paused=True, state=State.RECONNECT), "Paused by you"),
        (calendar(disconnected_at=NOW), "Disconnected. Its meetings stay and are no longer updated"),
        (calendar("file"), "Read from a file 3 minutes ago"),
        (calendar("file", last_success_at=NOW), "Read from a file just now"),
        (calendar(last_success_at=NOW), "Up to date, just now"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_is_one_line(found: Calendar, words: str) -> None:
    assert plain(state_words(found, NOW, "Europe/Berlin")) == words


@pytest.mark.parametrize("state", State)
def test_no_state_is_shown_as_a_code(state: State) -> None:
    found = calendar(state=state, message="The server refuses the password.")
    words = state_words(found, NOW, "UTC")
    assert words
    assert state.value not in words.split()


@pytest.mark.parametrize("state", [State.RECONNECT, State.GONE, State.SUSPECT])
def test_what_needs_the_user_says_what_to_do(state: State) -> None:
    assert advice(calendar(state=state)).endswith(".")


@pytest.mark.parametrize("state", [State.BROKEN, State.SLOW_DOWN, State.FINE, State.READING, State.NEW])
def test_a_providers_bad_hour_asks_nothing_of_the_user(state: State) -> None:
    assert advice(calendar(state=state, message="The server does not answer.")) == ""


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        (None, "UTC", ""),
        (datetime(2026, 6, 1, 13, 20, tzinfo=UTC), "UTC", "13:20"),
        (datetime(2026, 6, 1, 13, 20, tzinfo=UTC), "Pacific/Auckland", "01:20"),
        (datetime(2026, 6, 2, 13, 20, tzinfo=UTC), "UTC", "2 Jun 2026 13:20"),
    ],
)
def test_a_time_is_the_viewers_with_the_day_when_it_is_not_today(moment: datetime | None, zone: str, expected: str) -> None:
    assert plain(clock_time(moment, NOW, zone)) == expected
