"""A member's own copy of one meeting, on its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metwith.calendars import queries
from metwith.calendars.models import Entry, Event
from metwith.calendars.overrides import TakenOut
from metwith.workspaces.actions import set_sharing_rules
from tests.calendars.desk import Desk, events, invited_by
from tests.calendars.worker import work
from tests.people import person
from tests.remembered import once

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

ANNA = "anna@acme.example"
OUT = "/settings/accounts/taken-out/"


@once
def desk(bob: Member) -> Desk:
    made = Desk(bob, "bob")
    made.put("lunch", ANNA, title="Lunch with Anna")
    made.series("daily", ANNA)
    made.sync()
    return made


def event(uid: str) -> Event:
    found = Event.objects.filter(ical_uid=uid).order_by("starts_at").first()
    assert found
    return found


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_level_of_one_meeting_is_set_from_its_page(as_bob: Client, desk: Desk, alice: Member):
    person(alice, "Anna", ANNA)
    work()
    at = f"/meetings/{event('lunch').pk}/own/"
    assert at in text(as_bob.get(f"/meetings/{event('lunch').pk}/"))
    page = text(as_bob.get(at))
    assert "Lunch with Anna" in page
    assert "As much as of the rest of your calendar: Time and participants only" in page
    assert "All of this series" not in page
    saved = as_bob.post(at, {"level": "subject"})
    assert saved["Location"] == f"/meetings/{event('lunch').pk}/"
    assert queries.meeting(alice, event("lunch").pk).title == "Lunch with Anna"
    assert 'value="subject" id="id_level_2" checked' in text(as_bob.get(at)).replace("  ", " ")
    as_bob.post(at, {"level": ""})
    assert queries.meeting(alice, event("lunch").pk).title is None


def test_of_a_series_it_is_said_of_which(as_bob: Client, desk: Desk):
    at = f"/meetings/{event('daily').pk}/own/"
    assert "All of this series" in text(as_bob.get(at))
    assert as_bob.post(at, {"level": "subject"}).status_code == 422
    as_bob.post(at, {"level": "subject", "scope": "one"})
    assert Entry.objects.filter(sharing="subject").count() == 1
    as_bob.post(at, {"level": "subject", "scope": "series"})
    assert Entry.objects.filter(sharing="subject").count() == 3
    assert "this one as its series (Also the title), the series as your calendar (Time and participants only)" in text(as_bob.get(at))
    as_bob.post(at, {"level": "", "scope": "one"})
    assert Entry.objects.filter(sharing="subject").count() == 3
    as_bob.post(at, {"level": "", "scope": "series"})
    assert Entry.objects.filter(sharing="").count() == Entry.objects.count()


def test_a_level_that_the_workspace_does_not_allow_is_refused_with_words(as_bob: Client, desk: Desk, alice: Member):
    set_sharing_rules(alice, cap="subject", default="metadata")
    at = f"/meetings/{event('lunch').pk}/own/"
    page = as_bob.get(at)
    assert "In this workspace colleagues see at most: Also the title." in text(page)
    assert 'value="everything"' not in text(page)
    refused = as_bob.post(at, {"level": "everything"})
    assert refused.status_code == 422
    assert "_error" in text(refused)
    assert not Entry.objects.exclude(sharing="").exists()


def test_what_would_go_is_shown_and_then_it_goes_and_comes_again(as_bob: Client, desk: Desk, bob: Member):
    anna = person(bob, "Anna Lindt", ANNA)
    work()
    at = f"/meetings/{event('lunch').pk}/out/"
    looked = text(as_bob.get(at, {"from": f"person-{anna.pk}"}))
    assert "1 meeting of your calendars goes from here" in looked
    assert "1 of them nobody else has" in looked
    assert ("lunch", "") in events(bob)
    gone = as_bob.post(at, {"from": f"person-{anna.pk}"}, follow=True)
    assert gone.redirect_chain[0][0] == f"/people/{anna.pk}/"
    assert "Taken out. It stays out" in text(gone)
    assert "Lunch with Anna" not in text(gone)
    desk.sync()
    assert ("lunch", "") not in events(bob)
    listed = text(as_bob.get(OUT))
    assert "A meeting, taken out on" in listed
    assert "Work · bob@lumen.example" in listed
    assert "Lunch" not in listed
    assert OUT in text(as_bob.get(f"/settings/accounts/{desk.account.pk}/"))
    assert "You took them out for good." in text(as_bob.get(f"/settings/accounts/{desk.account.pk}/"))
    again = text(as_bob.post(f"{OUT}{TakenOut.objects.get().pk}/", follow=True))
    assert "It may come in again" in again
    assert "Nothing is taken out" in again
    work()
    desk.sync()
    assert ("lunch", "") in events(bob)


def test_a_whole_series_goes_at_once(as_bob: Client, desk: Desk, bob: Member):
    at = f"/meetings/{event('daily').pk}/out/"
    assert "3 meetings of your calendars go from here" in text(as_bob.get(at, {"scope": "series"}))
    assert "3 meetings are taken out" in text(as_bob.post(at, {"scope": "series"}, follow=True))
    assert events(bob) == {("lunch", "")}
    assert "A series, taken out on" in text(as_bob.get(OUT))


def test_colleagues_who_keep_their_copy_are_named(as_bob: Client, desk: Desk, alice: Member):
    hers = Desk(alice, "alice")
    hers.put("lunch", attendees=invited_by("bob@lumen.example", ANNA))
    hers.sync()
    looked = text(as_bob.get(f"/meetings/{event('lunch').pk}/out/"))
    assert "It stays with those who have it in a calendar of their own: Alice Adler." in looked
    assert "nobody else has" not in looked


def test_whoever_has_no_copy_finds_nothing_to_change(as_alice: Client, as_charlie: Client, as_bob: Client, desk: Desk):
    number = event("lunch").pk
    assert "Change what is shared, or take it out" not in text(as_alice.get(f"/meetings/{number}/"))
    as_bob.post(f"/meetings/{number}/out/")
    row = TakenOut.objects.get().pk
    other = event("daily").pk
    for client in (as_alice, as_charlie):
        for path in (f"/meetings/{other}/own/", f"/meetings/{other}/out/"):
            assert client.get(path).status_code == 404
            assert client.post(path, {"level": "everything", "scope": "one"}).status_code == 404
        assert client.post(f"{OUT}{row}/").status_code == 404
        assert "Nothing is taken out" in text(client.get(OUT))
