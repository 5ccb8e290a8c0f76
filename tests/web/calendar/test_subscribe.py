"""A record's meetings in a member's own calendar program."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from metwith.accounts.models import Account
from metwith.calendars.exports import subscribe
from metwith.calendars.subscriptions import Subscription
from metwith.records import actions as records
from metwith.server import logs
from metwith.web.calendar.subscribe import WRONG_ADDRESSES
from metwith.workspaces import actions
from metwith.workspaces.models import AuditLine
from tests.calendars.desk import Desk
from tests.exits.test_matrix import FOLDED
from tests.people import NOW, company, person
from tests.remembered import once
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.records.models import Company
    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"
NOT_THERE = b"There is no calendar at this address.\n"


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


@once
def acme(alice: Member) -> Company:
    return company(alice, "Acme GmbH", "acme.example")


@once
def desk(acme: Company, bob: Member) -> Desk:
    """Bob's meeting, of which Alice sees no title."""
    made = Desk(bob, "bob")
    made.put("lunch", ANNA, title="Lunch by the lake", description="Notes")
    made.sync()
    return made


def made(client: Client, record: Any, kind: str = "company") -> str:
    """The path of a new address."""
    page = client.post(f"/calendar/{kind}/{record.pk}/subscribe/").content.decode()
    shown = re.search(r'id="fresh">http://testserver([^<]+)<', page)
    assert shown
    assert f'href="webcal://testserver{shown[1]}"' in page
    return shown[1]


def read(path: str, **headers: str) -> Any:
    """As a calendar program reads it: without a session."""
    return Client(headers=headers).get(path)


def said(path: str) -> str:
    answer = read(path)
    assert answer.status_code == 200
    return str(answer.content.decode().replace(FOLDED, ""))


def test_an_address_is_shown_once_and_reads_the_record(as_bob: Client, acme: Company, bob: Member, desk: Desk):
    page = as_bob.get(f"/calendar/company/{acme.pk}/subscribe/").content.decode()
    assert "Make an address" in page
    path = made(as_bob, acme)
    text = said(path)
    assert "SUMMARY:Lunch by the lake" in text
    assert "X-WR-CALNAME:Meetings with Acme GmbH" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n" in text
    assert "X-METWITH-OWN:1" in text
    for word in ("METHOD", "ATTENDEE", "ORGANIZER", "VALARM"):
        assert word not in text
    secret = path.split("/")[2]
    for later in (f"/calendar/company/{acme.pk}/subscribe/", "/settings/tokens/"):
        assert secret not in as_bob.get(later).content.decode()
    held = Subscription.objects.of(bob.workspace).get()
    assert secret not in str(vars(held))


def test_an_address_is_noted_when_it_is_made_and_when_it_is_revoked(as_bob: Client, acme: Company, bob: Member):
    path = made(as_bob, acme)
    page = as_bob.get("/settings/tokens/").content.decode()
    assert "Acme GmbH" in page
    assert "not used yet" in page
    said(path)
    assert "last used" in as_bob.get("/settings/tokens/").content.decode()
    held = Subscription.objects.of(bob.workspace).get()
    done = as_bob.post(f"/settings/tokens/addresses/{held.pk}/revoke/", follow=True).content.decode()
    assert "The address no longer works." in done
    assert read(path).status_code == 404
    lines = AuditLine.objects.of(bob.workspace).order_by("pk").values_list("action", "facts")
    assert list(lines) == [(action, {"kind": "company", "record": acme.pk}) for action in ("subscribed", "unsubscribed")]
    log = as_bob.get("/settings/audit/").content.decode()
    assert "subscribed to the meetings of a record (company)" in log
    assert "revoked a calendar subscription (company)" in log


def test_nobody_revokes_the_address_of_another(as_bob: Client, as_charlie: Client, acme: Company, alice: Member):
    path = made(signed_in(alice), acme)
    held = Subscription.objects.of(alice.workspace).get()
    for client in (as_bob, as_charlie):
        assert client.post(f"/settings/tokens/addresses/{held.pk}/revoke/").status_code == 404
        assert "Acme" not in client.get("/settings/tokens/").content.decode()
    assert read(path).status_code == 200


