"""Who sees a note on a meeting: its author, the copy's owner, whom the copy names, and colleagues to whom it gives the title."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.actions import share
from metwith.calendars.models import Event
from metwith.notes import actions, queries
from metwith.notes.models import Note
from metwith.workspaces import actions as workspace
from tests.calendars.desk import Desk
from tests.notes.desk_notes import event_of, on_meeting, searched, write
from tests.people import NOW, company
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db

GUEST = "anna@acme.example"


@pytest.fixture
def dora(alice: Member) -> Member:
    """Whom the meeting names."""
    return workspace.add_member(alice.workspace, "dora@lumen.example", "member", None, "Dora", now=NOW)


@pytest.fixture
def erin(alice: Member) -> Member:
    """A colleague without a part in it."""
    return workspace.add_member(alice.workspace, "erin@lumen.example", "member", None, "Erin", now=NOW)


@once
def desk(alice: Member) -> Desk:
    company(alice, "Acme", "acme.example")
    desk = Desk(alice, "sight")
    desk.put("lunch", GUEST, "dora@lumen.example")
    desk.sync()
    return desk


SHARED = {
    ("metadata", "everything"): False,
    ("subject", "everything"): True,
    ("everything", "everything"): True,
    ("everything", "metadata"): False,
}
"""What Alice shares, and the most that the workspace allows → whether colleagues see the title."""


@pytest.mark.parametrize("shared", SHARED)
def test_a_note_is_seen_by_whoever_sees_the_title_of_its_copy(
    desk: Desk, bob: Member, dora: Member, erin: Member, shared: tuple[str, str]
) -> None:
    alice, (level, cap), seen = desk.member, shared, SHARED[shared]
    workspace.set_sharing_rules(alice, cap=cap, default="metadata")
    share.set_sharing(alice, desk.account.pk, level)
    for member in (alice, bob):
        write(member, "lunch", f"By {member.user.name}")
    everything = ["By Bob Brandt", "By Alice Adler"]
    assert on_meeting(alice, "lunch") == on_meeting(dora, "lunch") == everything
    assert on_meeting(bob, "lunch") == (everything if seen else ["By Bob Brandt"])
    assert on_meeting(erin, "lunch") == (everything if seen else [])
    for member in (alice, bob, dora, erin):
        assert searched(member, "by") == set(on_meeting(member, "lunch"))
    note = Note.objects.of(alice.workspace).get(text="By Alice Adler")
    if not seen:
        for refused in (lambda: queries.find_note(erin, note.pk), lambda: actions.edit_note(erin, note.pk, "x", now=NOW)):
            with pytest.raises(Note.DoesNotExist):
                refused()


def test_it_belongs_to_the_copy_that_its_author_was_shown(desk: Desk, alice: Member, bob: Member, erin: Member) -> None:
    """Bob has a copy of his own, of which he shares nothing: what he writes is on it, and Alice's sharing opens nothing."""
    share.set_sharing(alice, desk.account.pk, "everything")
    own = Desk(bob, "sight-bob", sharing="metadata")
    own.put("lunch", GUEST, attendees=desk.put("lunch", GUEST, "dora@lumen.example").attendees)
    own.sync()
    write(bob, "lunch", "Only for us")
    assert (on_meeting(bob, "lunch"), on_meeting(erin, "lunch")) == (["Only for us"], [])
    assert on_meeting(alice, "lunch") == ["Only for us"], "Bob's copy names her as who organizes it"
    share.set_sharing(bob, own.account.pk, "subject")
    assert on_meeting(erin, "lunch") == ["Only for us"]


def test_a_forged_name_opens_nothing(desk: Desk, alice: Member, erin: Member) -> None:
    """A copy that Erin makes up names her; the note is on Alice's."""
    write(alice, "lunch", "Between us")
    forged = Desk(erin, "sight-erin")
    forged.put("lunch", GUEST, "erin@lumen.example", attendees=desk.put("lunch", GUEST).attendees)
    forged.sync()
    assert on_meeting(erin, "lunch") == []


def test_on_no_record_only_those_who_know_of_the_meeting_know_of_its_notes(desk: Desk, alice: Member, bob: Member, erin: Member) -> None:
    share.set_sharing(alice, desk.account.pk, "everything")
    desk.put("off", "kim@kin.example", "dora@lumen.example")
    desk.sync()
    write(alice, "off", "Kim is a friend")
    assert searched(erin, "Kim") == set()
    with pytest.raises(Event.DoesNotExist):
        queries.notes_on_meeting(erin, event_of(alice, "off"))
    with pytest.raises(Event.DoesNotExist):
        actions.write_on_meeting(erin, event_of(alice, "off"), "Who?", now=NOW)
    assert not Note.objects.of(alice.workspace).filter(author=erin).exists()


def test_what_is_being_removed_is_hidden_with_its_notes(desk: Desk, alice: Member) -> None:
    from metwith.calendars.sync import purge  # noqa: PLC0415  a mark without its work

    write(alice, "lunch", "Soon gone")
    purge.of_calendar(desk.calendar)
    assert (searched(alice, "Soon"), queries.notes_of(alice)) == (set(), ())
