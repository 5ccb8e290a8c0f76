"""Blocks: what a member, or an admin for everybody, never wants to come in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from metwith.accounts.models import Block
from metwith.accounts.signals import blocks_changed
from metwith.lib import addresses
from metwith.lib.errors import Invalid
from metwith.rules.blocks import fold_word
from metwith.workspaces import audit
from metwith.workspaces.audit import Action
from metwith.workspaces.may import admins_only
from metwith.workspaces.signals import announce

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from metwith.workspaces.models import Member

MOST = 500
"""Of a member's own, and of the workspace's: each is looked for in every title."""


KINDS = (Block.Kind.WHO, Block.Kind.WORD)
"""What can be blocked by hand."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Words that often go together, in English, German and Portuguese."""

    key: str
    label: str
    """English, a msgid."""
    words: tuple[str, ...]


THEMES = (
    Theme("hiring", gettext_noop("Hiring"), ("interview", "Vorstellungsgespräch", "Bewerbungsgespräch", "entrevista")),
    Theme("salary", gettext_noop("Salary"), ("salary", "compensation", "Gehalt", "Gehaltsgespräch", "salário", "remuneração")),
    Theme(
        "health",
        gettext_noop("Health"),
        ("medical", "doctor", "therapy", "Arzt", "Arzttermin", "Therapie", "médico", "consulta", "terapia"),
    ),
    Theme("law", gettext_noop("Law"), ("legal privilege", "privileged", "Anwaltsgeheimnis", "Mandantengespräch", "sigilo profissional")),
    Theme("dismissal", gettext_noop("Dismissal"), ("termination", "dismissal", "Kündigung", "Aufhebungsvertrag", "demissão", "rescisão")),
)


def visible_to(member: Member) -> QuerySet[Block]:
    """The member's own and the workspace's, which hold for the member too."""
    rows = Block.objects.of(member.workspace_id)
    return (rows.filter(member=member) | rows.filter(member=None)).order_by("kind", "pattern")


def read_patterns(kind: str, text: str) -> tuple[str, ...]:
    """What somebody typed, apart at commas and lines, as it is compared. Raises Invalid (`text`) and names what is wrong."""
    typed = [piece for part in re.split(r"[,;\n]", text) if (piece := part.strip())]
    if not typed:
        raise Invalid("text", _("Enter what must not come in."))
    return tuple(dict.fromkeys(_word(piece) if kind == Block.Kind.WORD else _who(piece) for piece in typed))


def _who(text: str) -> str:
    local, _at, domain = text.rpartition("@")
    found = addresses.fold(text) if local else addresses.fold_domain(domain)
    if not found:
        raise Invalid("text", _("“%(text)s” is neither an e-mail address nor a domain like acme.com.") % {"text": text[:100]})
    return found


def _word(text: str) -> str:
    word = fold_word(text)
    if not 2 <= len(word) <= 100 or not any(c.isalnum() for c in word):
        raise Invalid("text", _("“%(text)s” is no word: 2 to 100 letters or digits.") % {"text": text[:100]})
    return word


@transaction.atomic
def add_blocks(member: Member, kind: str, patterns: Iterable[str], *, everybody: bool) -> int:
    """Block what `read` gave, for the member or for everybody (admins only). Returns how many are new. What is stored of it goes."""
    assert kind in KINDS
    owner = _owner(member, everybody=everybody)
    rows = Block.objects.of(member.workspace_id)
    known = set(rows.filter(member=owner, kind=kind).values_list("pattern", flat=True))
    new = [Block(workspace_id=member.workspace_id, member=owner, kind=kind, pattern=p) for p in dict.fromkeys(patterns) if p not in known]
    if rows.filter(member=owner).exclude(kind=Block.Kind.ERASED).count() + len(new) > MOST:
        raise Invalid(
            "text", _("There are at most %(most)d blocks. Take one away that is not needed, or block a whole domain.") % {"most": MOST}
        )
    Block.objects.bulk_create(new, ignore_conflicts=True)
    if new:
        audit.note(member, Action.BLOCKED, kind=kind, everybody=everybody, many=len(new))
        patterns = frozenset(block.pattern for block in new)
        announce(blocks_changed, workspace_id=member.workspace_id, member_id=owner.pk if owner else 0, kind=kind, patterns=patterns)
    return len(new)


@transaction.atomic
def remove_block(member: Member, block_id: int) -> Block:
    """Take a block away; what may come in again is read again. Raises Block.DoesNotExist, NotAllowed for everybody's."""
    block = visible_to(member).get(pk=block_id)
    _owner(member, everybody=block.member_id is None)
    Block.objects.of(member.workspace_id).filter(pk=block_id).delete()
    audit.note(member, Action.UNBLOCKED, kind=block.kind, everybody=block.member_id is None)
    nothing: frozenset[str] = frozenset()
    announce(blocks_changed, workspace_id=member.workspace_id, member_id=block.member_id or 0, kind=block.kind, patterns=nothing)
    return block


def _owner(member: Member, *, everybody: bool) -> Member | None:
    if everybody:
        admins_only(member)
    return None if everybody else member
