"""How accounts and calendars are doing, as the accounts page, the API and the command show it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from metwith.accounts.models import Account
from metwith.calendars.account_status import account_overview, freshness
from metwith.calendars.actions import connect
from metwith.calendars.tables import TABLES
from metwith.calendars.vocabulary import Unreadable, Visibility
from metwith.engine import lease
from tests.calendars.desk import Desk, exception
from tests.people import NOW
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@once
def desk(alice: Member) -> Desk:
    return Desk(alice, "alice")


def test_a_calendar_shows_what_was_kept_and_what_was_dropped_by_reason(desk: Desk, alice: Member) -> None:
    series = desk.series("weekly", "anna@acme.example", rule="FREQ=WEEKLY;COUNT=4")
    desk.put(
        "weekly",
        "anna@acme.example",
        recurrence=series.recurrence,
        exceptions=(exception(series, series.start, visibility=Visibility.PRIVATE),),
    )
    desk.put("lunch", "anna@acme.example")
    desk.put("internal", "bob@lumen.example")
    desk.series("private", "anna@acme.example", visibility=Visibility.PRIVATE)
    desk.server.put("work", Unreadable("broken", "no start"))
    desk.sync()
    (account,) = account_overview(alice, now=desk.now)
    (calendar,) = account.calendars
    assert (calendar.kept, calendar.dropped) == (4, {"internal": 1, "private": 2, "unreadable": 1})
    assert (calendar.state, calendar.words.replace("\xa0", " "), calendar.message) == ("fine", "Up to date, just now", "")
    assert calendar.last_success_at == desk.now
    assert not account.needs_user


def test_what_only_a_person_can_mend_is_said(desk: Desk, alice: Member) -> None:
    desk.server.faults.needs_reconnect = True
    desk.sync()
    (account,) = account_overview(alice, now=desk.now)
    assert account.needs_user
    assert (account.calendars[0].message, account.calendars[0].next_sync_at) == ("The server refuses the password.", None)
    assert account.calendars[0].advice


def test_a_bad_hour_needs_nobody(desk: Desk, alice: Member) -> None:
    desk.server.faults.broken = True
    desk.sync()
    (account,) = account_overview(alice, now=desk.now)
    assert not account.needs_user
    assert account.calendars[0].next_sync_at


def test_progress_is_shown_while_a_sync_runs(desk: Desk, alice: Member) -> None:
    lease.claim(TABLES, alice.workspace_id, desk.calendar.pk, desk.now)
    (account,) = account_overview(alice, now=desk.now)
    assert account.calendars[0].syncing
    (account,) = account_overview(alice, now=desk.now + timedelta(hours=1))
    assert not account.calendars[0].syncing


def test_everybody_sees_the_own_accounts_and_admins_all_when_they_ask(desk: Desk, alice: Member, bob: Member, charlie: Member) -> None:
    Desk(bob, "bob")

    def owners(viewer: Member, *, everybody: bool = False) -> list[tuple[str, bool]]:
        return [(a.member_name, a.mine) for a in account_overview(viewer, now=NOW, everybody=everybody)]

    assert owners(alice) == [("Alice Adler", True)]
    assert owners(bob, everybody=True) == [("Bob Brandt", True)]
    assert sorted(owners(alice, everybody=True)) == [("Alice Adler", True), ("Bob Brandt", False)]
    assert owners(charlie, everybody=True) == []
    assert account_overview(charlie, now=NOW, everybody=True, account_id=desk.account.pk) == ()
    assert len(account_overview(alice, now=NOW, account_id=desk.account.pk)) == 1


def test_no_secret_is_in_it(desk: Desk, alice: Member) -> None:
    Account.objects.of(alice.workspace).update(server="https://cal.example/secret-path/home")
    shown = repr(account_overview(alice, now=NOW))
    assert "cal.example" in shown
    assert "secret" not in shown


def test_freshness_is_that_of_the_own_calendars_and_the_worst_of_them(desk: Desk, alice: Member, bob: Member) -> None:
    desk.sync()
    other = Desk(bob, "bob")
    other.server.faults.needs_reconnect = True
    other.sync()
    mine, theirs = freshness(alice, now=desk.now), freshness(bob, now=desk.now)
    assert mine
    assert theirs
    assert (mine.words.replace("\xa0", " "), mine.needs_user) == ("Up to date, just now", False)
    assert (theirs.words, theirs.needs_user) == ("Access was withdrawn. Reconnect", True)


def test_who_has_none_sees_the_workspaces_and_is_asked_for_nothing(desk: Desk, alice: Member, bob: Member) -> None:
    desk.server.faults.needs_reconnect = True
    desk.sync()
    shown = freshness(bob, now=desk.now)
    assert shown
    assert not shown.needs_user


def test_without_any_calendar_there_is_no_freshness(alice: Member, charlie: Member) -> None:
    assert freshness(alice, now=NOW) is None
    desk = Desk(alice, "alice")
    connect.disconnect(alice, desk.account.pk, purge=False, now=NOW)
    assert freshness(alice, now=NOW) is None
    assert freshness(charlie, now=NOW) is None
