"""Notes by the API: on the four kinds of places, and one's own."""

from __future__ import annotations

import pytest

from metwith.calendars.models import Event
from metwith.notes.models import Note
from tests.calendars.desk import Desk
from tests.people import company, opportunity, person


@pytest.fixture
def places(alice):
    anna = person(alice, "Anna", "anna@acme.test", company=company(alice, "Acme", "acme.test"))
    deal = opportunity(alice, "Renewal", company=anna.company, contact=anna)
    desk = Desk(alice, "api-notes", sharing="everything")
    desk.put("one", "anna@acme.test")
    desk.sync()
    event = Event.objects.of(alice.workspace).get().pk
    return [f"/people/{anna.pk}", f"/companies/{anna.company_id}", f"/opportunities/{deal.pk}", f"/meetings/{event}"]


def test_a_note_is_written_read_changed_and_deleted_at_each_place(api, alice, bob, program, places):
    for place in places:
        made = api.post(f"{place}/notes", text=f"At {place} www.acme.test")
        assert (made.status, made.body["author"]) == (201, {"id": alice.pk, "name": "Alice Adler"})
        assert program(bob).get(f"{place}/notes").body == {"items": [made.body], "next": None}
        changed = api.patch(f"/notes/{made.body['id']}", text="Changed")
        assert (changed.status, changed.body["text"], changed.body["edited_at"] is None) == (200, "Changed", False)
        assert (changed.body["meeting_id"] is None, changed.body["only_you"], changed.body["day"]) == ("meetings" not in place, False, None)
        assert api.delete(f"/notes/{made.body['id']}").status == 204
        assert api.get(f"{place}/notes").body["items"] == []


def test_what_cannot_be_a_note_is_refused_and_nothing_is_stored(api, places):
    for place in places:
        for text, words in (
            ("", "empty"),
            (" \n", "empty"),
            ("a\0b", "U+0000"),
            ("a\x07", "U+0007"),
            ("x" * 20_001, "20001"),
            ("\ud800", "U+D800"),
        ):
            refused = api.post(f"{place}/notes", text=text)
            assert (refused.status, refused.field) == (422, "text")
            assert words in refused.message
        assert api.post(f"{place}/notes").status == 422
        assert api.post(f"{place}/notes", text="x", author="Bob").status == 422
        assert api.post(f"{place}/notes", text=5).status == 422
    assert not Note.objects.exists()


def test_thirty_megabytes_are_refused_before_they_are_read(api, places):
    refused = api.post(f"{places[0]}/notes", text="x" * 30_000_000)
    assert (refused.status, refused.code) == (413, "too-large")
    assert "2500000 bytes" in refused.message
    assert not Note.objects.exists()


def test_somebody_elses_note_is_neither_changed_nor_deleted(api, bob, charlie, program, places):
    note = api.post(f"{places[0]}/notes", text="By Alice").body["id"]
    theirs = program(bob)
    assert (theirs.patch(f"/notes/{note}", text="By Bob").status, theirs.delete(f"/notes/{note}").status) == (403, 403)
    assert "Only Alice Adler" in theirs.delete(f"/notes/{note}").message
    assert (program(charlie).patch(f"/notes/{note}", text="Mine").status, program(charlie).delete(f"/notes/{note}").status) == (404, 404)
    assert theirs.get(f"/notes/{note}").status == 405
    assert theirs.delete(f"/notes/{2**63}").status == theirs.delete("/notes/0").status == 404
    assert Note.objects.get().text == "By Alice"


def test_a_forged_cursor_is_refused(api, places):
    for place in places:
        refused = api.get(f"{place}/notes", cursor="nonsense")
        assert (refused.status, refused.field) == (422, "cursor")
        assert api.get(f"{place}/notes", limit=201).status == 422


def test_what_is_not_there_has_no_notes(api, charlie, program, places):
    for place in places:
        assert program(charlie).get(f"{place}/notes").status == 404
        assert program(charlie).post(f"{place}/notes", text="x").status == 404
        assert api.get(f"/{place.split('/')[1]}/{2**63}/notes").status == 404
    api.delete(places[1])
    assert (api.get(f"{places[1]}/notes").status, api.post(f"{places[1]}/notes", text="x").status) == (404, 404)
