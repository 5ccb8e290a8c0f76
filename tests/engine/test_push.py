"""The life of a push channel, at the practice servers of both providers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars import jobs
from metwith.calendars.account_status import account_overview
from metwith.calendars.actions import choose, connect
from metwith.calendars.inquiries import farewell
from metwith.calendars.models import Calendar
from metwith.calendars.models import Channel as Row
from metwith.calendars.sync.access import PUSH
from metwith.engine import push
from metwith.practice.asgi import Answer
from metwith.practice.graph.faults import throttled
from metwith.rules.health import Succeeded
from metwith.workspaces.signals import announce, member_leaving
from tests.calendars.worker import answer_inquiries, forget_jobs, waiting, work
from tests.engine.told import HOUR, syncs

if TYPE_CHECKING:
    from tests.engine.told import Told

pytestmark = pytest.mark.server
DAY = timedelta(days=1)
LATER = timedelta(minutes=11)
REFUSED = Answer({"error": {"code": "ExtensionError", "message": "", "errors": [{"reason": "forbidden"}]}}, 403)


def refuse(told: Told, answer: Answer = REFUSED) -> None:
    """The next channel that is asked for is answered otherwise."""
    if told.provider == "google":
        told.google.fail(answer.status, "push.webhookUrlUnauthorized", retry_after=answer.headers.get("retry-after", ""))
    else:
        told.graph.faults.answers.append(("subscriptions", answer))


def test_a_calendar_is_watched_once_it_was_read(told: Told):
    assert told.keep() == []
    told.sync()
    assert told.keep() == [told.inbox.pk]
    assert len(told.open_there()) == 1
    assert told.keep() == []
    row = told.row()
    assert row.heard_at == told.now
    assert row.expires_at
    assert timedelta(days=6) < row.expires_at - told.now <= timedelta(days=7)
    assert abs((row.renew_at - told.now) * 2 - (row.expires_at - told.now)) < timedelta(seconds=2)


def test_the_jobs_do_it_and_what_changed_before_is_read(told: Told):
    told.sync()
    jobs.renew_push(timestamp=0)
    jobs.renew_push(timestamp=0)
    assert len(waiting("keep_push")) == 1
    work()
    assert (len(told.open_there()), syncs()) == (1, [told.inbox.pk])
    assert all(isinstance(value, int) for job in waiting() for value in job.values())


def test_without_a_public_address_nobody_is_asked(told: Told, settings: Any):
    told.sync()
    for origin in ("", "http://metwith.example"):
        settings.ORIGIN = origin
        assert told.keep() == []
    assert told.asked() == []


@pytest.mark.parametrize("facts", [{"paused": True}, {"enabled": False}, {"state": "reconnect"}, {"last_success_at": None}])
def test_who_is_not_read_is_not_watched(told: Told, facts: dict[str, object]):
    told.sync()
    Calendar.objects.of(told.member.workspace_id).update(**facts)
    assert told.keep() == []
    assert told.open_there() == []


def test_one_channel_tells_of_one_calendar_at_google_and_of_all_at_microsoft(told: Told):
    other = told.add_another()
    for calendar in (told.inbox, other):
        told.sync(calendar)
    assert set(told.keep()) == {told.inbox.pk, other.pk}
    assert len(told.open_there()) == (2 if told.provider == "google" else 1)
    forget_jobs()
    told.change()
    assert set(syncs()) == ({told.inbox.pk} if told.provider == "google" else {told.inbox.pk, other.pk})


def test_a_change_is_told_and_read(told: Told):
    told.watch()
    told.change()
    assert syncs() == [told.inbox.pk]
    assert told.sync() == Succeeded()
    assert told.titles() == {"lunch"}


def test_while_a_channel_is_quiet_its_calendar_is_read_once_an_hour(told: Told):
    assert told.sync() == Succeeded()
    told.keep()
    assert told.sync() == Succeeded(), "the provider may tell sooner than it hands out"
    told.now += LATER
    assert told.sync() == Succeeded(HOUR)
    told.change()
    assert told.sync() == Succeeded()
    told.now += LATER
    assert told.sync() == Succeeded(HOUR)


def test_a_channel_of_which_nothing_was_ever_heard_changes_nothing(at_google: Told):
    at_google.sync()
    at_google.lost = True
    at_google.keep()
    at_google.now += LATER
    assert (at_google.row().heard_at, at_google.sync()) == (None, Succeeded())


def test_with_all_notices_lost_the_clock_alone_brings_the_same(told: Told):
    told.watch()
    told.lost = True
    told.now += LATER
    told.sync()
    told.change()
    assert (syncs(), told.titles()) == ([], set())
    due = Calendar.objects.of(told.member.workspace_id).get().next_sync_at
    assert due
    assert due - told.now < 2 * HOUR
    told.now = due
    told.sync()
    assert told.titles() == {"lunch"}


def test_at_half_its_life_a_channel_is_renewed_and_there_is_always_one(told: Told):
    before = told.watch()
    told.now = before.renew_at - timedelta(minutes=1)
    assert told.keep() == []
    told.now = before.renew_at
    assert told.keep() == [told.inbox.pk], "what changed in between is read"
    assert told.asked() == (["POST watch", "POST stop"] if told.provider == "google" else ["PATCH"])
    assert len(told.open_there()) == 1
    after = told.row()
    assert after.expires_at
    assert before.expires_at
    assert after.expires_at - before.expires_at == before.renew_at - (before.expires_at - 2 * (before.expires_at - before.renew_at))
    forget_jobs()
    told.change()
    assert syncs() == [told.inbox.pk]


def test_the_old_channel_is_heard_until_the_new_one_stands(at_google: Told):
    at_google.watch()
    at_google.now = at_google.row().renew_at
    at_google.google.fail(500, "backendError", after=0)
    assert at_google.keep() == []
    assert len(at_google.open_there()) == 1
    at_google.change()
    assert syncs() == [at_google.inbox.pk]
    at_google.now += push.FAILED
    assert at_google.keep() == [at_google.inbox.pk]
    assert len(at_google.open_there()) == len(at_google.rows()) == 1


def test_an_old_channel_that_cannot_be_stopped_is_forgotten_all_the_same(at_google: Told):
    before = at_google.watch()
    at_google.now = before.renew_at
    at_google.google.fail(503, after=1)
    assert at_google.keep() == [at_google.inbox.pk]
    assert at_google.row().pk != before.pk
    assert len(at_google.open_there()) == 2
    forget_jobs()
    at_google.change()
    assert syncs() == [at_google.inbox.pk]


def test_a_subscription_that_the_provider_forgot_is_made_anew(at_microsoft: Told):
    before = at_microsoft.watch()
    at_microsoft.graph.subscriptions.all.clear()
    at_microsoft.now = before.renew_at
    assert at_microsoft.keep() == [at_microsoft.inbox.pk]
    assert at_microsoft.asked() == ["PATCH", "POST", "DELETE"]
    assert at_microsoft.row().remote_id != before.remote_id


def test_a_provider_that_refuses_is_left_alone_for_a_day_and_nobody_is_troubled(told: Told):
    told.sync()
    refuse(told)
    assert told.keep() == []
    assert told.row().remote_id == ""
    assert Calendar.objects.of(told.member.workspace_id).get().state == "fine"
    told.now += DAY - timedelta(minutes=1)
    assert (told.keep(), told.open_there()) == ([], [])
    assert told.sync() == Succeeded()
    told.now += timedelta(minutes=1)
    assert told.keep() == [told.inbox.pk]
    assert len(told.open_there()) == len(told.rows()) == 1


def test_microsoft_that_does_not_reach_us_is_left_alone_too(at_microsoft: Told):
    at_microsoft.sync()
    at_microsoft.lost = True
    assert at_microsoft.keep() == []
    assert (at_microsoft.open_there(), at_microsoft.row().remote_id) == ([], "")


def test_a_channel_that_may_not_be_renewed_is_gone_and_the_calendar_read_as_usual(told: Told):
    before = told.watch()
    told.now = before.renew_at
    told.graph.subscriptions.all.clear()
    if told.provider == "microsoft":
        told.graph.faults.answers.append(("subscriptions/", Answer({"error": {"code": "ResourceNotFound"}}, 404)))
    refuse(told)
    assert told.keep() == [told.inbox.pk]
    assert (told.open_there(), told.row().remote_id, told.sync()) == ([], "", Succeeded())


def test_a_provider_that_asks_for_patience_gets_it(told: Told):
    told.sync()
    refuse(told, throttled(7200))
    assert told.keep() == []
    assert told.row().renew_at == told.now + timedelta(hours=2)


def test_an_account_that_cannot_be_opened_waits_like_any_other(told: Told):
    told.sync()
    told.account.secret = "nothing we wrote"
    told.account.save()
    assert told.keep() == []
    assert (told.row().remote_id, told.row().renew_at) == ("", told.now + push.FAILED)


def test_an_installation_that_moved_opens_a_channel_to_its_new_address(told: Told, settings: Any):
    before = told.watch()
    settings.ORIGIN = "https://new.metwith.example"
    told.now += LATER
    assert told.sync() == Succeeded(), "what goes to the old address is not heard"
    told.now = before.renew_at
    told.keep()
    assert told.row().address.startswith("https://new.metwith.example/hooks/")
    assert len(told.open_there()) == 1


def let_go(told: Told, *, purge: bool = False) -> None:
    """Disconnect, and say so to the provider as the job does."""
    leaving = connect.disconnect(told.member, told.account.pk, purge=purge, now=told.now)
    assert leaving
    farewell.say_farewell(leaving, lambda: told.now)


def test_disconnecting_ends_it(told: Told):
    told.watch()
    let_go(told)
    assert (told.open_there(), told.rows()) == ([], [])
    told.change()
    assert syncs() == []


@pytest.mark.parametrize("purge", [True, False])
def test_nothing_stops_anybody_from_disconnecting(told: Told, monkeypatch: pytest.MonkeyPatch, purge: bool):
    told.watch()
    monkeypatch.setenv(f"METWITH_{told.provider.upper()}_SERVER", "http://127.0.0.1:9")
    let_go(told, purge=purge)
    assert (len(told.open_there()), told.rows()) == (1, [])
    told.change()
    assert syncs() == []


@pytest.mark.parametrize("how", ["pause", "switch off"])
def test_a_calendar_that_stands_still_is_watched_no_longer(told: Told, how: str):
    told.watch()
    if how == "pause":
        choose.pause(told.member, told.inbox.pk)
    else:
        choose.choose_calendars(told.member, told.account.pk, [], told.now)
    work()
    assert (told.open_there(), told.rows()) == ([], [])


def test_a_mailbox_is_watched_as_long_as_one_of_its_calendars_is_read(at_microsoft: Told):
    other = at_microsoft.add_another()
    at_microsoft.sync(other)
    at_microsoft.watch()
    choose.pause(at_microsoft.member, other.pk)
    work()
    at_microsoft.change()
    assert syncs() == [at_microsoft.inbox.pk]


def test_a_member_who_leaves_takes_the_channels_along(told: Told):
    told.watch()
    announce(member_leaving, workspace_id=told.member.workspace_id, member_id=told.member.pk, keep=False)
    assert told.rows() == []
    answer_inquiries()
    assert told.open_there() == []


def test_after_its_owner_signed_in_again_a_channel_is_looked_at(told: Told):
    told.watch()
    told.graph.subscriptions.all.clear()
    told.google.channels.open.clear()
    push.recheck(PUSH, told.account, told.now)
    assert told.keep() == [told.inbox.pk]
    assert len(told.open_there()) == len(told.rows()) == 1


def test_the_secret_is_kept_by_nobody(told: Told):
    row = told.watch()
    secret = next(iter(told.google.channels.open.values())).token if told.provider == "google" else ""
    secret = secret or next(iter(told.graph.subscriptions.all.values())).payload["clientState"].partition(".")[2]
    assert len(secret) > 40
    assert secret not in str(Row.objects.of(told.member.workspace_id).values().get())
    assert row.secret == push.digest(secret)


def test_nothing_is_sent_but_what_reads_watches_and_stops(told: Told):
    told.sync()
    told.keep()
    told.now = told.row().renew_at
    told.keep()
    told.sync()
    let_go(told)
    said = {"POST watch", "POST stop"} if told.provider == "google" else {"POST", "PATCH", "DELETE"}
    assert set(told.asked()) == said


def test_the_account_page_says_how_changes_reach_us(told: Told, settings: Any):
    def said() -> str:
        return account_overview(told.member, now=told.now)[0].freshness

    label = "Google" if told.provider == "google" else "Microsoft"
    assert said() == ""
    told.watch()
    assert said() == f"{label} tells Metwith of changes at once."
    settings.ORIGIN = "http://localhost:8000"
    assert said() == f"Read every few minutes: Metwith has no public address at which {label} could tell of changes."
