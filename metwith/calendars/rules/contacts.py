"""Who may become a person (product.md, section 5). Pure: the same for what a rule makes and for what a page offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.lib.addresses import domain_of
from metwith.lib.freemail import is_free_mail
from metwith.rules.blocks import blocked
from metwith.rules.own_identities import is_non_person, looks_like_task, role_address

if TYPE_CHECKING:
    from metwith.calendars.rules.keep import Policy


def may_become_person(address: str, policy: Policy) -> bool:
    """Whether a folded address may: nobody of ours, no task or list, nobody who is kept out."""
    if address in policy.owner | policy.claimed or policy.own_identities.includes(address):
        return False
    if is_non_person(address) or role_address(address):
        return False
    return not (blocked(address, policy.blocks.who) or policy.blocks.keeps_out((address,)))


def likely_contact(address: str) -> bool:
    """Whether it is offered as somebody to add: at work, and not what looks like a list, a task or a program."""
    return not is_free_mail(domain_of(address)) and not looks_like_task(address)
