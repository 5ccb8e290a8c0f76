"""Writing, changing and deleting: what may stand in a note, whose it is, and what the audit log tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.lib.errors import Invalid, NotAllowed
from metwith.notes import actions, queries
from metwith.notes.models import Note
from metwith.notes.text import LONGEST, note_text
from metwith.records import actions as records
from metwith.records.models import Company
from metwith.workspaces import actions as workspace
from metwith.workspaces.models import AuditLine
from tests.people import NOW, company, opportunity, person

if TYPE_CHECKING:
    from metwith.notes.queries import ShownNote
    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db


def on_acme(member: Member, text: str = "They want a longer term.") -> ShownNote:
    acme = Company.objects.of(member.workspace).first() or company(member, "Acme", "acme.example")
    return actions.write_on_record(member, "company", acme.pk, text, now=NOW)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  two\r\nlines\r\n\r\n", "two\nlines"),
        ("a\rb", "a\nb"),
        ("a\tb", "a\tb"),
        ("👍", "👍"),
        ("<b>x</b>", "<b>x</b>"),
        ("x" * LONGEST,) * 2,
    ],
)
def test_a_text_is_stored_as_it_was_typed(typed: str, stored: str) -> None:
    assert note_text(typed) == stored


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "empty"),
        (" \r\n\t ", "empty"),
        ("x" * (LONGEST + 1), "20001"),
        ("x" * 30_000_000, "30000000"),
        ("a\0b", "U+0000, at place 2"),
        ("a\x1b[2J", "U+001B"),
        ("a\x85b", "U+0085"),
        ("a\ud800b", "U+D800"),
    ],
)
def test_what_cannot_stand_in_a_note_is_named(alice: Member, typed: str, words: str) -> None:
    with pytest.raises(Invalid, match=words.replace("+", r"\+")) as refused:
        on_acme(alice, typed)
    assert refused.value.field == "text"
    assert not Note.objects.of(alice.workspace).exists()


def test_a_note_on_a_record_is_for_everybody_and_its_authors_to_change(alice: Member, bob: Member) -> None:
    note = on_acme(alice)
    assert queries.find_note(bob, note.id).text == note.text
    for refused in (lambda: actions.edit_note(bob, note.id, "Mine now", now=NOW), lambda: actions.delete_note(bob, note.id)):
        with pytest.raises(NotAllowed, match="Only Alice Adler"):
            refused()
    changed = actions.edit_note(alice, note.id, "Longer still.", now=NOW)
    assert (changed.text, changed.edited_at, queries.find_note(bob, note.id).mine) == ("Longer still.", NOW, False)
    actions.delete_note(alice, note.id)
    assert not Note.objects.of(alice.workspace).exists()


def test_an_admin_is_no_author_but_clears_up_after_a_former_member(alice: Member, bob: Member) -> None:
    acme = company(alice, "Acme")
    note = actions.write_on_record(bob, "company", acme.pk, "By Bob", now=NOW)
    with pytest.raises(NotAllowed):
        actions.delete_note(alice, note.id)
    workspace.remove_member(alice, bob.pk, keep=True, now=NOW)
    with pytest.raises(NotAllowed):
        actions.edit_note(alice, note.id, "By Alice", now=NOW)
    actions.delete_note(alice, note.id)


def test_the_log_tells_of_a_note_and_never_its_text(alice: Member) -> None:
    note = on_acme(alice, "Quarzit")
    actions.edit_note(alice, note.id, "Quarzit", now=NOW)
    actions.edit_note(alice, note.id, "Granit", now=NOW)
    actions.delete_note(alice, note.id)
    lines = list(AuditLine.objects.of(alice.workspace).filter(action__startswith="note").order_by("pk"))
    assert [line.action for line in lines] == ["note-written", "note-edited", "note-deleted"]
    assert {tuple(line.facts.items()) for line in lines} == {(("kind", "company"), ("record", note.records[0].id))}


def test_in_the_trash_a_record_shows_no_notes_and_restored_it_has_them_again(alice: Member) -> None:
    note = on_acme(alice)
    acme = note.records[0].id
    records.trash(alice, "company", acme, now=NOW)
    with pytest.raises(Note.DoesNotExist):
        queries.find_note(alice, note.id)
    with pytest.raises(Company.DoesNotExist):
        queries.notes_on_record(alice, "company", acme)
    with pytest.raises(Company.DoesNotExist):
        actions.write_on_record(alice, "company", acme, "Too late", now=NOW)
    assert queries.search_notes(alice, "longer") == ()
    records.restore(alice, "company", acme)
    assert [found.id for found in queries.search_notes(alice, "LONGER")] == [note.id]
    records.trash(alice, "company", acme, now=NOW)
    records.delete_for_good(alice, "company", acme)
    assert not Note.objects.of(alice.workspace).exists()


def test_what_becomes_one_has_the_notes_of_both(alice: Member) -> None:
    keeper, other = person(alice, "Anna"), person(alice, "Anna L.")
    for one in (keeper, other):
        actions.write_on_record(alice, "person", one.pk, f"On {one.name}", now=NOW)
    records.merge_people(alice, keeper.pk, other.pk, now=NOW)
    assert {note.text for note in queries.notes_on_record(alice, "person", keeper.pk).items} == {"On Anna", "On Anna L."}
    north, south = company(alice, "North"), company(alice, "South")
    actions.write_on_record(alice, "company", south.pk, "On South", now=NOW)
    records.merge_companies(alice, north.pk, south.pk, now=NOW)
    assert [note.text for note in queries.notes_on_record(alice, "company", north.pk).items] == ["On South"]


def test_nothing_crosses_to_another_workspace(alice: Member, charlie: Member) -> None:
    note, deal = on_acme(alice), opportunity(alice, "Deal")
    for asked in (
        lambda: queries.find_note(charlie, note.id),
        lambda: actions.edit_note(charlie, note.id, "Mine", now=NOW),
        lambda: actions.delete_note(charlie, note.id),
    ):
        with pytest.raises(Note.DoesNotExist):
            asked()
    with pytest.raises(type(deal).DoesNotExist):
        actions.write_on_record(charlie, "opportunity", deal.pk, "Mine", now=NOW)
    assert queries.search_notes(charlie, "longer") == ()


def test_a_page_begins_where_the_one_before_ended_and_takes_no_other_mark(alice: Member) -> None:
    notes = [on_acme(alice, f"Note {n}") for n in range(5)]
    acme, cursor, found = notes[0].records[0].id, None, []
    while cursor is None or cursor:
        page = queries.notes_on_record(alice, "company", acme, cursor=cursor, limit=2)
        found += [note.text for note in page.items]
        cursor = page.next or ""
    assert found == [f"Note {n}" for n in reversed(range(5))]
    for forged in ("nonsense", "a" * 3000, "W10:1abc:x"):
        with pytest.raises(Invalid, match="page marker"):
            queries.notes_on_record(alice, "company", acme, cursor=forged)
