"""What a real server sees of us."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.calendars.providers.caldav.world import CalDavWorld
from tests.calendars.providers.exam import Follower, assert_equals_fresh, body, fresh
from tests.servers import READING

if TYPE_CHECKING:
    from tests.servers import CalDavServer

pytestmark = pytest.mark.server


def filled(server: CalDavServer) -> CalDavWorld:
    world = CalDavWorld(server, takes_several_uids=False)
    for number in range(5):
        world.put(f"e{number}", body(f"uid-{number}"))
    return world


def requests(world: CalDavWorld, follower: Follower) -> list[str]:
    world.server.forget_requests()
    follower.sync(world)
    return world.server.methods()


@pytest.mark.parametrize("name", ["radicale", "xandikos"])
def test_nothing_changed_is_exactly_one_request(name: str, request: pytest.FixtureRequest):
    world = filled(request.getfixturevalue(name))
    follower = fresh(world)
    assert requests(world, follower) == ["PROPFIND"]
    world.put("e0", body("uid-0", title="Changed"))
    follower.sync(world)
    assert requests(world, follower) == ["REPORT"]


@pytest.mark.parametrize("name", ["radicale", "xandikos"])
def test_only_reading_requests_are_sent(name: str, request: pytest.FixtureRequest):
    world = filled(request.getfixturevalue(name))
    world.server.forget_requests()
    follower = fresh(world)
    with world.opened() as provider:
        provider.calendars()
        provider.own_addresses()
    follower.sync(world)
    world.expire()
    follower.sync(world)
    assert len(world.server.methods()) > 8
    assert set(world.server.methods()) <= READING


def test_names_with_the_signs_of_addresses_in_them(xandikos: CalDavServer):
    world = CalDavWorld(xandikos, takes_several_uids=True)
    for number, name in enumerate(("#hash", "what?", "x,z", "quote'd", "100%25")):
        world.put(name, body(f"uid-{number}"))
    follower = fresh(world)
    assert len(follower.titles()) == 5
    world.put("#hash", body("uid-0", title="Changed"))
    world.delete("what?")
    follower.sync(world)
    assert follower.titles()["uid-0"] == "Changed"
    assert_equals_fresh(follower, world)


def test_tasks_in_a_calendar_are_no_events(xandikos: CalDavServer):
    world = filled(xandikos)
    task = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTODO\r\nUID:task\r\nDTSTAMP:20260101T000000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    world.put("task", task)
    follower = fresh(world)
    assert len(follower.rows) == 5
    world.put("e1", task.replace("UID:task", "UID:uid-1"))
    follower.sync(world)
    assert "uid-1" not in follower.titles()
    assert len(follower.rows) == 4
