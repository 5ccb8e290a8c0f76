"""A record's meetings page by page, and what the level hides on every road."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metwith.accounts.models import Account
from metwith.calendars import queries
from metwith.calendars.actions import link, share
from metwith.calendars.feed import EVERYBODY, LONGEST, MINE, FeedFilter, PageRequest, When
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.vocabulary import RemoteAttendee
from metwith.lib.errors import Invalid
from metwith.rules.show import LEVELS, SHOWN
from metwith.workspaces.actions import set_sharing_rules
from tests.calendars.desk import HOUR, START, Desk, meeting, uid_of
from tests.calendars.searching import search_titles
from tests.people import NOW, company, holds, opportunity, person
from tests.remembered import once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metwith.calendars.read_models import Meeting, Timeline
    from metwith.records.kinds import Kind
    from metwith.records.models import Person
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
SECRETS = {"description": "agenda", "location": "Room 1", "join_url": "https://meet.example/1", "web_url": "https://cal.example/1"}


@once
def anna(alice: Member) -> Person:
    return person(alice, "Anna", "anna@acme.example")


@once
def desk(alice: Member, anna: Person) -> Desk:
    return Desk(alice, "alice")


def read(viewer: Member, record: Person, *, now: datetime = NOW, **ask: Any) -> list[str]:
    """The UIDs of a person's meetings, in the order shown."""
    return uids(queries.timeline_for("person", record.pk, viewer, now=now, feed_filter=FeedFilter(**ask), limit=100).items)


def uids(found: Iterable[Meeting]) -> list[str]:
    return [uid_of(shown) for shown in found]


def count(kind: Kind, pk: int, viewer: Member, *, up_to: int = 1000) -> int:
    return queries.timelines_for(kind, pk, viewer, [], now=NOW, count_up_to=up_to).count


# --- in which order, and how far ------------------------------------------------------------------------------------------------------


def fill(desk: Desk, **starts: datetime | date) -> None:
    for uid, start in starts.items():
        desk.put(uid, "anna@acme.example", start=start, length=HOUR if isinstance(start, datetime) else DAY)
    desk.sync()


def test_upcoming_ones_come_nearest_first_past_ones_newest_first(desk: Desk, alice: Member, anna: Person) -> None:
    fill(desk, old=NOW - 400 * DAY, recent=NOW - DAY, soon=NOW + DAY, later=NOW + 100 * DAY)
    assert read(alice, anna, when="upcoming") == ["soon", "later"]
    assert read(alice, anna, when="past") == ["recent", "old"]
    assert read(alice, anna) == ["later", "soon", "recent", "old"]


