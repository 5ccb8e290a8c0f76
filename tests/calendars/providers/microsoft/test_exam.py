from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.calendars.providers.exam import SERIES, SPLIT, ProviderExam, World, assert_equals_fresh, body, fresh
from tests.calendars.providers.microsoft.world import MicrosoftWorld


@pytest.fixture
def world() -> MicrosoftWorld:
    return MicrosoftWorld()


class TestMicrosoft(ProviderExam):
    def test_facts_arrive_as_they_are(self, world: World):
        """Graph has no sequence number."""
        world.put("e", body("uid", "LOCATION:Room 7", "SEQUENCE:3", "STATUS:CONFIRMED", title="Größe\\, 会議"))
        found = fresh(world).events()["uid"]
        assert (found.title, found.location, found.sequence) == ("Größe, 会議", "Room 7", 0)
        assert (found.start, found.end) == (datetime(2036, 1, 10, 9, tzinfo=UTC), datetime(2036, 1, 10, 9, 30, tzinfo=UTC))
        assert {(who.address, who.organizer) for who in found.attendees} == {("ana@north.example", True), ("bob@south.example", False)}

    def test_a_series_keeps_everything_that_can_happen_to_one(self, world: World):
        """Graph has no further dates (RDATE): all the rest of the exam's series."""
        world.put("series", SERIES)
        world.put("later", SPLIT)
        follower = fresh(world)
        first = follower.meetings()["series"]
        assert {(key, str(start)[5:16], title, cancelled) for key, start, _end, title, cancelled in first} == {
            ("20360310T090000Z", "03-10 09:00", "Weekly", False),
            ("20360317T090000Z", "03-18 14:00", "Moved", False),
            ("20360331T080000Z", "03-31 08:00", "Weekly", True),
            ("20360407T080000Z", "04-07 08:00", "Doctor", False),
            ("20360414T080000Z", "04-14 08:00", "Weekly", False),
            ("20360421T080000Z", "04-21 08:00", "Weekly", False),
            ("20360428T080000Z", "04-28 08:00", "Weekly", False),
        }
        assert len(follower.meetings()["later"]) == 3
        world.put("series", body("series", "RRULE:FREQ=WEEKLY;COUNT=2"))
        follower.sync(world)
        assert len(follower.meetings()["series"]) == 2
        world.put("series", SERIES)
        follower.sync(world)
        assert follower.meetings()["series"] == first
        assert_equals_fresh(follower, world)
