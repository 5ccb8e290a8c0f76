"""What single servers do otherwise, and what we make of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from metwith.calendars.providers.caldav import dav
from metwith.engine.apis import rest
from metwith.engine.errors import Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.lib import http
from tests.calendars.providers.caldav.fake import HOME, FakeServer
from tests.calendars.providers.exam import Follower, body, calendar, event


@pytest.fixture
def server() -> FakeServer:
    fake = FakeServer()
    for number in range(8):
        fake.put(f"e{number}@x.ics", body(f"uid-{number}"))
    return fake


def reading(server: FakeServer) -> Follower:
    """A follower that has come to the strategy of its server."""
    follower = Follower()
    server.follow(follower)
    server.put("e0@x.ics", body("uid-0", title="First change"))
    server.follow(follower)
    assert set(follower.titles()) == {f"uid-{number}" for number in range(8)}
    return follower


def assert_up_to_date(follower: Follower, server: FakeServer) -> None:
    anew = Follower()
    server.follow(anew)
    assert follower.content() == anew.content()


# --- how much is asked ------------------------------------------------------------------------------------------------------------------


def test_nothing_changed_is_one_request_from_the_first_read_on(server: FakeServer):
    follower = Follower()
    assert server.follow(follower) == ["PROPFIND", "PROPFIND", "REPORT"]
    assert server.follow(follower) == ["PROPFIND"]
    follower = reading(server)
    assert server.follow(follower) == ["REPORT"]
    assert "sync-collection" in server.bodies[0]


def test_a_change_is_two_requests(server: FakeServer):
    follower = reading(server)
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.delete("e2@x.ics")
    assert server.follow(follower) == ["REPORT", "REPORT"]
    assert follower.titles()["uid-1"] == "Changed"
    assert "uid-2" not in follower.titles()


def test_an_unchanged_read_keeps_the_cursor_word_for_word(server: FakeServer):
    follower = reading(server)
    before = follower.cursor
    server.follow(follower)
    assert follower.cursor == before


def test_no_limit_is_ever_asked_for(server: FakeServer):
    follower = reading(server)
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.follow(follower)
    assert not any("limit" in body for body in server.bodies)


def test_nothing_but_reading_is_ever_sent():
    assert {"OPTIONS", "PROPFIND", "REPORT", "GET", "HEAD"} == dav.METHODS
    server = FakeServer()
    with httpx.Client(transport=httpx.MockTransport(server.answer)) as client:
        for method in ("PUT", "POST", "DELETE", "PROPPATCH", "MKCALENDAR", "MKCOL", "MOVE", "COPY", "LOCK", "PATCH", "ACL"):
            with pytest.raises(ValueError, match="not for reading"):
                dav.Dav(client, now=lambda: datetime.now(UTC)).ask(method, "https://cal.acme.example/")
    assert server.asked == []


def test_a_first_token_that_takes_long_is_not_waited_for(server: FakeServer):
    """Radicale, with a large calendar."""
    follower = Follower()
    server.follow(follower)
    server.interrupt = lambda request: _time_out(request) if b"<D:sync-token/>" in request.content else None
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.follow(follower)
    assert follower.titles()["uid-1"] == "Changed"
    assert server.follow(follower) == ["PROPFIND"]


def _time_out(_request: httpx.Request) -> httpx.Response:
    raise http.TimedOut("too slow")


# --- tokens that die ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "condition"), [(403, True), (409, True), (412, True), (400, False), (410, False), (418, False), (500, False)]
)
def test_a_dead_token_in_any_spelling_costs_nothing(server: FakeServer, status: int, condition: bool):
    follower = reading(server)
    server.habits.token_error, server.habits.token_condition = status, condition
    items = dict(server.items)
    items.pop("e3@x.ics")
    items["e4@x.ics"] = body("uid-4", title="Changed")
    server.restore(items)
    server.follow(follower)
    assert "uid-3" not in follower.titles()
    assert follower.titles()["uid-4"] == "Changed"
    assert_up_to_date(follower, server)


def test_a_token_forgotten_without_a_word_does_not_hide_deletions(server: FakeServer):
    """DAViCal, SOGo, Stalwart: 207 with a full list, and nothing of what was deleted."""
    server.habits.forgets_tokens = True
    follower = reading(server)
    items = dict(server.items)
    items.pop("e3@x.ics")
    server.restore(items)
    server.follow(follower)
    assert "uid-3" not in follower.titles()
    assert_up_to_date(follower, server)


def test_deletions_that_are_never_reported_are_found_within_a_day(server: FakeServer):
    """Bedework. A listing is due once a day, whatever the server says."""
    server.habits.hides_deletions = True
    follower = reading(server)
    server.delete("e3@x.ics")
    server.follow(follower)
    assert "uid-3" in follower.titles()
    server.now += timedelta(hours=25)
    server.follow(follower)
    assert "uid-3" not in follower.titles()
    assert_up_to_date(follower, server)


def test_a_change_that_no_ctag_tells_of_is_found_within_a_day(server: FakeServer):
    server.habits.syncs = False
    server.habits.ctag = "always the same"
    follower = Follower()
    server.follow(follower)
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.follow(follower)
    assert follower.titles()["uid-1"] == "Plan"
    server.now += timedelta(hours=25)
    server.follow(follower)
    assert follower.titles()["uid-1"] == "Changed"


def test_the_daily_listing_reads_no_event_again_when_nothing_changed(server: FakeServer):
    follower = Follower()
    server.follow(follower)
    server.now += timedelta(hours=25)
    assert "GET" not in server.follow(follower)
    assert not any("multiget" in body for body in server.bodies)


def test_an_answer_cut_short_is_asked_for_again(server: FakeServer):
    """RFC 6578, section 3.6: 507 for the collection, and a token to go on with."""
    follower = reading(server)
    server.habits.cuts_after = 1
    for number in range(1, 4):
        server.put(f"e{number}@x.ics", body(f"uid-{number}", title="Changed"))
    server.delete("e3@x.ics")
    server.follow(follower)
    assert (follower.titles()["uid-1"], follower.titles()["uid-2"]) == ("Changed", "Changed")
    assert "uid-3" not in follower.titles()
    assert_up_to_date(follower, server)


def test_an_answer_that_is_cut_for_ever_is_given_up(server: FakeServer):
    follower = reading(server)
    token = "http://acme.example/sync/0/stuck"
    stuck = f'<D:multistatus xmlns:D="DAV:"><D:response><D:href>{HOME}</D:href><D:status>HTTP/1.1 507 So</D:status></D:response><D:sync-token>{token}</D:sync-token></D:multistatus>'
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.interrupt = lambda request: (
        httpx.Response(207, text=stuck) if b"sync-collection" in request.content and b"propfind" not in request.content else None
    )
    assert len(server.follow(follower)) < 10
    assert follower.titles()["uid-1"] == "Changed"


def test_changes_that_are_repeated_change_nothing(server: FakeServer):
    """SOGo repeats what changed within the last second."""
    server.habits.repeats_changes = True
    follower = reading(server)
    for _time in range(3):
        server.follow(follower)
        assert_up_to_date(follower, server)


@pytest.mark.parametrize("moment", [b"getctag", b"sync-token", b"getcontenttype", b"multiget"])
@pytest.mark.parametrize("first_read", [True, False])
def test_what_changes_between_two_requests_of_a_read_arrives_at_the_next(server: FakeServer, moment: bytes, first_read: bool):
    follower = Follower()
    if not first_read:
        server.follow(follower)
        server.put("e0@x.ics", body("uid-0", title="First change"))
    happens = iter([True])

    def meanwhile(request: httpx.Request) -> None:
        if moment in request.content and next(happens, False):
            server.put("e1@x.ics", body("uid-1", title="Meanwhile"))
            server.put("new@x.ics", body("new"))
            server.delete("e2@x.ics")

    server.interrupt = meanwhile
    server.follow(follower)
    server.follow(follower)
    assert_up_to_date(follower, server)


# --- ctags ----------------------------------------------------------------------------------------------------------------------------


def test_without_sync_collection_the_ctag_tells(server: FakeServer):
    """Sabre 1.8, Yahoo, GMX, Posteo."""
    server.habits.syncs = False
    follower = reading(server)
    assert server.follow(follower) == ["PROPFIND"]
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.delete("e2@x.ics")
    server.follow(follower)
    assert_up_to_date(follower, server)


def test_a_ctag_of_this_very_second_proves_nothing(server: FakeServer):
    """SOGo's ctag is the second of the last change: it stays the same when more changes within that second."""
    server.habits.syncs = False
    server.habits.ctag = str(int(server.now.timestamp()))
    follower = Follower()
    server.follow(follower)
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.now += timedelta(minutes=5)
    server.follow(follower)
    assert follower.titles()["uid-1"] == "Changed"
    assert server.follow(follower) == ["PROPFIND"]


