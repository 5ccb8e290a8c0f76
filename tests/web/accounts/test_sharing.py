"""What colleagues see: three cards with one meeting, calendars set apart, and what a disconnected account left behind."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from metwith.accounts.models import Account
from metwith.calendars.actions import choose, connect, share
from metwith.calendars.models import Calendar, Event
from metwith.calendars.queries import meeting as seen
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.lib.errors import Invalid, NotAllowed
from metwith.records.models import PersonAddress
from metwith.workspaces.actions import create_token
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import Desk, invited_by
from tests.people import NOW, person
from tests.remembered import once
from tests.web.tight import tight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@once
def desk(alice: Member) -> Desk:
    person(alice, "Anna Lindt", ANNA)
    found = Desk(alice, "sharing")
    found.put("talk", ANNA, location="Room 4", description="The notes", start=NOW + timedelta(days=1))
    found.sync()
    return found


def page_of(client: Client, desk: Desk, path: str = "") -> str:
    return tight(client.get(f"/settings/accounts/{desk.account.pk}/{path}").content.decode())


def card(page: str, level: str) -> str:
    """The example under a level."""
    return re.search(rf'id="level-{level}">(.*?)</div></div>', page, re.DOTALL)[1]  # type: ignore[index]


def test_each_level_shows_the_members_own_meeting(as_alice: Client, desk: Desk):
    page = page_of(as_alice, desk)
    assert "Not shared by Alice Adler" in card(page, "metadata")
    assert "About talk" not in card(page, "metadata")
    assert "About talk" in card(page, "subject")
    assert "Room 4" not in card(page, "subject")
    assert all(text in card(page, "everything") for text in ("About talk", "Room 4", "The notes"))
    assert "The example is a meeting of yours" in page


def test_a_level_above_the_workspaces_says_so_and_shows_no_more(as_alice: Client, alice: Member, desk: Desk):
    alice.workspace.sharing_cap = "subject"
    alice.workspace.save()
    page = page_of(as_alice, desk)
    assert "Your workspace shows at most: Also the title." in card(page, "everything")
    assert "Room 4" not in page
    assert "at most" not in card(page, "subject")


def test_without_a_meeting_the_example_says_that_it_is_invented(as_alice: Client, desk: Desk):
    desk.delete("talk")
    desk.server.put("work", desk.put("team", "bob@lumen.example"))
    choose.confirm_empty(desk.member, desk.calendar.pk, NOW)
    desk.sync()
    assert "The meeting in the examples is invented." in page_of(as_alice, desk)


# A calendar set apart


def test_a_calendar_is_set_apart_and_taken_back(as_alice: Client, as_bob: Client, alice: Member, desk: Desk):
    meeting = f"/meetings/{Event.objects.of(alice.workspace).get().pk}/"
    path, field = f"/settings/accounts/{desk.account.pk}/sharing/calendars/", f"level-{desk.calendar.pk}"
    assert as_alice.post(path, {field: "subject"}).status_code == 302
    assert "About talk" in as_bob.get(meeting).content.decode()
    assert '<option value="subject" selected>' in page_of(as_alice, desk)
    as_alice.post(path, {field: ""})
    assert "About talk" not in as_bob.get(meeting).content.decode()
    lines = AuditLine.objects.of(alice.workspace).filter(action="calendar-level").order_by("pk")
    here = {"account": desk.account.pk, "calendar": desk.calendar.pk}
    assert [line.facts for line in lines] == [here | {"from": "", "to": "subject"}, here | {"from": "subject", "to": ""}]


def test_a_level_that_there_is_not_is_refused_and_nothing_changes(as_alice: Client, desk: Desk):
    answer = as_alice.post(f"/settings/accounts/{desk.account.pk}/sharing/calendars/", {f"level-{desk.calendar.pk}": "all of it"})
    assert answer.status_code == 422
    assert "The sharing level is one of" in answer.content.decode()
    assert desk.calendar.sharing == ""


def test_only_its_owner_sets_a_calendar_apart(desk: Desk, bob: Member, charlie: Member):
    with pytest.raises(NotAllowed):
        share.set_calendar_sharing(bob, desk.calendar.pk, "everything")
    with pytest.raises(Calendar.DoesNotExist):
        share.set_calendar_sharing(charlie, desk.calendar.pk, "everything")
    with pytest.raises(Invalid):
        share.set_calendar_sharing(desk.member, desk.calendar.pk, "nothing")


def test_saying_the_same_again_is_no_change(desk: Desk):
    share.set_calendar_sharing(desk.member, desk.calendar.pk, "")
    assert not AuditLine.objects.of(desk.member.workspace).filter(action="calendar-level").exists()


def test_one_calendar_alone_is_not_offered_to_be_set_apart(as_alice: Client, desk: Desk):
    assert "A calendar set apart" not in page_of(as_alice, desk)
    Calendar.objects.create(workspace=desk.member.workspace, account=desk.account, remote_id="x", name="Projects")
    assert "A calendar set apart" in page_of(as_alice, desk)


def test_the_api_tells_the_levels(client: Client, desk: Desk):
    share.set_calendar_sharing(desk.member, desk.calendar.pk, "subject")
    token = create_token(desk.member, "test", now=NOW)
    found = client.get("/api/v1/accounts", headers={"Authorization": f"Bearer {token}"}).json()["items"][0]
    assert (found["sharing"], found["disconnected_at"], found["calendars"][0]["sharing"]) == ("metadata", None, "subject")


# What a disconnected account left behind


@once
def kept(desk: Desk) -> Desk:
    connect.disconnect(desk.member, desk.account.pk, purge=False, now=NOW)
    return desk


def test_what_was_kept_says_since_when_it_is_not_updated(as_alice: Client, as_bob: Client, alice: Member, kept: Desk):
    event = Event.objects.of(alice.workspace).get()
    for client in (as_alice, as_bob):
        assert "no longer updated since 1 June 2026" in client.get(f"/meetings/{event.pk}/").content.decode()
    assert "Disconnected on 1 June 2026. Its meetings stay" in page_of(as_alice, kept)


def test_a_meeting_that_is_updated_says_nothing(as_alice: Client, alice: Member, desk: Desk):
    event = Event.objects.of(alice.workspace).get()
    assert "no longer updated" not in as_alice.get(f"/meetings/{event.pk}/").content.decode()


def test_a_meeting_is_frozen_only_when_all_its_copies_are(client: Client, alice: Member, bob: Member, desk: Desk):
    token = create_token(alice, "test", now=NOW)
    anna = PersonAddress.objects.of(alice.workspace).get().person_id

    def since() -> str | None:
        found = client.get(f"/api/v1/people/{anna}/calendar", headers={"Authorization": f"Bearer {token}"})
        told: str | None = found.json()["items"][0]["not_updated_since"]
        return told

    assert since() is None
    connect.disconnect(desk.member, desk.account.pk, purge=False, now=NOW)
    assert since() == "2026-06-01T12:00:00Z"
    other = Desk(bob, "sharing-bob")
    other.put("talk", attendees=invited_by("alice@lumen.example", ANNA, "bob@lumen.example"), start=NOW + timedelta(days=1))
    other.sync()
    assert since() is None
    frozen = {copy.mine: copy.frozen_at for copy in seen(alice, Event.objects.of(alice.workspace).get().pk).copies}
    assert frozen == {True: NOW, False: None}


def test_disconnecting_twice_does_not_move_the_day(kept: Desk):
    connect.disconnect(kept.member, kept.account.pk, purge=False, now=NOW + timedelta(days=9))
    assert Account.objects.of(kept.member.workspace).get().disconnected_at == NOW


def test_the_level_of_what_was_kept_can_still_be_changed(as_alice: Client, as_bob: Client, alice: Member, kept: Desk):
    event = Event.objects.of(alice.workspace).get()
    as_alice.post(f"/settings/accounts/{kept.account.pk}/sharing/", {"sharing": "subject"})
    assert "About talk" in as_bob.get(f"/meetings/{event.pk}/").content.decode()


def test_what_was_kept_is_removed_later_and_the_page_says_what_goes(as_alice: Client, alice: Member, bob: Member, kept: Desk):
    page = page_of(as_alice, kept, "purge/")
    assert "1 meeting is only in its calendars" in page
    as_alice.post(f"/settings/accounts/{kept.account.pk}/purge/")
    assert not Event.objects.of(alice.workspace).exists()
    assert not Account.objects.of(alice.workspace).exists()


def test_what_a_colleague_has_too_stays_with_that_copy(as_alice: Client, alice: Member, bob: Member, kept: Desk):
    other = Desk(bob, "sharing-bob")
    other.put("talk", attendees=invited_by("alice@lumen.example", ANNA, "bob@lumen.example"), start=NOW + timedelta(days=1))
    other.sync()
    page = page_of(as_alice, kept, "purge/")
    assert "No meeting is only in its calendars." in page
    assert "1 more is in another calendar too" in page
    as_alice.post(f"/settings/accounts/{kept.account.pk}/purge/")
    assert Event.objects.of(alice.workspace).count() == 1


def test_an_account_that_is_read_is_disconnected_first(as_alice: Client, alice: Member, desk: Desk, kept: Desk):
    path = f"/settings/accounts/{kept.account.pk}/"
    assert as_alice.get(f"{path}disconnect/")["Location"] == f"{path}purge/"
    Account.objects.of(alice.workspace).update(disconnected_at=None)
    assert as_alice.post(f"{path}purge/")["Location"] == f"{path}disconnect/"
    assert Event.objects.of(alice.workspace).exists()


def test_before_disconnecting_the_page_says_what_would_go(as_alice: Client, desk: Desk):
    assert "1 meeting is only in its calendars" in page_of(as_alice, desk, "disconnect/")


def test_the_calendars_of_a_new_account_can_be_set_apart_at_once(as_alice: Client, desk: Desk):
    desk.server.add_calendar(RemoteCalendar("side", "Side"))
    found = connect.try_connection(desk.member, "memory", address="alice@lumen.example", server="memory:sharing", now=lambda: NOW)
    connect.keep_connection(desk.member, found, calendars="all", sharing="metadata", new_people="off", now=NOW)
    assert page_of(as_alice, desk).count("As the account: Time and participants only") == 2
