"""How an address came to be a member's, in words, and what that counts for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts.models import Account
from metwith.rules.identity import GRADES, Grade, Way
from metwith.web.site.words import provider_label
from metwith.workspaces.models import MemberAddress

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class AddressLine:
    """A line of the table of addresses, for a page."""

    pk: int
    member_id: int
    address: str
    grade: str
    """In a word."""
    known: bool
    """It is verified."""
    because: str
    """By which way it came."""
    signs_in: bool
    removable: bool
    """An admin gave it, or an owner vouched for it: it can be taken back."""


def lines(workspace_id: int, names: Mapping[int, str]) -> list[AddressLine]:
    """The lines of a workspace, a member's sign-in address first, the best known ones before the others. `names`: members' by id.

    Of an address that came to a member by several ways the best one is told.
    """
    labels = dict(Account.objects.of(workspace_id).values_list("pk", "provider"))
    rows = MemberAddress.objects.of(workspace_id).select_related("member__user").order_by("address", "pk")
    best: dict[tuple[int, str], MemberAddress] = {}
    for row in sorted(rows, key=lambda row: (-GRADES[Way(row.way)], row.account_id)):
        best.setdefault((row.member_id, row.address), row)
    found = [address_line(row, provider_label(labels.get(row.account_id, "")), names) for row in best.values()]
    return sorted(found, key=lambda one: (not one.signs_in, not one.known, one.address))


def address_line(row: MemberAddress, provider: str, names: Mapping[int, str]) -> AddressLine:
    """One of them; `provider` in words, empty where no account brought it. `row.member.user` must be loaded."""
    way = Way(row.way)
    signs_in = row.address == row.member.user.email
    return AddressLine(
        pk=row.pk,
        member_id=row.member_id,
        address=row.address,
        grade=grade_word(GRADES[way]),
        known=GRADES[way] is Grade.VERIFIED,
        because=because(way, provider, names.get(row.by_id or 0, "")),
        signs_in=signs_in,
        removable=row.account_id == 0 and not signs_in,
    )


def grade_word(grade: Grade) -> str:
    """What a grade is called."""
    return {Grade.VERIFIED: _("verified"), Grade.NAMED: _("named"), Grade.CLAIMED: _("claimed")}[grade]


def because(way: Way, provider: str, who: str) -> str:
    """By which way an address came; `who` vouched, gave or invited, if that is known."""
    somebody = who or _("somebody who has left")
    words = {
        Way.LINK: _("confirmed by a link mailed to it"),
        Way.OIDC: _("named by single sign-on"),
        Way.PROVIDER: _("named by %(provider)s"),
        Way.VOUCHED: _("%(who)s vouched for it"),
        Way.OPERATOR: _("the operator vouched for it"),
        Way.INVITED: _("joined by a link that was not mailed"),
        Way.GIVEN: _("given by %(who)s"),
        Way.BEFORE: _("known from before, not looked at yet"),
        Way.TYPED: _("typed for %(provider)s"),
        Way.SERVER: _("said by %(provider)s"),
    }
    return words[way] % {"provider": provider, "who": somebody}
