"""A title that somebody may not see takes no time either: PostgreSQL reads the same rows for a word that stands in it as for one that stands nowhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metwith.calendars import queries
from metwith.calendars.actions import link, own_copy
from metwith.calendars.feed import FeedFilter
from metwith.calendars.models import Entry, Event, Link
from metwith.calendars.reads import titles
from metwith.rules import show
from metwith.rules.link import RecordKind
from metwith.workspaces.actions import set_sharing_rules
from tests.calendars.desk import START, Desk
from tests.calendars.searching import search_titles
from tests.people import NOW, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.records.models import Person
    from metwith.workspaces.models import Member

HIDDEN, NOWHERE = "quarzit", "granite"
ROWS = re.compile(r"^(?:.*\(actual rows=\S+ loops=\d+\)|.*Index Scan on \S+|\s*Rows Removed.*)$", re.MULTILINE)
DEAD = re.compile(r"(Bitmap Index Scan on \S+) \((?:actual .*|never executed)\)|(?<=BitmapAnd )\(actual .*\)")
"""An index still has what a row said before, until the table is vacuumed; the step above has only what is there."""

MANY = "UPDATE pg_class SET relpages = 1, reltuples = 1000000 WHERE relname ~ '^calendars_(entry|event|link)$'"
"""So PostgreSQL plans as for a large workspace."""


@pytest.fixture
def anna(alice: Member) -> Person:
    return person(alice, "Anna", "anna@acme.example")


def rows_read(ask: Callable[[], object]) -> str:
    """The plans of all statements, with the rows that each of their steps found and threw away."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    with connection.cursor() as cursor:
        cursor.execute(MANY)
        plans = []
        for query in asked.captured_queries:
            if query["sql"].startswith(("SELECT", "WITH", "(")):
                cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) " + query["sql"].replace("%", "%%"), ())
                plan = DEAD.sub(r"\1", "\n".join(row[0] for row in cursor.fetchall()))
                plans.append("\n".join(ROWS.findall(plan)))
    return "\n\n".join(plans)


def searched(viewer: Member, anna: Person, word: str) -> str:
    """In the workspace and on a record."""
    everywhere = rows_read(lambda: search_titles(viewer, word))
    record = rows_read(lambda: queries.timeline_for("person", anna.pk, viewer, now=NOW, feed_filter=FeedFilter(q=word)))
    return f"{everywhere}\n\n{record}"


def put(desk: Desk, guest: str = "anna@acme.example") -> int:
    desk.put("secret", guest, title=f"About {HIDDEN}")
    desk.put("other", guest, title="About nothing", start=START + timedelta(days=1))
    desk.sync()
    return Event.objects.of(desk.member.workspace).get(ical_uid="secret").pk


def closed(desk: Desk) -> None:
    put(desk)


def closed_by_its_owner_alone(desk: Desk) -> None:
    event = put(desk)
    own_copy.set_level(desk.member, event, "metadata", whole=False)


def on_no_record(desk: Desk) -> None:
    put(desk, "kim@kin.example")


def taken_off_by_hand(desk: Desk) -> None:
    event = put(desk)
    record = Link.objects.of(desk.member.workspace).get(event_id=event)
    link.unlink_by_hand(desk.member, event, "person", record.record_id)


def capped(desk: Desk) -> None:
    event = put(desk)
    own_copy.set_level(desk.member, event, "everything", whole=False)
    set_sharing_rules(desk.member, cap="metadata", default="metadata")


@pytest.mark.parametrize(
    ("sharing", "hide"),
    [
        ("metadata", closed),
        ("subject", closed_by_its_owner_alone),
        ("everything", on_no_record),
        ("everything", taken_off_by_hand),
        ("everything", capped),
    ],
)
def test_a_hidden_title_is_read_no_more_than_none(alice: Member, bob: Member, anna: Person, sharing: str, hide: Callable[[Desk], None]):
    hide(Desk(alice, "titles", sharing=sharing))
    assert search_titles(bob, HIDDEN) == ()
    assert len(search_titles(alice, HIDDEN)) == 1
    searched(bob, anna, NOWHERE)
    hidden, nowhere = searched(bob, anna, HIDDEN), searched(bob, anna, NOWHERE)

    assert hidden == nowhere
    assert "entry_by_title" in hidden
    assert searched(alice, anna, HIDDEN) != searched(alice, anna, NOWHERE), "what is found is read"


def opened_by_its_owner_alone(desk: Desk) -> None:
    event = put(desk)
    own_copy.set_level(desk.member, event, "subject", whole=False)


def open_calendar(desk: Desk) -> None:
    put(desk)


@pytest.mark.parametrize(("sharing", "open_it"), [("metadata", opened_by_its_owner_alone), ("subject", open_calendar)])
def test_a_title_that_is_shown_is_found_by_the_index(
    alice: Member, bob: Member, anna: Person, sharing: str, open_it: Callable[[Desk], None]
):
    open_it(Desk(alice, "titles", sharing=sharing))
    for viewer in (alice, bob):
        assert [m.title for m, _ in search_titles(viewer, HIDDEN)] == [f"About {HIDDEN}"]
        assert "entry_by_title" in searched(viewer, anna, HIDDEN)


def test_a_copy_that_names_the_viewer_is_found(alice: Member, bob: Member, anna: Person):
    desk = Desk(alice, "titles")
    desk.put("secret", "kim@kin.example", bob.user.email, title=f"About {HIDDEN}")
    desk.sync()
    assert len(search_titles(bob, HIDDEN)) == 1


def test_it_is_written_beside_each_copy_whether_it_is_on_a_record(alice: Member, anna: Person):
    """Whoever writes: a reading, a link by hand, a record that comes and goes."""
    desk = Desk(alice, "titles")
    on = put(desk)
    desk.put("off", "kim@kin.example", start=START + timedelta(days=3))
    desk.sync()
    off = Event.objects.of(alice.workspace).get(ical_uid="off").pk

    def said() -> dict[int, bool | None]:
        return dict(Entry.objects.of(alice.workspace).values_list("event_id", "on_record"))

    assert (said()[on], said()[off]) == (True, False)
    link.link_by_hand(alice, off, "person", anna.pk)
    link.unlink_by_hand(alice, on, "person", anna.pk)
    assert (said()[on], said()[off]) == (False, True)
    Link.objects.of(alice.workspace).filter(record_kind=RecordKind.PERSON, record_id=anna.pk).delete()
    assert (said()[on], said()[off]) == (False, False)


def test_of_words_in_very_many_titles_enough_are_found_in_the_order_of_time(alice: Member, anna: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(titles, "MOST", 1)
    desk = Desk(alice, "titles")
    put(desk)
    viewer = show.Viewer(alice.pk, frozenset())
    assert titles.candidates(alice.workspace_id, viewer, titles.words_of("about"), most=1) is None
    assert {m.title for m, _ in search_titles(alice, "about")} == {f"About {HIDDEN}", "About nothing"}


@pytest.mark.parametrize("q", ["QUÁRZIT about", "ab qua", "ab", "quarz", "arzi"])
def test_words_in_any_order_and_without_accents(alice: Member, anna: Person, q: str):
    put(Desk(alice, "titles"))
    assert f"About {HIDDEN}" in {m.title for m, _ in search_titles(alice, q)}
