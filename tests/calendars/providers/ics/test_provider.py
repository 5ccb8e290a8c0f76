from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from metwith.calendars.providers.ics.cursor import CONTENT_SIZE, NAME_SIZE, Digests, FeedCursor, load_cursor
from metwith.calendars.providers.ics.fetch import web_url
from metwith.calendars.providers.ics.provider import FEED, FileProvider, IcsProvider
from metwith.calendars.vocabulary import ChangePage, RemoteCalendar, RemoteEvent
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, ProviderError, SlowDown
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http

from .feed import NOW, SECRET, Feed, keyed, opened, served

if TYPE_CHECKING:
    from collections.abc import Iterator


def event(uid: str, title: str = "Plan", stamp: str = "20260101T000000Z") -> str:
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:{stamp}\r\nDTSTART:20360110T090000Z\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n"


def calendar(*events: str, head: str = "") -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(events)}END:VCALENDAR\r\n".encode()


@pytest.fixture
def feed() -> Iterator[Feed]:
    with served(Feed(body=calendar(event("a"), event("b")))) as running:
        yield running


def read(feed: Feed, cursor: str = "", *, page: int | None = None, zone: str = "UTC") -> list[ChangePage]:
    with opened(feed, page=page, zone=zone) as provider:
        return list(provider.changes(FEED, cursor))


def titles(pages: list[ChangePage]) -> list[str]:
    return [found.title for page in pages for found in page.events if isinstance(found, RemoteEvent)]


def cursor_of(pages: list[ChangePage]) -> str:
    assert pages[-1].cursor
    return pages[-1].cursor


# --- what changed -----------------------------------------------------------------------------------------------------------------


def test_a_first_read_lists_everything_and_past_events_that_go_are_kept(feed: Feed) -> None:
    (page,) = read(feed)
    assert [found.id for found in page.events] == ["a", "b"]
    assert (page.complete, page.keep_past, page.expected) == (True, True, 2)


def test_nothing_changed_is_one_request_and_one_page_with_nothing_in_it(feed: Feed) -> None:
    cursor = cursor_of(read(feed))
    assert read(feed, cursor) == [ChangePage(cursor=cursor)]
    assert feed.answered == [200, 304]


def test_the_same_body_under_another_etag_is_nothing_new(feed: Feed) -> None:
    feed.conditional = False
    cursor = cursor_of(read(feed))
    assert read(feed, cursor) == [ChangePage(cursor=cursor)]
    assert feed.answered == [200, 200]


def test_stamps_made_anew_change_no_event(feed: Feed) -> None:
    cursor = cursor_of(read(feed))
    feed.body = calendar(event("a", stamp="20260202T000000Z"), event("b", stamp="20260202T000000Z"), head="X-SERVED:2\r\n")
    (page,) = read(feed, cursor)
    assert (page.events, sorted(page.unchanged), page.complete) == ((), ["a", "b"], True)


def test_only_the_changed_event_is_read(feed: Feed) -> None:
    cursor = cursor_of(read(feed))
    feed.body = calendar(event("b"), event("a", "Changed"))
    pages = read(feed, cursor)
    assert titles(pages) == ["Changed"]
    assert pages[-1].unchanged == ("b",)


def test_an_event_that_is_gone_is_named_by_no_page(feed: Feed) -> None:
    cursor = cursor_of(read(feed))
    feed.body = calendar(event("b"))
    assert read(feed, cursor) == [
        ChangePage(unchanged=("b",), cursor=cursor_of(read(feed, cursor)), complete=True, keep_past=True, expected=0)
    ]


