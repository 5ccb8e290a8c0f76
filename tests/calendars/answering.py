"""A world in which people answer: whom a meeting counts for, and what rules/met.py makes of what is stored of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from metwith.calendars import queries
from metwith.calendars.feed import FeedFilter, PageRequest
from metwith.calendars.models import Attendee as Stored
from metwith.calendars.models import Entry, Event, Link
from metwith.calendars.rules.met import MeetingFacts, figure
from metwith.calendars.vocabulary import RemoteAttendee, Response
from metwith.records.directory import directory
from metwith.rules.link import RecordKind, links_for
from metwith.workspaces.addresses import who_is_who
from tests.calendars.desk import Desk
from tests.people import NOW, company, holds, opportunity, person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from metwith.records.kinds import Kind
    from metwith.records.models import Company, Opportunity, Person
    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
ALICE, BOB, CLAIMED = "alice@lumen.example", "bob@lumen.example", "bobby@home.example"
ANNA, ANNA_TOO, ZOE, KIM = "anna@acme.example", "anna@home.example", "zoe@eu.acme.example", "kim@kin.example"
FIGURES = [PageRequest(FeedFilter(when=when, figure=True), limit=1000) for when in ("past", "upcoming")]
ANSWERS = [None, *Response]
"""None: not invited."""
SOME = [None, Response.ACCEPTED, Response.DECLINED]


class World:
    """Anna, with two addresses, is of Acme; Zoe is there by her domain; Kim is the contact of a deal with Acme. Alice organizes."""

    def __init__(self, alice: Member, bob: Member) -> None:
        self.alice, self.bob = alice, bob
        self.acme: Company = company(alice, "Acme", "acme.example")
        self.south: Company = company(alice, "Acme South", "south.acme.example")
        self.anna: Person = person(alice, "Anna", ANNA, ANNA_TOO, company=self.acme)
        self.kim: Person = person(alice, "Kim", KIM)
        self.deal: Opportunity = opportunity(alice, "Deal", company=self.acme, contact=self.kim)
        self.desks = {"alice": Desk(alice, "alice"), "bob": Desk(bob, "bob")}
        holds(bob, CLAIMED, "typed")
        self.there: set[tuple[str, str]] = set()
        """Whose calendar has what."""

    @property
    def records(self) -> list[tuple[Kind, Any]]:
        return [("person", self.anna), ("person", self.kim), ("company", self.acme), ("company", self.south), ("opportunity", self.deal)]

    def put(self, uid: str, answers: Mapping[str, Response | None], *, copies: Iterable[str] = ("alice",), **facts: Any) -> None:
        guests = tuple(RemoteAttendee(guest, response=said) for guest, said in answers.items() if said is not None and guest != ALICE)
        people = (RemoteAttendee(ALICE, organizer=True, response=answers.get(ALICE) or Response.ACCEPTED), *guests)
        for owner in copies:
            self.desks[owner].put(uid, attendees=people, **facts)
            self.there.add((owner, uid))

    def clear(self) -> None:
        for owner, uid in self.there:
            self.desks[owner].delete(uid)
        self.there.clear()

    def sync(self) -> None:
        for desk in self.desks.values():
            desk.server.page_size = 500
            desk.sync()

    def figures(self, kind: Kind, record: Any, viewer: Member | None = None) -> tuple[set[int], set[int], int]:
        """Met, next, and the count."""
        found = queries.timelines_for(kind, record.pk, viewer or self.alice, FIGURES, now=NOW, count_up_to=1000)
        met, following = ({meeting.id for meeting in page.items} for page in found.pages)
        return met, following, found.count

    def agree(self) -> bool:
        """Whether each record's figures are what the pure rule makes of what is stored."""
        stored = Reference(self.alice.workspace_id)
        return all(
            self.figures(kind, record) == stored.figures(self._on(kind, record), self._leading(kind, record))
            for kind, record in self.records
        )

    def _leading(self, kind: Kind, record: Any) -> set[tuple[RecordKind, int]]:
        if kind == "opportunity":
            return {(RecordKind.COMPANY, record.company_id), (RecordKind.PERSON, record.contact_id)}
        return {(RecordKind[kind.upper()], record.pk)}

    def _on(self, kind: Kind, record: Any) -> set[int]:
        places = self._leading(kind, record) | {(RecordKind[kind.upper()], record.pk)}
        links = Link.objects.of(self.alice.workspace).filter(hidden=False, member=0)
        return {link.event_id for link in links if (link.record_kind, link.record_id) in places}


class Reference:
    """What is stored, as rules/met.py takes it."""

    def __init__(self, workspace_id: int) -> None:
        self.events = {event.pk: event for event in Event.objects.of(workspace_id)}
        self.holders: dict[int, dict[int, list[Response]]] = defaultdict(lambda: defaultdict(list))
        who = who_is_who(workspace_id)
        for entry in Entry.objects.of(workspace_id).select_related("calendar__account"):
            owner = entry.calendar.account.member_id
            self.holders[entry.event_id][owner] += [Response(said[2]) for said in entry.attendees if said[0] in who.addresses_of(owner)]
        self.said: dict[int, list[Stored]] = defaultdict(list)
        for said in Stored.objects.of(workspace_id):
            self.said[said.event_id].append(said)
        self.known = directory(workspace_id, {said.address for people in self.said.values() for said in people})

    def figures(self, event_ids: Iterable[int], leading: set[tuple[RecordKind, int]]) -> tuple[set[int], set[int], int]:
        found: dict[str | None, set[int]] = defaultdict(set)
        for event in map(self.events.__getitem__, event_ids):
            facts = MeetingFacts(event.cancelled, list(self.holders[event.pk].values()), self._through(event.pk, leading))
            found[figure(facts, event.start_date or event.starts_at, NOW, ZoneInfo("UTC"))].add(event.pk)
        return found["met"], found["next"], len(found["met"]) + len(found["next"])

    def _through(self, event_id: int, leading: set[tuple[RecordKind, int]]) -> list[list[Response]]:
        through: dict[object, list[Response]] = defaultdict(list)
        for said in self.said[event_id]:
            if leading & {(link.kind, link.record_id) for link in links_for([said.address], self.known)}:
                somebody = self.known.people.get(said.address)
                through[somebody.id if somebody else said.address].append(Response(said.response))
        return list(through.values())
