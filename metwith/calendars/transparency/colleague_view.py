"""A meeting as a colleague who did not take part would see it, at any level: for previews and examples. Decided by rules/show.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.calendars.read_models import Participant, Times, VisibleCopy, disclosed_meeting
from metwith.calendars.rules import guest_list
from metwith.calendars.sync import rows
from metwith.records import directory
from metwith.rules import show
from metwith.workspaces.addresses import who_is_who

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from metwith.calendars.models import Entry
    from metwith.calendars.read_models import Meeting
    from metwith.calendars.vocabulary import RemoteAttendee
    from metwith.rules.identity import WorkspaceIdentities
    from metwith.workspaces.models import Member
SOMEBODY = 0
"""A member id that nobody has: a colleague with no addresses, so one who takes part in nothing."""


@dataclass(frozen=True, slots=True)
class ColleagueView:
    """What a colleague of one member knows about those who take part."""

    owner: Member
    who: WorkspaceIdentities
    also_owners: frozenset[str] = frozenset()
    """Addresses of the owner's that are not stored yet, and will be verified or named: a claimed one is a stranger's here."""

    @classmethod
    def on(cls, owner: Member, also_owners: frozenset[str] = frozenset()) -> ColleagueView:
        """`owner.user` must be loaded."""
        return cls(owner, who_is_who(owner.workspace_id), also_owners)

    def see(self, entries: Collection[Entry], level: str) -> tuple[Meeting, ...]:
        """The owner's copies, stored or not, as they would look if the owner shared `level`."""
        people = _people(self.owner.workspace_id, {said[0] for entry in entries for said in entry.attendees})
        return tuple(self._meeting(entry, level, people) for entry in entries)

    def see_own(self, entries: Collection[Entry], level: str) -> tuple[Meeting, ...]:
        """The same as the owner sees them in a list."""
        people = _people(self.owner.workspace_id, {said[0] for entry in entries for said in entry.attendees})
        return tuple(self._meeting(entry, level, people, viewer_id=self.owner.pk) for entry in entries)

    def _meeting(self, entry: Entry, level: str, people_on_record: Mapping[str, tuple[int, str]], *, viewer_id: int = SOMEBODY) -> Meeting:
        facts = show.SharedCopy(SOMEBODY, self.owner.pk, level, frozenset(said[0] for said in entry.attendees))
        sight = show.best_disclosure([facts], show.Viewer(viewer_id, frozenset(), self.who.cap))
        participants, others = self._participants(entry, people_on_record)
        return disclosed_meeting(
            entry.event_id or 0,
            entry,
            sight,
            Times(entry.starts_at, entry.ends_at, entry.start_date, entry.end_date, entry.cancelled),
            zone=entry.zone,
            ical_uid=None,
            participants=participants,
            others=others,
            took_part=False,
            copies=(VisibleCopy(self._name(), mine=viewer_id == self.owner.pk, level=sight.level, calendar=""),),
            details=viewer_id != self.owner.pk,
        )

    def _name(self) -> str:
        return self.who.names.get(self.owner.pk, str(self.owner))

    def _participants(self, entry: Entry, people: Mapping[str, tuple[int, str]]) -> tuple[tuple[Participant, ...], int]:
        """Those who would be kept, and how many others."""
        said = rows.people_of(entry)
        left = guest_list.cut(said, guest_list.Known(self.who.own_identities, people.keys()))
        found = [self._participant(attendee, people) for attendee in sorted(left.attendees, key=lambda a: (not a.organizer, a.address))]
        return tuple(sorted(found, key=lambda p: not p.outsider)), left.more + entry.more

    def _participant(self, participant: RemoteAttendee, people: Mapping[str, tuple[int, str]]) -> Participant:
        member_id = self.owner.pk if participant.address in self.also_owners else self.who.members.get(participant.address)
        person_id, person_name = people.get(participant.address, (None, ""))
        return Participant(
            address=participant.address,
            name=participant.name,
            response=participant.response,
            role=participant.role,
            organizer=participant.organizer,
            outsider=member_id is None and not self.who.own_identities.includes(participant.address),
            person_id=person_id,
            person_name=person_name,
            member_id=member_id,
            member_name=self.who.names.get(member_id, "") if member_id else "",
        )


def _people(workspace_id: int, addresses: Iterable[str]) -> Mapping[str, tuple[int, str]]:
    """Folded address → the person it leads to."""
    found: dict[str, tuple[int, str]] = {}
    for folded, person_id, name in directory.holders(workspace_id, addresses).values_list("folded", "person_id", "person__name"):
        found.setdefault(folded, (person_id, name))
    return found
