"""Settings → Never let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.accounts.models import Block
from tests.calendars.desk import Desk
from tests.calendars.worker import work

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

AT = "/settings/blocks/"


def test_what_would_go_is_shown_before_anything_does(as_bob: Client, bob: Member):
    desk = Desk(bob, "bob")
    desk.put("lunch", "anna@acme.example", title="Lunch with Anna")
    desk.sync()
    given = {"kind": "who", "text": "acme.example"}
    looked = as_bob.post(AT, given).content.decode()
    assert "1 meeting that is stored now would be removed" in looked
    assert "Lunch with Anna" in looked
    assert not Block.objects.of(bob.workspace).exists()
    listed = as_bob.post(AT, given | {"confirmed": "1"}, follow=True).content.decode()
    assert "1 block is set." in listed
    assert "acme.example" in listed
    work()
    assert desk.uids() == set()


def test_a_block_is_taken_away_again(as_bob: Client, bob: Member):
    as_bob.post(AT, {"kind": "word", "text": "Gehalt", "confirmed": "1"})
    block = Block.objects.of(bob.workspace).get()
    assert (block.member_id, block.kind, block.pattern) == (bob.pk, "word", "gehalt")
    as_bob.post(f"{AT}{block.pk}/remove/")
    assert not Block.objects.of(bob.workspace).exists()


def test_an_admin_blocks_for_everybody_and_a_member_cannot(as_alice: Client, as_bob: Client, alice: Member, bob: Member):
    given = {"kind": "who", "text": "clinic.example", "everybody": "on", "confirmed": "1"}
    as_bob.post(AT, given)
    assert [block.member_id for block in Block.objects.of(alice.workspace)] == [bob.pk]
    as_alice.post(AT, given)
    everybodys = Block.objects.of(alice.workspace).get(member=None)
    assert as_bob.post(f"{AT}{everybodys.pk}/remove/").status_code == 403
    assert "clinic.example" in as_bob.get(AT).content.decode()


def test_nobody_removes_the_block_of_another(as_alice: Client, as_charlie: Client, bob: Member):
    block = Block.objects.create(workspace=bob.workspace, member=bob, pattern="secret.example")
    for stranger in (as_alice, as_charlie):
        assert stranger.post(f"{AT}{block.pk}/remove/").status_code == 404
        assert "secret.example" not in stranger.get(AT).content.decode()
    assert Block.objects.of(bob.workspace).exists()


@pytest.mark.parametrize("given", [{"text": ""}, {"text": "no domain"}, {"kind": "else"}])
def test_what_cannot_be_blocked_is_said_at_its_field(as_bob: Client, bob: Member, given: dict[str, str]):
    answer = as_bob.post(AT, {"kind": "who", "text": "clinic.example"} | given)
    assert answer.status_code == 422
    assert "_error" in answer.content.decode()


def test_of_a_word_for_everybody_the_page_says_what_it_does_not_tell(as_alice: Client):
    page = as_alice.post(AT, {"kind": "word", "text": "salary", "everybody": "on"}).content.decode()
    assert "In your own calendars nothing would be removed." in page
    assert "it would tell what their titles say" in page


def test_a_themes_words_stand_in_the_form(as_bob: Client):
    page = as_bob.get(AT).content.decode()
    assert "Hiring" in page
    filled = as_bob.get(AT, {"kind": "word", "text": "interview, entrevista"}).content.decode()
    assert 'value="interview, entrevista"' in filled
