"""A large workspace to measure with: the same size always gives the same rows, written by COPY.

For N events: N/5 people of N/50 companies, meetings drawn by Zipf's law so that the busiest company has about six in a hundred of them,
three attendees each, every fifth meeting in a second colleague's calendar too. Times lie between four years ago and three months ahead.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from metwith.accounts.models import Account
from metwith.calendars.models import Attendee, Calendar, Entry, Event, Link
from metwith.calendars.sync import rows
from metwith.calendars.vocabulary import Occurrence, RemoteEvent, Response
from metwith.calendars.vocabulary import RemoteAttendee as Participant
from metwith.engine.linking import columns
from metwith.lib import bulk
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress
from metwith.rules.link import RecordKind
from metwith.workspaces import actions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member

STEEPNESS = 0.91
"""Of Zipf's law: with 20,000 companies the first one gets 6 % of the meetings."""
MEMBERS = 50
CALENDARS_EACH = 2
LEVELS = ("metadata", "subject", "everything")
PAST, AHEAD = 4 * 365, 90
"""In days."""
WORDS = ("kick-off", "review", "pilot", "contract", "roadmap", "demo", "lunch", "workshop", "status", "handover")
RARE = "quokka"
"""In the title of one meeting in ten thousand."""
DESCRIPTION = "Agenda: where we stand, what is open, who does what until when.\n" * 3
BATCH = 20_000
RECORD = ("id", "workspace_id", "name", "name_key", "created_at", "updated_at", "made_by_rule")


@dataclass(frozen=True, slots=True)
class Meet:
    """A meeting before it is rows."""

    number: int
    start: datetime
    end: datetime
    all_day: bool
    company: int
    guests: tuple[int, int]
    owners: tuple[int, ...]
    """Numbers of calendars; the first one's member organizes."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What was made. Companies and people are named by their number; the company 0 is the busiest."""

    member: Member
    """Owns the workspace and the first calendars."""
    companies: list[int]
    people: list[int]
    opportunity: int
    """Of the busiest company and one of its people."""
    calendars: list[int]
    addresses: list[str]
    """Of the calendars' owners."""
    owners: list[int]
    """Their members."""


def fill(events: int, now: datetime) -> Crowd:
    """Write it all. The database must be empty."""
    chance = random.Random(1)
    crowd, staff = _records(events, now, chance)
    draw = list(accumulate((n + 1) ** -STEEPNESS for n in range(len(crowd.companies))))
    for first in range(0, events, BATCH):
        meets = [_meet(n, chance, draw, staff, now) for n in range(first, min(first + BATCH, events))]
        _write(crowd, meets)
    return crowd


