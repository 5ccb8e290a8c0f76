"""Settings → Accounts: connecting, how accounts are doing, the verbs on them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from metwith.accounts.models import Account
from metwith.calendars.models import Calendar, Event, Inquiry
from metwith.web.site.words import dropped
from tests.calendars.desk import Desk
from tests.calendars.worker import answer_inquiries, work
from tests.everywhere import stored
from tests.people import NOW, company, person
from tests.remembered import once
from tests.servers import PASSWORD, USER, radicale
from tests.web.landing import landed
from tests.web.tight import tight
from tests.web_server import LocalServer, says

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.test import Client

    from metwith.workspaces.models import Member
    from tests.servers import CalDavServer

HTMX = {"HX-Request": "true"}
CONNECT = "/settings/accounts/connect/"
FEED = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20260601T000000Z\r\n"
    "DTSTART:20260610T090000Z\r\nDTEND:20260610T100000Z\r\nSUMMARY:From the file\r\n"
    "ATTENDEE:mailto:alice@lumen.example\r\nATTENDEE:mailto:anna@acme.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def caldav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CalDavServer]:
    """Radicale with two calendars, and an operator who allows this machine."""
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    with radicale(tmp_path / "radicale") as server:
        server.make_calendar("Work")
        server.make_calendar("Family")
        yield server


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    server = LocalServer()
    server.answers["/a.ics"] = says(FEED.encode(), Content_Type="text/calendar")
    yield server
    server.stop()


def _typed(server: CalDavServer, **changed: str) -> dict[str, str]:
    return {"address": "alice@lumen.example", "secret": PASSWORD, "server": server.url, "username": USER} | changed


# Connecting


@pytest.mark.server
def test_caldav_is_connected_in_three_pages_and_only_the_main_calendar_is_on_at_first(
    as_alice: Client, alice: Member, caldav: CalDavServer
):
    assert landed(as_alice, as_alice.post(f"{CONNECT}caldav/", _typed(caldav)))["Location"] == f"{CONNECT}choose/"
    page = tight(as_alice.get(f"{CONNECT}choose/").content.decode())
    assert page.count("checked") == 2  # one calendar, and the quietest level
    assert "Family" in page
    assert "Work" in page
    ids = [part.split('"')[0] for part in page.split('name="calendars" value="')[1:]]
    seen = landed(as_alice, as_alice.post(f"{CONNECT}choose/", {"calendars": ids, "sharing": "subject"}))
    assert "0 meetings would come in" in seen.content.decode()
    assert not Account.objects.of(alice.workspace).exists()
    answer = as_alice.post(f"{CONNECT}preview/")
    account = Account.objects.of(alice.workspace).get()
    assert answer["Location"] == "/people/met/"
    assert (account.sharing, Calendar.objects.of(alice.workspace).filter(enabled=True).count()) == ("subject", 2)
    assert not Inquiry.objects.of(alice.workspace).exists()


@pytest.mark.server
def test_between_the_pages_the_password_lies_nowhere_in_the_clear(as_alice: Client, caldav: CalDavServer):
    watch = as_alice.post(f"{CONNECT}caldav/", _typed(caldav))
    assert PASSWORD not in stored()
    assert landed(as_alice, watch)["Location"] == f"{CONNECT}choose/"
    assert PASSWORD not in stored()
    assert PASSWORD not in as_alice.get(f"{CONNECT}choose/").content.decode()
    assert not Account.objects.across_workspaces("nothing is stored yet").exists()


@pytest.mark.server
def test_a_wrong_password_names_the_step_and_keeps_what_was_typed_but_the_password(as_alice: Client, caldav: CalDavServer):
    answer = landed(as_alice, as_alice.post(f"{CONNECT}caldav/", _typed(caldav, secret="wrong horse")))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'class="failed"' in page
    assert "The server refuses the user name or the password." in page
    assert f'value="{caldav.url}"' in page
    assert f'value="{USER}"' in page
    assert "wrong horse" not in page
    assert "wrong horse" not in stored()


@pytest.mark.server
def test_with_scripts_the_steps_can_be_watched_and_lead_to_the_same_page(as_alice: Client, caldav: CalDavServer):
    watch = as_alice.post(f"{CONNECT}caldav/", _typed(caldav), headers=HTMX)["HX-Redirect"]
    trying = as_alice.get(watch).content.decode()
    assert "Trying to connect" in trying
    assert PASSWORD not in trying
    assert "<html" not in as_alice.get(watch, headers=HTMX).content.decode()
    answer_inquiries()
    assert as_alice.get(watch, headers=HTMX)["HX-Redirect"] == f"{CONNECT}tried/"
    assert as_alice.get(f"{CONNECT}tried/")["Location"] == f"{CONNECT}choose/"


@pytest.mark.server
def test_choosing_no_calendar_is_refused_in_words(as_alice: Client, alice: Member, caldav: CalDavServer):
    landed(as_alice, as_alice.post(f"{CONNECT}caldav/", _typed(caldav)))
    for given in ({"sharing": "metadata"}, {"sharing": "metadata", "calendars": "/not/mine/"}, {"calendars": ""}):
        answer = as_alice.post(f"{CONNECT}choose/", given)
        assert answer.status_code == 422
    assert "Choose at least one calendar" in as_alice.post(f"{CONNECT}choose/", {"sharing": "metadata"}).content.decode()
    assert not Account.objects.of(alice.workspace).exists()


@pytest.mark.parametrize(
    "given",
    [{}, {"address": "no address", "secret": "x"}, {"address": "a@lumen.example"}, {"address": "a@lumen.example", "secret": "x" * 2000}],
)
def test_a_form_that_is_not_filled_in_comes_back(as_alice: Client, given: dict[str, str]):
    answer = as_alice.post(f"{CONNECT}caldav/", given)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_private_server_is_refused_unless_the_operator_allows_it(as_alice: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("METWITH_ALLOW_PRIVATE_HOSTS", raising=False)
    given = {"address": "alice@lumen.example", "secret": "x", "server": "http://127.0.0.1:9/"}
    assert landed(as_alice, as_alice.post(f"{CONNECT}caldav/", given)).status_code == 422
    given = {"address": "alice@lumen.example", "secret": "http://127.0.0.1:9/a.ics"}
    assert landed(as_alice, as_alice.post(f"{CONNECT}address/", given)).status_code == 422


@pytest.mark.parametrize("path", ["choose/", "tried/", "preview/"])
def test_the_second_page_without_the_first_leads_back(as_alice: Client, path: str):
    assert as_alice.get(f"{CONNECT}{path}")["Location"] == CONNECT


def test_an_address_of_a_calendar_is_connected(as_alice: Client, alice: Member, feed: LocalServer):
    given = {"address": "alice@lumen.example", "secret": feed.url("/a.ics")}
    assert landed(as_alice, as_alice.post(f"{CONNECT}address/", given))["Location"] == f"{CONNECT}choose/"
    page = tight(as_alice.get(f"{CONNECT}choose/").content.decode())
    chosen = page.split('name="calendars" value="')[1].split('"')[0]
    as_alice.post(f"{CONNECT}choose/", {"calendars": chosen, "sharing": "everything"})
    as_alice.post(f"{CONNECT}preview/")
    calendar = Calendar.objects.of(alice.workspace).get()
    assert calendar.new_people == "off"
    assert feed.url("/a.ics") not in as_alice.get(f"/settings/accounts/{calendar.account_id}/").content.decode()


@pytest.mark.parametrize("address", ["ftp://x.example/a.ics", "nonsense", "javascript:alert(1)", "https://"])
def test_what_is_no_address_of_a_calendar_is_refused(as_alice: Client, address: str):
    answer = as_alice.post(f"{CONNECT}address/", {"address": "alice@lumen.example", "secret": address})
    assert answer.status_code == 422
    assert "This is not the address of a calendar" in answer.content.decode()


def test_a_file_is_read_at_once(as_alice: Client, alice: Member):
    acme = company(alice, "Acme GmbH", "acme.example")
    file = SimpleUploadedFile("x.ics", FEED.encode())
    answer = as_alice.post(f"{CONNECT}file/", {"file": file, "sharing": "metadata", "name": "Old job"})
    account = Account.objects.of(alice.workspace).get()
    assert answer["Location"] == "/people/met/"
    assert "From the file" in as_alice.get(f"/companies/{acme.pk}/").content.decode()
    page = as_alice.get(f"/settings/accounts/{account.pk}/").content.decode()
    assert "Old job" in page
    assert "Sync now" not in page


def test_a_file_without_a_name_goes_by_that_of_the_file(as_alice: Client, alice: Member):
    plain = FEED.replace("X-WR-CALNAME", "X-OTHER")
    as_alice.post(f"{CONNECT}file/", {"file": SimpleUploadedFile("old-job.ics", plain.encode()), "sharing": "metadata", "name": ""})
    account = Account.objects.of(alice.workspace).get()
    assert "old-job.ics" in as_alice.get(f"/settings/accounts/{account.pk}/").content.decode()


@pytest.mark.parametrize("body", [b"not a calendar", b"<html>hello</html>", b"", b"\x00\xff\xfe"])
def test_a_file_that_is_no_calendar_is_refused_and_nothing_is_stored(as_alice: Client, alice: Member, body: bytes):
    answer = as_alice.post(f"{CONNECT}file/", {"file": SimpleUploadedFile("x.ics", body), "sharing": "metadata"})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert not Account.objects.of(alice.workspace).exists()


def test_a_file_that_is_too_large_is_refused_in_words(as_alice: Client, alice: Member):
    file = SimpleUploadedFile("x.ics", b"x" * 60_000_000)
    answer = as_alice.post(f"{CONNECT}file/", {"file": file, "sharing": "metadata"})
    assert answer.status_code == 422
    assert "larger than 50 MB" in answer.content.decode()
    assert not Account.objects.of(alice.workspace).exists()


# How accounts are doing


@once
def desk(alice: Member) -> Desk:
    found = Desk(alice, "alice")
    found.put("kept", "anna@acme.example")
    found.put("team", "bob@lumen.example")
    found.put("alone")
    with time_machine.travel(NOW, tick=False):
        found.sync()
    return found


@pytest.fixture(autouse=True)
def _then(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pages about a desk are looked at when it is read."""
    if "desk" not in request.fixturenames:
        yield
        return
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_page_counts_what_came_in_and_what_did_not_with_its_reason(as_alice: Client, desk: Desk):
    page = tight(as_alice.get(f"/settings/accounts/{desk.account.pk}/").content.decode())
    assert "<dt>Meetings kept</dt><dd>1</dd>" in page
    assert "1 Only colleagues" in page
    assert "1 Not a meeting" in page
    assert "Everybody who takes part belongs to your organisation." in page
    assert "Today 12:00" in page
    assert 'hx-trigger="every 2s"' not in page