def test_with_neither_the_listing_tells(server: FakeServer):
    server.habits.syncs = server.habits.has_ctag = False
    follower = reading(server)
    pages = [method for method in server.follow(follower) if method == "REPORT"]
    assert pages == []
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.delete("e2@x.ics")
    server.follow(follower)
    assert_up_to_date(follower, server)


def test_a_listing_that_is_refused_is_queried(server: FakeServer):
    server.habits.depth_one_refused = True
    server.habits.syncs = False
    follower = reading(server)
    server.delete("e2@x.ics")
    server.follow(follower)
    assert_up_to_date(follower, server)


def test_a_listing_that_is_cut_is_queried(server: FakeServer):
    server.habits.cuts_listings = True
    follower = reading(server)
    assert len(follower.titles()) == 8


# --- fetching -------------------------------------------------------------------------------------------------------------------------


def test_what_a_multiget_leaves_out_is_asked_for_singly(server: FakeServer):
    """DAViCal. Left out is not deleted."""
    server.habits.multiget_omits = {"e1@x.ics", "e5@x.ics"}
    follower = Follower()
    assert server.follow(follower).count("GET") == 2
    assert len(follower.titles()) == 8


def test_a_server_without_multiget_is_read_one_by_one(server: FakeServer):
    server.habits.multiget_refused = True
    follower = Follower()
    methods = server.follow(follower, page=2)
    assert len(follower.titles()) == 8
    assert methods.count("REPORT") < 4, "after some refusals it is no longer asked"


