"""What is held about an address, as files."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.providers.catalogue import open_file
from metwith.calendars.vocabulary import RemoteEvent
from metwith.privacy import subject_access, subject_access_file
from tests.calendars.desk import Desk
from tests.people import NOW, company, opportunity, person

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"
LONG = "Zeile eins; mit, Zeichen \\ und\nZeile zwei: " + "ä" * 100


@pytest.fixture
def world(alice: Member, bob: Member) -> tuple[Desk, Desk]:
    """Alice's meeting, and Bob's that he shows no title of."""
    anna = person(alice, "Anna Lindt", ANNA, "anna@home.example", company=company(alice, "Acme", "acme.example"))
    opportunity(alice, "Pilot", contact=anna)
    hers, his = Desk(alice, "alice"), Desk(bob, "bob")
    hers.put("hers", ANNA, title="Hers; one, two", description=LONG, location="Room 1")
    hers.put("fair", ANNA, start=date(2026, 7, 1), length=timedelta(days=2), cancelled=True)
    hers.put("other", "zoe@shop.example", title="Not about her")
    his.put("his", ANNA, title="Bob's secret", description="His notes")
    his.series("daily", ANNA, title="Bob's series")
    hers.sync()
    his.sync()
    return hers, his


def told(viewer: Member, **how: bool) -> dict[str, Any]:
    held = subject_access.held_about(viewer.workspace_id, ANNA)
    found: dict[str, Any] = json.loads(subject_access_file.as_json(viewer, held, NOW, **how))
    return found


def test_an_admins_file_holds_no_more_than_the_admin_may_see(world: tuple[Desk, Desk], alice: Member):
    found = told(alice)
    by_uid = {m["ical_uid"]: m for m in found["meetings"] if m["ical_uid"]}
    assert by_uid.keys() == {"hers", "fair"}
    his = next(m for m in found["meetings"] if m["ical_uid"] is None)
    assert (by_uid["hers"]["description"], by_uid["hers"]["location"]) == (LONG, "Room 1")
    assert (his["title"], his["description"], his["level"]) == (None, None, "metadata")
    assert [p["address"] for p in his["participants"] if p["asked"]] == [ANNA]
    assert [(p["name"], p["addresses"], p["company"]) for p in found["people"]] == [("Anna Lindt", [ANNA, "anna@home.example"], "Acme")]
    assert [o["name"] for o in found["opportunities"]] == ["Pilot"]
    assert "secret" not in json.dumps(found)
    assert "Not about her" not in json.dumps(found)


def test_the_operators_file_holds_all_there_is(world: tuple[Desk, Desk], alice: Member):
    (his,) = [m for m in told(alice, everything=True)["meetings"] if m["ical_uid"] == "his"]
    assert his["title"] is None, "this is still what its reader would see"
    assert [(c["owner"], c["title"], c["description"]) for c in his["copies"]] == [("Bob Brandt", "Bob's secret", "His notes")]


@pytest.mark.parametrize("everything", [True, False])
def test_the_calendar_file_is_read_as_it_was_written(world: tuple[Desk, Desk], alice: Member, *, everything: bool):
    text = subject_access_file.as_ics(alice, subject_access.held_about(alice.workspace_id, ANNA), NOW, everything=everything)
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    with open_file(text.encode(), zone="UTC", name="held.ics") as provider:
        (calendar,) = provider.calendars()
        read = [e for page in provider.changes(calendar.id, "") for e in page.events]
    events = [e for e in read if isinstance(e, RemoteEvent)]
    assert len(events) == len(read)
    singles = {e.uid: e for e in events if e.original_start is None}
    assert (singles["hers"].title, singles["hers"].location, singles["hers"].description) == ("Hers; one, two", "Room 1", LONG)
    assert (singles["fair"].start, singles["fair"].cancelled) == (date(2026, 7, 1), True)
    assert ("his" in singles) is everything, "the level hides the provider's own identifier"
    his = singles["his"] if everything else next(e for uid, e in singles.items() if uid not in {"hers", "fair"})
    assert his.title == ("Bob's secret" if everything else "")
    assert {a.address for a in his.attendees} == {"bob@lumen.example", ANNA}
    assert ("secret" in text) is everything


def test_names_and_words_of_others_break_no_line(alice: Member):
    desk = Desk(alice, "hostile")
    event = desk.put("x", ANNA, title="A\r\nATTENDEE:mailto:eve@x.example\r\nX\x07:1")
    desk.sync()
    assert event.title
    text = subject_access_file.as_ics(alice, subject_access.held_about(alice.workspace_id, ANNA), NOW)
    assert "\r\nATTENDEE:mailto:eve" not in text
    assert "\x07" not in text