def test_an_exception_that_changes_brings_its_series(feed: Feed) -> None:
    series = event("s").replace("SUMMARY", "RRULE:FREQ=DAILY;COUNT=3\r\nSUMMARY")
    moved = event("s", "Moved").replace("SUMMARY", "RECURRENCE-ID:20360111T090000Z\r\nSUMMARY")
    feed.body = calendar(series, moved)
    cursor = cursor_of(read(feed))
    feed.body = calendar(series, moved.replace("DTSTART:20360110", "DTSTART:20360120"))
    (found,) = read(feed, cursor)[0].events
    assert isinstance(found, RemoteEvent)
    assert [one.start for one in found.exceptions] == [datetime(2036, 1, 20, 9, tzinfo=UTC)]


def test_many_events_come_in_pages_and_the_cursor_with_the_last(feed: Feed) -> None:
    feed.body = calendar(*(event(f"e{number}") for number in range(7)))
    pages = read(feed, page=3)
    assert [len(page.events) for page in pages] == [3, 3, 1]
    assert [page.cursor is not None for page in pages] == [False, False, True]
    assert [page.complete for page in pages] == [False, False, True]
    assert {page.expected for page in pages} == {7}


def test_a_calendar_that_is_cancelled_as_a_whole_brings_every_event_again(feed: Feed) -> None:
    cursor = cursor_of(read(feed))
    feed.body = calendar(event("a"), event("b"), head="METHOD:CANCEL\r\n")
    assert [found.cancelled for found in read(feed, cursor)[0].events if isinstance(found, RemoteEvent)] == [True, True]


def test_another_zone_of_the_account_means_a_full_read(feed: Feed) -> None:
    cursor = cursor_of(read(feed))
    with pytest.raises(CursorExpired):
        read(feed, cursor, zone="Europe/Berlin")


def test_marks_younger_than_a_minute_are_not_trusted(feed: Feed) -> None:
    feed.headers = {"Last-Modified": format_datetime(datetime.now(UTC) - timedelta(seconds=20), usegmt=True)}
    read(feed, cursor_of(read(feed)))
    assert feed.answered == [200, 200]
    assert "if-modified-since" not in feed.asked[-1][1]


def test_settled_marks_are_sent_back(feed: Feed) -> None:
    feed.headers = {"Last-Modified": "Fri, 01 May 2026 09:00:00 GMT"}
    read(feed, cursor_of(read(feed)))
    assert feed.asked[-1][1]["if-modified-since"] == "Fri, 01 May 2026 09:00:00 GMT"


def test_a_feed_is_only_ever_asked_for(feed: Feed) -> None:
    read(feed, cursor_of(read(feed)))
    with opened(feed) as provider:
        provider.calendars()
        assert provider.own_addresses() == ()
    assert {method for method, _headers in feed.asked} == {"GET"}


# --- what is wrong ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty"),
        (b"  \r\n", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"\xef\xbb\xbf<html>", "web page"),
        (b'{"error": "no"}', "iCalendar"),
        (calendar(event("a"))[:-12], "cut short"),
        (calendar(event("a"))[:-40], "cut short"),
        (calendar(event("a")) + b"BEGIN:VCALENDAR\r\n", "cut short"),
        (calendar(event("a"), head="X-METWITH-OWN:1\r\n"), "Metwith itself gives out this calendar"),
    ],
)
def test_a_body_that_is_no_whole_calendar_deletes_nothing(feed: Feed, body: bytes, word: str) -> None:
    cursor = cursor_of(read(feed))
    feed.body = body
    with pytest.raises(ProviderBroken, match=word):
        read(feed, cursor)


def test_a_body_that_stops_before_its_end_deletes_nothing(feed: Feed) -> None:
    feed.cut_at = 60
    with pytest.raises(ProviderBroken):
        read(feed)


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, NeedsReconnect),
        (403, {}, NeedsReconnect),
        (404, {}, Gone),
        (410, {}, Gone),
        (429, {}, SlowDown),
        (503, {"Retry-After": "120"}, SlowDown),
        (503, {}, ProviderBroken),
        (500, {}, ProviderBroken),
        (400, {}, ProviderBroken),
        (418, {}, ProviderBroken),
    ],
)
def test_what_a_status_means(feed: Feed, status: int, headers: dict[str, str], error: type[ProviderError]) -> None:
    feed.status, feed.headers = status, headers
    with pytest.raises(error) as caught:
        read(feed)
    assert caught.value.detail == f"127.0.0.1: HTTP {status}"


