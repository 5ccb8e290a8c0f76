"""The words of the calendar channel, as frozen values. No Django, no network, no clock.

A calendar event's path through these values:

    RemoteEvent    what a provider says about one item of a calendar: a single meeting, or a series with its exceptions
    Occurrence     one meeting out of it, with a key that tells it from its siblings     (rules/recur.py)
    Keep | Drop    may it come in?                                                       (rules/keep.py)
    Change         what the store has to write                                           (rules/compare.py)

Zones: every `datetime` here is aware. A `date` means all-day; an end is always exclusive (RFC 5545, section 3.6.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

type Moment = datetime | date
"""A point of a calendar: an aware `datetime`, or a `date` for all-day events. Test for `datetime` first: it is a `date` too."""

FILE = "file"
"""An account's provider when it is an uploaded file: read once, never asked again. No provider stands behind it."""


class Response(StrEnum):
    """How a participant answered. Values are iCalendar's PARTSTAT in lower case (RFC 5545, section 3.2.12)."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    NEEDS_ACTION = "needs-action"


class AttendeeKind(StrEnum):
    """What stands behind an address. Values are iCalendar's CUTYPE in lower case (RFC 5545, section 3.2.3)."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    ROOM = "room"
    RESOURCE = "resource"


class Role(StrEnum):
    """What is expected of a participant (RFC 5545 ROLE; CHAIR counts as required)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    INFORMED = "informed"


class Visibility(StrEnum):
    """PUBLIC is the only one that may come in; everything a provider says that we do not know is PRIVATE."""

    PUBLIC = "public"
    PRIVATE = "private"


class Fallback(StrEnum):
    """What a reader decided where an item does not say, or says what nobody understands: so that a wrong hour can be found."""

    ZONE_UNKNOWN = "zone-unknown"
    """The zone's name means nothing and is not described: times are read in the calendar's zone."""
    ZONE_GUESSED = "zone-guessed"
    """The zone's name only hints at one: cities, an offset, a number behind it."""
    ZONE_CARRIED_ON = "zone-carried-on"
    """The zone is described for a few years only."""
    DAY_GUESSED = "day-guessed"
    """An instant stands where an all-day event has a day, and it is midnight in no zone of the calendar: the nearest midnight."""