def test_an_item_that_is_listed_but_not_given_costs_the_others_nothing(server: FakeServer):
    follower = reading(server)
    server.habits.multiget_omits = server.habits.get_refused = {"e1@x.ics"}
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.put("e2@x.ics", body("uid-2", title="Changed"))
    server.follow(follower)
    assert follower.titles()["uid-2"] == "Changed"
    assert follower.titles()["uid-1"] == "Plan", "it stays as it was"
    server.habits.multiget_omits = server.habits.get_refused = set()
    server.now += timedelta(hours=25)
    server.follow(follower)
    assert follower.titles()["uid-1"] == "Changed", "and is asked for again at the next listing"


def test_an_item_not_given_at_a_listing_is_kept_and_asked_for_again(server: FakeServer):
    server.habits.syncs = False
    follower = reading(server)
    for number in range(200):
        server.put(f"more{number}.ics", body(f"more-{number}"))
    server.habits.multiget_omits = server.habits.get_refused = {"e1@x.ics"}
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.follow(follower)
    assert follower.titles()["uid-1"] == "Plan"
    server.habits.multiget_omits = server.habits.get_refused = set()
    server.put("more7.ics", body("more-7", title="Changed"))
    server.follow(follower)
    assert follower.titles()["uid-1"] == "Changed"
    assert sum(body.count("<D:href>") for body in server.bodies) < 100, "and few others with it"


def test_a_server_that_gives_nothing_it_lists_is_broken(server: FakeServer):
    server.habits.multiget_refused = True
    server.habits.get_refused = set(server.items)
    with pytest.raises(ProviderBroken):
        server.follow(Follower())


def test_an_item_deleted_between_listing_and_fetching_is_no_error(server: FakeServer):
    follower = reading(server)
    server.put("e1@x.ics", body("uid-1", title="Changed"))

    def delete_first(request: httpx.Request) -> None:
        if b"multiget" in request.content and "e1@x.ics" in server.items:
            server.delete("e1@x.ics")

    server.interrupt = delete_first
    server.follow(follower)
    assert "uid-1" not in follower.titles()
    assert_up_to_date(follower, server)


def test_events_of_one_resource_go_singly(server: FakeServer):
    """ICloud lets an import put several events into one resource."""
    server.put("both@x.ics", calendar(event("one"), event("two")))
    follower = Follower()
    server.follow(follower)
    server.put("e0@x.ics", body("uid-0", title="Changed"))
    server.follow(follower)
    server.put("both@x.ics", calendar(event("two")))
    server.follow(follower)
    assert "one" not in follower.titles()
    assert "two" in follower.titles()
    assert_up_to_date(follower, server)