def test_another_workspaces_record_and_one_in_the_trash_have_no_address(as_charlie: Client, as_bob: Client, acme: Company):
    for method in ("get", "post"):
        assert getattr(as_charlie, method)(f"/calendar/company/{acme.pk}/subscribe/").status_code == 404
    acme.trashed_at = NOW
    acme.save()
    assert as_bob.post(f"/calendar/company/{acme.pk}/subscribe/").status_code == 404
    assert not Subscription.objects.exists()


def test_what_is_not_shared_has_no_title_and_a_new_level_holds_at_once(as_alice: Client, acme: Company, alice: Member, desk: Desk):
    path = made(as_alice, acme)
    assert "SUMMARY:Not shared by Bob Brandt" in said(path)
    assert "Lunch" not in said(path)
    Account.objects.of(alice.workspace).update(sharing="everything")
    assert "SUMMARY:Lunch by the lake" in said(path)
    assert "Notes" in said(path)
    actions.set_sharing_rules(alice, cap="subject", default="metadata")
    assert "Notes" not in said(path)
    actions.set_sharing_rules(alice, cap="metadata", default="metadata")
    assert "Lunch" not in said(path)


def test_it_ends_with_its_member(acme: Company, alice: Member, bob: Member):
    path = made(signed_in(bob), acme)
    bob.user.is_active = False
    bob.user.save()
    assert (read(path).status_code, read(path).content) == (404, NOT_THERE)
    bob.user.is_active = True
    bob.user.save()
    assert read(path).status_code == 200
    actions.remove_member(alice, bob.pk, keep=False, now=NOW)
    assert (read(path).status_code, read(path).content) == (404, NOT_THERE)
    assert not Subscription.objects.exists()


def test_a_record_in_the_trash_is_silent_until_it_is_restored_and_for_good_when_it_is_deleted(
    as_bob: Client, acme: Company, alice: Member, desk: Desk
):
    path = made(as_bob, acme)
    records.trash(alice, "company", acme.pk, now=NOW)
    assert (read(path).status_code, read(path).content) == (404, NOT_THERE)
    assert "in the trash" in as_bob.get("/settings/tokens/").content.decode()
    records.restore(alice, "company", acme.pk)
    assert read(path).status_code == 200
    records.trash(alice, "company", acme.pk, now=NOW)
    records.delete_for_good(alice, "company", acme.pk)
    assert read(path).status_code == 404
    assert not Subscription.objects.exists()


def test_who_subscribed_to_one_of_two_that_became_one_reads_the_other(as_bob: Client, acme: Company, alice: Member, desk: Desk):
    other = company(alice, "Acme Ltd", "acme.test")
    path = made(as_bob, other)
    assert "BEGIN:VEVENT" not in said(path)
    records.merge_companies(alice, acme.pk, other.pk, now=NOW)
    assert "BEGIN:VEVENT" in said(path)


def test_every_kind_of_record_has_one_and_opens_no_other(as_bob: Client, acme: Company, alice: Member, desk: Desk):
    desk.put("else", "zoe@shop.example", title="Elsewhere")
    desk.sync()
    zoe = person(alice, "Zoe", "zoe@shop.example")
    made(as_bob, zoe, "person")
    path = made(as_bob, acme)
    assert "Elsewhere" not in said(path)
    secret = path.split("/")[2]
    for other in (f"/api/v1/companies/{acme.pk}/calendar", "/api/v1/people"):
        assert read(other, Authorization=f"Bearer {secret}").status_code == 401
    token = actions.create_token(alice, "a program", now=NOW)
    assert read(f"/subscribed/{token}/meetings.ics").status_code == 404


