"""The bundled sample: a small consultancy and its meetings around today, as iCalendar files like any other program's. Pure.

Texts are marked for translation here, and said by who asks. Days are working days from today on, so that the sample never looks old. Some events are private or internal: they are there to be left
out, and the counts show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, count
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _(text: str) -> str:
    """Marks a text for translation (`make messages`)."""
    return text


type Answer = Literal["ACCEPTED", "TENTATIVE", "DECLINED", "NEEDS-ACTION"]
INES, JON = "ines@north.example", "jon@north.example"


@dataclass(frozen=True, slots=True)
class SampleCompany:
    """A company of the sample with its people."""

    name: str
    domains: tuple[str, ...]
    people: tuple[tuple[str, str, str], ...]
    """Name, address, job title."""


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity of the sample."""

    name: str
    company: str
    contact: str
    """An address."""
    stage: str
    amount: str
    closes: int
    """Working days from today."""


@dataclass(frozen=True, slots=True)
class SampleMeeting:
    """An event of the sample."""

    day: int
    """Working days from today."""
    at: str
    """`HH:MM`, wherever who looks is; empty for all day."""
    minutes: int
    """Of an all-day meeting: how many days."""
    title: str
    guests: tuple[str, ...] = ()
    location: str = ""
    about: str = ""
    extra: tuple[str, ...] = ()
    """Further lines of the file: class, rule, status."""


COMPANIES = (
    SampleCompany(
        "Lindqvist Shipping",
        ("lindqvist-shipping.example",),
        (
            ("Anna Lindqvist", "anna@lindqvist-shipping.example", _("Managing director")),
            ("Per Holm", "per.holm@lindqvist-shipping.example", _("Head of operations")),
            ("Sofia Ek", "sofia@eu.lindqvist-shipping.example", _("Controller")),
        ),
    ),
    SampleCompany(
        "Brightwater Energy",
        ("brightwater.example", "brightwater-energy.example"),
        (
            ("Tom Whitaker", "tom.whitaker@brightwater.example", _("Head of procurement")),
            ("Priya Nair", "priya@brightwater.example", _("Programme manager")),
        ),
    ),
    SampleCompany(
        "Casa Moreira",
        ("casamoreira.example",),
        (("Rui Moreira", "rui@casamoreira.example", _("Owner")), ("Marta Leal", "marta@casamoreira.example", _("Office manager"))),
    ),
    SampleCompany(
        "Alpenblick Hotels",
        ("alpenblick.example",),
        (("Katharina Huber", "k.huber@alpenblick.example", _("Marketing")), ("Stefan Gruber", "s.gruber@alpenblick.example", _("IT"))),
    ),
    SampleCompany("Ono Instruments", ("ono.example",), (("Yuki Ono", "yuki@ono.example", _("Founder")),)),
    SampleCompany("Hollis Books", ("hollis-books.example",), (("Maeve Hollis", "maeve@hollis-books.example", _("Owner")),)),
    SampleCompany("Fairfield Foods", ("fairfield.example",), (("Grace Obi", "grace.obi@fairfield.example", _("Buyer")),)),
)
ALONE = (("Helen Park", "helen.park@gmail.com", _("Independent adviser")),)
"""People without a company."""

DEALS = (
    Deal(_("Fleet portal, second phase"), "Lindqvist Shipping", "per.holm@lindqvist-shipping.example", "negotiation", "84000.00", 25),
    Deal(_("Meter data pilot"), "Brightwater Energy", "priya@brightwater.example", "proposal", "36500.00", 40),
    Deal(_("Booking site"), "Alpenblick Hotels", "k.huber@alpenblick.example", "qualified", "22000.00", 60),
    Deal(_("Shop relaunch"), "Casa Moreira", "rui@casamoreira.example", "won", "12800.00", -15),
    Deal(_("Bookshop site"), "Hollis Books", "maeve@hollis-books.example", "proposal", "9500.00", 30),
    Deal(_("Calibration app"), "Ono Instruments", "yuki@ono.example", "new", "18000.00", 80),
)

ANNA, PER, SOFIA = (address for _name, address, _job in COMPANIES[0].people)
TOM, PRIYA = (address for _name, address, _job in COMPANIES[1].people)
RUI, MARTA = (address for _name, address, _job in COMPANIES[2].people)
KATHARINA, STEFAN = (address for _name, address, _job in COMPANIES[3].people)
MAEVE = "maeve@hollis-books.example"
YUKI, GRACE, HELEN = "yuki@ono.example", "grace.obi@fairfield.example", "helen.park@gmail.com"
VIDEO = "https://meet.north.example/"
PRIVATE = ("CLASS:PRIVATE",)

