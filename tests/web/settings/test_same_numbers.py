"""The receipt and the account's page have the same numbers under the same words."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.actions import choose, connect
from metwith.calendars.models import Calendar
from metwith.calendars.providers import memory
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.vocabulary import Recurrence, RemoteCalendar, Visibility
from metwith.lib import clock
from metwith.rules.own_identities import DomainOwnership
from metwith.workspaces import domains
from tests.calendars.desk import meeting
from tests.calendars.worker import work
from tests.people import NOW, person
from tests.web.tight import tight

if TYPE_CHECKING:
    from django.test import Client

    from metwith.accounts.models import Account
    from metwith.workspaces.models import Member

FILE = b"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:old
DTSTART;TZID=Nowhere/Known:20260501T090000
DTEND;TZID=Nowhere/Known:20260501T100000
ORGANIZER:mailto:bob@lumen.example
ATTENDEE:mailto:anna@acme.example
END:VEVENT
BEGIN:VEVENT
UID:among-us
DTSTART:20260502T090000Z
DTEND:20260502T100000Z
ORGANIZER:mailto:bob@lumen.example
ATTENDEE:mailto:soon@one-of-us.example
END:VEVENT
END:VCALENDAR
""".replace(b"\n", b"\r\n")


@pytest.fixture
def accounts(bob: Member, alice: Member, monkeypatch: pytest.MonkeyPatch) -> list[Account]:
    """Two calendars with a series, private and internal ones, and one on no record; a file with a guess and one that was set aside."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    memory.forget_servers("numbers")
    server = memory.server("numbers")
    for name in ("work", "home"):
        server.add_calendar(RemoteCalendar(name, name.title(), primary=name == "work"))
    rule = Recurrence(rules=("FREQ=WEEKLY;COUNT=5",))
    server.put("work", meeting("series", BOB, "anna@acme.example", recurrence=rule))
    server.put("work", meeting("alone", BOB, "nobody@unknown.example"))
    server.put("work", meeting("ours", BOB, "alice@lumen.example"))
    server.put("home", meeting("also", BOB, "zoe@else.example"))
    for name in ("work", "home"):
        server.put(name, meeting("hidden", BOB, "anna@acme.example", visibility=Visibility.PRIVATE))
    person(alice, "Anna", "anna@acme.example")
    account = connect.connect(bob, "memory", address=BOB, server="memory:numbers", sharing="metadata", new_people="off", now=lambda: NOW)
    calendars = list(Calendar.objects.of(bob.workspace).filter(account=account).values_list("pk", flat=True))
    choose.choose_calendars(bob, account.pk, calendars, NOW)
    for calendar_id in calendars:
        sync_calendar(bob.workspace_id, calendar_id, clock=lambda: NOW)
    file, _ = connect.connect_file(bob, FILE, name="old.ics", now=NOW)
    domains.decide_domain(alice, "one-of-us.example", DomainOwnership.WHOLE)
    work()
    return [account, file]


def numbers(text: str) -> dict[str, list[str]]:
    """Each label of a list of facts with the numbers behind it, reasons by name."""
    found: dict[str, list[str]] = {}
    for label, said in re.findall(r"<dt>([^<]*)</dt>\s*<dd>(.*?)</dd>", text, re.DOTALL):
        if label in LABELS:
            plain = re.sub(r"<small>.*?</small>", "", said, flags=re.DOTALL)
            found[label] = sorted(re.findall(r"[\d,]+(?: [A-Z][a-z ]*[a-z])?|none", unescape(plain)))
    return found


BOB = "bob@lumen.example"
LABELS = {"Meetings kept", "On no record", "Guessed", "Left out", "Set aside"}


def test_both_pages_say_the_same_of_each_account(as_bob: Client, accounts: list[Account]):
    receipt = as_bob.get("/settings/receipt/").content.decode()
    seen: set[str] = set()
    for account in accounts:
        page = as_bob.get(f"/settings/accounts/{account.pk}/").content.decode()
        of_all = page.split('id="account-numbers"')[-1]
        of_receipt = receipt.split(f'id="account-{account.pk}"')[1].split("</section>")[0]
        assert numbers(of_all) == numbers(of_receipt), account.provider
        seen |= set(numbers(of_all))
    assert seen == LABELS
    assert numbers(receipt)["Meetings kept"] != ["0"]


def test_what_the_calendars_of_an_account_say_adds_up(as_bob: Client, accounts: list[Account]):
    page = tight(as_bob.get(f"/settings/accounts/{accounts[0].pk}/").content.decode())
    several, of_all = page.split('id="account-numbers"')
    for label in ("Meetings kept", "On no record"):
        pattern = rf"<dt>{label}</dt><dd>([\d,]+)"
        assert sum(map(int, re.findall(pattern, several))) == int(re.findall(pattern, of_all)[0])