@dataclass(frozen=True, slots=True)
class RemoteAttendee:
    """A participant as one copy of an event names it."""

    address: str
    """Folded by `lib.addresses.fold`: lower case, IDNA domain. Never empty: a participant without an address is left out."""
    name: str = ""
    response: Response = Response.NEEDS_ACTION
    role: Role = Role.REQUIRED
    kind: AttendeeKind = AttendeeKind.INDIVIDUAL
    organizer: bool = False

    @classmethod
    def of(cls, columns: Sequence[Any]) -> RemoteAttendee:
        """From a row of `models.Entry.attendees`."""
        address, name, answer, role, kind, organizer = columns
        return cls(address, name, Response(answer), Role(role), AttendeeKind(kind), organizer)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The recurring part of a series, in iCalendar's own words so that nothing is lost in translation.

    Moments are already in the series' zone (or dates for all-day series), so the rule is expanded over wall time.
    """

    rules: tuple[str, ...] = ()
    """RRULE values, for example `FREQ=WEEKLY;COUNT=10`. More than one is allowed by the grammar and unites."""
    dates: tuple[Moment, ...] = ()
    """RDATE: further starts."""
    periods: tuple[tuple[Moment, Moment], ...] = ()
    """RDATE;VALUE=PERIOD: further starts with an end of their own."""
    excluded: tuple[Moment, ...] = ()
    """EXDATE, already brought to what it excludes: an instant, or a `date` that excludes every occurrence of that local day."""
    excluded_rules: tuple[str, ...] = ()
    """EXRULE (RFC 2445; Google still gives it)."""
    ends_before: Moment | None = None
    """Cut by rules/keep.py: nothing whose original start is this or later. For a private "this and following"."""


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """One item of a calendar as its provider gives it: a single event, a series' master, or an exception to a series."""

    id: str
    """The provider's id of the item: a CalDAV href, a Google event id, an ICS feed's UID. It is what comes, changes and goes as a whole;
    several events may share it (an href with two UIDs, exceptions without their master), and are then told apart by what follows a `#`,
    which is no part of the item's id. Stored only when something of it is kept."""
    uid: str
    """iCalendar UID; equal in every colleague's copy."""
    start: Moment
    end: Moment
    """Exclusive. Equal to `start` for an event of no duration; never before it."""
    version: str = ""
    """Opaque: an etag or change key."""
    zone: str = "UTC"
    """IANA name of the zone the event was planned in."""
    clock: tuple[tuple[int, int], ...] = ()
    """The changes (`rules/clock.py`) of a zone of the file's own that no named zone keeps; a series is expanded over its wall time."""
    nominal_days: int = 0
    """Days of the length that follow the wall clock, as a DURATION's do (RFC 5545, section 3.8.5.3); the rest of it is exact."""
    fallbacks: tuple[Fallback, ...] = ()
    sequence: int = 0
    updated: datetime | None = None
    """LAST-MODIFIED, else DTSTAMP, else None."""
    visibility: Visibility = Visibility.PUBLIC
    cancelled: bool = False
    event_type: Literal["default", "other"] = "default"
    """`other` for a provider's things that are no meetings (Google: birthday, focusTime, outOfOffice, workingLocation)."""
    title: str = ""
    description: str = ""
    """As the provider gave it: may hold HTML, is sanitised where it is shown."""
    location: str = ""
    join_url: str = ""
    web_url: str = ""
    """Where the event opens at its provider, when the provider says."""
    attachments: tuple[str, ...] = ()
    """Names only."""
    attendees: tuple[RemoteAttendee, ...] = ()
    """Each address once, the organizer included and marked."""
    more: int = 0
    """People who were left out of `attendees`, once everything was decided (rules/guest_list.py). No provider says so."""
    attendees_omitted: bool = False
    """The provider says that the list is cut short: absence means nothing."""
    recurrence: Recurrence | None = None
    """Set on the master of a series."""
    exceptions: tuple[RemoteEvent, ...] = ()
    """The series' exceptions, when the item carries them (CalDAV, ICS). They share `id`."""
    original_start: Moment | None = None
    """Set on an exception: the start that the series' rule gives to this occurrence (RECURRENCE-ID, originalStartTime)."""
    this_and_future: bool = False
    """On an exception: RANGE=THISANDFUTURE, it moves every later occurrence too (RFC 5545, section 3.2.13)."""
    series_id: str = ""
    """On an exception that arrives as an item of its own (Google, Graph): the id of its master."""

    alike: str = ""
    """Of a feed's item, the UID that it has where identifiers are made anew: by that, too, it is out when its owner took it out."""

    @property
    def all_day(self) -> bool:
        """Whether it has dates instead of instants."""
        return not isinstance(self.start, datetime)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item that could not be understood. It is counted and set aside; its content goes nowhere."""

    id: str
    reason: str
    """In words, without content: "the start is not a date"."""
    scheduling: bool = False
    """It is scheduling mail that is no meeting (iTIP REPLY, COUNTER, REFRESH, DECLINECOUNTER): counted, and takes nothing away."""


OWN_UID = "@own.metwith.invalid"
"""How the UIDs end that Metwith gives to meetings in the files and feeds it hands out."""
OWN_MARK = "X-METWITH-OWN"
"""The property by which such a file or feed is known as a whole."""


def handed_out(uid: str) -> bool:
    """Whether an event is one that Metwith itself once handed out: the meeting is here already, and may say less there than it does here."""
    return uid.strip().lower().endswith(OWN_UID)


WHOLE = "*"
"""In place of an occurrence's key: a series with all its occurrences, or a meeting that is no series."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting: the item's facts at one start."""

    key: str
    """`""` for a single event; else the original start in UTC as `20261123T090000Z`, or `20261123` for all-day.
    With the UID it identifies the Event across calendars (product.md, section 2)."""
    event: RemoteEvent
    """The master or the exception that speaks for this occurrence: everything but the times."""
    start: Moment
    end: Moment


class DropReason(StrEnum):
    """Why something did not come in, in the order of product.md section 3. The value is shown and counted."""

    SWITCHED_OFF = "switched-off"
    TAKEN_OUT = "taken-out"
    """By its owner, for good."""
    NOT_A_MEETING = "not-a-meeting"
    PRIVATE = "private"
    BLOCKED = "blocked"
    INTERNAL = "internal"
    SCHEDULING = "scheduling"
    """An answer or a proposal (RFC 5546) that lies among the meetings."""
    UNREADABLE = "unreadable"
    """Not a decision but a defect; counted beside the decisions."""


class Leaving(StrEnum):
    """Why a stored copy goes: what others keep with it (notes) goes, stays or waits accordingly.

    Whatever may keep an event out (`DropReason`) may take its copy away, under the same word.
    """

    DELETED = "deleted"
    """It is not in the calendar any more, and that is all there is to say."""
    DISCONNECTED = "disconnected"
    """With its account: disconnected, or its owner has left."""
    ERASED = "erased"
    """It names an address that was erased."""
    JOINED = "joined"
    """Its feed named the meeting anew: another copy stands in its place."""
    SWITCHED_OFF = "switched-off"
    TAKEN_OUT = "taken-out"
    NOT_A_MEETING = "not-a-meeting"
    PRIVATE = "private"
    BLOCKED = "blocked"
    INTERNAL = "internal"
    SCHEDULING = "scheduling"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Keep:
    """It may come in."""


@dataclass(frozen=True, slots=True)
class Drop:
    """It may not."""

    reason: DropReason


type Decision = Keep | Drop


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What the store remembers of an entry: enough to see that nothing changed."""

    entry_id: int
    event_id: int
    remote_id: str
    uid: str
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Add:
    """An occurrence that is new."""

    occurrence: Occurrence
    digest: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """An occurrence that says something else now."""

    known: KnownEntry
    occurrence: Occurrence
    digest: bytes


