"""The practice service behaves as Graph does, on command also as it does at its worst; the provider comes through."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from metwith.calendars.providers.microsoft.provider import REFUSALS, MicrosoftProvider
from metwith.engine.apis.graph import Graph, GraphOptions, gate_of
from metwith.engine.apis.rest import BearerAuth
from metwith.engine.errors import NeedsReconnect, ProviderBroken
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from metwith.lib.net import deadline
from metwith.practice.asgi import Answer, Bridge
from metwith.practice.graph.faults import error, throttled
from metwith.practice.graph.store import made_uid
from metwith.practice.serve import serving
from tests.calendars.providers.exam import SERIES, Follower, assert_equals_fresh, body, break_off, fresh, play
from tests.calendars.providers.microsoft.world import ADDRESS, NOW, MicrosoftWorld, OneToken

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFER = {"Authorization": "Bearer ana", "Prefer": 'IdType="ImmutableId", odata.maxpagesize=50'}
VIEW = {"startDateTime": "2036-01-01T00:00:00Z", "endDateTime": "2036-07-01T00:00:00Z"}


@pytest.fixture
def world() -> MicrosoftWorld:
    return MicrosoftWorld()


@pytest.fixture
def hand(world: MicrosoftWorld) -> Iterator[httpx.Client]:
    with httpx.Client(transport=Bridge(world.service), base_url="https://graph.microsoft.com/v1.0", headers=PREFER) as client:
        yield client


def delta(hand: httpx.Client, world: MicrosoftWorld) -> dict[str, Any]:
    found: dict[str, Any] = hand.get(f"/me/calendars/{world.calendar}/calendarView/delta", params=VIEW).json()
    return found


def test_what_is_asked_at_once_has_the_time_that_its_caller_has(world: MicrosoftWorld, hand: httpx.Client):
    graph = Graph(hand, gate_of("ana"), REFUSALS, GraphOptions(lambda: NOW))
    with deadline.within(10):
        assert max(graph.several(lambda _number: deadline.seconds_left(1000), range(8))) <= 10


# --- what Graph does ---------------------------------------------------------------------------------------------------------------


def test_occurrences_are_bare_and_exceptions_full(world: MicrosoftWorld, hand: httpx.Client):
    world.put("series", SERIES)
    found = delta(hand, world)["value"]
    assert [entry["type"] for entry in found].count("exception") == 3
    assert {key for entry in found if entry["type"] == "occurrence" for key in entry} == {
        "@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end",
    }  # fmt: skip
    assert found[0]["type"] == "seriesMaster"
    assert found[0]["start"] == {"dateTime": "2036-03-10T09:00:00.0000000", "timeZone": "UTC"}


def test_a_deleted_occurrence_is_told_by_all_the_others(world: MicrosoftWorld, hand: httpx.Client):
    world.put("series", SERIES)
    first = delta(hand, world)
    world.mailbox.delete_occurrence("series 0", date(2036, 4, 14))
    then = hand.get(first["@odata.deltaLink"]).json()["value"]
    assert len(then) == len(first["value"]) - 1
    assert not any("@removed" in entry for entry in then)


def test_what_leaves_the_window_is_called_removed_and_what_enters_it_is_there(world: MicrosoftWorld, hand: httpx.Client):
    world.put("e", body("uid"))
    link = delta(hand, world)["@odata.deltaLink"]
    world.put("e", body("uid", start="20400110T090000Z", end="20400110T093000Z"))
    (gone,) = hand.get(link).json()["value"]
    assert gone["@removed"] == {"reason": "deleted"}
    world.put("e", body("uid"))
    assert "subject" in hand.get(link).json()["value"][0]


def test_links_are_frozen_and_say_nothing(world: MicrosoftWorld, hand: httpx.Client):
    link = httpx.URL(delta(hand, world)["@odata.deltaLink"])
    assert list(link.params) == ["$deltatoken"]
    assert "2036" not in link.params["$deltatoken"]


@pytest.mark.parametrize("parameter", ["$select", "$filter", "$expand", "$orderby", "$search", "$top"])
def test_delta_takes_no_query(world: MicrosoftWorld, hand: httpx.Client, parameter: str):
    answer = hand.get(f"/me/calendars/{world.calendar}/calendarView/delta", params=VIEW | {parameter: "1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ErrorInvalidUrlQuery")


@pytest.mark.parametrize("lost", ["410", "syncStateNotFound", "SyncStateInvalid"])
def test_a_lost_link_is_told_in_each_way(world: MicrosoftWorld, hand: httpx.Client, lost: str):
    world.put("e", body("uid"))
    follower = fresh(world)
    world.service.faults.lost = lost
    world.expire()
    answer = hand.get(f"/me/calendars/{world.calendar}/calendarView/delta", params={"$deltatoken": "R0usmcCM996atia_1"})
    assert answer.status_code == (410 if lost == "410" else 400)
    assert ("location" in answer.headers) == (lost == "410")
    follower.sync(world)
    assert follower.expired == 1
    assert_equals_fresh(follower, world)


def test_ids_are_immutable_when_that_is_asked_for(world: MicrosoftWorld, hand: httpx.Client):
    world.put("e", body("uid"))
    other = world.mailbox.add_calendar("Other")
    events = "/me/calendars/{}/events"
    plain = {"Prefer": ""}
    before = [hand.get(events.format(world.calendar), headers=headers).json()["value"][0]["id"] for headers in (PREFER, plain)]
    world.mailbox.move("e 0", other)
    after = [hand.get(events.format(other), headers=headers).json()["value"][0]["id"] for headers in (PREFER, plain)]
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_preferences_are_said_to_be_applied(world: MicrosoftWorld, hand: httpx.Client):
    answer = hand.get("/me/calendars", headers={"Prefer": 'outlook.timezone="Tokyo Standard Time", IdType="ImmutableId"'})
    assert answer.headers["preference-applied"] == 'outlook.timezone="Tokyo Standard Time", IdType="ImmutableId"'
    world.put("e", body("uid"))
    listed = hand.get(f"/me/calendars/{world.calendar}/events", headers={"Prefer": 'outlook.timezone="Tokyo Standard Time"'}).json()
    assert listed["value"][0]["start"] == {"dateTime": "2036-01-10T18:00:00.0000000", "timeZone": "Tokyo Standard Time"}


def test_a_view_may_not_be_longer_than_five_years(world: MicrosoftWorld, hand: httpx.Client):
    answer = hand.get(f"/me/calendars/{world.calendar}/calendarView", params=VIEW | {"endDateTime": "2042-01-01T00:00:00Z"})
    assert answer.json()["error"]["code"] == "ErrorCalendarViewRangeTooBig"


def test_a_fifth_request_at_a_time_is_told_to_wait(world: MicrosoftWorld):
    world.service.faults.latency = 0.2

    def ask(_number: int) -> int:
        with httpx.Client(transport=Bridge(world.service), headers=PREFER) as client:
            return client.get("https://graph.microsoft.com/v1.0/me").status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(ask, range(6))) == [200, 200, 200, 200, 429, 429]


def test_in_a_batch_the_fifth_waits(world: MicrosoftWorld, hand: httpx.Client):
    asked = {"requests": [{"id": str(number), "method": "GET", "url": "/me/calendars?$top=1"} for number in range(6)]}
    assert {one["status"] for one in hand.post("/$batch", json=asked).json()["responses"]} == {200}
    world.service.faults.batch_throttled = True
    found = hand.post("/$batch", json=asked).json()["responses"]
    assert [one["status"] for one in found] == [200, 200, 200, 200, 429, 429]
    assert found[5]["headers"]["retry-after"] == "10"


def test_another_users_mailbox_is_under_its_name(world: MicrosoftWorld, hand: httpx.Client):
    bob = world.service.add_mailbox("bob@north.example", token="bob")
    bob.add_calendar("Bob's")
    assert [c["name"] for c in hand.get("/users/bob@north.example/calendars").json()["value"]] == ["Bob's"]
    assert hand.get("/users/nobody@north.example/calendars").status_code == 404


def test_nothing_can_be_written_but_subscriptions(world: MicrosoftWorld, hand: httpx.Client):
    assert hand.post(f"/me/calendars/{world.calendar}/events", json={}).status_code == 405
    assert hand.delete(f"/me/calendars/{world.calendar}").status_code == 405


# --- what it does at its worst -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["replays", "empty_pages", "forgets_cancelled", "bare_exceptions"])
def test_a_play_of_chance_ends_well_in_spite_of(world: MicrosoftWorld, fault: str):
    setattr(world.service.faults, fault, True)
    chance, there = random.Random(11), set[str]()
    follower = fresh(world)
    for turn in range(25):
        play(world, chance, there, turn)
        if chance.random() < 0.4:
            follower.sync(world, page=chance.choice([1, 2, None]))
            assert follower.meetings() == fresh(world).meetings()
    follower.sync(world)
    assert follower.meetings() == fresh(world).meetings()


def test_links_that_never_end_are_noticed(world: MicrosoftWorld):
    world.put("e", body("uid"))
    world.service.faults.endless = True
    with pytest.raises(ProviderBroken):
        fresh(world)
    assert len(world.service.asked) < 100


def test_many_pages_of_one_are_not_endless(world: MicrosoftWorld):
    for number in range(120):
        world.put(f"e{number}", body(f"uid-{number}"))
    follower = Follower()
    assert len(follower.sync(world, page=1)) > 120
    assert len(follower.rows) == 120


def test_a_connection_that_breaks_once_is_tried_again(world: MicrosoftWorld):
    world.put("e", body("uid"))
    world.service.faults.cuts.append("delta")
    assert fresh(world).titles() == {"uid": "Plan"}


def test_a_connection_that_keeps_breaking_is_broken_and_nothing_is_lost(world: MicrosoftWorld):
    world.put("e", body("uid"))
    follower = fresh(world)
    world.put("f", body("other"))
    world.service.faults.cuts.extend(["delta"] * 3)
    with pytest.raises(ProviderBroken):
        follower.sync(world)
    follower.sync(world)
    assert_equals_fresh(follower, world)


@pytest.mark.parametrize("where", ["delta", "/events/", "/events?"])
@pytest.mark.parametrize("answer", [throttled(2), error(502, "UnknownError"), error(401, "InvalidAuthenticationToken")])
def test_a_fault_at_any_step_is_overcome(world: MicrosoftWorld, where: str, answer: Answer):
    world.put("series", SERIES)
    world.put("e", body("uid"))
    expected = fresh(world)
    world.service.faults.answers.append((where.rstrip("?"), answer))
    found = fresh(world)
    assert (found.content(), found.meetings()) == (expected.content(), expected.meetings())
    assert not world.service.faults.answers
    assert world.slept in ([], [2])


def test_a_token_that_is_refused_is_made_new_once(world: MicrosoftWorld):
    world.put("e", body("uid"))
    world.tokens = OneToken("old", "ana")
    assert fresh(world).titles() == {"uid": "Plan"}
    assert world.tokens.refreshed == 1
    world.tokens = OneToken("old", "older")
    with pytest.raises(NeedsReconnect):
        fresh(world)


def test_a_read_that_is_broken_off_in_an_empty_page_begins_again(world: MicrosoftWorld):
    world.service.faults.empty_pages = True
    for number in range(3):
        world.put(f"e{number}", body(f"uid-{number}"))
    follower = fresh(world)
    world.delete("e1")
    for after in range(4):
        break_off(follower, world, after=after)
    follower.sync(world)
    assert_equals_fresh(follower, world)


def test_four_at_a_time_and_no_more(world: MicrosoftWorld):
    for number in range(12):
        world.put(f"s{number}", SERIES.replace("UID:series", f"UID:s{number}"))
    world.service.faults.latency = 0.01
    with ThreadPoolExecutor(3) as pool:
        titles = [follower.titles() for follower in pool.map(lambda _turn: fresh(world), range(3))]
    assert [len(found) for found in titles] == [12, 12, 12]
    assert world.service.most_at_once == 4
    assert world.slept == []


# --- outside the window ------------------------------------------------------------------------------------------------------------


def test_what_lies_before_and_behind_the_window_is_read_and_removed_by_a_full_read(world: MicrosoftWorld):
    world.service.faults.silent_outside = True
    old = world.mailbox.put(world.calendar, "old", single("2009-03-01", "old"))
    world.mailbox.put(world.calendar, "far", single("2039-03-01", "far"))
    follower = fresh(world)
    assert {found.title for found in follower.events().values()} == {"old", "far"}
    world.mailbox.delete(old.name)
    world.mailbox.patch("far", subject="further")
    follower.sync(world)
    assert {found.title for found in follower.events().values()} == {"old", "far"}
    world.now = NOW + timedelta(days=31)
    follower.sync(world)
    assert follower.expired == 1
    assert {found.title for found in follower.events().values()} == {"further"}
    assert_equals_fresh(follower, world)


def test_a_window_that_moves_on_brings_what_enters_it(world: MicrosoftWorld):
    world.put("series", SERIES)
    world.mailbox.put(world.calendar, "far", single("2037-03-20", "far"))
    follower = fresh(world)
    for _month in range(18):
        world.now += timedelta(days=31)
        follower.sync(world)
        assert_equals_fresh(follower, world)
    assert follower.expired == 18
    assert len(follower.meetings()["series"]) == 7


def test_an_event_moved_out_of_the_window_and_back_is_the_same(world: MicrosoftWorld):
    world.put("e", body("uid"))
    follower = fresh(world)
    (name,) = {row.id for row in follower.rows.values()}
    for start in ("20400110T0", "20360110T0", "20090110T0", "20360210T0"):
        world.put("e", body("uid", start=f"{start}90000Z", end=f"{start}93000Z"))
        follower.sync(world)
        assert {row.id for row in follower.rows.values()} == {name}
        assert_equals_fresh(follower, world)


def test_an_event_moved_to_another_calendar_leaves_this_one(world: MicrosoftWorld):
    world.put("e", body("uid"))
    world.put("series", SERIES)
    other = world.mailbox.add_calendar("Other")
    follower = fresh(world)
    world.mailbox.move("e 0", other)
    world.mailbox.move("series 1", other)
    follower.sync(world)
    assert follower.rows == {}
    world.mailbox.move("e 0", world.calendar)
    follower.sync(world)
    assert_equals_fresh(follower, world)
    assert len(follower.rows) == 1


def test_a_series_without_an_end_that_began_long_ago_is_there(world: MicrosoftWorld):
    world.mailbox.put(world.calendar, "daily", series("2020-01-06", {"type": "weekly", "interval": 2, "daysOfWeek": ["monday"]}))
    world.mailbox.delete_occurrence("daily", date(2020, 1, 20))
    world.mailbox.change_occurrence("daily", date(2020, 2, 3), subject="Once")
    follower = fresh(world)
    (found,) = follower.meetings().values()
    assert [key[:8] for key, *_rest in found[:3]] == ["20200106", "20200203", "20200217"]
    assert found[1][3] == "Once"
    assert found[-1][0] > "20371201"
    world.mailbox.delete_occurrence("daily", date(2036, 2, 25))
    follower.sync(world)
    assert_equals_fresh(follower, world)


def test_a_single_event_may_become_a_series_and_a_series_a_single_event(world: MicrosoftWorld):
    pattern = {"type": "daily", "interval": 1}
    world.mailbox.put(world.calendar, "e", single("2036-02-01", "e"))
    follower = fresh(world)
    world.mailbox.put(world.calendar, "e", series("2036-02-01", pattern, count=3))
    follower.sync(world)
    assert_equals_fresh(follower, world)
    assert [len(found) for found in follower.meetings().values()] == [3]
    world.mailbox.put(world.calendar, "e", single("2036-02-01", "e"))
    follower.sync(world)
    assert_equals_fresh(follower, world)
    assert [len(found) for found in follower.meetings().values()] == [1]


@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("zone", ["W. Europe Standard Time", "Tokyo Standard Time", "Pacific Standard Time", "New Zealand Standard Time"])
def test_days_stay_days_in_every_zone(world: MicrosoftWorld, zone: str, floats: bool):
    world.service.faults.all_day_floats = floats
    whole = {"start": {"dateTime": "2036-02-04T00:00:00", "timeZone": zone}, "end": {"dateTime": "2036-02-05T00:00:00", "timeZone": zone}}
    world.mailbox.put(world.calendar, "one", single("2036-02-01", "one") | whole | {"isAllDay": True, "iCalUId": "one"})
    weekly = series("2036-02-04", {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}, count=4) | whole
    world.mailbox.put(world.calendar, "series", weekly | {"isAllDay": True, "iCalUId": "series"})
    world.mailbox.delete_occurrence("series", date(2036, 2, 11))
    follower = fresh(world)
    assert [key for key, *_rest in follower.meetings()["series"]] == ["20360204", "20360218", "20360225"]
    assert follower.events()["one"].start == date(2036, 2, 4)
    assert not any(request.path.endswith("instances") for request in world.service.asked)


def single(day: str, title: str) -> dict[str, Any]:
    return {
        "subject": title,
        "start": {"dateTime": f"{day}T09:00:00", "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": f"{day}T09:30:00", "timeZone": "W. Europe Standard Time"},
    }


def series(day: str, pattern: dict[str, Any], *, count: int = 0) -> dict[str, Any]:
    whole = {"month": 0, "dayOfMonth": 0, "daysOfWeek": [], "firstDayOfWeek": "sunday", "index": "first"} | pattern
    extent = {"type": "numbered" if count else "noEnd", "startDate": day, "endDate": "0001-01-01", "numberOfOccurrences": count}
    return single(day, "series") | {"recurrence": {"pattern": whole, "range": extent | {"recurrenceTimeZone": "W. Europe Standard Time"}}}


# --- on loopback, and subscriptions ------------------------------------------------------------------------------------------------


def test_the_same_service_is_reached_on_loopback(world: MicrosoftWorld):
    world.put("series", SERIES)
    world.put("e", body("uid"))
    world.service.faults.cuts.append("delta")
    with serving(world.service) as address, http.client(allow_private=True, auth=BearerAuth(OneToken("ana"))) as client:
        graph = Graph(client, gate_of(ADDRESS), REFUSALS, GraphOptions(lambda: NOW), base=f"{address}/v1.0")
        provider = MicrosoftProvider(graph, RemoteAccount("microsoft", ADDRESS, zone="Europe/Berlin"))
        pages = list(provider.changes(provider.calendars()[0].id, ""))
        assert {getattr(event, "uid", "") for page in pages for event in page.events} == {"series", "uid"}
        assert provider.own_addresses() == (ADDRESS,)


def test_only_reading_was_asked_for(world: MicrosoftWorld):
    world.put("series", SERIES)
    follower = fresh(world)
    world.delete("series")
    follower.sync(world)
    assert {request.method for request in world.service.asked} == {"GET"}


class Hook:
    """A receiver of notices."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []
        self.answer: tuple[int, str, float] = (202, "text/plain", 0.1)
        self.echoes = True

    def __call__(self, address: str, payload: dict[str, Any] | None) -> tuple[int, str, str, float]:
        self.got.append((address, payload))
        if payload is None:
            token = httpx.URL(address).params["validationToken"]
            return 200, "text/plain; charset=utf-8", token if self.echoes else "<b>", 0.1
        return self.answer[0], self.answer[1], "", self.answer[2]