OWNERS = (
    SampleMeeting(-120, "09:00", 60, _("First talk"), (ANNA,), _("Our office"), _("How did they hear of us? What do they run today?")),
    SampleMeeting(-112, "11:00", 45, _("Bookshop: first ideas"), (MAEVE,), VIDEO + "books"),
    SampleMeeting(-104, "13:00", 90, _("Workshop: what the portal must do"), (ANNA, PER, INES), _("Harbour house, 3rd floor")),
    SampleMeeting(-97, "11:00", 45, _("Bookshop: sketches"), (MAEVE,), VIDEO + "books"),
    SampleMeeting(-90, "10:00", 45, _("Offer, read together"), (ANNA, SOFIA), VIDEO + "offer"),
    SampleMeeting(-80, "15:00", 60, _("Bookshop: offer"), (MAEVE,), VIDEO + "books"),
    SampleMeeting(-71, "08:30", 60, _("Contract"), (ANNA, SOFIA), _("Harbour house")),
    SampleMeeting(-60, "09:00", 30, _("Portal: weekly"), (PER, INES), VIDEO + "portal", "", ("RRULE:FREQ=WEEKLY;COUNT=20",)),
    SampleMeeting(-45, "14:00", 60, _("Shop: what has to move"), (RUI, MARTA), "Rua das Flores 12"),
    SampleMeeting(-38, "15:00", 30, _("Meter data, first call"), (TOM, PRIYA), VIDEO + "meter"),
    SampleMeeting(-30, "09:30", 60, _("Shop: designs"), (RUI, MARTA, JON), VIDEO + "shop"),
    SampleMeeting(-22, "11:00", 45, _("Pilot: scope and price"), (PRIYA,), VIDEO + "pilot"),
    SampleMeeting(-18, "", 2, _("Ports and Shipping fair"), (ANNA, PER), _("Messe, hall 4")),
    SampleMeeting(-15, "10:00", 60, _("Shop is live: look back"), (RUI, MARTA, JON), "Rua das Flores 12"),
    SampleMeeting(-12, "16:00", 30, _("Coffee"), (HELEN,), _("Café am Markt"), _("She knows the people at Fairfield.")),
    SampleMeeting(-9, "13:00", 60, _("Numbers for phase two"), (SOFIA, PER), VIDEO + "phase-two"),
    SampleMeeting(-6, "09:00", 45, _("Pilot: questions from procurement"), (TOM, PRIYA), VIDEO + "pilot"),
    SampleMeeting(-4, "14:30", 30, _("Booking site: visit"), (KATHARINA, STEFAN), _("Alpenblick, reception"), "", ("STATUS:CANCELLED",)),
    SampleMeeting(
        -2, "11:00", 60, _("Phase two: terms"), (ANNA, SOFIA, INES), _("Harbour house"), _("Open: payment in two parts, start in spring.")
    ),
    SampleMeeting(0, "09:00", 30, _("Pilot: contract draft"), (PRIYA,), VIDEO + "pilot"),
    SampleMeeting(0, "15:00", 45, _("Calibration app: first call"), (YUKI,), VIDEO + "ono"),
    SampleMeeting(1, "10:00", 60, _("Phase two: sign off"), (ANNA, SOFIA), _("Harbour house")),
    SampleMeeting(2, "13:30", 45, _("Booking site: what guests need"), (KATHARINA, STEFAN, JON), VIDEO + "alpenblick"),
    SampleMeeting(4, "09:30", 60, _("Pilot: kick-off"), (TOM, PRIYA, INES), _("Brightwater, room 2.11")),
    SampleMeeting(7, "11:00", 30, _("Introduction"), (GRACE, HELEN), VIDEO + "fairfield"),
    SampleMeeting(12, "14:00", 60, _("Shop: the next season"), (RUI,), VIDEO + "shop"),
    SampleMeeting(20, "", 1, _("Day at the yard"), (PER, INES), _("Yard 2")),
    # What never comes in.
    SampleMeeting(-20, "12:00", 60, _("Team lunch"), (INES, JON)),
    SampleMeeting(-10, "08:30", 30, _("Planning"), (INES, JON), "", "", ("RRULE:FREQ=WEEKLY;COUNT=8",)),
    SampleMeeting(-5, "17:00", 45, _("Dentist"), (HELEN,), "", "", PRIVATE),
    SampleMeeting(3, "16:00", 30, _("Salary talk"), (INES,)),
    SampleMeeting(5, "18:00", 120, _("Birthday dinner"), (HELEN, YUKI), "", "", PRIVATE),
    SampleMeeting(6, "10:00", 120, _("Write the offer")),
)
INES_ALONE = (
    SampleMeeting(-50, "10:00", 60, _("Energy round table"), (TOM, "info@brightwater.example"), _("Chamber of commerce")),
    SampleMeeting(-25, "09:00", 30, _("Data formats"), (PRIYA,), VIDEO + "data"),
    SampleMeeting(-8, "15:30", 45, _("Portal: accessibility"), (PER, SOFIA), VIDEO + "portal"),
    SampleMeeting(3, "11:00", 30, _("Data formats, again"), (PRIYA,), VIDEO + "data"),
    SampleMeeting(-3, "13:00", 60, _("Yearly talk"), (JON,)),
    SampleMeeting(8, "17:30", 60, _("School concert"), (HELEN,), "", "", PRIVATE),
)
JON_ALONE = (
    SampleMeeting(-33, "14:00", 30, _("Product photos"), (MARTA,), "Rua das Flores 12"),
    SampleMeeting(-7, "10:30", 45, _("Rooms and rates"), (STEFAN,), VIDEO + "alpenblick"),
    SampleMeeting(6, "10:00", 30, _("Photos for spring"), (MARTA,), VIDEO + "photos"),
)