@dataclass(frozen=True, slots=True)
class Remove:
    """An entry that may not be here any more."""

    known: KnownEntry
    why: Leaving = Leaving.DELETED


type Change = Add | Update | Remove


@dataclass(frozen=True, slots=True)
class RemoteCalendar:
    """One calendar of an account."""

    id: str
    name: str
    colour: str = ""
    """`#rrggbb`, or empty."""
    primary: bool = False
    readable: bool = True
    """False when only free/busy may be seen: never offered."""
    kind: Literal["own", "shared", "subscribed", "other"] = "own"
    zone: str = ""
    """IANA name, when the provider says."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A piece of what changed in a calendar since a cursor."""

    events: tuple[RemoteEvent | Unreadable, ...] = ()
    removed: tuple[str, ...] = ()
    """Ids of items that are gone."""
    unchanged: tuple[str, ...] = ()
    """Ids of items that are still there as the cursor knew them, and so are not sent again. Only meaningful in a complete run."""
    cursor: str | None = None
    """Given only where it is valid to resume from: what it stands for is on this page or an earlier one."""
    complete: bool = False
    """True on the last page of a run that listed everything: what no page of the run named is gone. Only then may absence delete."""
    keep_past: bool = False
    """With `complete`: absence of a past event means nothing (a sliding ICS feed)."""
    by_content: bool = False
    """The calendar makes its identifiers anew: those of this run are made of what the meetings say (rules/likeness.py). On every page."""
    expected: int | None = None
    """How many items this run will read, when the provider knows: for the progress bar."""
    again_after: timedelta | None = None
    """How long the calendar asks to be left alone after this (RFC 7986, section 5.7), where it does."""