def test_the_server_says_when_to_come_back(feed: Feed) -> None:
    feed.status, feed.headers = 429, {"Retry-After": "120"}
    with pytest.raises(SlowDown) as caught:
        read(feed)
    assert caught.value.until == NOW + timedelta(minutes=2)


def test_another_calendar_than_the_feeds_is_not_there(feed: Feed) -> None:
    with opened(feed) as provider, pytest.raises(Gone):
        list(provider.changes("other", ""))


def test_a_body_larger_than_allowed_is_named_so(feed: Feed) -> None:
    with opened(feed, max_bytes=50) as provider, pytest.raises(ProviderBroken, match="50 MB"):
        list(provider.changes(FEED, ""))


def test_a_private_address_is_refused_with_the_way_to_allow_it(feed: Feed) -> None:
    account = RemoteAccount("ics", "ana@north.example", server=feed.url)
    with http.client(allow_private=False) as client:
        provider = IcsProvider(account, client=client, keyed=keyed, now=lambda: NOW)
        with pytest.raises(ProviderBroken) as caught:
            provider.calendars()
    assert "METWITH_ALLOW_PRIVATE_HOSTS=1" in caught.value.advice
    assert "METWITH" not in caught.value.message, "each is a sentence of the catalogues for itself"
    assert feed.asked == []


def test_no_error_tells_the_address(feed: Feed) -> None:
    for change in (
        {"status": 404},
        {"status": 500},
        {"status": 200, "body": b"<html>"},
        {"status": 200, "cut_at": 3},
        {"url": f"ftp://x/{SECRET}"},
    ):
        for name, value in change.items():
            setattr(feed, name, value)
        with pytest.raises(ProviderError) as caught:
            read(feed)
        told = f"{caught.value} {caught.value.message} {caught.value.detail} {caught.value.__cause__!r} {caught.value!r}"
        assert SECRET not in told


# --- addresses --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://cal.example.test/a.ics", "https://cal.example.test/a.ics"),
        ("http://cal.example.test/a.ics", "http://cal.example.test/a.ics"),
        ("webcal://cal.example.test/a.ics?key=1", "https://cal.example.test/a.ics?key=1"),
        (" WEBCALS://cal.example.test/ ", "https://cal.example.test/"),
        ("cal.example.test/a.ics", "https://cal.example.test/a.ics"),
    ],
)
def test_an_address_is_taken_as_people_copy_it(address: str, url: str) -> None:
    assert web_url(address) == httpx.URL(url)


@pytest.mark.parametrize(
    "address", ["", "ftp://cal.example.test/a", "file:///etc/passwd", "https://", "webcal:///a", "https://[::1", "javascript://x"]
)
def test_what_is_no_address_is_named_so(address: str) -> None:
    with pytest.raises(ProviderBroken, match="no address of a calendar"):
        web_url(address)


# --- the calendar itself ----------------------------------------------------------------------------------------------------------


def test_a_calendar_tells_its_name_colour_and_zone(feed: Feed) -> None:
    head = "X-WR-CALNAME:Team north\r\nX-APPLE-CALENDAR-COLOR:#FF2968FF\r\nX-WR-TIMEZONE:Europe/Berlin\r\n"
    feed.body = calendar(event("a"), head=head)
    with opened(feed) as provider:
        assert provider.calendars() == (
            RemoteCalendar(FEED, "Team north", colour="#ff2968", primary=True, kind="subscribed", zone="Europe/Berlin"),
        )