def test_a_first_reading_is_watched_and_the_watching_ends(as_alice: Client, alice: Member, desk: Desk):
    path = f"/settings/accounts/{desk.account.pk}/state/"
    calendars = Calendar.objects.of(alice.workspace)
    calendars.update(state="reading", lease_until=NOW + timedelta(minutes=5), read=1240, expected=3000)
    page = tight(as_alice.get(path).content.decode())
    assert 'hx-trigger="every 2s"' in page
    assert '<progress max="3000" value="1240"' in page
    calendars.update(state="fine", lease_until=None, next_sync_at=NOW + timedelta(minutes=5))
    assert 'hx-trigger="every 2s"' not in as_alice.get(path).content.decode()


def test_an_error_is_said_in_words_with_its_detail_folded(as_alice: Client, alice: Member, desk: Desk):
    Calendar.objects.of(alice.workspace).update(state="broken", state_since=NOW, detail="cal.example: 503")
    page = as_alice.get(f"/settings/accounts/{desk.account.pk}/").content.decode()
    assert "The server does not answer since" in page
    assert page.index("<summary>Technical detail</summary>") < page.index("cal.example: 503")
    assert "data-copy=" in page


def test_sharing_is_changed_and_holds_at_once(as_alice: Client, as_bob: Client, alice: Member, desk: Desk):
    person(alice, "Anna", "anna@acme.example")
    work()
    event = Event.objects.of(alice.workspace).get()
    assert "About kept" not in as_bob.get(f"/meetings/{event.pk}/").content.decode()
    as_alice.post(f"/settings/accounts/{desk.account.pk}/sharing/", {"sharing": "subject"})
    assert "About kept" in as_bob.get(f"/meetings/{event.pk}/").content.decode()
    assert as_alice.post(f"/settings/accounts/{desk.account.pk}/sharing/", {"sharing": "all of it"}).status_code == 422


