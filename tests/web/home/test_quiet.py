"""Who has gone quiet, on Home and on its page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from metwith.lib import clock
from metwith.overview.models import PutOff
from metwith.records import actions as records
from metwith.records import queries
from metwith.web.home.quiet import every
from tests.calendars.desk import Desk
from tests.people import company, opportunity, person

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

DAY = timedelta(days=1)
AT = "/gone-quiet/"


@pytest.fixture
def desk(alice: Member) -> Desk:
    """Acme was met every ten days until two months ago, Bolt until five weeks ago; Calm is met tomorrow."""
    desk = Desk(alice, "alice")
    for name, last in (("acme", 60), ("bolt", 35), ("calm", 60)):
        company(alice, f"{name.title()} GmbH", f"{name}.example")
        for number in range(3):
            desk.put(f"{name} {number}", f"who@{name}.example", start=clock.now() - (last + 10 * number) * DAY, title="Secret title")
    desk.put("calm next", "who@calm.example", start=clock.now() + DAY)
    desk.sync()
    return desk


def listed(page: str) -> list[str]:
    return re.findall(r">(\w+ GmbH)</a>", page.partition('id="put-off"')[0])


def test_the_longest_overdue_comes_first_and_nobody_with_something_planned(as_bob: Client, desk: Desk):
    page = as_bob.get(AT).content.decode()
    assert listed(page) == ["Acme GmbH", "Bolt GmbH"]
    assert "usually every 14 days" in page
    assert "with Alice" in page
    assert "Secret" not in page


def test_an_open_opportunity_comes_first_and_is_named(as_bob: Client, alice: Member, desk: Desk):
    opportunity(alice, "Big deal", company=queries.companies(alice.workspace_id, q="bolt").items[0])
    page = as_bob.get(AT).content.decode()
    assert listed(page)[0] == "Bolt GmbH"
    assert "Big deal" in page
    assert "Open opportunities with nothing planned" in page


def test_mine_are_those_i_met(as_alice: Client, as_bob: Client, desk: Desk):
    assert listed(as_alice.get(AT, {"mine": "true"}).content.decode()) == ["Acme GmbH", "Bolt GmbH"]
    assert listed(as_bob.get(AT, {"mine": "true"}).content.decode()) == []


def test_what_is_put_off_is_gone_for_who_did_it_and_can_be_shown_again(as_alice: Client, as_bob: Client, alice: Member, desk: Desk):
    acme = queries.companies(alice.workspace_id, q="acme").items[0]
    answer = as_alice.post(f"/companies/{acme.pk}/put-off/", follow=True).content.decode()
    assert "Put off until" in answer
    assert listed(answer) == ["Bolt GmbH"]
    assert "Show again: Acme GmbH" in answer
    assert listed(as_bob.get(AT).content.decode()) == ["Acme GmbH", "Bolt GmbH"]
    as_alice.post(f"/companies/{acme.pk}/put-off/end/")
    assert listed(as_alice.get(AT).content.decode()) == ["Acme GmbH", "Bolt GmbH"]


def test_putting_off_ends_with_the_record_and_leads_nowhere_else(as_alice: Client, alice: Member, desk: Desk):
    acme = queries.companies(alice.workspace_id, q="acme").items[0]
    assert as_alice.post(f"/companies/{acme.pk}/put-off/", {"next": "https://evil.example/"})["Location"] == AT
    assert as_alice.post(f"/companies/{acme.pk}/put-off/", {"next": "/"})["Location"] == "/"
    assert PutOff.objects.of(alice.workspace).count() == 1
    records.trash(alice, "company", acme.pk, now=clock.now())
    assert "Show again: Acme GmbH" not in as_alice.get(AT).content.decode()
    records.delete_for_good(alice, "company", acme.pk)
    assert not PutOff.objects.of(alice.workspace).exists()


def test_of_two_that_are_merged_the_one_that_goes_is_put_off_no_more(as_alice: Client, alice: Member, desk: Desk):
    acme, bolt = (queries.companies(alice.workspace_id, q=name).items[0] for name in ("acme", "bolt"))
    as_alice.post(f"/companies/{bolt.pk}/put-off/")
    records.merge_companies(alice, acme.pk, bolt.pk, now=clock.now())
    assert not PutOff.objects.of(alice.workspace).exists()


def test_of_others_nothing_is_put_off(as_charlie: Client, alice: Member, desk: Desk):
    acme = queries.companies(alice.workspace_id, q="acme").items[0]
    assert as_charlie.post(f"/companies/{acme.pk}/put-off/").status_code == 404
    assert listed(as_charlie.get(AT).content.decode()) == []


def test_a_cursor_that_is_none_is_refused_in_words(as_alice: Client, desk: Desk):
    answer = as_alice.get(AT, {"cursor": "nonsense"})
    assert answer.status_code < 500
    assert "page marker is not one of ours" in answer.content.decode()


def test_new_faces_are_people_met_this_week_for_the_first_time(as_bob: Client, alice: Member, desk: Desk):
    person(alice, "Nora New", "nora@acme.example")
    person(alice, "Otto Old", "otto@acme.example")
    desk.put("first", "nora@acme.example", "otto@acme.example", start=clock.now() - DAY)
    desk.put("long ago", "otto@acme.example", start=clock.now() - 50 * DAY)
    desk.sync()
    page = as_bob.get("/gone-quiet/part/").content.decode()
    assert "Nora New" in page
    assert "Otto Old" not in page


def test_home_leads_there_without_javascript(as_bob: Client, desk: Desk):
    assert f'href="{AT}?mine=false"' in as_bob.get("/").content.decode()


@pytest.mark.parametrize(
    ("days", "words"),
    [(14, "usually every 14 days"), (21, "usually every 3 weeks"), (90, "usually every 3 months"), (400, "usually every 13 months")],
)
def test_a_gap_in_words(days: int, words: str):
    assert every(timedelta(days=days)) == words
