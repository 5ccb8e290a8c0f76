"""Who organizes a meeting, as far as it tells one meeting from another of the same UID (product.md, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.sync.linking import directory
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from metwith.rules.identity import WhoIsWho
    from metwith.rules.link import KnownPerson


def keys(workspace_id: int, addresses: Collection[str], who: WhoIsWho | None = None) -> dict[str, str]:
    """Organizers' folded addresses → `Event.organizer_key`; `""`, nobody's, stays that. `who`: where the caller has asked already."""
    named = {address for address in addresses if address}
    if not named:
        return {"": ""}
    who = who or who_is_who(workspace_id)
    people = directory(workspace_id, named - who.members.keys()).people
    return {"": ""} | {address: _key(address, who, people) for address in named}


def _key(address: str, who: WhoIsWho, people: Mapping[str, KnownPerson]) -> str:
    """What is verified or named as a member's is that member; what a member merely claims is an address like any other."""
    if address in who.members:
        return f"member:{who.members[address]}"
    return f"person:{people[address].id}" if address in people else address
