"""What came in, did not and went is counted once, whatever is read how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.accounts import blocks
from metwith.calendars.actions import choose, connect
from metwith.calendars.counters import Tally
from metwith.calendars.vocabulary import Recurrence, Visibility
from tests.calendars.desk import START, Desk, exception
from tests.calendars.worker import work
from tests.people import NOW

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def counted(member: Member) -> dict[tuple[str, str], int]:
    rows = Tally.objects.of(member.workspace).values_list("what", "reason", "many")
    found: dict[tuple[str, str], int] = {}
    for what, reason, many in rows:
        found[what, reason] = found.get((what, reason), 0) + many
    return found


def test_a_full_read_that_finds_everything_as_it_was_counts_nothing(alice: Member):
    desk = Desk(alice, "tally")
    desk.put("one", "anna@acme.test")
    desk.series("many", "anna@acme.test")
    desk.put("hidden", "anna@acme.test", visibility=Visibility.PRIVATE)
    desk.put("ours", "bob@lumen.example")
    desk.sync()
    expected = {("kept", ""): 2, ("dropped", "private"): 1, ("dropped", "internal"): 1}
    assert counted(alice) == expected
    desk.server.expire_cursors()
    desk.sync()
    assert counted(alice) == expected


def test_what_turns_is_counted_with_its_reason(alice: Member):
    desk = Desk(alice, "tally")
    series = desk.series("weekly", "anna@acme.test")
    for number in range(3):
        desk.put(f"one {number}", "anna@acme.test")
    desk.sync()
    for number in range(2):
        desk.put(f"one {number}", "anna@acme.test", visibility=Visibility.PRIVATE)
    hidden = exception(series, START, visibility=Visibility.PRIVATE)
    desk.put("weekly", "anna@acme.test", recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=3",)), exceptions=(hidden,))
    desk.sync()
    assert counted(alice) == {("kept", ""): 4, ("dropped", "private"): 3, ("purged", "private"): 3}


def test_a_block_a_switch_and_a_disconnection_are_counted(alice: Member):
    desk, other = Desk(alice, "tally"), Desk(alice, "tally-two")
    for number in range(3):
        desk.put(f"one {number}", f"anna@acme{number}.test")
    other.put("two", "tom@else.test")
    desk.sync()
    other.sync()
    blocks.add_blocks(alice, "who", ["acme0.test"], everybody=False)
    work()
    assert counted(alice)["purged", "blocked"] == 1
    choose.choose_calendars(alice, desk.account.pk, [], NOW)
    assert counted(alice)["purged", "switched-off"] == 2
    connect.disconnect(alice, other.account.pk, purge=True, now=NOW)
    assert counted(alice)["purged", "disconnected"] == 1
    assert Tally.objects.of(alice.workspace).filter(source=None).exists()
