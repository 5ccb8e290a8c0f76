from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from metwith.calendars.providers.memory import Faults, Killed, MemoryProvider, MemoryServer, forget_servers, server
from metwith.calendars.vocabulary import ChangePage, RemoteCalendar, RemoteEvent
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.engine.vocabulary import RemoteAccount

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def meeting(item_id: str, title: str = "Plan") -> RemoteEvent:
    return RemoteEvent(item_id, uid=f"uid of {item_id}", start=NOON, end=NOON + timedelta(hours=1), title=title)


@pytest.fixture
def acme() -> MemoryServer:
    found = MemoryServer(page_size=2)
    found.add_calendar(RemoteCalendar("work", "Work", primary=True))
    found.add_calendar(RemoteCalendar("home", "Home"))
    for number in range(4):
        found.put("work", meeting(str(number)))
    return found


def provider(of: MemoryServer, secret: str = "") -> MemoryProvider:
    return MemoryProvider(of, RemoteAccount("memory", "ana@acme.example", secret=secret))


def test_a_moved_item_leaves_one_calendar_and_comes_to_the_other(acme: MemoryServer):
    reads = {name: list(provider(acme).changes(name, ""))[-1].cursor or "" for name in ("work", "home")}
    acme.move("work", "1", "home")
    assert next(page.removed for page in provider(acme).changes("work", reads["work"])) == ("1",)
    assert [event.id for page in provider(acme).changes("home", reads["home"]) for event in page.events] == ["1"]


def test_a_renamed_item_is_one_removed_and_one_new(acme: MemoryServer):
    cursor = list(provider(acme).changes("work", ""))[-1].cursor or ""
    acme.rename("work", "1", "one")
    page = next(iter(provider(acme).changes("work", cursor)))
    assert (page.removed, [event.id for event in page.events]) == (("1",), ["one"])


def test_a_cursor_holds_no_id(acme: MemoryServer):
    acme.put("work", meeting("doctor"))
    assert "doctor" not in (list(provider(acme).changes("work", ""))[-1].cursor or "")


def test_expired_cursors_are_refused(acme: MemoryServer):
    cursor = list(provider(acme).changes("work", ""))[-1].cursor or ""
    acme.expire_cursors()
    with pytest.raises(CursorExpired):
        list(provider(acme).changes("work", cursor))


@pytest.mark.parametrize(
    ("faults", "error", "pages"),
    [
        (Faults(needs_reconnect=True), NeedsReconnect, 0),
        (Faults(broken=True), ProviderBroken, 0),
        (Faults(broken_at_page=1), ProviderBroken, 1),
        (Faults(killed_at_page=2), Killed, 2),
        (Faults(expires_at_page=1), CursorExpired, 1),
        (Faults(slow_down=True), SlowDown, 0),
        (Faults(slow_down_until=NOON), SlowDown, 0),
    ],
)
def test_faults_strike_where_they_are_told_to(acme: MemoryServer, faults: Faults, error: type[BaseException], pages: int):
    acme.faults = faults
    given: list[ChangePage] = []
    with pytest.raises(error) as raised:
        given.extend(provider(acme).changes("work", ""))
    assert len(given) <= pages
    assert getattr(raised.value, "until", faults.slow_down_until) == faults.slow_down_until
    acme.heal()
    assert list(provider(acme).changes("work", ""))[-1].complete


def test_a_page_is_given_before_the_fault_at_the_next(acme: MemoryServer):
    acme.faults.broken_at_page = 1
    pages = provider(acme).changes("work", "")
    assert len(next(pages).events) == 2
    with pytest.raises(ProviderBroken):
        next(pages)


def test_an_empty_answer_claims_to_be_complete(acme: MemoryServer):
    acme.faults.empty = True
    (page,) = provider(acme).changes("work", "")
    assert page.complete
    assert page.events == ()


def test_replays_give_every_page_twice(acme: MemoryServer):
    acme.faults.replays = True
    pages = list(provider(acme).changes("work", ""))
    assert pages[0] == pages[1]


def test_the_wrong_password_needs_reconnecting(acme: MemoryServer):
    acme.secret = "right"
    with pytest.raises(NeedsReconnect):
        provider(acme, "wrong").calendars()
    assert provider(acme, "right").calendars()


def test_a_calendar_that_was_taken_away_is_gone(acme: MemoryServer):
    acme.remove_calendar("work")
    with pytest.raises(Gone):
        list(provider(acme).changes("work", ""))


def test_items_of_one_resource_must_share_its_id(acme: MemoryServer):
    acme.put("work", meeting("r#1"), meeting("r#2"))
    with pytest.raises(ValueError, match="share"):
        acme.put("work", meeting("a"), meeting("b"))
    acme.put("work", meeting("r#2"))
    assert [item.id for item in acme.items("work") if item.id.startswith("r")] == ["r#2"]


def test_a_server_is_found_by_its_name_until_it_is_forgotten():
    one = server("by name")
    assert server("by name") is one
    forget_servers("by name")
    assert server("by name") is not one
    forget_servers("by name")
