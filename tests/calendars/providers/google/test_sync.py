"""What is asked of Google, how often, and what its refusals come to."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.providers import catalogue
from metwith.calendars.providers.google.provider import GoogleProvider
from metwith.calendars.providers.google.sync import MANY
from metwith.calendars.vocabulary import RemoteEvent
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, ProviderError, SlowDown
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from metwith.practice.asgi import Answer, App, Bridge, Request
from metwith.practice.google_pages import error
from metwith.practice.serve import serving
from tests.calendars.providers.google.test_traps import CANCELLED, MOVED, PLAIN, items, load, meetings, payload, read
from tests.calendars.providers.google.world import ANA, NOW, PracticeTokens, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.practice.google import Google


def _on(day: date) -> dict[str, Any]:
    return {"start": {"date": day.isoformat()}, "end": {"date": (day + timedelta(days=1)).isoformat()}}


def _at(day: str, hour: int = 10) -> dict[str, str]:
    return {"dateTime": f"{day}T{hour}:00:00+01:00", "timeZone": "Europe/Berlin"}


def asked(google: Google) -> list[str]:
    """The requests so far, without what never changes; forgotten once told."""
    found = [_told(request) for request in google.asked]
    google.asked.clear()
    return found


def _told(request: Request) -> str:
    names = ("syncToken", "pageToken", "iCalUID")
    path = request.path.removeprefix("/calendar/v3/calendars/ana%40north.example/").removeprefix("/calendar/v3/")
    return " ".join([path, *(name if name != "iCalUID" else value for name, value in request.query if name in names)])


def cursor_of(google: Google) -> str:
    cursor = read(google)[-1].cursor
    assert cursor
    google.asked.clear()
    return cursor


class TestRequests:
    def test_everything_is_asked_for_in_the_same_words_but_the_token(self, google: Google):
        load(google, "all-day")
        read(google, cursor_of(google))
        read(google)
        assert [sorted(name for name, _value in request.query) for request in google.asked] == [
            ["maxResults", "showDeleted", "syncToken"],
            ["maxResults", "showDeleted"],
        ]
        assert {(request.get("maxResults"), request.get("showDeleted")) for request in google.asked} == {("2500", "true")}

    def test_nothing_but_get_is_ever_sent(self, google: Google):
        load(google, "exception-before-master")
        cursor = cursor_of(google)
        google.put(ANA, payload("bare-exception-without-master")[0])
        with opened(google) as provider:
            provider.calendars()
            provider.own_addresses()
            list(provider.changes(ANA, ""))
            list(provider.changes(ANA, cursor))
        assert {request.method for request in google.asked} == {"GET"}

    def test_nothing_changed_costs_one_request(self, google: Google):
        load(google, "exception-before-master")
        read(google, cursor_of(google))
        assert asked(google) == ["events syncToken"]

    def test_of_a_calendar_of_several_pages_what_is_near_is_asked_for_first(self, google: Google):
        (long_ago,) = payload("all-day")[:1]
        for number in range(6):
            google.put(ANA, {**long_ago, "id": f"old{number}", "iCalUID": f"old{number}", **_on(date(2020, 3, 1 + number))})
        google.put(ANA, {**long_ago, "id": "soon", "iCalUID": "soon", **_on(date(2026, 11, 24))})
        series, _moved = payload("exception-moved-to-another-day")
        google.put(ANA, {**series, "start": _at("2026-11-09"), "end": _at("2026-11-09", 11), "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=9"]})
        with opened(google, page=2) as provider:
            told = [item.id for item in items(list(provider.changes(ANA, "")))]
        assert told[:4] == ["old0", "old1", "soon", "weekly"]
        assert set(told[4:]) == {*(f"old{number}" for number in range(2, 6)), "soon", "weekly"}

    def test_a_series_that_is_near_is_told_with_all_its_exceptions(self, google: Google):
        """One of them may be private: without it the occurrence would be stored as the series has it."""
        load(google, "exception-before-master")
        with opened(google, page=1, now=datetime(2036, 3, 10, tzinfo=UTC)) as provider:
            first = next(item for item in items(list(provider.changes(ANA, ""))) if item.id == "weekly")
        assert isinstance(first, RemoteEvent)
        assert meetings(first) == PLAIN | MOVED | CANCELLED

    def test_a_first_read_asks_for_no_series(self, google: Google):
        load(google, "exception-before-master")
        read(google)
        assert asked(google) == ["events"]

    def test_a_changed_exception_brings_its_whole_series_for_one_request(self, google: Google):
        load(google, "cancelled-exception-bare")
        cursor = cursor_of(google)
        google.put(ANA, payload("exception-moved-to-another-day")[1])
        (event,) = items(read(google, cursor))
        assert isinstance(event, RemoteEvent)
        assert meetings(event) == PLAIN | MOVED | CANCELLED
        assert asked(google) == ["events syncToken", "events weekly@google.com"]

    def test_many_changes_to_a_series_are_one_request(self, google: Google):
        load(google, "exception-before-master")
        cursor = cursor_of(google)
        load(google, "exception-before-master")
        with opened(google, page=1) as provider:
            found = items(list(provider.changes(ANA, cursor)))
        assert [event.id for event in found] == ["other", "weekly"]
        assert sum(request.endswith("weekly@google.com") for request in asked(google)) == 1

    def test_of_a_bare_exception_the_series_is_looked_up(self, google: Google):
        load(google, "exception-moved-to-another-day")
        cursor = cursor_of(google)
        google.put(ANA, payload("bare-exception-without-master")[0])
        (event,) = items(read(google, cursor))
        assert isinstance(event, RemoteEvent)
        assert meetings(event) == PLAIN | MOVED | CANCELLED
        assert asked(google) == ["events syncToken", "events/weekly", "events weekly@google.com"]

    def test_one_exception_that_tells_the_uid_is_enough(self, google: Google):
        load(google, "exception-moved-to-another-day")
        cursor = cursor_of(google)
        load(google, "exception-moved-to-another-day")
        load(google, "bare-exception-without-master")
        read(google, cursor)
        assert asked(google) == ["events syncToken", "events weekly@google.com"]

    def test_a_deleted_series_costs_nothing_more(self, google: Google):
        load(google, "exception-before-master")
        cursor = cursor_of(google)
        google.delete(ANA, "weekly")
        pages = read(google, cursor)
        assert {name for page in pages for name in page.removed} >= {"weekly"}
        assert items(pages) == []
        assert asked(google) == ["events syncToken"]

    def test_many_changed_series_are_picked_out_of_one_list(self, google: Google):
        master = payload("exception-moved-to-another-day")[0]
        for number in range(MANY + 1):
            google.put(ANA, master | {"id": f"s{number}", "iCalUID": f"s{number}@google.com"})
        load(google, "all-day")
        cursor = cursor_of(google)
        for number in range(MANY):
            google.put(ANA, master | {"id": f"s{number}", "iCalUID": f"s{number}@google.com", "summary": "Changed"})
        found = items(read(google, cursor))
        assert {event.id for event in found} == {f"s{number}" for number in range(MANY)}
        assert asked(google) == ["events syncToken", "events"]

    def test_a_series_that_its_uid_does_not_lead_to_is_looked_for_in_everything(self, google: Google):
        """Were Google to forget exceptions in a list by UID, nothing would be lost by it."""
        load(google, "exception-without-master")
        cursor = cursor_of(google)
        google.put(ANA, payload("exception-without-master")[0] | {"iCalUID": ""})
        (event,) = items(read(google, cursor))
        assert isinstance(event, RemoteEvent)
        assert meetings(event) == MOVED
        assert asked(google) == ["events syncToken", "events/weekly", "events"]

    def test_ids_with_any_sign_in_them_are_asked_for(self, google: Google):
        google.add_calendar(ANA, "a/b?c#d%20@group.calendar.google.com", summary="Odd")
        with opened(google) as provider:
            assert list(provider.changes("a/b?c#d%20@group.calendar.google.com", ""))[-1].complete


class TestCursor:
    def test_it_holds_the_token_and_what_it_was_given_for(self, google: Google):
        fields = json.loads(cursor_of(google))
        assert fields["p"] == {"showDeleted": "true"}
        assert set(fields) == {"r", "p", "t"}

    @pytest.mark.parametrize("change", [{"p": {"showDeleted": "true", "singleEvents": "true"}}, {"r": "0"}, {"t": ""}, {"t": 7}])
    def test_a_token_for_another_reading_is_not_used(self, google: Google, change: dict[str, Any]):
        cursor = json.dumps(json.loads(cursor_of(google)) | change)
        with pytest.raises(CursorExpired):
            read(google, cursor)
        assert asked(google) == []

    @pytest.mark.parametrize(
        ("status", "reason"),
        [(410, "fullSyncRequired"), (410, "updatedMinTooLongAgo"), (400, "invalid")],
    )
    def test_a_refused_token_has_expired(self, google: Google, status: int, reason: str):
        cursor = cursor_of(google)
        google.fail(status, reason)
        with pytest.raises(CursorExpired):
            read(google, cursor)

    @pytest.mark.parametrize("page", [0, 1, 2])
    def test_it_may_expire_at_any_page(self, google: Google, page: int):
        cursor = cursor_of(google)
        load(google, "visibility")
        google.faults.expires_at_page = page
        with opened(google, page=2) as provider, pytest.raises(CursorExpired):
            list(provider.changes(ANA, cursor))

    def test_a_list_that_ends_without_a_token_is_broken_and_deletes_nothing(self, google: Google):
        load(google, "all-day")
        google.faults.no_sync_token = True
        with opened(google) as provider:
            pages = provider.changes(ANA, "")
            assert not next(pages).complete
            with pytest.raises(ProviderBroken):
                list(pages)

    def test_a_list_without_end_is_noticed(self, google: Google):
        load(google, "all-day")
        google.faults.endless = True
        with pytest.raises(ProviderBroken):
            read(google)


class TestRefusals:
    def test_a_refused_access_token_is_renewed_once(self, google: Google):
        tokens = PracticeTokens(google)
        with opened(google, tokens=tokens) as provider:
            list(provider.changes(ANA, ""))
            google.revoke_tokens()
            list(provider.changes(ANA, ""))
        assert tokens.refreshed == 1

    def test_a_renewed_token_that_is_refused_means_to_reconnect(self, google: Google):
        tokens = PracticeTokens(google)
        google.fail(401, "authError", times=2)
        with opened(google, tokens=tokens) as provider, pytest.raises(NeedsReconnect):
            list(provider.changes(ANA, ""))
        assert tokens.refreshed == 1

    def test_what_the_tokens_raise_comes_through(self, google: Google):
        tokens = catalogue.NoTokens()
        with opened(google, tokens=tokens) as provider, pytest.raises(NeedsReconnect):  # type: ignore[arg-type]
            provider.calendars()

    @pytest.mark.parametrize("reason", ["insufficientPermissions", "forbidden", "forbiddenForNonOrganizer", "unheardOf"])
    def test_a_lost_permission_means_to_reconnect(self, google: Google, reason: str):
        google.fail(403, reason)
        with pytest.raises(NeedsReconnect):
            read(google)
        assert len(google.asked) == 1

    def test_an_api_that_is_not_switched_on_is_no_fault_of_the_user(self, google: Google):
        google.fail(403, "accessNotConfigured")
        with pytest.raises(ProviderBroken, match="not switched on"):
            read(google)

    @pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"])
    def test_a_limit_that_lasts_means_to_slow_down(self, google: Google, reason: str):
        google.fail(403, reason, times=3)
        with pytest.raises(SlowDown) as caught:
            read(google)
        assert caught.value.until is None
        assert len(google.asked) == 3

    def test_a_limit_that_passes_is_not_noticed(self, google: Google):
        google.fail(403, "userRateLimitExceeded")
        google.fail(429, "rateLimitExceeded")
        assert read(google)[-1].complete

    def test_a_usage_limit_takes_long(self, google: Google):
        google.fail(403, "calendarUsageLimitsExceeded")
        with pytest.raises(SlowDown) as caught:
            read(google)
        assert caught.value.until == NOW + timedelta(hours=1)
        assert len(google.asked) == 1

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("when", ["120", format_datetime(NOW + timedelta(seconds=120), usegmt=True)])
    def test_a_time_that_is_named_is_kept(self, google: Google, status: int, when: str):
        google.fail(status, "rateLimitExceeded", retry_after=when)
        with pytest.raises(SlowDown) as caught:
            read(google)
        assert caught.value.until == NOW + timedelta(seconds=120)
        assert len(google.asked) == 1

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_server_that_stumbles_is_asked_again(self, google: Google, status: int):
        google.fail(status, times=2)
        assert read(google)[-1].complete

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_server_that_is_down_is_broken(self, google: Google, status: int):
        google.fail(status, times=3)
        with pytest.raises(ProviderBroken):
            read(google)

    def test_a_connection_that_breaks_within_a_page_is_made_again(self, google: Google):
        load(google, "visibility")
        google.cut(after=1)
        with opened(google, page=2) as provider:
            assert len(items(list(provider.changes(ANA, "")))) == 6

    def test_connections_that_break_again_and_again_are_broken(self, google: Google):
        for _time in range(3):
            google.cut()
        with pytest.raises(ProviderBroken):
            read(google)

    def test_a_calendar_that_is_no_longer_shared_is_gone(self, google: Google):
        google.add_calendar(ANA, "bob@south.example", accessRole="reader")
        google.drop_calendar(ANA, "bob@south.example")
        with opened(google) as provider, pytest.raises(Gone):
            list(provider.changes("bob@south.example", ""))

    def test_a_calendar_of_which_only_busy_times_may_be_seen_any_more_is_doubted(self, google: Google):
        load(google, "all-day")
        cursor = cursor_of(google)
        google.add_calendar(ANA, ANA, primary=True, accessRole="freeBusyReader")
        for begin in ("", cursor):
            with pytest.raises(Gone):
                read(google, begin)

    @pytest.mark.parametrize(
        ("status", "body"), [(200, "<html>busy"), (200, "[]"), (200, '"text"'), (404, "<html>"), (403, '{"error": "x"}')]
    )
    def test_an_answer_that_is_none_is_one_of_the_five(self, status: int, body: str):
        with pytest.raises(ProviderError) as caught:
            canned(lambda _request: Answer(body, status))
        assert body not in caught.value.message + caught.value.detail

    def test_no_content_is_told_in_errors(self):
        marked = error(500, "SECRET meeting with Bob", "SECRET")
        with pytest.raises(ProviderBroken) as caught:
            canned(lambda _request: Answer(marked, 500))
        assert "SECRET" not in f"{caught.value} {caught.value.detail} {caught.value.__cause__}"

    def test_what_is_no_event_costs_the_others_nothing(self):
        found = canned(lambda _request: Answer({"items": payload("oddly-typed"), "nextSyncToken": "t"}))
        assert [item.id for item in found] == ["other", "plan"]


class Canned(App):
    def __init__(self, say: Callable[[Request], Answer]) -> None:
        super().__init__()
        self.say = say

    def answer(self, request: Request) -> Answer:
        return self.say(request)


def canned(say: Callable[[Request], Answer]) -> list[Any]:
    """What a read makes of these answers, whether Google would give them or not."""
    with http.GuardedClient(on_redirect=lambda _url: None, transport=Bridge(Canned(say))) as client:
        return items(list(GoogleProvider(RemoteAccount("google", ANA), client=client, now=lambda: NOW).changes(ANA, "")))


def told(*pages: list[Any]) -> list[Any]:
    """What a read makes of a list in these pages, none of whose events is near."""

    def say(request: Request) -> Answer:
        if request.get("timeMin"):
            return Answer({"items": []})
        number = int(request.get("pageToken", "0"))
        onward = {"nextPageToken": str(number + 1)} if number + 1 < len(pages) else {"nextSyncToken": "t"}
        return Answer({"items": pages[number], **onward})

    return canned(say)


class TestLists:
    """A list may say things twice, and otherwise the second time; what was said last stands."""

    def test_a_series_that_ends_as_a_single_event(self):
        series, moved = payload("exception-moved-to-another-day")
        (once, _grave) = payload("single-among-graves-of-its-exceptions")
        found = told([series], [once])
        assert [meetings(event) for event in found] == [{"": ("01-10 09:00", "Once", False)}]
        assert [meetings(event) for event in told([series, moved], [once])] == [{"": ("01-10 09:00", "Once", False)}, MOVED]

    def test_a_series_that_ends_as_a_grave(self):
        series, _moved = payload("exception-moved-to-another-day")
        assert told([series], [{"id": "weekly", "status": "cancelled"}]) == []

    def test_an_exception_that_does_not_say_its_uid_has_its_series(self):
        series, moved = payload("exception-moved-to-another-day")
        (event,) = told([series, moved | {"iCalUID": ""}])
        assert {event.uid, *(exception.uid for exception in event.exceptions)} == {"weekly@google.com"}

    def test_a_grave_of_no_known_occurrence_is_nothing(self):
        series, _moved = payload("exception-moved-to-another-day")
        (event,) = told([series, {"id": "weekly_x", "status": "cancelled", "recurringEventId": "weekly"}])
        assert meetings(event) == PLAIN

    def test_an_exception_of_no_known_occurrence_is_counted(self):
        series, moved = payload("exception-moved-to-another-day")
        found = told([series, moved | {"originalStartTime": {"dateTime": "once"}}])
        assert [item.id for item in found] == ["weekly", "weekly#weekly_20360317T090000Z"]


class TestCalendars:
    def test_what_is_offered(self, google: Google):
        for entry in payload("calendar-list"):
            google.add_calendar(ANA, entry["id"], **{name: value for name, value in entry.items() if name != "id"})
        with opened(google) as provider:
            found = provider.calendars()
            assert provider.own_addresses() == (ANA,)
        assert [(one.id.partition("@")[0], one.name, one.primary, one.readable, one.kind) for one in found] == [
            ("ana", "ana@north.example", True, True, "own"),
            ("c_1", "My projects", False, True, "own"),
            ("bob", "Bob", False, True, "shared"),
            ("eve", "Eve", False, True, "shared"),
            ("busy", "Busy", False, False, "shared"),
            ("feed", "Feed", False, True, "subscribed"),
        ]
        assert [one.colour for one in found[:3]] == ["#9fe1e7", "", ""]
        assert found[0].zone == "Europe/Berlin"
        assert len(google.asked) == 1

    def test_a_long_list_comes_in_pages(self, google: Google):
        for number in range(300):
            google.add_calendar(ANA, f"c_{number:03}@group.calendar.google.com")
        with opened(google) as provider:
            assert len(provider.calendars()) == 301
        assert len(google.asked) == 2


class TestCatalogue:
    def test_it_is_opened_with_tokens_on_the_server_that_stands_in(self, google: Google):
        load(google, "exception-before-master")
        with serving(google) as address:
            account = RemoteAccount("google", ANA, server=f"{address}/calendar/v3")
            with catalogue.open_provider(account, keyed=str, now=lambda: datetime.now(UTC), tokens=PracticeTokens(google)) as provider:
                assert [one.id for one in provider.calendars()] == [ANA]
                assert {event.id for event in items(list(provider.changes(ANA, "")))} == {"other", "weekly"}

    def test_a_connection_that_breaks_on_the_wire_is_made_again(self, google: Google):
        load(google, "exception-before-master")
        google.cut()
        with serving(google) as address:
            account = RemoteAccount("google", ANA, server=f"{address}/calendar/v3")
            with catalogue.open_provider(account, keyed=str, now=lambda: NOW, tokens=PracticeTokens(google)) as provider:
                assert len(items(list(provider.changes(ANA, "")))) == 2
        assert len(google.asked) == 2
