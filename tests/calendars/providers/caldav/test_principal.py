from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from metwith.calendars.providers.caldav.dav import Dav
from metwith.calendars.providers.caldav.principal import account_at, calendars_of

if TYPE_CHECKING:
    from metwith.calendars.vocabulary import RemoteCalendar

URL = "https://cal.acme.example"
HEAD = (
    '<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" '
    'xmlns:A="http://apple.com/ns/ical/">'
)
CALENDAR = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
EVENTS = '<C:supported-calendar-component-set><C:comp name="VEVENT"/><C:comp name="VTODO"/></C:supported-calendar-component-set>'
TASKS = '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>'
ACCOUNT = """
<C:calendar-home-set><D:href>/home/</D:href></C:calendar-home-set>
<D:current-user-principal><D:href>/p/ana/</D:href></D:current-user-principal>
<C:calendar-user-address-set>
<D:href>mailto:Ana@Acme.Example</D:href><D:href>MAILTO:ana.k@acme.example</D:href><D:href>/p/ana/</D:href><D:href>urn:uuid:1</D:href>
</C:calendar-user-address-set>
<C:schedule-inbox-URL><D:href>/home/inbox/</D:href></C:schedule-inbox-URL>"""


def found(members: dict[str, str], *, inbox: str | None = None) -> tuple[RemoteCalendar, ...]:
    """What is offered of a home that lists these members."""
    dav = served(
        {"/dav/": {"/dav/": ACCOUNT}, "/home/": {"/home/": "", **members}, **({"/home/inbox/": {"/home/inbox/": inbox}} if inbox else {})}
    )
    return calendars_of(dav, account_at(dav, f"{URL}/dav/"))


def served(pages: dict[str, dict[str, str]]) -> Dav:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path not in pages:
            return httpx.Response(404)
        responses = (
            f"<D:response><D:href>{href}</D:href><D:propstat><D:prop>{props}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            for href, props in pages[request.url.path].items()
        )
        return httpx.Response(207, text=f"{HEAD}{''.join(responses)}</D:multistatus>")

    return Dav(httpx.Client(transport=httpx.MockTransport(answer)), now=lambda: datetime.now(UTC))


def primary(calendars: tuple[RemoteCalendar, ...]) -> str:
    (one,) = [calendar.id for calendar in calendars if calendar.primary]
    return one


def test_own_addresses_are_the_mail_addresses_of_the_principal():
    assert account_at(served({"/dav/": {"/dav/": ACCOUNT}}), f"{URL}/dav/").own_addresses == ("ana@acme.example", "ana.k@acme.example")


def test_name_colour_and_zone_are_read():
    zone = "<C:calendar-timezone>BEGIN:VCALENDAR&#13;\nBEGIN:VTIMEZONE&#13;\nTZID:Europe/Berlin&#13;\nEND:VTIMEZONE&#13;\n</C:calendar-timezone>"
    props = f"{CALENDAR}{EVENTS}<D:displayname>Büro</D:displayname><A:calendar-color>#FF2968FF</A:calendar-color>{zone}"
    (calendar,) = found({"/home/work/": props})
    assert (calendar.name, calendar.colour, calendar.zone, calendar.kind) == ("Büro", "#ff2968", "Europe/Berlin", "own")


@pytest.mark.parametrize(("text", "colour"), [("#123abc", "#123abc"), ("123ABC", "#123abc"), ("blue", ""), ("#12", ""), ("", "")])
def test_a_colour_is_six_digits_or_nothing(text: str, colour: str):
    assert found({"/home/work/": f"{CALENDAR}<A:calendar-color>{text}</A:calendar-color>"})[0].colour == colour


def test_a_zone_that_nobody_knows_is_none():
    zone = "<C:calendar-timezone>BEGIN:VTIMEZONE\nTZID:Customized Time Zone\n</C:calendar-timezone>"
    assert found({"/home/work/": CALENDAR + zone})[0].zone == ""


def test_a_calendar_without_a_name_is_called_like_its_folder():
    assert found({"/home/B%C3%BCro/": CALENDAR})[0].name == "Büro"


def test_only_what_holds_events_is_offered():
    members = {
        "/home/work/": CALENDAR + EVENTS,
        "/home/tasks/": CALENDAR + TASKS,
        "/home/inbox/": "<D:resourcetype><D:collection/><C:schedule-inbox/></D:resourcetype>",
        "/home/outbox/": "<D:resourcetype><D:collection/><C:schedule-outbox/></D:resourcetype>",
        "/home/trashbin/": CALENDAR,
        "/home/contact_birthdays/": CALENDAR + EVENTS,
        "/home/contacts/": "<D:resourcetype><D:collection/></D:resourcetype>",
    }
    assert [calendar.id for calendar in found(members)] == ["/home/work/"]


def test_subscribed_and_shared_calendars_are_told_apart():
    members = {
        "/home/work/": CALENDAR + "<D:owner><D:href>/p/ana</D:href></D:owner>",
        "/home/feed/": "<D:resourcetype><CS:subscribed/></D:resourcetype>",
        "/home/holidays/": CALENDAR + "<CS:source><D:href>https://feeds.example/</D:href></CS:source>",
        "/home/team/": CALENDAR + "<D:owner><D:href>/p/bob/</D:href></D:owner>",
        "/home/given/": "<D:resourcetype><D:collection/><C:calendar/><CS:shared/></D:resourcetype>",
    }
    assert [calendar.kind for calendar in found(members)] == ["own", "subscribed", "subscribed", "shared", "shared"]


def test_free_busy_is_not_enough_to_be_readable():
    def privileges(name: str) -> str:
        return f"{CALENDAR}<D:current-user-privilege-set><D:privilege>{name}</D:privilege></D:current-user-privilege-set>"

    members = {
        "/home/a/": privileges("<D:read/>"),
        "/home/b/": privileges("<C:read-free-busy/>"),
        "/home/c/": privileges("<D:all/>"),
        "/home/d/": CALENDAR,
    }
    assert [calendar.readable for calendar in found(members)] == [True, False, True, True]


def test_the_calendar_where_invitations_land_is_primary():
    inbox = "<C:schedule-default-calendar-URL><D:href>https://cal.acme.example/home/b%40x/</D:href></C:schedule-default-calendar-URL>"
    assert primary(found({"/home/default/": CALENDAR, "/home/b@x/": CALENDAR}, inbox=inbox)) == "/home/b@x/"


@pytest.mark.parametrize("name", ["personal", "Default", "Kalender", "calendar"])
def test_else_the_one_with_a_likely_name_is(name: str):
    members = {"/home/a/": CALENDAR, "/home/b/": f"{CALENDAR}<D:displayname>{name}</D:displayname>", "/home/c/": CALENDAR}
    assert primary(found(members)) == "/home/b/"


def test_else_the_first_of_ones_own_is():
    others = CALENDAR + "<D:owner><D:href>/p/bob/</D:href></D:owner>"
    assert primary(found({"/home/a/": others, "/home/b/": CALENDAR, "/home/c/": CALENDAR})) == "/home/b/"


def test_a_calendars_own_address_is_enough_where_nothing_else_is_known():
    dav = served({"/work/": {"/work/": CALENDAR, "/work/1.ics": ""}})
    assert [calendar.id for calendar in calendars_of(dav, account_at(dav, f"{URL}/work/"))] == ["/work/"]


def test_what_is_no_account_has_no_home():
    assert account_at(served({"/": {"/": "<D:resourcetype><D:collection/></D:resourcetype>"}}), f"{URL}/").homes == ()