def test_a_calendar_without_a_name_is_called_by_its_host(feed: Feed) -> None:
    with opened(feed) as provider:
        assert [(found.name, found.colour, found.zone) for found in provider.calendars()] == [("127.0.0.1", "", "")]


# --- cursors ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        ("REFRESH-INTERVAL;VALUE=DURATION:PT4H", timedelta(hours=4)),
        ("X-PUBLISHED-TTL:P1W", timedelta(weeks=1)),
        ("REFRESH-INTERVAL;VALUE=DURATION:often", None),
        ("REFRESH-INTERVAL;VALUE=DURATION:-PT4H", None),
        ("X-OTHER:PT4H", None),
    ],
)
def test_a_calendar_tells_how_long_it_wants_to_be_left_alone_also_while_nothing_changes(feed: Feed, line: str, wait: timedelta) -> None:
    feed.body = calendar(event("a"), head=f"{line}\r\n")
    first = read(feed)
    assert first[-1].again_after == wait
    assert read(feed, cursor_of(first))[-1].again_after == wait


def test_a_cursor_holds_no_uid_and_no_address(feed: Feed) -> None:
    feed.body = calendar(event("very-private-uid"))
    cursor = cursor_of(read(feed))
    assert "very-private" not in cursor
    assert SECRET not in cursor
    assert set(json.loads(cursor)) == {"reader", "zone", "etag", "modified", "body", "again_after", "known"}


def test_a_cursor_of_twenty_thousand_events_is_small() -> None:
    digests = Digests(keyed)
    known = {digests.of(str(n).encode(), size=NAME_SIZE): digests.of(b"x", str(n).encode(), size=CONTENT_SIZE) for n in range(20_000)}
    cursor = FeedCursor("UTC", "etag", "", "body", 0, known).dump()
    assert len(cursor) < 400_000
    assert load_cursor(cursor, "UTC").known == known


def test_digests_of_another_key_tell_nothing() -> None:
    assert Digests(keyed).of(b"a", size=8) != Digests(str).of(b"a", size=8)


def test_borders_between_parts_count() -> None:
    assert Digests(keyed).of(b"ab", b"c", size=8) != Digests(keyed).of(b"a", b"bc", size=8)


# --- files ------------------------------------------------------------------------------------------------------------------------


def test_a_file_is_read_whole() -> None:
    pages = FileProvider(calendar(event("a"), event("b"))).changes(FEED, "")
    assert [found.id for page in pages for found in page.events] == ["a", "b"]


def test_a_file_gives_all_its_pages_and_deletes_nothing() -> None:
    provider = FileProvider(calendar(*(event(f"e{number}") for number in range(1_001))), name="team.ics")
    pages = list(provider.changes(FEED, ""))
    assert sum(len(page.events) for page in pages) == 1_001
    assert not any(page.complete for page in pages)
    assert [page.cursor is not None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert [found.name for found in provider.calendars()] == ["team.ics"]


def test_a_file_too_large_is_named_so() -> None:
    with pytest.raises(ProviderBroken, match="larger than 50 MB"):
        FileProvider(b"x" * 60_000_000)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"name,email\r\nAnn,ann@example.test", b"<html></html>", calendar(event("a"))[:-20]])
def test_a_file_that_is_no_calendar_is_named_so(data: bytes) -> None:
    with pytest.raises(ProviderBroken):
        FileProvider(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04" + b"\0" * 100, "Unpack it first"),
        (gzip.compress(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", mtime=0), "Unpack it first"),
        (b"BZh91AY&SY", "Unpack it first"),
        (b"BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260610T090000Z\r\nEND:VEVENT\r\n", "without a calendar around them"),
        (b"\xef\xbb\xbfbegin:vevent\nUID:a\nDTSTART:20260610T090000Z", "without a calendar around them"),
    ],
)
def test_what_came_instead_is_told(data: bytes, words: str) -> None:
    with pytest.raises(ProviderBroken, match=words):
        FileProvider(data)