def test_a_calendar_is_switched_off_and_its_meetings_go(as_alice: Client, alice: Member, desk: Desk):
    as_alice.post(f"/settings/accounts/{desk.account.pk}/calendars/", {"calendars": []})
    assert not Event.objects.of(alice.workspace).exists()
    as_alice.post(
        f"/settings/accounts/{desk.account.pk}/calendars/",
        {"calendars": [desk.calendar.pk, "x", "0"], f"new_people_{desk.calendar.pk}": "organised"},
    )
    assert (desk.calendar.enabled, desk.calendar.new_people) == (True, "organised")


def test_saving_a_part_of_the_page_leads_back_to_it_and_says_what_happens(as_alice: Client, desk: Desk):
    path, calendar = f"/settings/accounts/{desk.account.pk}/", desk.calendar
    answer = as_alice.post(f"{path}calendars/", {"calendars": [calendar.pk], f"new_people_{calendar.pk}": "on"})
    assert answer["Location"] == f"{path}#calendars"
    page = tight(as_alice.get(path).content.decode())
    told = f"Saved. {calendar.name} is read once more for the people you meet; above it says how many were added."
    assert told in page.partition('id="calendars"')[2]
    assert told not in page.partition('id="calendars"')[0]
    desk.sync()
    assert "<dt>New contacts</dt><dd>1 person, 1 company</dd>" in tight(as_alice.get(f"{path}state/").content.decode())
    as_alice.post(f"{path}calendars/", {"calendars": []})
    assert f"Saved. {calendar.name} is off; the meetings that only it knew are gone." in as_alice.get(path).content.decode()


