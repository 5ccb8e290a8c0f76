"""Notes on pages: without JavaScript, and the pieces that htmx asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Event
from metwith.notes import actions
from metwith.notes.models import Note
from tests.calendars.desk import Desk
from tests.people import NOW, company
from tests.remembered import once

if TYPE_CHECKING:
    from django.test import Client

    from metwith.notes.queries import ShownNote
    from metwith.records.models import Company
    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db

PIECE = {"HX-Request": "true", "HX-Target": "notes"}
MARKUP = "<script>alert(1)</script> see https://acme.example/terms, or javascript:alert(2) & a\nnew line"


@once
def acme(alice: Member) -> Company:
    made = company(alice, "Acme", "acme.example")
    desk = Desk(alice, "web-notes", sharing="everything")
    desk.put("lunch", "anna@acme.example")
    desk.sync()
    return made


def meeting(member: Member) -> int:
    return Event.objects.of(member.workspace).get().pk


def on_record(member: Member, acme: Company, text: str = "A note") -> ShownNote:
    return actions.write_on_record(member, "company", acme.pk, text, now=NOW)


def test_a_note_is_written_on_a_records_tab_and_stands_there_for_everybody(as_alice: Client, as_bob: Client, acme: Company) -> None:
    path = f"/companies/{acme.pk}/notes/"
    assert "No notes yet" in as_alice.get(path).content.decode()
    landed = as_alice.post(path, {"text": MARKUP}, follow=True)
    assert landed.redirect_chain == [(path, 302)]
    page = as_bob.get(path).content.decode()
    assert "Alice Adler" in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<a href="https://acme.example/terms" target="_blank" rel="noopener noreferrer nofollow">' in page
    assert 'href="javascript' not in page
    assert "a<br>\nnew line" in page
    assert 'href="/notes/' not in page, "it is not Bob's"
    assert "<small>1</small>" in page, "the tab says how many there are"


def test_what_cannot_be_stored_comes_back_with_the_reason_and_as_it_was_typed(as_alice: Client, acme: Company, alice: Member) -> None:
    for path in (f"/companies/{acme.pk}/notes/", f"/meetings/{meeting(alice)}/notes/"):
        for typed, words in (
            ("", "The note is empty"),
            ("x" * 20_001, "at most 20000 characters"),
            ("a\x07b", "U+0007"),
            ("a\0b", "Null characters"),
        ):
            refused = as_alice.post(path, {"text": typed})
            assert refused.status_code == 422
            assert words in refused.content.decode()
            assert typed.strip("\0\x07ab")[:50] in refused.content.decode()
        assert as_alice.post(path, {"text": "x" * 30_000_000}).status_code == 400
    assert not Note.objects.exists()


def test_a_note_is_changed_and_deleted_on_a_page_of_its_own(as_alice: Client, acme: Company, alice: Member) -> None:
    note = on_record(alice, acme)
    assert "A note</textarea>" in as_alice.get(f"/notes/{note.id}/edit/").content.decode().replace("\n", "")
    assert as_alice.post(f"/notes/{note.id}/edit/", {"text": ""}).status_code == 422
    assert as_alice.post(f"/notes/{note.id}/edit/", {"text": "Changed"})["Location"] == f"/companies/{acme.pk}/notes/"
    assert as_alice.get(f"/notes/{note.id}/")["Location"] == f"/companies/{acme.pk}/notes/"
    assert "There is no way back" in as_alice.get(f"/notes/{note.id}/delete/").content.decode()
    assert Note.objects.get().text == "Changed"
    assert as_alice.post(f"/notes/{note.id}/delete/")["Location"] == f"/companies/{acme.pk}/notes/"
    assert not Note.objects.exists()


def test_in_a_list_each_of_these_answers_with_the_note_in_its_place(as_alice: Client, acme: Company, alice: Member) -> None:
    note = on_record(alice, acme)
    for path in (f"/notes/{note.id}/edit/", f"/notes/{note.id}/delete/", f"/notes/{note.id}/"):
        piece = as_alice.get(path, headers=PIECE).content.decode()
        assert piece.strip().startswith(f'<li id="note-{note.id}"')
        assert "<html" not in piece
    assert "Changed" in as_alice.post(f"/notes/{note.id}/edit/", {"text": "Changed"}, headers=PIECE).content.decode()
    assert "The note is deleted" in as_alice.post(f"/notes/{note.id}/delete/", headers=PIECE).content.decode()


def test_on_a_meeting_the_way_back_leads_to_the_list_it_was_opened_from(as_alice: Client, acme: Company, alice: Member) -> None:
    event, came_from = meeting(alice), f"from=company-{acme.pk}"
    sent = as_alice.post(f"/meetings/{event}/notes/", {"text": "Bring the offer", "from": f"company-{acme.pk}"})
    assert sent["Location"] == f"/meetings/{event}/?{came_from}#notes"
    page = as_alice.get(f"/meetings/{event}/?{came_from}").content.decode()
    note = Note.objects.get().pk
    assert "Bring the offer" in page
    assert f'href="/notes/{note}/edit/?{came_from}"' in page
    assert as_alice.post(f"/notes/{note}/edit/?{came_from}", {"text": "Bring it"})["Location"] == sent["Location"]
    piece = as_alice.post(f"/meetings/{event}/notes/", {"text": "And a pen"}, headers=PIECE).content.decode()
    assert piece.strip().startswith('<section id="notes"')
    assert piece.index("And a pen") < piece.index("Bring it")
    assert as_alice.get(f"/meetings/{event}/notes/")["Location"] == f"/meetings/{event}/#notes"


def test_somebody_elses_note_is_not_to_be_changed_here_either(as_bob: Client, acme: Company, alice: Member) -> None:
    note = on_record(alice, acme)
    for verb in ("edit", "delete"):
        for answer in (as_bob.get(f"/notes/{note.id}/{verb}/"), as_bob.post(f"/notes/{note.id}/{verb}/", {"text": "Mine"})):
            assert answer.status_code == 403
            assert "Only Alice Adler" in answer.content.decode()
    assert Note.objects.get().text == "A note"


def test_a_search_finds_notes_under_a_heading_of_their_own(as_alice: Client, acme: Company, alice: Member) -> None:
    note = on_record(alice, acme, "They want 50% off")
    page = as_alice.get("/search/?q=50%25").content.decode()
    assert "<h2>Notes</h2>" in page
    assert f'href="/notes/{note.id}/"' in page
    assert "<h2>Notes</h2>" not in as_alice.get("/search/?q=5%25").content.decode()


def test_through_a_colleagues_eyes_there_are_no_notes(as_alice: Client, acme: Company, alice: Member, bob: Member) -> None:
    actions.write_on_meeting(alice, meeting(alice), "For us", now=NOW)
    seen = f"/meetings/{meeting(alice)}/?from=company-{acme.pk}&list=as%3D{bob.pk}"
    assert "For us" not in as_alice.get(seen).content.decode()


def test_older_notes_are_a_page_further(as_alice: Client, acme: Company, alice: Member) -> None:
    for n in range(51):
        on_record(alice, acme, f"Note number {n}.")
    page = as_alice.get(f"/companies/{acme.pk}/notes/").content.decode()
    assert "Note number 0." not in page
    older = (
        page.split('href="/companies/')[-1].split('"')[0]
        if "Older notes" not in page
        else page.split("Older notes")[0].rsplit('href="', 1)[1].split('"')[0]
    )
    assert "Note number 0." in as_alice.get(older.replace("&amp;", "&")).content.decode()
    assert as_alice.get(f"/companies/{acme.pk}/notes/?cursor=nonsense").status_code in {400, 422}