def files(owner: str, today: date, zone: str, say: Callable[[str], str]) -> dict[str, bytes]:
    """The calendars of the owner and the two colleagues, by address. What they share stands in each of theirs, with one UID.

    `zone`: IANA name, of where they all work. `say`: a text → the same in the language of who looks.
    """
    uids = (f"sample-{number}@north.example" for number in count(1))
    events = [(uid, owner, meeting) for uid, meeting in zip(uids, OWNERS, strict=False)]
    events += [(uid, INES, meeting) for uid, meeting in zip(uids, INES_ALONE, strict=False)]
    events += [(uid, JON, meeting) for uid, meeting in zip(uids, JON_ALONE, strict=False)]
    said = [
        (organizer, meeting, _event(uid, organizer, meeting, say) + _when(meeting, today, zone) + ["END:VEVENT"])
        for uid, organizer, meeting in events
    ]
    return {
        address: _file(lines for organizer, meeting, lines in said if address in {organizer, *meeting.guests})
        for address in (owner, INES, JON)
    }


def working_day(today: date, distance: int) -> date:
    """The day so many working days away; a day of the weekend counts as the Monday after it."""
    monday = today - timedelta(days=today.weekday()) if today.weekday() < 5 else today + timedelta(days=7 - today.weekday())
    weeks, days = divmod((today.weekday() if today.weekday() < 5 else 0) + distance, 5)
    return monday + timedelta(days=7 * weeks + days)


def _event(uid: str, organizer: str, meeting: SampleMeeting, say: Callable[[str], str]) -> list[str]:
    names = {address: name for company in COMPANIES for name, address, _job in company.people} | {
        address: name for name, address, _job in ALONE
    }
    lines = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20200101T000000Z", f"SUMMARY:{_text(say(meeting.title))}"]
    if meeting.guests:
        lines += [f"ORGANIZER:mailto:{organizer}", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{organizer}"]
    answers: tuple[Answer, ...] = ("ACCEPTED", "TENTATIVE", "NEEDS-ACTION") if meeting.day >= 0 else ("ACCEPTED", "ACCEPTED", "DECLINED")
    for position, guest in enumerate(meeting.guests):
        name = f';CN="{names[guest]}"' if guest in names else ""
        lines.append(f"ATTENDEE{name};PARTSTAT={answers[position % 3]}:mailto:{guest}")
    if meeting.location:
        lines.append(f"LOCATION:{_text(say(meeting.location))}")
    if meeting.about:
        lines.append(f"DESCRIPTION:{_text(say(meeting.about))}")
    return [*lines, *meeting.extra]


def _when(meeting: SampleMeeting, today: date, zone: str) -> list[str]:
    day = working_day(today, meeting.day)
    if not meeting.at:
        last = day + timedelta(days=meeting.minutes)
        return [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}"]
    start = datetime.combine(day, time.fromisoformat(meeting.at))
    end = start + timedelta(minutes=meeting.minutes)
    return [f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}", f"DTEND;TZID={zone}:{end:%Y%m%dT%H%M%S}"]


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _file(events: Iterable[list[str]]) -> bytes:
    frame = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Metwith//Sample//EN"], ["END:VCALENDAR", ""]
    return "\r\n".join(_fold(line) for line in chain(frame[0], *events, frame[1])).encode()


def _fold(line: str) -> str:
    """At most 75 octets a line (RFC 5545, section 3.1); of ours few characters have more than one."""
    return "\r\n ".join(line[at : at + 60] for at in range(0, len(line), 60))
