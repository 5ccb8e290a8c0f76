"""A meeting as one viewer may see it. Made only by `disclosed_meeting`, after rules/show.py has decided; None is what the level hides."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from metwith.lib.text import initials
from metwith.records.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metwith.rules.show import Disclosure


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part, with what the records say about them."""

    address: str
    name: str
    """As the invitation has it; may be empty."""
    response: str
    role: str
    organizer: bool
    outsider: bool
    person_id: int | None = None
    person_name: str = ""
    company_name: str = ""
    member_id: int | None = None
    member_name: str = ""
    me: bool = False

    @property
    def label(self) -> str:
        """The best name we have."""
        return self.member_name or self.person_name or self.name or self.address

    @property
    def addable(self) -> bool:
        """From outside and on no record: a member may make a person of them."""
        return self.outsider and self.person_id is None and self.member_id is None

    @property
    def initials(self) -> str:
        """For the face."""
        return initials(self.label)


@dataclass(frozen=True, slots=True)
class VisibleCopy:
    """Whose calendar holds it."""

    owner: str
    mine: bool
    level: str
    """What its owner shares with colleagues."""
    calendar: str
    """The calendar's name: for its owner's eyes only, else empty."""
    frozen_at: datetime | None = None
    """Its account was disconnected then, and its meetings kept: no longer updated since."""


@dataclass(frozen=True, slots=True)
class Times:
    """When a meeting is, and whether it was cancelled. As in Meeting."""

    starts_at: datetime
    ends_at: datetime
    start_date: date | None
    end_date: date | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting in one viewer's eyes. Instants are aware, in UTC; all-day meetings have dates."""

    id: int
    ical_uid: str | None
    """The provider's: it may speak, and whoever knows it can claim to have a copy."""
    starts_at: datetime
    ends_at: datetime
    """Exclusive."""
    all_day: bool
    start_date: date | None
    end_date: date | None
    """Exclusive."""
    zone: str | None
    """IANA name: where it was planned."""
    cancelled: bool
    level: str
    """How much of it this viewer sees."""
    title: str | None
    description: str | None
    """Raw: may hold HTML. Sanitise where it is shown."""
    location: str | None
    join_url: str | None
    web_url: str | None
    attachments: tuple[str, ...] | None
    participants: tuple[Participant, ...]
    took_part: bool
    copies: tuple[VisibleCopy, ...]
    others: int = 0
    """How many take part besides those in `participants`: of a meeting with very many not all are kept, and a list reads fewer still."""
    withheld_level: str = ""
    """Seen as somebody else: the level at which they see it, when that is more than the looker may."""
    spoken: Times | None = None
    """As everybody sees it who has no copy, when the viewer's own says otherwise."""
    in_part: bool = False
    """It is on no record, and there are copies of it that the viewer may not know of: for us, never to be told."""

    def as_spoken(self) -> Meeting:
        """The same at the time that everybody sees who has no copy."""
        if self.spoken is None:
            return self
        when = {field.name: getattr(self.spoken, field.name) for field in fields(self.spoken)}
        return replace(self, **when, all_day=self.spoken.start_date is not None, zone=None, spoken=None)

    @property
    def unconfirmed(self) -> bool:
        """The viewer is among the participants by an address that is not shown to be theirs, and sees less for it."""
        return self.level != "everything" and not self.took_part and any(p.me for p in self.participants)

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def frozen_at(self) -> datetime | None:
        """Since when no copy is updated any more; None while one still is."""
        since = [copy.frozen_at for copy in self.copies if copy.frozen_at]
        return max(since) if since and len(since) == len(self.copies) else None

    @property
    def hidden_by(self) -> str:
        """Who does not share the title, by name; empty when it is visible."""
        return "" if self.title is not None else ", ".join(dict.fromkeys(c.owner for c in self.copies))


class CopyContent(Protocol):
    """What a copy says that a level may hide."""

    @property
    def title(self) -> str:
        """Empty when it has none."""
        ...

    @property
    def description(self) -> str:
        """Raw."""
        ...

    @property
    def location(self) -> str:
        """Where it is."""
        ...

    @property
    def join_url(self) -> str:
        """Where to take part from afar."""
        ...

    @property
    def web_url(self) -> str:
        """At the provider's."""
        ...

    @property
    def attachments(self) -> Sequence[str]:
        """Their names."""
        ...


def disclosed_meeting(
    event_id: int,
    content: CopyContent,
    disclosure: Disclosure,
    when: Times,
    *,
    zone: str,
    ical_uid: str | None,
    participants: tuple[Participant, ...],
    others: int,
    took_part: bool,
    copies: tuple[VisibleCopy, ...],
    details: bool = True,
    withheld_level: str = "",
    spoken: Times | None = None,
    in_part: bool = False,
) -> Meeting:
    """The meeting with so much of a copy's content as `disclosure` gives, and without `details` only its title of that."""

    def shown[T](field: str, value: T) -> T | None:
        return value if disclosure.may(field) else None

    def detail[T](field: str, value: T) -> T | None:
        return shown(field, value) if details else None

    return Meeting(
        id=event_id,
        ical_uid=shown("ical_uid", ical_uid),
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        all_day=when.start_date is not None,
        start_date=when.start_date,
        end_date=when.end_date,
        zone=shown("zone", zone),
        cancelled=when.cancelled,
        level=disclosure.level,
        title=shown("title", content.title),
        description=detail("description", content.description),
        location=detail("location", content.location),
        join_url=detail("join_url", content.join_url),
        web_url=detail("web_url", content.web_url),
        attachments=detail("attachments", tuple(content.attachments)),
        participants=participants,
        others=others,
        took_part=took_part,
        copies=copies,
        withheld_level=withheld_level,
        spoken=spoken,
        in_part=in_part,
    )


@dataclass(frozen=True, slots=True)
class LinkedRecord:
    """A record that a meeting is on."""

    kind: Kind
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a meeting is on a record."""

    record: LinkedRecord
    reason: str
    """A `models.Link.Reason`."""
    because: str
    """The address that led there, or the member who linked it."""
    hidden: bool
    """Taken off by hand."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of meetings."""

    items: tuple[Meeting, ...]
    next: str | None
    """Cursor of the next page."""


@dataclass(frozen=True, slots=True)
class Timelines:
    """Several pages of one record's meetings."""

    pages: tuple[Timeline, ...]
    """In the order they were asked for."""
    count: int
    """How many meetings of the record count as met or next, as far as it was asked to count."""