def test_a_calendar_is_paused_and_goes_on(as_alice: Client, desk: Desk):
    path = f"/settings/accounts/{desk.account.pk}/calendars/{desk.calendar.pk}/pause/"
    as_alice.post(path)
    assert desk.calendar.paused
    assert "Paused by you" in as_alice.get(f"/settings/accounts/{desk.account.pk}/").content.decode()
    as_alice.post(path, {"resume": "yes"})
    assert not desk.calendar.paused


def test_sync_now_asks_for_a_reading(as_alice: Client, alice: Member, desk: Desk):
    Calendar.objects.of(alice.workspace).update(next_sync_at=NOW + timedelta(hours=1))
    assert as_alice.post(f"/settings/accounts/{desk.account.pk}/sync/").status_code == 302
    assert desk.calendar.next_sync_at == NOW
    piece = as_alice.post(f"/settings/accounts/{desk.account.pk}/sync/", headers=HTMX).content.decode()
    assert 'hx-trigger="every 2s"' in piece
    assert "<html" not in piece


def test_a_suddenly_empty_calendar_is_confirmed_by_its_owner(as_alice: Client, alice: Member, desk: Desk):
    Calendar.objects.of(alice.workspace).update(state="suspect")
    assert "It is meant to be empty" in as_alice.get(f"/settings/accounts/{desk.account.pk}/").content.decode()
    as_alice.post(f"/settings/accounts/{desk.account.pk}/calendars/{desk.calendar.pk}/empty/")
    assert desk.calendar.emptiness_confirmed


def test_disconnecting_asks_what_becomes_of_the_meetings(as_alice: Client, alice: Member, desk: Desk):
    path = f"/settings/accounts/{desk.account.pk}/disconnect/"
    assert as_alice.get(path).status_code == 200
    assert as_alice.post(path).status_code == 422
    assert as_alice.post(path, {"what": "burn"}).status_code == 422
    as_alice.post(path, {"what": "keep"})
    assert Event.objects.of(alice.workspace).exists()
    assert Account.objects.of(alice.workspace).get().secret == ""
    assert "Disconnected" in as_alice.get("/settings/accounts/").content.decode()
    as_alice.post(path, {"what": "purge"})
    assert not Event.objects.of(alice.workspace).exists()
    assert not Account.objects.of(alice.workspace).exists()


