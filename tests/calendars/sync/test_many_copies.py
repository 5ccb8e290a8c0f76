"""A meeting that stands in very many calendars: what a page of one of them costs does not grow with the others of the same member."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection

from metwith.accounts.models import Account
from metwith.calendars import queries
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.rules import precedence
from metwith.calendars.sync import store
from metwith.calendars.sync.meeting import copies
from metwith.calendars.transparency import explain
from metwith.workspaces.addresses import who_is_who
from tests.calendars.desk import HOUR, START, Desk
from tests.people import company

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member


def put_everywhere(desk: Desk, times: int) -> None:
    """The one meeting of a desk in so many more calendars of its owner, as different readings of them left it, and in no others."""
    (entry,) = Entry.objects.filter(calendar=desk.calendar)
    spare = Account.objects.filter(server="memory:spare").first() or Desk(desk.member, "spare").account
    Entry.objects.exclude(pk=entry.pk).delete()
    Calendar.objects.filter(account=spare).delete()
    more = [
        Calendar(workspace_id=entry.workspace_id, account=spare, remote_id=f"more {number}", name="More", enabled=True)
        for number in range(times)
    ]
    for number, calendar in enumerate(Calendar.objects.bulk_create(more)):
        copy = Entry.objects.get(pk=entry.pk)
        copy.pk, copy.calendar_id, copy._state.adding = None, calendar.pk, True
        copy.attendees = [*copy.attendees, [f"guest{number}@elsewhere.example", "", "needs-action", "required", "individual", False]]
        copy.save()


def cost(act: Callable[[], Any]) -> tuple[int, int]:
    """Statements, and rows that they read or wrote."""
    seen: list[int] = []

    def count(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found = execute(sql, params, many, context)
        seen.append(max(context["cursor"].rowcount, 0))
        return found

    with connection.execute_wrapper(count):
        act()
    return len(seen), sum(seen)


def moved(desk: Desk, hours: int) -> Callable[[], Any]:
    """Its one meeting begins so much later on the server: reading that."""
    desk.put("one", "anna@acme.test", start=START + hours * HOUR)
    return desk.sync


def test_reading_a_change_costs_the_same_whether_its_owner_has_it_thirty_times_or_three_hundred(alice: Member) -> None:
    company(alice, "Acme", "acme.test")
    desk = Desk(alice, "alice")
    desk.put("one", "anna@acme.test")
    desk.sync()
    put_everywhere(desk, 30)
    store.reconcile(alice.workspace_id, [Event.objects.get().pk])
    few = cost(moved(desk, 2))
    put_everywhere(desk, 300)
    store.reconcile(alice.workspace_id, [Event.objects.get().pk])
    assert cost(moved(desk, 4)) == few


def test_of_each_member_the_best_ten_have_a_say(alice: Member, bob: Member) -> None:
    desk = Desk(alice, "alice")
    desk.put("one", "anna@acme.test", "bob@lumen.example")
    desk.sync()
    put_everywhere(desk, 30)
    theirs = Desk(bob, "bob")
    theirs.server.put("work", desk.put("one", "anna@acme.test", "bob@lumen.example"))
    theirs.sync()
    (found,) = copies.copies_of(alice.workspace_id, [Event.objects.get().pk], who_is_who(alice.workspace_id)).values()
    assert sorted(copy.member_id for copy in found) == [alice.pk] * precedence.MOST_OF_ONE + [bob.pk]


def test_a_copy_beyond_them_that_names_another_organizer_is_another_meeting_all_the_same(alice: Member) -> None:
    desk = Desk(alice, "alice")
    desk.put("one", "anna@acme.test")
    desk.sync()
    put_everywhere(desk, 30)
    event, last = Event.objects.get(), Entry.objects.order_by("-pk")[:1].get()
    Entry.objects.filter(pk=last.pk).update(organizer="zoe@shop.example", sequence=0)
    store.reconcile(alice.workspace_id, [event.pk])
    assert set(Event.objects.values_list("organizer_key", flat=True)) == {event.organizer_key, "zoe@shop.example"}


def test_a_page_and_the_reasons_cost_the_same_for_thirty_copies_and_three_hundred(alice: Member, bob: Member) -> None:
    company(alice, "Acme", "acme.test")
    desk = Desk(alice, "alice")
    desk.put("one", "anna@acme.test", *(f"some{number}@elsewhere.example" for number in range(100)))
    desk.sync()
    event = Event.objects.get()

    def looked() -> list[tuple[int, int]]:
        return [cost(partial(look, viewer, event.pk)) for viewer in (alice, bob) for look in (queries.meeting, explain.why)]

    put_everywhere(desk, 30)
    few = looked()
    put_everywhere(desk, 300)
    assert looked() == few
