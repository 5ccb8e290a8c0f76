from __future__ import annotations

from metwith.calendars.models import Event
from tests.calendars.desk import Desk
from tests.people import person


def test_why_a_meeting_is_here_is_told_as_far_as_the_member_may_know(api, alice, bob, program):
    anna = person(alice, "Anna Lindt", "anna@acme.test")
    desk = Desk(alice, "api-why")
    desk.put("one", "anna@acme.test")
    desk.sync()
    path = f"/meetings/{Event.objects.get().pk}/why"
    mine = {"owner": "Alice Adler", "mine": True, "calendar": "Work"}
    address = {"reason": "address", "because": "anna@acme.test", "taken_off": False}
    assert api.get(path).body == {
        "calendars": [mine],
        "kept_for": ["anna@acme.test"],
        "times": {"copy": mine, "reason": "only"},
        "sight": {"copy": mine, "level": "everything", "setting": "own", "capped": False},
        "records": [{"kind": "person", "id": anna.pk, "name": "Anna Lindt", **address}],
    }
    theirs = program(bob).get(path).body
    hers = {"owner": "Alice Adler", "mine": False, "calendar": None}
    assert theirs["calendars"] == [hers]
    assert theirs["sight"] == {"copy": hers, "level": "metadata", "setting": "account", "capped": False}


def test_another_workspaces_meeting_and_none_at_all_are_not_found(api, alice, charlie, program):
    desk = Desk(alice, "api-why-border")
    desk.put("one", "anna@acme.test")
    desk.sync()
    assert program(charlie).get(f"/meetings/{Event.objects.get().pk}/why").status == 404
    assert api.get("/meetings/0/why").status == 404
    assert api.get(f"/meetings/{2**63}/why").status == 404