def test_lost_access_is_said_and_a_new_password_mends_it(as_alice: Client, desk: Desk):
    desk.server.faults.needs_reconnect = True
    desk.sync()
    path = f"/settings/accounts/{desk.account.pk}/"
    assert f'href="{path}reconnect/"' in as_alice.get(path).content.decode()
    refused = landed(as_alice, as_alice.post(f"{path}reconnect/", {"secret": "still wrong"}))
    assert refused.status_code == 422
    assert "still wrong" not in refused.content.decode()
    desk.server.faults.needs_reconnect = False
    assert landed(as_alice, as_alice.post(f"{path}reconnect/", {"secret": "right"}))["Location"] == path


def test_the_warning_of_lost_access_is_in_the_part_that_renews_itself_and_goes_while_it_is_tried_again(
    as_alice: Client, alice: Member, desk: Desk
):
    path = f"/settings/accounts/{desk.account.pk}/"
    calendars = Calendar.objects.of(alice.workspace)
    calendars.update(state="reconnect", state_since=NOW, next_sync_at=None)
    assert f'href="{path}reconnect/"' in as_alice.get(f"{path}state/").content.decode()
    calendars.update(next_sync_at=NOW)
    assert f'href="{path}reconnect/"' not in as_alice.get(path).content.decode()


@pytest.mark.parametrize("path", ["", "state/", "reconnect/", "disconnect/", "purge/"])
def test_nobody_opens_somebody_elses_account(as_bob: Client, as_charlie: Client, desk: Desk, path: str):
    for client in (as_bob, as_charlie):
        assert client.get(f"/settings/accounts/{desk.account.pk}/{path}").status_code == 404


def test_a_choice_of_calendars_that_is_refused_has_changed_nothing(as_alice: Client, desk: Desk):
    """One value that there is not, and the calendar that was not ticked was switched off and purged all the same."""
    work = desk.calendar
    other = Calendar.objects.create(workspace=desk.member.workspace, account=desk.account, remote_id="other", name="Other")
    given = {"calendars": [other.pk], f"new_people_{other.pk}": "everybody"}
    assert as_alice.post(f"/settings/accounts/{desk.account.pk}/calendars/", given).status_code == 422
    for row in (work, other):
        row.refresh_from_db()
    assert (work.enabled, other.enabled) == (True, False)
    assert Event.objects.of(desk.member.workspace).exists()


@pytest.mark.parametrize(
    "path",
    [
        "sharing/",
        "sharing/calendars/",
        "purge/",
        "calendars/",
        "sync/",
        "disconnect/",
        "reconnect/",
        "calendars/{calendar}/pause/",
        "calendars/{calendar}/empty/",
    ],
)
def test_nobody_acts_on_somebody_elses_account(as_bob: Client, as_charlie: Client, desk: Desk, path: str):
    before = desk.calendar
    given = {"sharing": "everything", "what": "purge", "secret": "x"}
    for client in (as_bob, as_charlie):
        address = f"/settings/accounts/{desk.account.pk}/{path}".format(calendar=before.pk)
        assert client.post(address, given).status_code == 404
    desk.account.refresh_from_db()
    assert (desk.account.sharing, desk.calendar.paused, desk.calendar.enabled) == ("metadata", False, True)


def test_an_admin_sees_how_colleagues_accounts_are_doing_but_not_what_their_calendars_are_called(
    as_alice: Client, as_bob: Client, alice: Member, bob: Member
):
    Desk(bob, "bob")
    Calendar.objects.of(alice.workspace).update(name="Divorce")
    page = as_alice.get("/settings/accounts/").content.decode()
    assert "Bob Brandt" in page
    assert "Divorce" not in page
    Desk(alice, "alice")
    assert "Alice Adler" not in as_bob.get("/settings/accounts/").content.decode()


def test_reasons_are_said_in_the_order_in_which_they_are_decided():
    said = dropped({"internal": 2, "private": 3, "switched-off": 0, "something-new": 1})
    assert [(reason.label, reason.count) for reason in said] == [("Private", 3), ("Only colleagues", 2), ("something-new", 1)]
