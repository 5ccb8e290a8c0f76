"""The page that watches an inquiry; and that no page asks an outside server by itself."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory

import metwith
from metwith.calendars.inquiries import questions
from metwith.calendars.inquiries.answers import ANSWERERS
from metwith.calendars.models import Inquiry
from metwith.calendars.providers import catalogue
from metwith.calendars.vocabulary import RemoteCalendar
from metwith.engine import inquiries
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import clock, http, secrets
from metwith.lib.net import outgoing
from metwith.web.site.middleware import PrivateMiddleware
from tests.calendars.desk import Desk
from tests.calendars.worker import answer_inquiries, waiting
from tests.everywhere import stored
from tests.exits.requests import exits
from tests.exits.world import World
from tests.web.conftest import signed_in
from tests.web.landing import landed

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.test import Client

    from metwith.workspaces.models import Member

HTMX = {"HX-Request": "true"}
MISSING = "/meetings/missing/"
WANTED = {"day": "2026-06-10", "text": "a talk nobody knows of"}
LATER = timedelta(seconds=11)


def put(client: Client, text: str = WANTED["text"]) -> str:
    """Look for a missing meeting. Returns the page that watches."""
    return str(client.post(MISSING, WANTED | {"text": text})["Location"])


# No page asks by itself


class Probe:
    """Stands where a view would, and tries the way out."""

    tried = 0

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with pytest.raises(outgoing.Closed):
            http.client(allow_private=True).get("http://127.0.0.1:9/")
        Probe.tried += 1
        return self.get_response(request)


@pytest.mark.thorough
@pytest.mark.django_db
def test_the_way_out_is_closed_at_every_address_there_is(settings: Any):
    """Whatever page is added: what its view asks of an outside server is refused, in every test of it."""
    world = World("metadata", "everything")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Probe"]
    found, browser = exits(world.ids() | {"provider_id": ["oidc"]}), signed_in(world.alice)
    Probe.tried = 0
    for exit_ in found:
        browser.get(exit_.path)
        browser.post(exit_.path, {})
    assert Probe.tried == 2 * len(found)
    assert len(found) > 100


def test_a_view_that_asks_an_outside_server_fails():
    """None asks while its answer is sent: no answer is made then (test_files.py)."""

    def view(_request: HttpRequest) -> Any:
        return http.client(allow_private=True).get("http://127.0.0.1:9/")

    with pytest.raises(outgoing.Closed):
        PrivateMiddleware(view)(RequestFactory().get("/"))


def test_the_exchange_of_a_code_is_the_one_exception():
    def opens(file: Path) -> bool:
        tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        return any(isinstance(node, ast.Attribute) and node.attr == "allowed" and _named(node) == "outgoing" for node in tree)

    found = {file.name for file in Path(metwith.__file__).parent.rglob("*.py") if opens(file)}
    assert found == {"oauth.py", "requests_door.py"}, "with a calendar's provider, and with an identity provider"


def _named(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""


# What passes to and fro


def test_every_kind_of_inquiry_has_its_page_and_its_answer():
    asked = set(Inquiry.Kind) - {Inquiry.Kind.CONNECTING}
    assert set(ANSWERERS) == asked


def test_what_was_asked_and_answered_stands_nowhere_in_clear(as_bob: Client, bob: Member):
    desk = Desk(bob, "bob")
    desk.put("one", "anna@acme.example", title="A talk nobody knows of")
    watch = put(as_bob)
    assert "nobody knows" not in stored()
    answer_inquiries()
    assert "nobody knows" not in stored()
    row = Inquiry.objects.of(bob.workspace).get()
    assert (row.state, bool(row.answer)) == ("done", True)
    assert "A talk nobody knows of" in as_bob.get(as_bob.get(watch)["Location"]).content.decode()
    assert not Inquiry.objects.of(bob.workspace).exists()


def test_the_job_knows_a_number_only(as_bob: Client):
    put(as_bob)
    (job,) = waiting("answer")
    assert all(isinstance(value, int) for value in job.values())


def test_no_other_session_opens_it(as_bob: Client, bob: Member, as_alice: Client):
    watch = put(as_bob)
    answer_inquiries()
    for other in (as_alice, signed_in(bob)):
        assert "found" not in other.get(watch)["Location"]
        assert other.get(f"{MISSING}found/")["Location"] == MISSING
    row = Inquiry.objects.of(bob.workspace).get()
    row.session = inquiries.session_digest("another")
    with pytest.raises(secrets.KeyWrong):
        inquiries.unseal(row, row.answer)


def test_the_answer_is_shown_once_and_for_ten_minutes(as_bob: Client):
    watch = put(as_bob)
    answer_inquiries()
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert as_bob.get(f"{MISSING}found/")["Location"] == MISSING
        assert as_bob.get(watch)["Location"] == "/settings/accounts/"
    assert as_bob.get(f"{MISSING}found/").status_code == 200
    late = as_bob.get(watch, headers=HTMX)
    assert "HX-Redirect" not in late.headers, "a look that was on its way does not lead away from the answer"
    assert as_bob.get(f"{MISSING}found/")["Location"] == MISSING


# How many


def test_a_second_one_of_a_kind_says_so_in_words(as_bob: Client, bob: Member, as_alice: Client):
    watch = put(as_bob)
    assert put(as_bob) == watch
    assert "You have asked for this already" in as_bob.get(watch).content.decode()
    elsewhere = signed_in(bob).post(MISSING, WANTED, follow=True).content.decode()
    assert "You have asked for this already" in elsewhere
    assert "/asked/" in put(as_alice)
    assert len(waiting("answer")) == 2


def test_what_was_typed_stays_while_another_try_goes_on(as_bob: Client):
    typed = {"address": "bob@lumen.example", "server": "https://dav.example/", "username": "bobby", "secret": "x"}
    watch = as_bob.post("/settings/accounts/connect/caldav/", typed)["Location"]
    again = as_bob.post("/settings/accounts/connect/caldav/", typed)
    assert again.status_code == 422
    page = again.content.decode()
    assert "You have asked for this already" in page
    assert f'href="{watch}"' in page
    assert 'value="bobby"' in page


def test_a_server_is_asked_by_few_at_the_same_time(alice: Member, bob: Member, charlie: Member):
    def typed(member: Member, kind: Inquiry.Kind, server: str = "https://dav.example/") -> Inquiry:
        what = questions.Typed("caldav", "a@lumen.example", server=server, secret="x")
        return inquiries.ask_worker(Inquiry, member, "s", kind, what, now=clock.now(), hosts=(what.host,))

    first = typed(alice, Inquiry.Kind.TRY)
    typed(alice, Inquiry.Kind.RECONNECT)
    typed(bob, Inquiry.Kind.TRY)
    with pytest.raises(inquiries.Busy, match="is being asked for others"):
        typed(charlie, Inquiry.Kind.TRY)
    typed(charlie, Inquiry.Kind.RECONNECT, server="https://other.example/")
    inquiries.give_up(first)
    typed(charlie, Inquiry.Kind.TRY)


# While it lasts


def test_giving_up_leaves_nothing_and_who_is_at_work_is_counted_until_the_end(as_bob: Client, bob: Member):
    watch = put(as_bob)
    Inquiry.objects.of(bob.workspace).update(state="running")
    page = as_bob.post(f"{watch}give-up/", follow=True).content.decode()
    assert "Given up." in page
    row = Inquiry.objects.of(bob.workspace).get()
    assert (row.state, row.request, row.answer) == ("left", "", "")
    assert put(as_bob) == MISSING
    inquiries.end(row, None)
    assert "/asked/" in put(as_bob)
    as_bob.post(f"{put(as_bob)}give-up/")
    assert not Inquiry.objects.of(bob.workspace).exists()
    answer_inquiries()


def test_a_job_that_died_is_taken_up_again(as_bob: Client, bob: Member):
    put(as_bob)
    Inquiry.objects.of(bob.workspace).update(state="running")
    answer_inquiries()
    assert Inquiry.objects.of(bob.workspace).get().state == "done"


def test_a_defect_of_ours_is_said_in_words(as_bob: Client, bob: Member, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> object:
        raise ZeroDivisionError

    kinds = ANSWERERS["missing"]
    monkeypatch.setitem(ANSWERERS, "missing", (*kinds[:2], broken))
    watch = put(as_bob)
    with pytest.raises(ZeroDivisionError):
        answer_inquiries()
    page = as_bob.get(as_bob.get(watch)["Location"], follow=True).content.decode()
    assert "by a defect of Metwith" in page
    assert not Inquiry.objects.of(bob.workspace).exists()


def test_without_a_worker_the_page_says_what_is_missing(as_bob: Client):
    watch = put(as_bob)
    assert "metwith worker" not in as_bob.get(watch).content.decode()
    with time_machine.travel(clock.now() + LATER):
        assert "metwith worker" in as_bob.get(watch).content.decode()
        assert "metwith worker" in as_bob.get(watch, headers=HTMX).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    with time_machine.travel(clock.now() + LATER):
        assert "Others come first." in as_bob.get(watch).content.decode()


def test_it_is_watched_without_scripts_too(as_bob: Client, bob: Member):
    watch = put(as_bob)
    page = as_bob.get(watch).content.decode()
    assert '<meta http-equiv="refresh" content="2">' in page
    assert "See whether it is done" in page
    Inquiry.objects.of(bob.workspace).update(
        state="running", steps=[["find", "Find the server", True], ["open", "Open the calendar", False]]
    )
    piece = as_bob.get(watch, headers=HTMX).content.decode()
    assert '<li class="done">' in piece
    assert '<li class="now">' in piece
    with time_machine.travel(clock.now() + LATER):
        assert "After 90 seconds" in as_bob.get(watch).content.decode()


def test_a_connection_is_the_same_before_and_after_it_lay_sealed(alice: Member):
    account = RemoteAccount("caldav", "a@lumen.example", "https://cal.example/", "alice", "s3cret", "Europe/Berlin")
    found = catalogue.Connected(account, (RemoteCalendar("a", "A", primary=True),), ("a@b.example",), frozenset({"a@b.example"}))
    carried = questions.Carried(found, {"calendars": ["a"], "sharing": "subject"})
    assert inquiries.load(questions.Carried, inquiries.dump(carried)) == carried
    assert "s3cret" not in repr(carried)


def test_landing_without_an_answer_leads_on(as_bob: Client):
    assert "Not in your calendars" not in landed(as_bob, as_bob.get(MISSING)).content.decode()
