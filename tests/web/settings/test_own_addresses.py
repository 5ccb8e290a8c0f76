"""Settings → Who is one of us."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.workspaces import addresses
from metwith.workspaces.actions import create_workspace, invite
from metwith.workspaces.models import MemberAddress, OwnDomain
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.people import NOW, holds
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

AT = "/settings/ours/"


def _page(client: Client, path: str = AT) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_a_domain_would_do_is_shown_before_it_does(as_alice: Client, alice: Member):
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example", title="Lunch with Anna")
    desk.sync()
    given = {"domain": "www.Acme.example", "standing": "whole"}
    looked = as_alice.post(f"{AT}domain/", given).content.decode()
    assert "1 meeting that is stored now would become internal" in looked
    assert "Lunch with Anna" in looked
    assert not OwnDomain.objects.of(alice.workspace).exists()
    done = as_alice.post(f"{AT}domain/", given | {"confirmed": "1"}, follow=True).content.decode()
    assert "acme.example" in done
    work()
    assert desk.uids() == set()
    back = as_alice.post(f"{AT}domain/", {"domain": "acme.example", "standing": "aside"}).content.decode()
    assert "may come in" in back
    assert "Nothing that is stored now would be removed" in back


def test_of_a_colleagues_meetings_no_title_is_shown(as_alice: Client, bob: Member):
    desk = Desk(bob, "bob", sharing="everything")
    desk.put("secret", "anna@acme.example", title="Bob's own")
    desk.sync()
    looked = as_alice.post(f"{AT}domain/", {"domain": "acme.example", "standing": "exact"}).content.decode()
    assert "1 meeting" in looked
    assert "Bob&#x27;s own" not in looked
    assert "None of them is in your own calendars" in looked


def test_a_found_domain_tells_who_brought_it_and_can_be_set_aside(as_alice: Client, alice: Member, bob: Member):
    assert "found: Alice Adler, Bob Brandt" in _page(as_alice)
    as_alice.post(f"{AT}domain/", {"domain": "lumen.example", "standing": "aside", "confirmed": "1"})
    assert "set aside: not one of you" in _page(as_alice)


@pytest.mark.parametrize("given", [{"domain": "gmail.com"}, {"domain": ""}, {"domain": "nonsense"}, {"standing": "perhaps"}])
def test_what_cannot_be_said_is_refused_in_words(as_alice: Client, alice: Member, given: dict[str, str]):
    answer = as_alice.post(f"{AT}domain/", {"domain": "acme.example", "standing": "whole", "confirmed": "1"} | given)
    assert answer.status_code == 422
    assert not OwnDomain.objects.of(alice.workspace).exists()
    assert "domain" not in given or "_error" in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("gmx.de", "Yes: gmx.de is free mail"),
        ("x@mail.gmx.de", "Yes: gmx.de is free mail"),
        ("Acme.example", "No: acme.example is not"),
        ("<b>", "&lt;b&gt;"),
        ("gmx", "gmx.de, gmx.eu"),
    ],
)
def test_the_free_mail_list_answers(as_bob: Client, typed: str, answer: str):
    assert answer in as_bob.get(AT, {"mail": typed}).content.decode()


def test_the_free_mail_list_is_there_as_a_whole(as_bob: Client):
    whole = as_bob.get(f"{AT}free-mail.txt")
    assert "gmail.com" in whole.content.decode().split("\n")
    assert whole["Content-Type"] == "text/plain; charset=utf-8"


def test_members_read_their_own_addresses_and_admins_all(as_alice: Client, as_bob: Client, alice: Member, bob: Member):
    account = Desk(alice, "alice").account
    holds(alice, "a.adler@lumen.example", "server", account.pk)
    invite(alice, "dora@dune.example", "member", NOW)
    as_alice.post(f"{AT}address/", {"member": bob.pk, "address": "bob@home.example", "confirmed": "1"})
    seen, mine = _page(as_alice), _page(as_bob)
    for text in ("a.adler@lumen.example", "bob@home.example", "dora@dune.example"):
        assert text in seen
    assert "bob@home.example" in mine
    assert "a.adler@lumen.example" not in mine
    assert "dora@dune.example" not in mine
    assert "1 person is invited" in mine
    assert "<form" not in mine.partition('id="domains"')[2].partition('id="free-mail"')[0]


def test_a_further_address_is_looked_at_added_and_removed(as_alice: Client, alice: Member, bob: Member):
    given = {"member": bob.pk, "address": "Bob@Home.example"}
    assert "bob@home.example an address of Bob Brandt" in as_alice.post(f"{AT}address/", given).content.decode()
    assert not MemberAddress.objects.of(alice.workspace).filter(way="given").exists()
    as_alice.post(f"{AT}address/", given | {"confirmed": "1"})
    row = MemberAddress.objects.of(alice.workspace).filter(way="given").get()
    as_alice.post(f"{AT}address/{row.pk}/remove/")
    assert not MemberAddress.objects.of(alice.workspace).filter(way="given").exists()


@pytest.mark.parametrize("given", [{"address": "alice@lumen.example"}, {"address": "nonsense"}, {"member": "0"}])
def test_an_address_that_is_somebodys_is_refused(as_alice: Client, alice: Member, bob: Member, given: dict[str, str]):
    answer = as_alice.post(f"{AT}address/", {"member": str(bob.pk), "address": "b@home.example", "confirmed": "1"} | given)
    assert answer.status_code == 422
    assert "_error" in answer.content.decode()
    assert not MemberAddress.objects.of(alice.workspace).filter(way="given").exists()


def test_members_and_strangers_change_nothing(as_bob: Client, as_charlie: Client, alice: Member, bob: Member):
    row = addresses.give(alice, bob.pk, "b@home.example", NOW)
    assert as_bob.post(f"{AT}domain/", {"domain": "acme.example", "standing": "whole", "confirmed": "1"}).status_code == 403
    assert as_bob.post(f"{AT}address/", {"member": bob.pk, "address": "c@home.example", "confirmed": "1"}).status_code == 403
    assert as_bob.post(f"{AT}address/{row.pk}/remove/").status_code == 403
    assert as_charlie.post(f"{AT}address/{row.pk}/remove/").status_code == 404
    assert as_charlie.post(f"{AT}address/", {"member": bob.pk, "address": "c@home.example", "confirmed": "1"}).status_code == 422
    assert MemberAddress.objects.of(alice.workspace).filter(way="given").count() == 1
    assert "lumen.example" not in _page(as_charlie)


def test_where_everybody_has_free_mail_the_page_says_so(as_alice: Client, alice: Member):
    freelancer = create_workspace("Olga Ott", "olga@gmail.com", None, "Olga Ott", now=NOW)
    assert "your members sign in with free mail" in _page(signed_in(freelancer))
    assert "your members sign in with free mail" not in _page(as_alice)
