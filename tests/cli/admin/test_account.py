from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from metwith.accounts.models import Account
from metwith.calendars.actions import choose
from metwith.calendars.models import Calendar, Entry
from tests.calendars.desk import Desk
from tests.cli.prompt import run
from tests.people import NOW
from tests.servers import PASSWORD, USER, radicale

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Test//EN
X-WR-CALNAME:Sales
BEGIN:VEVENT
UID:one
DTSTAMP:20260101T000000Z
DTSTART:20260610T090000Z
DTEND:20260610T100000Z
SUMMARY:Offer
ORGANIZER:mailto:alice@lumen.example
ATTENDEE:mailto:anna@acme.test
END:VEVENT
BEGIN:VEVENT
UID:two
DTSTAMP:20260101T000000Z
DTSTART:20260611T090000Z
DTEND:20260611T100000Z
CLASS:PRIVATE
SUMMARY:Doctor
ATTENDEE:mailto:anna@acme.test
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


class Shelf(BaseHTTPRequestHandler):
    def do_GET(self):
        body = ICS.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/calendar")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object):
        """Quiet."""


@pytest.fixture
def shelf():
    """An address with a calendar."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sales.ics"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def private_hosts(monkeypatch):
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")


def titles(member):
    return set(Entry.objects.of(member.workspace_id).values_list("title", flat=True))


def test_an_address_is_connected_and_read(alice, shelf, capsys):
    words = ("--member", "alice@lumen.example", "--url-stdin", "--sharing", "subject", "--new-people", "organised")
    assert run("account", "connect", "ics", *words, stdin=f"{shelf}\n") == 0
    assert Calendar.objects.of(alice.workspace_id).get().new_people == "organised"
    said = capsys.readouterr().out
    assert "... ok" in said
    assert "Connected as account" in said
    account = Account.objects.of(alice.workspace_id).get()
    assert (account.provider, account.sharing) == ("ics", "subject")
    assert run("sync") == 0
    assert titles(alice) == {"Offer"}


def test_the_address_is_a_secret_and_never_printed(alice, shelf, capsys):
    run("account", "connect", "ics", "--member", "alice@lumen.example", "--url-stdin", stdin=shelf)
    run("account", "list")
    said = capsys.readouterr()
    assert "sales.ics" not in said.out + said.err


def test_a_file_is_read_once_and_counted(alice, tmp_path, capsys):
    file = tmp_path / "sales.ics"
    file.write_text(ICS)
    assert run("account", "connect", "ics", "--member", "alice@lumen.example", "--file", str(file)) == 0
    assert "1 kept, 1 not kept (1 private)" in capsys.readouterr().out
    assert titles(alice) == {"Offer"}


def test_a_preview_counts_and_stores_nothing(alice, shelf, tmp_path, capsys):
    file = tmp_path / "sales.ics"
    file.write_text(ICS)
    for source in (("--url-stdin",), ("--file", str(file))):
        words = ("--member", "alice@lumen.example", *source, "--sharing", "subject", "--preview")
        assert run("account", "connect", "ics", *words, stdin=shelf) == 0
        said = capsys.readouterr().out
        assert "1 would come in, 1 would not (1 private)." in said
        assert "Colleagues would see of them: subject. Nothing was stored." in said
        assert "Offer" not in said
    assert not Account.objects.of(alice.workspace_id).exists()


@pytest.mark.parametrize("content", ["", "<html></html>", "PK\x03\x04", ICS[:300]])
def test_a_file_that_is_no_calendar_is_refused_and_nothing_is_stored(alice, tmp_path, capsys, content):
    file = tmp_path / "sales.ics"
    file.write_text(content)
    assert run("account", "connect", "ics", "--member", "alice@lumen.example", "--file", str(file)) == 1
    assert capsys.readouterr().err.strip()
    assert not Account.objects.of(alice.workspace_id).exists()


def test_without_leave_a_private_host_is_refused_with_the_hint(alice, shelf, monkeypatch, capsys):
    monkeypatch.delenv("METWITH_ALLOW_PRIVATE_HOSTS")
    assert run("account", "connect", "ics", "--member", "alice@lumen.example", "--url-stdin", stdin=shelf) == 1
    assert "METWITH_ALLOW_PRIVATE_HOSTS" in capsys.readouterr().err
    assert not Account.objects.of(alice.workspace_id).exists()


def test_a_failing_step_says_what_is_wrong_and_what_to_do(alice, shelf, capsys):
    dead = shelf.rpartition(":")[0] + ":9/"
    assert run("account", "connect", "ics", "--member", "alice@lumen.example", "--url-stdin", stdin=dead) == 1
    said = capsys.readouterr()
    assert said.out.rstrip().endswith("... failed")
    assert len(said.err.strip().splitlines()) == 2


def test_an_unknown_member_is_named(alice, capsys):
    assert run("account", "connect", "ics", "--member", "nobody@lumen.example", "--url-stdin", stdin="https://x.example/") == 1
    assert "nobody@lumen.example" in capsys.readouterr().err


def test_a_password_is_needed_and_the_way_to_give_it_told(alice, capsys):
    words = ("--member", "alice@lumen.example", "--url", "https://x.example/", "--username", "alice")
    assert run("account", "connect", "caldav", *words) == 1
    assert "--password-stdin" in capsys.readouterr().err


def test_accounts_are_listed_with_how_they_are_doing(alice, bob, capsys):
    desk = Desk(alice, "list-command")
    Desk(bob, "list-command-bob").put("two", "ben@acme.test")
    desk.put("one", "bob@lumen.example")
    run("sync", "--account", str(desk.account.pk))
    capsys.readouterr()
    assert run("account", "list") == 0
    said = capsys.readouterr().out
    assert "Work: Up to date" in said
    assert "0 kept" in said
    assert "internal" not in said, "how much somebody does not share is theirs"
    assert "Waits for its first reading" in said


def test_without_an_account_the_list_says_so(alice, capsys):
    assert run("account", "list") == 0
    assert capsys.readouterr().out == "No account is connected.\n"


@pytest.mark.parametrize(("words", "left"), [((), {"About one"}), (("--purge",), set())])
def test_disconnecting_keeps_the_meetings_or_purges_them(alice, words, left):
    desk = Desk(alice, "disconnect-command")
    desk.put("one", "anna@acme.test")
    desk.sync()
    assert run("account", "disconnect", str(desk.account.pk), *words) == 0
    assert titles(alice) == left
    assert not Account.objects.of(alice.workspace_id).filter(disconnected_at=None).exists()


def test_an_account_that_there_is_not_cannot_be_disconnected(alice, capsys):
    assert run("account", "disconnect", "999999") == 1
    assert "metwith account list" in capsys.readouterr().err


@contextlib.contextmanager
def _server(folder):
    with radicale(folder) as server:
        server.make_calendar("Work")
        server.make_calendar("Private")
        yield server


@pytest.mark.server
@pytest.mark.parametrize(
    ("chosen", "on"), [((), 1), (("--calendars", "primary"), 1), (("--calendars", "all"), 2), (("--calendars", "Work", "Private"), 2)]
)
def test_a_caldav_account_is_connected_with_the_chosen_calendars(alice, tmp_path, chosen, on, capsys):
    with _server(tmp_path / "dav") as server:
        words = ("--member", "alice@lumen.example", "--url", server.url, "--username", USER, "--password-stdin")
        assert run("account", "connect", "caldav", *words, *chosen, stdin=f"{PASSWORD}\n") == 0
        assert run("account", "connect", "caldav", *words, *chosen, "--preview", stdin=f"{PASSWORD}\n") == 0
        assert Calendar.objects.of(alice.workspace_id).filter(enabled=True).count() == on
        assert Calendar.objects.of(alice.workspace_id).count() == 2
        assert run("sync") == 0
    assert PASSWORD not in str(capsys.readouterr())


@pytest.mark.server
def test_a_wrong_password_names_the_step_and_stores_nothing(alice, tmp_path, capsys):
    with _server(tmp_path / "dav") as server:
        words = ("--member", "alice@lumen.example", "--url", server.url, "--username", USER, "--password-stdin")
        assert run("account", "connect", "caldav", *words, stdin="wrong\n") == 1
    said = capsys.readouterr()
    assert said.out.rstrip().endswith("... failed")
    assert "password" in said.err.lower()
    assert not Account.objects.of(alice.workspace_id).exists()


@pytest.mark.server
def test_a_calendar_that_there_is_not_is_named_with_those_that_there_are(alice, tmp_path, capsys):
    with _server(tmp_path / "dav") as server:
        words = ("--member", "alice@lumen.example", "--url", server.url, "--username", USER, "--password-stdin")
        assert run("account", "connect", "caldav", *words, "--calendars", "Wrok", stdin=f"{PASSWORD}\n") == 1
    assert "Wrok" in (said := capsys.readouterr().err)
    assert "Work" in said
    assert not Account.objects.of(alice.workspace_id).exists()
    assert not choose.sync_now(alice, now=NOW)
