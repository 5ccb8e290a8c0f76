"""The verbs: connect, choose, share, pause, disconnect."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from metwith.accounts.models import Account
from metwith.calendars.actions import choose, connect, link, share
from metwith.calendars.models import Calendar, Entry, Event, Link, Series, Trace
from metwith.calendars.providers import memory
from metwith.calendars.sync.run import CalendarBusy, sync_calendar
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import RemoteCalendar, Visibility
from metwith.engine import lease
from metwith.engine.errors import ConnectFailed, ProviderBroken
from metwith.engine.models import State
from metwith.lib.errors import Invalid, NotAllowed
from metwith.rules.health import Succeeded
from metwith.workspaces.models import AuditLine, MemberAddress
from tests.calendars.desk import Desk, events, links, meeting
from tests.calendars.worker import forget_jobs, waiting, work
from tests.people import NOW, company, person
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@once
def desk(alice: Member) -> Desk:
    """A calendar with a meeting, a series and something private."""
    person(alice, "Anna", "anna@acme.example")
    made = Desk(alice, "alice")
    made.put("lunch", "anna@acme.example")
    made.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY;COUNT=4")
    made.put("private", "anna@acme.example", visibility=Visibility.PRIVATE)
    made.sync()
    forget_jobs()
    return made


@once
def three(alice: Member) -> memory.MemoryServer:
    """A server with three calendars, one of them free/busy only, each with a meeting of its own."""
    memory.forget_servers("three")
    server = memory.server("three")
    server.add_calendar(RemoteCalendar("work", "Work", primary=True))
    server.add_calendar(RemoteCalendar("team", "Team"))
    server.add_calendar(RemoteCalendar("boss", "Boss", readable=False))
    for calendar in ("work", "team", "boss"):
        server.put(calendar, meeting(calendar, alice.user.email, "anna@acme.example"))
    return server


def connected(member: Member, calendars: connect.Choice = "primary", server: str = "memory:three") -> Account:
    return connect.connect(member, "memory", address=member.user.email, server=server, calendars=calendars, now=lambda: NOW)


def switched_on(account: Account) -> dict[str, int]:
    return dict(Calendar.objects.of(account.workspace_id).filter(account=account, enabled=True).values_list("name", "pk"))


def sync_all(account: Account) -> None:
    for pk in switched_on(account).values():
        assert sync_calendar(account.workspace_id, pk, clock=lambda: NOW) == Succeeded()


# --- connect and choose -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("primary", {"Work"}), ("all", {"Work", "Team"}), (["Team"], {"Team"}), (["work", "Team"], {"Work", "Team"}), ([], set())],
)
def test_the_primary_calendar_is_on_at_first_others_by_choice(
    three: memory.MemoryServer, alice: Member, choice: connect.Choice, expected: set[str]
) -> None:
    account = connected(alice, choice)
    assert switched_on(account).keys() == expected
    assert len(waiting("sync_calendar")) == len(expected)


def test_a_calendar_that_may_not_be_read_is_never_offered(three: memory.MemoryServer, alice: Member) -> None:
    connected(alice, "all")
    assert set(Calendar.objects.of(alice.workspace).values_list("name", flat=True)) == {"Work", "Team"}
    with pytest.raises(Invalid):
        connected(alice, ["Boss"])


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("provider", {"provider": "carrier-pigeon"}),
        ("provider", {"provider": "google"}),
        ("server", {"server": " "}),
        ("address", {"address": "not an address"}),
        ("calendars", {"calendars": ["Nowhere"]}),
        ("sharing", {"sharing": "all"}),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_stored(
    three: memory.MemoryServer, alice: Member, field: str, facts: dict[str, str]
) -> None:
    given = {"provider": "memory", "address": "alice@lumen.example", "server": "memory:three"} | facts
    with pytest.raises(Invalid) as refused:
        connect.connect(alice, given.pop("provider"), now=lambda: NOW, **given)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not Account.objects.of(alice.workspace).exists()


def test_a_connection_that_fails_stores_nothing(three: memory.MemoryServer, alice: Member) -> None:
    three.secret = "sesame"
    with pytest.raises(ConnectFailed):
        connected(alice)
    assert not Account.objects.of(alice.workspace).exists()


def test_connecting_again_is_the_same_account(three: memory.MemoryServer, alice: Member) -> None:
    first = connected(alice, "all")
    sync_all(first)
    ids = set(Entry.objects.of(alice.workspace).values_list("pk", flat=True))
    again = connected(alice, "all")
    sync_all(again)
    assert first.pk == again.pk
    assert set(Entry.objects.of(alice.workspace).values_list("pk", flat=True)) == ids


def test_what_is_no_longer_chosen_when_connecting_again_is_purged(three: memory.MemoryServer, alice: Member) -> None:
    sync_all(connected(alice, "all"))
    assert events(alice) == {("work", ""), ("team", "")}
    connected(alice, "primary")
    assert events(alice) == {("work", "")}


def test_the_providers_further_addresses_of_the_owner_are_kept(three: memory.MemoryServer, alice: Member) -> None:
    three.own_addresses = ("alice@lumen.example", "alice@home.example")
    connected(alice)
    rows = MemberAddress.objects.of(alice.workspace_id).exclude(account_id=0)
    assert dict(rows.values_list("address", "way")) == {"alice@lumen.example": "typed", "alice@home.example": "server"}


def test_a_calendar_that_is_switched_off_is_purged_and_comes_back_when_switched_on(three: memory.MemoryServer, alice: Member) -> None:
    account = connected(alice, "all")
    sync_all(account)
    ids = switched_on(account)
    choose.choose_calendars(alice, account.pk, [ids["Work"]], NOW)
    assert events(alice) == {("work", "")}
    assert sync_calendar(alice.workspace_id, ids["Team"], clock=lambda: NOW) == CalendarBusy()
    choose.choose_calendars(alice, account.pk, list(ids.values()), NOW)
    sync_all(account)
    assert events(alice) == {("work", ""), ("team", "")}


def test_a_sync_under_way_of_a_calendar_that_is_switched_off_writes_nothing_more(three: memory.MemoryServer, alice: Member) -> None:
    account = connected(alice)
    (pk,) = switched_on(account).values()
    assert lease.claim(TABLES, alice.workspace_id, pk, NOW)
    choose.choose_calendars(alice, account.pk, [], NOW)
    assert Calendar.objects.of(alice.workspace).get(pk=pk).lease_holder is None


# --- disconnect and reconnect -------------------------------------------------------------------------------------------------------------


def test_disconnecting_with_purge_leaves_nothing(desk: Desk, alice: Member) -> None:
    connect.disconnect(alice, desk.account.pk, purge=True, now=NOW)
    for model in (Account, Calendar, Event, Entry, Link, Series, Trace):
        assert not model.objects.of(alice.workspace).exists(), model.__name__


def test_disconnecting_keeps_the_meetings_and_forgets_the_credentials(desk: Desk, alice: Member) -> None:
    before = links(alice), desk.entries()
    connect.disconnect(alice, desk.account.pk, purge=False, now=NOW)
    assert (links(alice), desk.entries()) == before
    account = Account.objects.of(alice.workspace).get()
    assert (account.secret, account.disconnected_at) == ("", NOW)
    assert desk.sync() == CalendarBusy()
    assert choose.sync_now(alice, now=NOW) == 0


def test_a_disconnected_account_can_be_connected_anew_beside_what_was_kept(desk: Desk, alice: Member) -> None:
    connect.disconnect(alice, desk.account.pk, purge=False, now=NOW)
    account = connected(alice, server="memory:alice")
    sync_all(account)
    assert {uid for uid, _ in events(alice)} == {"lunch", "weekly"}


def test_an_account_that_was_disconnected_is_taken_up_again_with_new_credentials(desk: Desk, alice: Member) -> None:
    connect.disconnect(alice, desk.account.pk, purge=False, now=NOW)
    desk.put("new", "anna@acme.example")
    connect.reconnect(alice, desk.account.pk, secret="", now=lambda: NOW)
    assert desk.sync() == Succeeded()
    assert desk.uids() == {"lunch", "weekly", "new"}


def test_reconnecting_keeps_the_cursor_so_that_nothing_is_read_twice(desk: Desk, alice: Member) -> None:
    desk.server.secret = "new password"
    assert desk.sync() != Succeeded()
    assert desk.calendar.state == State.RECONNECT
    with pytest.raises(ConnectFailed):
        connect.reconnect(alice, desk.account.pk, secret="wrong", now=lambda: NOW)
    cursor = desk.calendar.cursor
    connect.reconnect(alice, desk.account.pk, secret="new password", now=lambda: NOW)
    assert (desk.calendar.cursor, desk.calendar.next_sync_at) == (cursor, NOW)
    assert len(waiting("sync_calendar")) == 1
    assert desk.sync() == Succeeded()
    assert desk.calendar.state == State.FINE


def test_what_others_own_is_theirs_and_admins_may_only_disconnect_and_sync(desk: Desk, alice: Member, bob: Member) -> None:
    other = Desk(bob, "bob")
    verbs = (
        lambda: share.set_sharing(alice, other.account.pk, "everything"),
        lambda: choose.choose_calendars(alice, other.account.pk, [], NOW),
        lambda: connect.reconnect(alice, other.account.pk, secret="x", now=lambda: NOW),
        lambda: choose.pause(alice, other.calendar.pk),
        lambda: choose.resume(alice, other.calendar.pk, NOW),
        lambda: choose.confirm_empty(alice, other.calendar.pk, NOW),
        lambda: choose.set_new_people(alice, other.calendar.pk, "on", now=NOW),
        lambda: connect.disconnect(bob, desk.account.pk, purge=True, now=NOW),
        lambda: choose.sync_now(bob, account_id=desk.account.pk, now=NOW),
    )
    for verb in verbs:
        with pytest.raises(NotAllowed):
            verb()
    choose.sync_now(alice, account_id=other.account.pk, now=NOW)
    connect.disconnect(alice, other.account.pk, purge=True, now=NOW)


def test_another_workspaces_ids_do_not_exist(desk: Desk, alice: Member, charlie: Member) -> None:
    event = Event.objects.of(alice.workspace).filter(ical_uid="lunch").get()
    theirs = person(charlie, "Anna", "anna@acme.example")
    with pytest.raises(Account.DoesNotExist):
        connect.disconnect(charlie, desk.account.pk, purge=True, now=NOW)
    with pytest.raises(Calendar.DoesNotExist):
        choose.pause(charlie, desk.calendar.pk)
    with pytest.raises(Event.DoesNotExist):
        link.link_by_hand(charlie, event.pk, "person", theirs.pk)
    with pytest.raises(type(theirs).DoesNotExist):
        link.link_by_hand(alice, event.pk, "person", theirs.pk)


# --- the rest -----------------------------------------------------------------------------------------------------------------------------


def test_a_paused_calendar_stands_still_and_goes_on_where_it_stopped(desk: Desk, alice: Member) -> None:
    desk.put("new", "anna@acme.example")
    choose.pause(alice, desk.calendar.pk)
    assert desk.sync() == CalendarBusy()
    assert "new" not in desk.uids()
    cursor = desk.calendar.cursor
    choose.resume(alice, desk.calendar.pk, NOW)
    assert desk.calendar.cursor == cursor
    assert desk.sync() == Succeeded()
    assert "new" in desk.uids()


def test_a_sync_is_queued_once_however_often_it_is_asked_for(desk: Desk, alice: Member) -> None:
    assert [choose.sync_now(alice, now=NOW) for _time in range(3)] == [1, 0, 0]
    assert waiting("sync_calendar") == [{"workspace_id": alice.workspace_id, "calendar_id": desk.calendar.pk}]


def test_contacts_that_are_switched_on_are_made_of_the_meetings_that_are_there(desk: Desk, alice: Member) -> None:
    desk.put("new", "kim@kin.example")
    desk.sync()
    choose.set_new_people(alice, desk.calendar.pk, "on", now=NOW)
    desk.sync()
    assert len({kind for uid, kind, _ in links(alice) if uid == "new"}) == 2


def test_a_choice_that_lets_more_in_reads_the_calendar_again_even_from_under_a_sync(desk: Desk, alice: Member) -> None:
    desk.sync()
    for wanted, again in (("organised", True), ("on", True), ("organised", False), ("off", False), ("on", True)):
        Calendar.objects.of(alice.workspace).filter(pk=desk.calendar.pk).update(cursor="here", lease_holder=uuid4())
        choose.set_new_people(alice, desk.calendar.pk, wanted, now=NOW)
        assert ((desk.calendar.cursor, desk.calendar.lease_holder) == ("", None)) is again
    with pytest.raises(Invalid):
        choose.set_new_people(alice, desk.calendar.pk, "some", now=NOW)
    told = AuditLine.objects.of(alice.workspace).filter(action="new-people").order_by("pk").values_list("facts__to", flat=True)
    assert list(told) == ["organised", "on", "organised", "off", "on"]


def test_an_account_at_a_clients_server_does_not_make_the_client_one_of_us(desk: Desk, alice: Member) -> None:
    memory.forget_servers("client")
    memory.server("client").add_calendar(RemoteCalendar("work", "Work", primary=True))
    connect.connect(alice, "memory", address="alice@acme.example", server="memory:client", now=lambda: NOW)
    work()
    desk.sync()
    assert "lunch" in desk.uids()


ICS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Test//EN\r
BEGIN:VEVENT\r
UID:lunch\r
DTSTAMP:20260601T000000Z\r
DTSTART:20260610T090000Z\r
DTEND:20260610T100000Z\r
SUMMARY:Lunch\r
ORGANIZER:mailto:alice@lumen.example\r
ATTENDEE:mailto:anna@acme.example\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_a_file_is_read_once_and_never_asked_again(alice: Member) -> None:
    acme = company(alice, "Acme", "acme.example")
    account, outcome = connect.connect_file(alice, ICS.encode(), name="export.ics", now=NOW)
    assert outcome == Succeeded()
    assert {record for _, _, record in links(alice)} == {acme.pk}
    assert Calendar.objects.of(alice.workspace).get(account=account).next_sync_at is None
    assert choose.sync_now(alice, now=NOW) == 0


@pytest.mark.parametrize("data", [b"", b"<html></html>", ICS.encode()[:-30]])
def test_a_file_that_is_no_calendar_stores_nothing(alice: Member, data: bytes) -> None:
    with pytest.raises(ProviderBroken):
        connect.connect_file(alice, data, name="export.ics", now=NOW)
    assert not Account.objects.of(alice.workspace).exists()