ASKED = {
    "changeType": "created,updated,deleted",
    "notificationUrl": "https://metwith.example/knock",
    "lifecycleNotificationUrl": "https://metwith.example/life",
    "resource": "/me/events",
    "clientState": "secret",
}


@pytest.fixture
def hook(world: MicrosoftWorld) -> Hook:
    hook = Hook()
    world.service.subscriptions._deliver = hook
    return hook


def until(minutes: int, now: datetime = NOW) -> str:
    return f"{now + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def test_a_subscription_is_made_when_both_addresses_answer(world: MicrosoftWorld, hand: httpx.Client, hook: Hook):
    answer = hand.post("/subscriptions", json=ASKED | {"expirationDateTime": until(10_080)})
    assert answer.status_code == 201
    assert [httpx.URL(address).path for address, _payload in hook.got] == ["/knock", "/life"]
    assert hand.post("/subscriptions", json=ASKED | {"expirationDateTime": until(60)}).status_code == 409
    hook.echoes = False
    other = ASKED | {"resource": "/me/calendars/x/events", "expirationDateTime": until(60)}
    assert hand.post("/subscriptions", json=other).json()["error"]["code"] == "ValidationError"


def test_a_subscription_lives_45_minutes_at_least_and_seven_days_at_most(world: MicrosoftWorld, hand: httpx.Client, hook: Hook):
    assert hand.post("/subscriptions", json=ASKED | {"expirationDateTime": until(10_081)}).status_code == 400
    made = hand.post("/subscriptions", json=ASKED | {"expirationDateTime": until(5)}).json()
    assert made["expirationDateTime"] == until(45)
    renewed = hand.patch(f"/subscriptions/{made['id']}", json={"expirationDateTime": until(600)})
    assert renewed.json()["expirationDateTime"] == until(600)
    world.now = NOW + timedelta(minutes=601)
    assert hand.patch(f"/subscriptions/{made['id']}", json={"expirationDateTime": until(900)}).status_code == 404


def test_notices_carry_the_client_state_and_slow_answers_are_counted(world: MicrosoftWorld, hand: httpx.Client, hook: Hook):
    made = hand.post("/subscriptions", json=ASKED | {"expirationDateTime": until(60)}).json()
    world.service.subscriptions.notify("Users/1/Events/2", ident="2")
    (notice,) = hook.got[-1][1]["value"]
    assert (notice["clientState"], notice["subscriptionId"], notice["resourceData"]["id"]) == ("secret", made["id"], "2")
    hook.answer = (202, "text/plain", 3.5)
    world.service.subscriptions.notify("Users/1/Events/2")
    found = world.service.subscriptions.all[made["id"]]
    assert (found.slow, len(found.failed)) == (1, 1)
    world.service.subscriptions.life(made["id"], "subscriptionRemoved")
    assert hook.got[-1][1]["value"][0]["lifecycleEvent"] == "subscriptionRemoved"
    assert hand.get(f"/subscriptions/{made['id']}").status_code == 404


def test_uids_made_here_are_exchanges_own():
    assert made_uid("a") != made_uid("b")
    assert len(bytes.fromhex(made_uid("a"))) == 56