@pytest.mark.parametrize("when", ["upcoming", "past", "all"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_of_any_size_give_everything_once_in_order_through_ties(
    desk: Desk, alice: Member, anna: Person, when: When, limit: int
) -> None:
    sign = -1 if when == "past" else 1
    for number in range(8):
        desk.put(f"m{number}", "anna@acme.example", start=NOW + sign * (number // 3 + 1) * DAY)
    desk.sync()
    whole = read(alice, anna, when=when)
    assert sorted(whole) == [f"m{number}" for number in range(8)]
    found: list[str] = []
    cursor = None
    for _page in range(8 // limit + 1):
        page = queries.timeline_for("person", anna.pk, alice, now=NOW, feed_filter=FeedFilter(when=when), cursor=cursor, limit=limit)
        found += uids(page.items)
        assert len(page.items) <= limit
        if (cursor := page.next) is None:
            break
    assert cursor is None
    assert found == whole


def test_a_cursor_stays_good_while_meetings_come_and_go(desk: Desk, alice: Member, anna: Person) -> None:
    fill(desk, **{f"m{number}": NOW + number * DAY for number in range(1, 5)})
    first = queries.timeline_for("person", anna.pk, alice, now=NOW, feed_filter=FeedFilter(when="upcoming"), limit=2)
    assert uids(first.items) == ["m1", "m2"]
    desk.delete("m2")
    fill(desk, m0=NOW + HOUR)
    rest = queries.timeline_for("person", anna.pk, alice, now=NOW, feed_filter=FeedFilter(when="upcoming"), limit=2, cursor=first.next)
    assert uids(rest.items) == ["m3", "m4"]


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "%%%", "ä", "null", encoded(None), encoded([]), encoded({}), encoded([1, 2]), encoded(["2026-06-10", "x"]),
        encoded(["2026-06-10T09:00:00", 1]), encoded(["2026-06-10T09:00:00+00:00", -1]), encoded(["2026-06-10T09:00:00+00:00", 2**63]),
        encoded(["2026-06-10T09:00:00+00:00", 1, 2]), encoded(["0001-01-01T00:00:00+23:59", 1]), "A" * 100_000,
    ],
)  # fmt: skip
def test_a_bad_cursor_is_refused_with_words(desk: Desk, alice: Member, anna: Person, cursor: str) -> None:
    fill(desk, soon=NOW + DAY)
    with pytest.raises(Invalid) as refused:
        queries.timeline_for("person", anna.pk, alice, now=NOW, cursor=cursor)
    assert refused.value.field == "cursor"


def test_a_meeting_is_upcoming_until_it_has_ended(desk: Desk, alice: Member, anna: Person) -> None:
    fill(desk, running=NOW - HOUR / 2)
    assert read(alice, anna, when="upcoming", now=NOW + HOUR / 4) == ["running"]
    assert read(alice, anna, when="past", now=NOW + HOUR / 4) == []
    assert read(alice, anna, when="upcoming", now=NOW + HOUR / 2) == []
    assert read(alice, anna, when="past", now=NOW + HOUR / 2) == ["running"]


@pytest.mark.parametrize(
    ("zone", "now", "upcoming"),
    [
        ("UTC", datetime(2026, 6, 10, 23, 59, tzinfo=UTC), True),
        ("UTC", datetime(2026, 6, 11, 0, 1, tzinfo=UTC), False),
        # In Auckland the 11th begins at noon of the 10th, UTC.
        ("Pacific/Auckland", datetime(2026, 6, 10, 11, 59, tzinfo=UTC), True),
        ("Pacific/Auckland", datetime(2026, 6, 10, 12, 1, tzinfo=UTC), False),
        # In Honolulu it begins at ten in the morning of the 11th, UTC.
        ("Pacific/Honolulu", datetime(2026, 6, 11, 9, 59, tzinfo=UTC), True),
        ("Pacific/Honolulu", datetime(2026, 6, 11, 10, 1, tzinfo=UTC), False),
    ],
)
def test_an_all_day_meeting_ends_with_its_day_where_the_viewer_is(
    desk: Desk, alice: Member, anna: Person, zone: str, now: datetime, *, upcoming: bool
) -> None:
    alice.user.time_zone = zone
    fill(desk, day=date(2026, 6, 10))
    assert read(alice, anna, when="upcoming", now=now) == (["day"] if upcoming else [])
    assert read(alice, anna, when="past", now=now) == ([] if upcoming else ["day"])


def test_every_meeting_is_either_upcoming_or_past(desk: Desk, alice: Member, anna: Person) -> None:
    fill(
        desk,
        **{f"h{n}": NOW + n * HOUR for n in (-30, -2, -1, 0, 1, 30)},
        **{f"d{n}": NOW.date() + n * DAY for n in (-40, -2, -1, 0, 1, 40)},
    )
    desk.put("long", "anna@acme.example", start=NOW - 40 * DAY, length=50 * DAY)
    desk.put("week", "anna@acme.example", start=NOW - 3 * DAY, length=7 * DAY)
    desk.sync()
    for zone in ("UTC", "Pacific/Auckland", "Pacific/Honolulu"):
        alice.user.time_zone = zone
        upcoming, past = read(alice, anna, when="upcoming"), read(alice, anna, when="past")
        assert sorted(upcoming + past) == sorted(read(alice, anna))
        assert "week" in upcoming


def test_days_are_the_viewers(desk: Desk, alice: Member, anna: Person) -> None:
    fill(desk, early=datetime(2026, 6, 10, 3, tzinfo=UTC), late=datetime(2026, 6, 10, 23, tzinfo=UTC), day=date(2026, 6, 10))
    first, after = date(2026, 6, 10), date(2026, 6, 11)
    assert sorted(read(alice, anna, start=first, end=after)) == ["day", "early", "late"]
    alice.user.time_zone = "America/New_York"
    assert sorted(read(alice, anna, start=first, end=after)) == ["day", "late"]
    assert read(alice, anna, end=date(2026, 6, 10)) == ["early"]


def diary(viewer: Member, record: Person, first: date, end: date, limit: int = 50) -> Timeline:
    """A leaf of a month or a week."""
    turn = PageRequest(FeedFilter("all", first, end, reaching=True), limit=limit, earliest_first=True)
    return queries.timelines_for("person", record.pk, viewer, [turn], now=NOW).pages[0]


def test_a_leaf_holds_what_reaches_into_it_in_the_order_of_a_diary(desk: Desk, alice: Member, anna: Person) -> None:
    alice.user.time_zone = "Europe/Berlin"
    alice.user.save()
    first = datetime(2026, 6, 9, 22, tzinfo=UTC)  # midnight of the 10th in Berlin
    desk.put("ended", "anna@acme.example", start=first - 2 * HOUR, length=2 * HOUR)
    desk.put("reaching", "anna@acme.example", start=first - 20 * DAY, length=20 * DAY + HOUR)
    desk.put("too long ago", "anna@acme.example", start=first - LONGEST - DAY, length=LONGEST + 2 * DAY)
    desk.put("no length", "anna@acme.example", start=first, length=timedelta(0))
    desk.put("all day before", "anna@acme.example", start=date(2026, 6, 9), length=DAY)
    desk.put("all days reaching", "anna@acme.example", start=date(2026, 6, 8), length=3 * DAY)
    desk.put("all day", "anna@acme.example", start=date(2026, 6, 10), length=DAY)
    desk.put("inside", "anna@acme.example", start=first + 3 * HOUR)
    desk.put("all day after", "anna@acme.example", start=date(2026, 6, 11), length=DAY)
    desk.put("after", "anna@acme.example", start=first + DAY)
    desk.sync()
    found = uids(diary(alice, anna, date(2026, 6, 10), date(2026, 6, 11)).items)
    assert found == ["reaching", "all days reaching", "no length", "all day", "inside"]


def test_a_leaf_that_is_too_full_begins_at_its_beginning_and_goes_on(desk: Desk, alice: Member, anna: Person) -> None:
    for hour in range(5):
        desk.put(f"m{hour}", "anna@acme.example", start=START + hour * HOUR)
    desk.sync()
    page = diary(alice, anna, START.date(), START.date() + DAY, limit=3)
    assert uids(page.items) == ["m0", "m1", "m2"]
    assert page.next


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_leaves_at_the_ends_of_the_calendar_break_nothing(alice: Member, anna: Person, zone: str, day: date) -> None:
    alice.user.time_zone = zone
    assert diary(alice, anna, day, day).items == ()


def test_a_leaf_is_a_range_of_the_feeds_index(desk: Desk, alice: Member, anna: Person) -> None:
    desk.series("daily", "anna@acme.example", start=START - 300 * DAY, rule="FREQ=DAILY;COUNT=600")
    for number in range(5):
        person(alice, f"Zoe {number}", f"zoe{number}@shop.example")
        desk.series(f"others {number}", f"zoe{number}@shop.example", start=START - 300 * DAY, rule="FREQ=DAILY;COUNT=600")
    desk.sync()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calendars_link")  # else it does not know that of those days most are not on this record
    with CaptureQueriesContext(connection) as asked:
        assert len(diary(alice, anna, START.date(), START.date() + 30 * DAY).items) == 30
    statement = next(query["sql"] for query in asked.captured_queries if "calendars_link" in query["sql"])
    with connection.cursor() as cursor:
        # Of a table as small as here every way costs the same: so the ways are left out that a large one leaves out.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert " on link_feed" in plan or "using link_feed" in plan
    # Both ends of the range are what the index jumps to; the rest is asked of the rows between them, and the viewer's own rows are read once.
    assert plan.partition(" link_feed")[2].partition("Index Cond:")[2].partition("\n")[0].count("starts_at") == 2


def test_cancelled_ones_and_other_colleagues_can_be_left_out(desk: Desk, alice: Member, bob: Member, anna: Person) -> None:
    fill(desk, plain=START)
    desk.put("off", "anna@acme.example", cancelled=True)
    desk.sync()
    other = Desk(bob, "bob")
    fill(other, bobs=START)
    assert sorted(read(alice, anna, cancelled=False)) == ["bobs", "plain"]
    assert read(alice, anna, colleague=bob.pk) == ["bobs"]


def test_the_header_shows_the_last_and_the_next_that_was_not_cancelled(desk: Desk, alice: Member, anna: Person) -> None:
    fill(desk, last=NOW - 2 * DAY, next=NOW + 2 * DAY)
    desk.put("off-before", "anna@acme.example", start=NOW - DAY, cancelled=True)
    desk.put("off-after", "anna@acme.example", start=NOW + DAY, cancelled=True)
    desk.sync()
    turns = [queries.LAST, queries.NEXT, PageRequest(FeedFilter(when="upcoming"), limit=1)]
    last, following, first = queries.timelines_for("person", anna.pk, alice, turns, now=NOW).pages
    assert (uids(last.items), uids(following.items), uids(first.items)) == (["last"], ["next"], ["off-after"])


def test_meetings_are_counted_up_to_a_cap(desk: Desk, alice: Member, anna: Person) -> None:
    fill(desk, a=START, b=START, c=START)
    assert count("person", anna.pk, alice) == 3
    assert count("person", anna.pk, alice, up_to=2) == 2


# --- opportunities --------------------------------------------------------------------------------------------------------------------


def test_an_opportunity_reads_its_company_and_its_contact_each_meeting_once(desk: Desk, alice: Member) -> None:
    acme = company(alice, "Acme", "acme.example")
    tom = person(alice, "Tom", "tom@gmail.com")
    deal = opportunity(alice, "Deal", company=acme, contact=tom)
    desk.put("both", "anna@acme.example", "tom@gmail.com", start=START)
    desk.put("company", "zoe@acme.example", start=START)
    desk.put("contact", "tom@gmail.com", start=START + HOUR)
    desk.put("neither", "kim@kin.example", start=START)
    desk.sync()

    def shown(limit: int) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            page = queries.timeline_for("opportunity", deal.pk, alice, now=NOW, cursor=cursor, limit=limit)
            found += uids(page.items)
            if (cursor := page.next) is None:
                return found

    assert shown(100)[0] == "contact"
    assert sorted(shown(100)) == ["both", "company", "contact"]
    assert shown(1) == shown(2) == shown(100)
    assert count("opportunity", deal.pk, alice) == 3
    both, neither = (Event.objects.of(alice.workspace).get(ical_uid=uid).pk for uid in ("both", "neither"))
    link.unlink_by_hand(alice, both, "opportunity", deal.pk)
    link.link_by_hand(alice, neither, "opportunity", deal.pk)
    assert sorted(shown(1)) == ["company", "contact", "neither"]
    assert "both" in uids(queries.timeline_for("company", acme.pk, alice, now=NOW).items)


def test_an_opportunity_without_company_and_contact_has_what_was_linked_by_hand(desk: Desk, alice: Member) -> None:
    deal = opportunity(alice, "Deal")
    fill(desk, lunch=START)
    assert queries.timeline_for("opportunity", deal.pk, alice, now=NOW).items == ()


# --- another workspace ------------------------------------------------------------------------------------------------------------------


def test_another_workspaces_ids_lead_to_nothing(desk: Desk, alice: Member, charlie: Member, anna: Person) -> None:
    acme = company(alice, "Acme", "acme.example")
    deal = opportunity(alice, "Deal", company=acme, contact=anna)
    fill(desk, lunch=START)
    event = Event.objects.of(alice.workspace).get()
    kinds: list[tuple[Kind, int]] = [("person", anna.pk), ("company", acme.pk), ("opportunity", deal.pk)]
    for kind, pk in kinds:
        assert uids(queries.timeline_for(kind, pk, alice, now=NOW).items) == ["lunch"]
        assert queries.timeline_for(kind, pk, charlie, now=NOW).items == ()
        assert count(kind, pk, charlie) == 0
    with pytest.raises(Event.DoesNotExist):
        queries.meeting(charlie, event.pk)
    assert queries.why_here(charlie, event.pk) == ()
    assert queries.with_records(charlie, [event.pk]) == ()
    assert search_titles(charlie, "lunch") == ()
    for whose in (EVERYBODY, MINE):
        assert queries.timelines(whose, charlie, [PageRequest()], now=NOW).pages[0].items == ()
    assert queries.anybody_connected(alice.workspace_id)
    assert not queries.anybody_connected(charlie.workspace_id)


# --- what the level hides ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["metadata", "subject", "everything"])
def test_a_colleague_sees_what_the_level_gives_and_the_owner_everything(alice: Member, bob: Member, anna: Person, level: str) -> None:
    desk = Desk(alice, "alice", sharing=level)
    desk.put("lunch", "anna@acme.example", attachments=("plan.pdf",), **SECRETS)
    desk.sync()
    event = Event.objects.of(alice.workspace).get()
    mine, theirs = queries.meeting(alice, event.pk), queries.meeting(bob, event.pk)
    everything = {"title": "About lunch", "attachments": ("plan.pdf",), **SECRETS}
    assert {field: getattr(mine, field) for field in everything} == everything
    assert {field: getattr(theirs, field) for field in everything} == {
        field: value if field in SHOWN[level] else None for field, value in everything.items()
    }
    assert theirs.level == level
    assert {p.address for p in theirs.participants} == {"alice@lumen.example", "anna@acme.example"}
    assert theirs.copies[0].calendar == ""
    assert theirs.hidden_by == ("Alice Adler" if level == "metadata" else "")


def test_a_change_of_the_level_holds_at_once_for_the_past_too(desk: Desk, alice: Member, bob: Member, anna: Person) -> None:
    fill(desk, old=NOW - 300 * DAY)
    titles = []
    for level in ("metadata", "subject", "everything", "metadata"):
        share.set_sharing(alice, desk.account.pk, level)
        titles.append(queries.timeline_for("person", anna.pk, bob, now=NOW).items[0].title)
    assert titles == [None, "About old", "About old", None]


def test_a_calendar_set_apart_has_its_own_level(desk: Desk, alice: Member, bob: Member, anna: Person) -> None:
    fill(desk, lunch=START)
    Calendar.objects.of(alice.workspace).update(sharing="subject")
    assert queries.timeline_for("person", anna.pk, bob, now=NOW).items[0].title == "About lunch"
    Account.objects.of(alice.workspace).update(sharing="everything")
    Calendar.objects.of(alice.workspace).update(sharing="metadata")
    assert queries.timeline_for("person", anna.pk, bob, now=NOW).items[0].title is None


def test_a_member_who_took_part_sees_everything_also_by_another_of_the_own_addresses(alice: Member, bob: Member, anna: Person) -> None:
    desk = Desk(alice, "alice")
    holds(bob, "bob@home.example", "provider", account_id=99)
    desk.put("lunch", "anna@acme.example", "bob@home.example")
    desk.sync()
    shown = queries.timeline_for("person", anna.pk, bob, now=NOW).items[0]
    assert (shown.title, shown.took_part) == ("About lunch", True)


def test_a_forged_copy_raises_nothing_of_the_other_one(desk: Desk, alice: Member, bob: Member, anna: Person) -> None:
    """Bob writes Alice's UID into his own calendar, with himself as a guest and a higher sequence."""
    desk.put("board", "anna@acme.example", title="Takeover of Acme", **SECRETS)
    desk.sync()
    other = Desk(bob, "bob")
    forged = meeting("board", "alice@lumen.example", "anna@acme.example", "bob@lumen.example", sequence=9, title="Forged")
    other.server.put("work", forged)
    other.sync()
    assert Event.objects.of(alice.workspace).count() == 1
    event = Event.objects.of(alice.workspace).get()
    seen = queries.meeting(bob, event.pk)
    assert (seen.title, seen.description, seen.location, seen.join_url) == ("Forged", "", "", "")
    assert queries.meeting(alice, event.pk).title == "Takeover of Acme"
    assert search_titles(bob, "takeover") == ()
    assert read(bob, anna, q="takeover") == []
    assert [found.title for found, _ in search_titles(bob, "forged")] == ["Forged"]
    assert [found.title for found, _ in search_titles(alice, "takeover")] == ["Takeover of Acme"]


def test_a_title_search_finds_what_the_viewer_may_see_and_nothing_else(desk: Desk, alice: Member, bob: Member, anna: Person) -> None:
    """The search's own condition is held to the rule, over every level and every way of being named in a copy."""
    desk.put("lunch", "anna@acme.example", title="100% Plan_B")
    desk.sync()
    holds(bob, "bob@home.example", "provider", account_id=99)
    event = Event.objects.of(alice.workspace).get()
    named = {
        "not": [],
        "by the login": [["bob@lumen.example", "Bob", "accepted", "required", "individual", False]],
        "by an alias": [["bob@home.example", "", "declined", "optional", "individual", False]],
        "in another's name only": [["zoe@acme.example", "bob@lumen.example", "accepted", "required", "individual", False]],
        "in part only": [["bob@lumen.example.org", "bob", "accepted", "required", "individual", False]],
    }
    levels = ("metadata", "subject", "everything")
    for account, calendar, (way, people) in product(levels, ("", *levels), named.items()):
        Account.objects.of(alice.workspace).filter(pk=desk.account.pk).update(sharing=account)
        Calendar.objects.of(alice.workspace).filter(account=desk.account).update(sharing=calendar)
        Entry.objects.of(alice.workspace).update(
            attendees=[["anna@acme.example", "Anna", "accepted", "required", "individual", False], *people]
        )
        visible = queries.meeting(bob, event.pk).title is not None
        assert visible == (way in {"by the login", "by an alias"} or (calendar or account) != "metadata")
        for words in ("100% plan_b", "PLAN"):
            assert bool(search_titles(bob, words)) is visible, (account, calendar, way)
            assert bool(read(bob, anna, q=words)) is visible, (account, calendar, way)
        assert search_titles(bob, "planxb") == ()


@pytest.mark.parametrize(("level", "cap"), list(product(LEVELS, LEVELS)))
def test_the_workspaces_cap_holds_for_whoever_looks_and_searches(desk: Desk, bob: Member, anna: Person, level: str, cap: str) -> None:
    alice = desk.account.member
    desk.put("lunch", "anna@acme.example", title="Plan", description="Secret notes")
    desk.sync()
    Account.objects.of(alice.workspace).filter(pk=desk.account.pk).update(sharing=level)
    set_sharing_rules(alice, cap=cap, default="metadata")
    event = Event.objects.of(alice.workspace).get()
    seen = queries.meeting(bob, event.pk)
    titled = "metadata" not in {level, cap}
    assert (seen.title, seen.description) == ("Plan" if titled else None, "Secret notes" if {level, cap} == {"everything"} else None)
    assert [copy.level for copy in seen.copies] == [seen.level]
    assert bool(search_titles(bob, "plan")) is bool(read(bob, anna, q="plan")) is titled
    assert queries.meeting(alice, event.pk).description == "Secret notes"


def test_a_search_for_nothing_finds_nothing(desk: Desk, alice: Member, anna: Person) -> None:
    fill(desk, lunch=START)
    assert search_titles(alice, "  ") == ()
    assert read(alice, anna, q="  ") == ["lunch"]


@pytest.mark.parametrize("q", ["\0", "lun\0ch", "%", "_", "\\", "'", "x" * 10_000])
def test_no_words_break_a_search(desk: Desk, alice: Member, anna: Person, q: str) -> None:
    fill(desk, lunch=START)
    assert read(alice, anna, q=q) == [uid_of(shown) for shown, _ in search_titles(alice, q)]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "Pacific/Honolulu"])
def test_days_at_the_ends_of_the_calendar_break_nothing(desk: Desk, alice: Member, anna: Person, zone: str) -> None:
    fill(desk, lunch=START)
    alice.user.time_zone = zone
    assert read(alice, anna, start=date.min, end=date.max) == ["lunch"]
    assert read(alice, anna, start=date.max, end=date.min) == []


# --- the rest of a meeting ------------------------------------------------------------------------------------------------------------


def test_participants_are_known_by_their_records_outsiders_first(desk: Desk, alice: Member, bob: Member) -> None:
    person(alice, "Zoe Zimmer", "zoe@acme.example", company=company(alice, "Acme"))
    said = meeting("lunch", "alice@lumen.example", "bob@lumen.example")
    desk.server.put("work", replace(said, attendees=(*said.attendees, RemoteAttendee("zoe@acme.example", "Z."))))
    desk.sync()
    zoe, me, colleague = queries.meeting(alice, Event.objects.of(alice.workspace).get().pk).participants
    assert (zoe.label, zoe.company_name, zoe.outsider, zoe.initials) == ("Zoe Zimmer", "Acme", True, "ZZ")
    assert (me.label, me.me, me.organizer, me.outsider) == ("Alice Adler", True, True, False)
    assert (colleague.label, colleague.me, colleague.member_id) == ("Bob Brandt", False, bob.pk)


def test_why_it_is_here_names_the_address_and_what_was_done_by_hand(desk: Desk, alice: Member, anna: Person) -> None:
    acme = company(alice, "Acme", "acme.example")
    fill(desk, lunch=START)
    event = Event.objects.of(alice.workspace).get()
    link.unlink_by_hand(alice, event.pk, "person", anna.pk)
    reasons = {(r.record.name, r.reason, r.because, r.hidden) for r in queries.why_here(alice, event.pk)}
    assert reasons == {("Anna", "by-hand", "Alice Adler", True), ("Acme", "domain", "anna@acme.example", False)}
    ((_, records),) = queries.with_records(alice, [event.pk])
    assert [(r.kind, r.id) for r in records] == [("company", acme.pk)]
