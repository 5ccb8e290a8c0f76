"""Who organizes a meeting, as far as it tells one meeting from another of the same UID (product.md, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.lib import sql
from metwith.records.directory import directory
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from metwith.rules.identity import WorkspaceIdentities
    from metwith.rules.link import KnownPerson


def keys(workspace_id: int, addresses: Collection[str], who: WorkspaceIdentities | None = None) -> dict[str, str]:
    """Organizers' folded addresses → `Event.organizer_key`; `""`, nobody's, stays that. `who`: where the caller has asked already."""
    named = {address for address in addresses if address}
    if not named:
        return {"": ""}
    who = who or who_is_who(workspace_id)
    people = directory(workspace_id, named - who.members.keys()).people
    return {"": ""} | {address: _key(address, who, people) for address in named}


def _key(address: str, who: WorkspaceIdentities, people: Mapping[str, KnownPerson]) -> str:
    """What is verified or named as a member's is that member; what a member merely claims is an address like any other."""
    if address in who.members:
        return f"member:{who.members[address]}"
    return person(people[address].id) if address in people else address


def person(person_id: int) -> str:
    """The key of somebody on record."""
    return f"person:{person_id}"


def came_on_record(workspace_id: int, people: Mapping[str, int]) -> None:
    """Folded addresses that were nobody's → the people that were just made of them: what they organize bears their key from now on.

    Else the next copy of such a meeting, which finds the person, would make it a second time.
    """
    if people:
        sql.run(CAME_ON_RECORD, (list(people), [person(person_id) for person_id in people.values()], workspace_id))


CAME_ON_RECORD = """UPDATE calendars_event v SET organizer_key = made.key FROM unnest(%s::text[], %s::text[]) made (address, key)
JOIN calendars_entry e ON e.workspace_id = %s AND e.organizer > '' AND e.organizer = made.address
WHERE v.workspace_id = e.workspace_id AND v.id = e.event_id AND v.organizer_key = made.address"""
