"""The page between choosing calendars and connecting them: what would come in, then connect, change or cancel."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from metwith.accounts.models import Account
from metwith.calendars import upkeep
from metwith.calendars.models import Inquiry
from metwith.lib import clock
from tests.calendars.desk import meeting
from tests.calendars.worker import answer_inquiries
from tests.everywhere import stored
from tests.web.landing import landed, shown
from tests.web.tight import tight
from tests.web_server import LocalServer, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from metwith.workspaces.models import Member
    from tests.accounts.practice import Practice
    from tests.accounts.signing_in import SignInServer

HTMX = {"HX-Request": "true"}
CONNECT = "/settings/accounts/connect/"
PREVIEW = f"{CONNECT}preview/"
CHOSEN = {"calendars": ["work"], "sharing": "subject"}
ALICE, ANNA = "alice@lumen.example", "anna@acme.example"


@pytest.fixture
def signed_in(as_alice: Client, service: SignInServer, practice: Practice) -> Client:
    """Alice, back from Google, with a meeting there, before the page of choices."""
    practice.server.put("work", meeting("one", ALICE, ANNA, start=clock.now(), title="Price talk", description="SECRET"))
    state = service.visit(as_alice.get(f"{CONNECT}google/go/")["Location"])
    landed(as_alice, as_alice.get(f"{CONNECT}google/back/", {"state": state, "code": "yes"}))
    return as_alice


def _sealed() -> str:
    return Inquiry.objects.get(kind="connecting").request


def test_the_page_shows_counts_and_rows_and_stores_nothing(signed_in: Client):
    page = landed(signed_in, signed_in.post(f"{CONNECT}choose/", CHOSEN)).content.decode()
    assert "1 meeting would come in" in page
    assert "Price talk" in page
    assert "SECRET" not in page
    assert '<a class="row' not in page
    assert "Nothing would be left out" in page
    assert not Account.objects.across_workspaces("nothing is stored").exists()
    assert "Price talk" not in stored()


def test_the_owner_reads_their_own_titles_and_what_colleagues_see_beside(signed_in: Client):
    page = tight(landed(signed_in, signed_in.post(f"{CONNECT}choose/", CHOSEN | {"sharing": "metadata"})).content.decode())
    own, _, colleagues = page.partition('class="list preview as-colleagues"')
    assert "Price talk" in own
    assert "Colleagues see: Time and participants only" in own
    assert "Price talk" not in colleagues
    assert "Not shared by Alice Adler" in colleagues


def test_what_it_shows_is_kept_by_no_cache_and_shown_once(signed_in: Client):
    seen = landed(signed_in, signed_in.post(f"{CONNECT}choose/", CHOSEN))
    assert "no-store" in seen["Cache-Control"]
    again = signed_in.get(PREVIEW).content.decode()
    assert "Price talk" not in again
    assert "Look again" in again
    assert "Price talk" in landed(signed_in, signed_in.post(f"{CONNECT}look/")).content.decode()


def test_connect_stores_it_with_what_was_chosen(signed_in: Client, alice: Member):
    signed_in.post(f"{CONNECT}choose/", CHOSEN)
    answer = signed_in.post(PREVIEW)
    account = Account.objects.of(alice.workspace).get()
    assert answer["Location"] == "/people/met/"
    assert account.sharing == "subject"
    assert not Inquiry.objects.filter(kind="connecting").exists()


def test_change_leads_back_to_the_choices_as_they_were(signed_in: Client):
    signed_in.post(f"{CONNECT}choose/", {"calendars": ["family"], "sharing": "everything"})
    form = signed_in.get(f"{CONNECT}choose/").context["form"]
    assert (form["calendars"].value(), form["sharing"].value()) == (["family"], "everything")


def test_cancel_revokes_and_leaves_nothing(signed_in: Client, service: SignInServer):
    landed(signed_in, signed_in.post(f"{CONNECT}choose/", CHOSEN))
    sealed = _sealed()
    assert sealed in stored()
    page = shown(signed_in, signed_in.post(f"{CONNECT}cancel/")).content.decode()
    assert "Nothing was connected, and nothing was kept." in page
    assert "The permission was taken back at Google too." in page
    assert service.revoked == ["refresh-1"]
    everything = stored()
    for secret in (sealed, "access-1", "refresh-1", "Price talk", ANNA):
        assert secret not in everything
    assert signed_in.get(PREVIEW)["Location"] == CONNECT
    assert signed_in.post(PREVIEW)["Location"] == CONNECT


def test_cancelling_on_the_page_of_choices_does_the_same(signed_in: Client, service: SignInServer):
    assert 'action="/settings/accounts/connect/cancel/"' in signed_in.get(f"{CONNECT}choose/").content.decode()
    landed(signed_in, signed_in.post(f"{CONNECT}cancel/"))
    assert service.revoked == ["refresh-1"]
    assert not Inquiry.objects.exists()


def test_cancelling_does_not_take_the_permission_from_an_account_that_rests_on_it(signed_in: Client, service: SignInServer, alice: Member):
    signed_in.post(f"{CONNECT}choose/", CHOSEN)
    signed_in.post(PREVIEW)
    state = service.visit(signed_in.get(f"{CONNECT}google/go/")["Location"])
    landed(signed_in, signed_in.get(f"{CONNECT}google/back/", {"state": state, "code": "yes"}))
    page = shown(signed_in, signed_in.post(f"{CONNECT}cancel/")).content.decode()
    assert service.revoked == []
    assert "permission" not in page
    assert Account.objects.of(alice.workspace).get().disconnected_at is None


def test_who_just_goes_away_has_the_permission_given_back_ten_minutes_later(signed_in: Client, service: SignInServer):
    sealed = _sealed()
    upkeep.forget_inquiries(timestamp=0)
    assert sealed in stored()
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        upkeep.forget_inquiries(timestamp=0)
        answer_inquiries()
        assert signed_in.get(f"{CONNECT}choose/")["Location"] == CONNECT
    assert service.revoked == ["refresh-1"]
    assert sealed not in stored()
    assert not Inquiry.objects.exists()


def test_cancelling_nothing_is_no_error(as_alice: Client):
    assert as_alice.post(f"{CONNECT}cancel/")["Location"] == CONNECT
    assert as_alice.get(f"{CONNECT}cancel/").status_code == 405


def test_a_provider_that_breaks_off_is_said_and_connecting_stays_possible(signed_in: Client, practice: Practice, alice: Member):
    practice.server.faults.broken = True
    page = landed(signed_in, signed_in.post(f"{CONNECT}choose/", CHOSEN)).content.decode()
    assert "The calendar could not be looked at." in page
    assert "The server does not answer." in page
    practice.server.heal()
    signed_in.post(PREVIEW)
    assert Account.objects.of(alice.workspace).exists()


def test_with_scripts_it_is_the_same_way(signed_in: Client):
    answer = signed_in.post(f"{CONNECT}choose/", CHOSEN, headers=HTMX)
    assert "Looking at your calendar…" in signed_in.get(answer["HX-Redirect"]).content.decode()
    assert "Price talk" in landed(signed_in, answer).content.decode()
    refused = signed_in.post(f"{CONNECT}choose/", {"sharing": "subject"}, headers=HTMX)
    assert (refused.status_code, "<html" in refused.content.decode()) == (422, False)


def test_the_preview_needs_the_pages_before_it(signed_in: Client):
    assert signed_in.get(PREVIEW)["Location"] == f"{CONNECT}choose/"
    signed_in.post(f"{CONNECT}cancel/")
    assert signed_in.get(PREVIEW)["Location"] == CONNECT
    assert signed_in.post(f"{CONNECT}look/", headers=HTMX)["HX-Redirect"] == CONNECT


def test_a_colleague_does_not_see_it(signed_in: Client, as_bob: Client):
    signed_in.post(f"{CONNECT}choose/", CHOSEN)
    assert as_bob.get(PREVIEW)["Location"] == CONNECT


FEED = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20260601T000000Z\r\n"
    "DTSTART:20260610T090000Z\r\nDTEND:20260610T100000Z\r\nSUMMARY:From the file\r\n"
    "ATTENDEE:mailto:alice@lumen.example\r\nATTENDEE:mailto:anna@acme.example\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:two\r\n"
    "DTSTAMP:20260601T000000Z\r\nDTSTART:20260611T090000Z\r\nCLASS:PRIVATE\r\nSUMMARY:Doctor\r\n"
    "ATTENDEE:mailto:anna@acme.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    server = LocalServer()
    server.answers["/a.ics"] = says(FEED.encode(), Content_Type="text/calendar")
    yield server
    server.stop()


def test_an_address_is_looked_at_and_cancelling_forgets_it(as_alice: Client, feed: LocalServer):
    landed(as_alice, as_alice.post(f"{CONNECT}address/", {"address": ALICE, "secret": feed.url("/a.ics")}))
    page = landed(as_alice, as_alice.post(f"{CONNECT}choose/", {"calendars": ["feed"], "sharing": "metadata"})).content.decode()
    assert "1 meeting would come in" in page
    assert "Not shared by Alice Adler" in page
    assert "1 Private" in page
    assert "Doctor" not in page
    sealed = _sealed()
    as_alice.post(f"{CONNECT}cancel/")
    everything = stored()
    assert sealed not in everything
    assert feed.url("") not in everything


def _file(**more: str) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("x.ics", FEED.encode()), "sharing": "subject", "name": "Old job"} | more


def test_a_file_can_be_looked_at_first_and_nothing_is_stored(as_alice: Client, alice: Member):
    before = stored()
    page = as_alice.post(f"{CONNECT}file/", _file(look="yes")).content.decode()
    assert "1 meeting would come in" in page
    assert "From the file" in page
    assert "choose the file once more" in page
    assert not Account.objects.of(alice.workspace).exists()
    assert stored() == before
    piece = as_alice.post(f"{CONNECT}file/", _file(look="yes"), headers=HTMX).content.decode()
    assert "From the file" in piece
    assert "<html" not in piece
    assert "once more" not in piece
    as_alice.post(f"{CONNECT}file/", _file())
    assert Account.objects.of(alice.workspace).get().sharing == "subject"


def test_a_file_that_is_none_is_refused_when_looked_at_too(as_alice: Client):
    for headers in ({}, HTMX):
        bad = _file(look="yes") | {"file": SimpleUploadedFile("x.ics", b"nonsense")}
        answer = as_alice.post(f"{CONNECT}file/", bad, headers=headers)
        assert answer.status_code == 422
        assert "no calendar in the iCalendar format" in answer.content.decode()
