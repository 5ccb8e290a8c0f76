"""Blocks: what may be typed, who may set one, and that what it stops goes and comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.accounts import blocks
from metwith.accounts.models import Block
from metwith.accounts.queries import blocks_for
from metwith.lib.errors import Invalid, NotAllowed
from metwith.rules.blocks import Blocks

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

WHO, WORD = Block.Kind.WHO, Block.Kind.WORD


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (
            WHO,
            "Anna@Acme.example, clinic.example;@home.example\ngmail.com",
            ("anna@acme.example", "clinic.example", "home.example", "gmail.com"),
        ),
        (WHO, "anna@acme.example, ANNA@acme.example", ("anna@acme.example",)),
        (WORD, "Gehalt,  Job   Interview ", ("gehalt", "job interview")),
    ],
)
def test_what_is_typed_is_read_piece_by_piece(kind: str, text: str, found: tuple[str, ...]):
    assert blocks.read_patterns(kind, text) == found


@pytest.mark.parametrize(
    ("kind", "text"), [(WHO, ""), (WHO, " , "), (WHO, "not a domain"), (WHO, "anna@"), (WORD, "x"), (WORD, "--"), (WORD, "a" * 101)]
)
def test_what_cannot_be_blocked_is_named(kind: str, text: str):
    with pytest.raises(Invalid) as refused:
        blocks.read_patterns(kind, text)
    assert refused.value.field == "text"


def test_a_members_block_holds_for_the_member_and_an_admins_for_everybody(alice: Member, bob: Member):
    blocks.add_blocks(bob, WHO, ["clinic.example"], everybody=False)
    blocks.add_blocks(alice, WORD, ["gehalt"], everybody=True)
    assert blocks_for(bob.workspace_id, bob.pk) == Blocks(frozenset({"clinic.example"}), frozenset({"gehalt"}))
    assert blocks_for(alice.workspace_id, alice.pk) == Blocks(words=frozenset({"gehalt"}))


def test_the_same_block_is_kept_once(alice: Member):
    assert blocks.add_blocks(alice, WHO, ["clinic.example"], everybody=False) == 1
    assert blocks.add_blocks(alice, WHO, ["clinic.example", "home.example"], everybody=False) == 1
    assert blocks.add_blocks(alice, WHO, ["clinic.example"], everybody=True) == 1


def test_only_admins_block_and_unblock_for_everybody(alice: Member, bob: Member):
    with pytest.raises(NotAllowed):
        blocks.add_blocks(bob, WHO, ["clinic.example"], everybody=True)
    blocks.add_blocks(alice, WHO, ["clinic.example"], everybody=True)
    with pytest.raises(NotAllowed):
        blocks.remove_block(bob, Block.objects.of(bob.workspace).get().pk)
    assert Block.objects.of(bob.workspace).exists()


def test_nobody_sees_or_removes_the_block_of_another(alice: Member, bob: Member, charlie: Member):
    blocks.add_blocks(bob, WHO, ["clinic.example"], everybody=False)
    his = Block.objects.of(bob.workspace).get()
    for other in (alice, charlie):
        assert not blocks.visible_to(other).exists()
        with pytest.raises(Block.DoesNotExist):
            blocks.remove_block(other, his.pk)


def test_there_is_an_end_to_blocks(alice: Member):
    blocks.add_blocks(alice, WORD, [f"word {number}" for number in range(blocks.MOST)], everybody=False)
    with pytest.raises(Invalid):
        blocks.add_blocks(alice, WORD, ["one more"], everybody=False)
    assert Block.objects.of(alice.workspace).count() == blocks.MOST


@pytest.mark.parametrize("theme", blocks.THEMES, ids=lambda theme: theme.key)
def test_a_themes_words_can_all_be_set(theme: blocks.Theme):
    assert len(blocks.read_patterns(WORD, ", ".join(theme.words))) == len(theme.words)