def test_it_holds_a_year_back_and_a_year_ahead_and_those_nearest_when_there_are_many(
    as_bob: Client, acme: Company, desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    for days in (-400, -300, -2, 300, 400):
        desk.put(f"d{days}", ANNA, start=NOW + timedelta(days=days))
    desk.put("fair", ANNA, start=date(2026, 7, 1), length=timedelta(days=2), cancelled=True)
    desk.sync()
    path = made(as_bob, acme)
    assert set(re.findall(r"SUMMARY:About (\S+)", said(path))) == {"d-300", "d-2", "d300", "fair"}
    assert "DTSTART;VALUE=DATE:20260701\r\nDTEND;VALUE=DATE:20260703\r\nSTATUS:CANCELLED" in said(path)
    monkeypatch.setattr(subscribe, "MOST", 1)
    assert re.findall(r"SUMMARY:(.+)\r", said(path)) == ["Lunch by the lake", "About d-2"]


def test_no_cookie_is_taken_or_given_and_no_cache_keeps_it(as_alice: Client, acme: Company, bob: Member, desk: Desk):
    path = made(signed_in(bob), acme)
    answer = as_alice.get(path)
    assert "Lunch by the lake" in answer.content.decode(), "as Bob sees it, though Alice is signed in"
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert Client().post(path).status_code == 405


def test_an_unchanged_calendar_is_not_sent_again_however_late_it_is(as_bob: Client, acme: Company, desk: Desk):
    path = made(as_bob, acme)
    etag = read(path).headers["ETag"]
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        again = read(path, **{"If-None-Match": f'"other", {etag}'})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        assert again.headers["Cache-Control"] == "private, no-store"
        desk.put("lunch", ANNA, title="Supper")
        desk.sync()
        assert read(path, **{"If-None-Match": etag}).status_code == 200
    assert read(made(as_bob, acme)).headers["ETag"] != etag, "what an address answers is compared with itself alone"


def test_a_revoked_address_is_gone_for_who_has_read_it_before(as_bob: Client, acme: Company, bob: Member, desk: Desk):
    path = made(as_bob, acme)
    etag = read(path).headers["ETag"]
    subscribe.unsubscribe(bob, Subscription.objects.of(bob.workspace).get().pk)
    assert read(path, **{"If-None-Match": etag}).status_code == 404


def test_it_speaks_its_members_language(as_alice: Client, acme: Company, alice: Member, desk: Desk):
    actions.change_profile(alice, name="Alice", time_zone="Europe/Berlin", language="de")
    path = made(as_alice, acme)
    text = str(read(path, **{"Accept-Language": "pt"}).content.decode().replace(FOLDED, ""))
    assert "SUMMARY:Nicht freigegeben von Bob Brandt" in text
    assert "X-WR-CALNAME:Besprechungen mit Acme GmbH" in text


def test_wrong_unknown_and_revoked_look_alike_and_are_limited(as_bob: Client, acme: Company, bob: Member):
    path = made(as_bob, acme)
    revoked = made(as_bob, acme)
    subscribe.unsubscribe(bob, Subscription.objects.of(bob.workspace).latest("pk").pk)
    answers = [read(wrong) for wrong in (revoked, "/subscribed/x/meetings.ics", path.replace("calendar_", "calendar_x"))]
    assert {(answer.status_code, answer.content, str(sorted(answer.headers.items()))) for answer in answers} == {
        (404, NOT_THERE, str(sorted(answers[0].headers.items())))
    }
    place = Client(REMOTE_ADDR="203.0.113.1")
    for number in range(WRONG_ADDRESSES.most):
        assert place.get(f"/subscribed/made-up-{number}/meetings.ics").status_code == 404
    refused = place.get(path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert Client(REMOTE_ADDR="203.0.113.2").get(path).status_code == 200


def test_right_addresses_are_never_counted(as_bob: Client, acme: Company):
    path = made(as_bob, acme)
    assert {read(path).status_code for _ in range(WRONG_ADDRESSES.most + 1)} == {200}


def test_no_address_is_in_the_log(as_bob: Client, acme: Company, capsys: pytest.CaptureFixture[str]):
    logs.configure()
    path = made(as_bob, acme)
    for _ in range(WRONG_ADDRESSES.most):
        WRONG_ADDRESSES.wrong("127.0.0.1")
    assert read(path).status_code == 429
    assert read(path.replace("meetings.ics", "meetings.ic")).status_code == 404
    text = capsys.readouterr().err
    assert "/subscribed/<str:secret>/meetings.ics" in text
    assert "/subscribed/…" in text
    assert path.split("/")[2] not in text