def test_a_resource_that_turns_into_a_to_do_is_gone(server: FakeServer):
    follower = reading(server)
    server.put("e1@x.ics", calendar("BEGIN:VTODO\r\nUID:uid-1\r\nDTSTAMP:20260101T000000Z\r\nEND:VTODO"))
    server.follow(follower)
    assert "uid-1" not in follower.titles()
    assert_up_to_date(follower, server)


# --- hrefs ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("habit", ["absolute_hrefs", "escapes_more", "lists_itself"])
def test_hrefs_may_be_spelled_in_many_ways(server: FakeServer, habit: str):
    follower = reading(server)
    setattr(server.habits, habit, True)
    for turn in range(3):
        server.put("e1@x.ics", body("uid-1", title=f"Changed {turn}"))
        server.delete(f"e{turn + 2}@x.ics")
        server.follow(follower)
        assert follower.titles()["uid-1"] == f"Changed {turn}"
        assert len(follower.rows) == 7 - turn
        assert_up_to_date(follower, server)


def test_a_collection_that_lists_itself_is_not_taken_for_an_event(server: FakeServer):
    """ICloud."""
    follower = reading(server)
    server.habits.lists_itself = True
    server.put("e1@x.ics", body("uid-1", title="Changed"))
    server.follow(follower)
    assert server.bodies[-1].count("<D:href>") == 1


# --- trouble --------------------------------------------------------------------------------------------------------------------------


def test_a_broken_connection_is_tried_again(server: FakeServer):
    broken = iter([True, True])

    def interrupt(_request: httpx.Request) -> None:
        if next(broken, False):
            raise http.Unreachable("reset", host="cal.acme.example")

    server.interrupt = interrupt
    follower = Follower()
    server.follow(follower)
    assert len(follower.titles()) == 8


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_fails_once_is_tried_again(server: FakeServer, status: int):
    answers = iter([httpx.Response(status)])
    server.interrupt = lambda _request: next(answers, None)
    follower = Follower()
    server.follow(follower)
    assert len(follower.titles()) == 8


def test_a_connection_that_stays_broken_is_a_broken_provider(server: FakeServer):
    def interrupt(_request: httpx.Request) -> None:
        raise http.Unreachable("reset", host="cal.acme.example")

    server.interrupt = interrupt
    with pytest.raises(ProviderBroken) as error:
        server.follow(Follower())
    assert error.value.detail == "cal.acme.example"
    assert len(server.asked) == rest.ATTEMPTS


@pytest.mark.parametrize(("status", "seconds"), [(429, 120), (503, 120)])
def test_a_server_that_asks_for_patience_gets_it(server: FakeServer, status: int, seconds: int):
    server.interrupt = lambda _request: httpx.Response(status, headers={"Retry-After": str(seconds)})
    with pytest.raises(SlowDown) as error:
        server.follow(Follower())
    assert error.value.until == server.now + timedelta(seconds=seconds)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, NeedsReconnect), (403, NeedsReconnect), (404, Gone), (410, Gone), (500, ProviderBroken), (418, ProviderBroken)],
)
def test_each_refusal_has_its_next_step(server: FakeServer, status: int, error: type[Exception]):
    follower = reading(server)
    server.interrupt = lambda _request: httpx.Response(status)
    with pytest.raises(error):
        server.follow(follower)


@pytest.mark.parametrize("text", ["<html><body>Login</body></html>", "", "nonsense", "<a><b></a>", '<D:error xmlns:D="DAV:"/>'])
def test_an_answer_that_is_no_multistatus_is_broken(server: FakeServer, text: str):
    server.interrupt = lambda _request: httpx.Response(207, text=text)
    with pytest.raises(ProviderBroken):
        server.follow(Follower())


def test_entities_are_not_resolved(server: FakeServer):
    bomb = (
        '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/hostname">]>'
        '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x/&b;&x;</D:href></D:response></D:multistatus>'
    )
    server.interrupt = lambda _request: httpx.Response(207, text=bomb)
    with server.opened() as provider:
        found = provider._dav.propfind("https://cal.acme.example/", ("{DAV:}getetag",), depth=0)
    assert found.members[0].href == "/x/"


def test_an_error_names_no_path_and_no_password(server: FakeServer):
    server.interrupt = lambda _request: httpx.Response(500)
    with pytest.raises(ProviderBroken) as error:
        server.follow(Follower())
    assert error.value.detail == "500 cal.acme.example"
    assert "ana" not in str(error.value)
    assert HOME not in repr(error.value)
