from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from metwith.calendars import sample
from metwith.calendars.account_status import account_overview
from metwith.calendars.demo import make_demo
from metwith.calendars.feed import FeedFilter
from metwith.calendars.models import Entry, Event, Trace
from metwith.calendars.queries import timeline_for
from metwith.records.models import Company, Opportunity
from metwith.workspaces.models import Member, User, Workspace
from tests.cli.prompt import run
from tests.people import NOW, PASSWORD

WEDNESDAY = date(2026, 11, 18)


def test_the_command_tells_how_to_sign_in(db, capsys):
    assert run("demo") == 0
    *_, address, _, _, _, password = capsys.readouterr().out.split()
    assert User.objects.get(email=address).check_password(password)


def test_a_second_sample_replaces_the_first_and_touches_nothing_else(alice):
    make_demo(now=NOW)
    second = make_demo(now=NOW + timedelta(days=30))
    assert [w.pk for w in Workspace.objects.filter(sample=True)] == [second.workspace_id]
    assert Workspace.objects.filter(pk=alice.workspace_id).exists()
    assert not Event.objects.across_workspaces("a test").exclude(workspace_id=second.workspace_id).exists()


def test_the_owner_can_be_named_and_gets_the_password(db):
    owner = make_demo("me@mine.example", PASSWORD, now=NOW)
    assert (owner.user.email, owner.role, owner.workspace.sample) == ("me@mine.example", "owner", True)
    assert owner.user.check_password(PASSWORD)


@pytest.fixture
def owner(db):
    return make_demo(now=NOW)


def test_every_deal_has_meetings_before_and_after_now_or_the_company_does(owner):
    lindqvist = Company.objects.of(owner.workspace_id).get(name="Lindqvist Shipping")
    for when in ("upcoming", "past"):
        assert timeline_for("company", lindqvist.pk, owner, now=NOW, feed_filter=FeedFilter(when=when)).items
    for deal in Opportunity.objects.of(owner.workspace_id):
        assert timeline_for("opportunity", deal.pk, owner, now=NOW).items


def test_private_and_internal_events_are_counted_and_not_there(owner):
    titles = set(Entry.objects.of(owner.workspace_id).values_list("title", flat=True))
    hidden = {
        m.title
        for m in (*sample.OWNERS, *sample.INES_ALONE, *sample.JON_ALONE)
        if m.extra == sample.PRIVATE or not set(m.guests) - {sample.INES, sample.JON}
    }
    assert len(hidden) > 5
    assert not titles & hidden
    reasons = set(Trace.objects.of(owner.workspace_id).values_list("reason", flat=True))
    assert reasons == {"private", "internal", "not-a-meeting"}


def test_what_ines_and_jon_do_not_share_stays_theirs(owner):
    levels = {
        m.level for c in Company.objects.of(owner.workspace_id) for m in timeline_for("company", c.pk, owner, now=NOW, limit=100).items
    }
    assert levels == {"metadata", "subject", "everything"}


def test_everything_in_it_is_up_to_date_and_no_clock_will_ask_again(owner):
    for member in Member.objects.of(owner.workspace_id).select_related("user"):
        (account,) = account_overview(member, now=NOW)
        assert [(c.state, c.next_sync_at, c.name) for c in account.calendars] == [("fine", None, "Work")]
        assert account.provider == "file"


def test_a_meeting_of_two_members_stands_in_both_calendars_and_once_on_the_record(owner):
    both = [event for event in Event.objects.of(owner.workspace_id) if Entry.objects.of(owner.workspace_id).filter(event=event).count() > 1]
    assert both


@pytest.mark.parametrize(
    ("today", "distance", "day"),
    [
        (WEDNESDAY, 0, WEDNESDAY),
        (WEDNESDAY, 2, date(2026, 11, 20)),
        (WEDNESDAY, 3, date(2026, 11, 23)),
        (WEDNESDAY, -3, date(2026, 11, 13)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
        (date(2026, 11, 22), -1, date(2026, 11, 20)),
    ],
)
def test_days_are_counted_in_working_days(today, distance, day):
    assert sample.working_day(today, distance) == day


def test_its_files_fold_their_lines():
    for data in sample.files("a@north.example", datetime(2026, 11, 18, tzinfo=UTC).date(), "UTC", str).values():
        assert max(map(len, data.split(b"\r\n"))) <= 75