def _records(events: int, now: datetime, chance: random.Random) -> tuple[Crowd, list[list[int]]]:
    owner = actions.create_workspace("North", "member0@north.example", None, "Member 0", now=now)
    others = [
        actions.add_member(owner.workspace, f"member{n}@north.example", "member", None, f"Member {n}", now=now) for n in range(1, MEMBERS)
    ]
    calendars, addresses, owners = _calendars([owner, *others])
    companies = bulk.new_ids(Company, max(events // 50, 2))
    people = bulk.new_ids(Person, max(events // 5, 10))
    weights = list(accumulate((n + 1) ** -STEEPNESS for n in range(len(companies))))
    # Everybody has two, and the busy ones have more.
    two_each = [*range(len(companies)), *range(len(companies))]
    employer = [*two_each, *chance.choices(range(len(companies)), cum_weights=weights, k=len(people) - len(two_each))]
    staff: list[list[int]] = [[] for _ in companies]
    for person, company in enumerate(employer):
        staff[company].append(person)
    space = owner.workspace_id
    bulk.copy(Company, RECORD, ((pk, space, f"Company {n}", f"company {n}", now, now, False) for n, pk in enumerate(companies)))
    bulk.copy(CompanyDomain, ("workspace_id", "company_id", "domain"), ((space, pk, f"company{n}.test") for n, pk in enumerate(companies)))
    named = ((pk, space, f"Person {n}", f"person {n}", now, now, False, "", companies[employer[n]]) for n, pk in enumerate(people))
    bulk.copy(Person, (*RECORD, "job_title", "company_id"), named)
    written = ((space, pk, a, a, True) for pk, a in ((pk, address(n, employer[n])) for n, pk in enumerate(people)))
    bulk.copy(PersonAddress, ("workspace_id", "person_id", "address", "folded", "primary"), written)
    deal = Opportunity.objects.create(workspace_id=space, name="Big deal", company_id=companies[0], contact_id=people[staff[0][0]])
    return Crowd(owner, companies, people, deal.pk, calendars, addresses, owners), staff


def _calendars(members: list[Member]) -> tuple[list[int], list[str], list[int]]:
    found, addresses, owners = [], [], []
    for number, member in enumerate(members):
        account = Account.objects.create(
            workspace=member.workspace, member=member, provider="memory", address=member.user.email, sharing=LEVELS[number % 3]
        )
        for name in range(CALENDARS_EACH):
            calendar = Calendar.objects.create(
                workspace=member.workspace, account=account, remote_id=f"{name}", name=f"Calendar {name}", enabled=True
            )
            found.append(calendar.pk)
            addresses.append(member.user.email)
            owners.append(member.pk)
    return found, addresses, owners


def address(person: int, company: int) -> str:
    return f"person{person}@company{company}.test"


def _meet(number: int, chance: random.Random, draw: list[float], staff: list[list[int]], now: datetime) -> Meet:
    company = chance.choices(range(len(staff)), cum_weights=draw)[0]
    all_day = number % 40 == 0
    start = (now + timedelta(minutes=30 * chance.randint(-PAST * 48, AHEAD * 48))).replace(second=0, microsecond=0)
    start = start.replace(hour=0, minute=0) if all_day else start.replace(minute=start.minute // 30 * 30)
    end = start + (timedelta(days=1) if all_day else timedelta(minutes=chance.choice((30, 45, 60, 90))))
    first, second = chance.sample(staff[company], 2)
    calendars = MEMBERS * CALENDARS_EACH
    owner = chance.randrange(calendars)
    owners = (owner, (owner + CALENDARS_EACH) % calendars) if number % 5 == 0 else (owner,)
    return Meet(number, start, end, all_day, company, (first, second), owners)


def _write(crowd: Crowd, meets: list[Meet]) -> None:
    ids = bulk.new_ids(Event, len(meets))
    placed = list(zip(ids, meets, strict=True))
    space = crowd.member.workspace_id
    bulk.copy(
        Event, rows.EVENT, (rows.stored_event(pk, space, _occurrence(crowd, m), f"member:{crowd.owners[m.owners[0]]}") for pk, m in placed)
    )
    bulk.copy(Entry, (*rows.ENTRY, "on_record"), (entry for pk, m in placed for entry in _entries(crowd, pk, m)))
    bulk.copy(Attendee, rows.ATTENDEE, (row for pk, m in placed for row in _attendees(crowd, pk, m)))
    bulk.copy(Link, columns(Link), (row for pk, m in placed for row in _links(crowd, pk, m)))


def title(meet: Meet) -> str:
    return f"{WORDS[meet.number % len(WORDS)].title()} {meet.number}{f' {RARE}' if meet.number % 10_000 == 0 else ''}"


def _guests(crowd: Crowd, meet: Meet) -> dict[str, int | None]:
    """Address to person; the organizer is nobody's record."""
    return {crowd.addresses[meet.owners[0]]: None} | {address(guest, meet.company): guest for guest in meet.guests}


def _occurrence(crowd: Crowd, meet: Meet) -> Occurrence:
    """As a provider would give it, so that its rows are those that a sync writes."""
    start, end = (meet.start.date(), meet.end.date()) if meet.all_day else (meet.start, meet.end)
    event = RemoteEvent(
        f"item-{meet.number}",
        f"uid-{meet.number}",
        start,
        end,
        zone="Europe/Berlin",
        title=title(meet),
        description=DESCRIPTION,
        location=f"Room {meet.number % 17}",
        join_url="https://meet.example/room",
        attendees=tuple(
            Participant(guest_address, response=Response.ACCEPTED, organizer=guest is None)
            for guest_address, guest in _guests(crowd, meet).items()
        ),
        cancelled=meet.number % 25 == 0,
    )
    return Occurrence("", event, start, end)


def _entries(crowd: Crowd, event_id: int, meet: Meet) -> Iterator[tuple[Any, ...]]:
    content = rows.content(_occurrence(crowd, meet), b"digest")
    for calendar in meet.owners:
        yield crowd.member.workspace_id, crowd.calendars[calendar], event_id, f"item-{meet.number}", "", *content, True


def _attendees(crowd: Crowd, event_id: int, meet: Meet) -> Iterator[tuple[Any, ...]]:
    for guest_address, guest in _guests(crowd, meet).items():
        domain = "example.north." if guest is None else f"test.company{meet.company}."
        yield crowd.member.workspace_id, event_id, guest_address, domain, "", "accepted", "required", guest is None


def _links(crowd: Crowd, event_id: int, meet: Meet) -> Iterator[tuple[Any, ...]]:
    when = (0, meet.start, meet.end, meet.all_day, meet.number % 25 == 0)
    because = address(meet.guests[0], meet.company)
    space = crowd.member.workspace_id
    yield space, event_id, int(RecordKind.COMPANY), crowd.companies[meet.company], *when, "person", because, False
    for guest in meet.guests:
        yield space, event_id, int(RecordKind.PERSON), crowd.people[guest], *when, "address", address(guest, meet.company), False
