from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta

import pytest

from metwith.calendars.actions import connect
from metwith.lib import clock
from tests.calendars.desk import HOUR, Desk
from tests.people import company, opportunity, person
from tests.remembered import once

NINE = datetime(2026, 6, 10, 9, tzinfo=UTC)


@once
def desk(alice):
    """Alice's calendar, shared with nobody beyond times and participants."""
    return Desk(alice, "api-calendar")


@once
def anna(alice):
    return person(alice, "Anna Lindt", "anna@acme.test", company=company(alice, "Acme", "acme.test"))


def uids(answer):
    return [item["ical_uid"] for item in answer.body["items"]]


def test_a_meeting_has_exactly_what_was_promised(api, desk, anna, alice):
    facts = {"description": "<b>Terms</b>", "location": "Room 1", "join_url": "https://meet.example/1"}
    desk.put("one", "anna@acme.test", "bob@lumen.example", **facts)
    desk.sync()
    answer = api.get(f"/people/{anna.pk}/calendar")
    assert answer.status == 200
    assert answer.body["next"] is None
    (item,) = answer.body["items"]
    assert isinstance(item.pop("id"), int)
    assert item == {
        "ical_uid": "one",
        "start": "2026-06-10T09:00:00+00:00",
        "end": "2026-06-10T10:00:00+00:00",
        "all_day": False,
        "duration_minutes": 60,
        "cancelled": False,
        "level": "everything",
        "title": "About one",
        "participants": [
            {
                "address": "anna@acme.test",
                "name": "",
                "response": "needs-action",
                "organizer": False,
                "person_id": anna.pk,
                "member": False,
            },
            {
                "address": "alice@lumen.example",
                "name": "",
                "response": "accepted",
                "organizer": True,
                "person_id": None,
                "member": True,
            },
            {
                "address": "bob@lumen.example",
                "name": "",
                "response": "needs-action",
                "organizer": False,
                "person_id": None,
                "member": False,
            },
        ],
        "more_participants": 0,
        "not_updated_since": None,
        **facts,
    }


def test_an_all_day_meeting_has_dates_with_an_exclusive_end(api, desk, anna):
    desk.put("fair", "anna@acme.test", start=date(2026, 6, 10), length=timedelta(days=2))
    desk.sync()
    (item,) = api.get(f"/people/{anna.pk}/calendar").body["items"]
    assert (item["start"], item["end"], item["all_day"], item["duration_minutes"]) == ("2026-06-10", "2026-06-12", True, 2880)


@pytest.mark.parametrize(
    ("level", "shown"),
    [("metadata", (None, None)), ("subject", ("About one", None)), ("everything", ("About one", "Room 1"))],
)
def test_a_colleague_sees_what_the_level_gives_and_null_for_the_rest(bob, program, anna, *, alice, level, shown):
    desk = Desk(alice, "api-levels", sharing=level)
    desk.put("one", "anna@acme.test", location="Room 1", description="Terms", join_url="https://meet.example/1")
    desk.sync()
    (item,) = program(bob).get(f"/people/{anna.pk}/calendar").body["items"]
    assert (item["level"], (item["title"], item["location"])) == (level, shown)
    assert [item[name] is None for name in ("description", "join_url", "ical_uid")] == [level != "everything"] * 3
    assert {p["address"] for p in item["participants"]} == {"alice@lumen.example", "anna@acme.test"}


def test_company_and_opportunity_show_it_too_each_once(api, desk, anna, alice):
    renewal = opportunity(alice, "Renewal", company=anna.company, contact=anna)
    desk.put("one", "anna@acme.test", "ben@eu.acme.test")
    desk.sync()
    assert uids(api.get(f"/companies/{anna.company_id}/calendar")) == ["one"]
    assert uids(api.get(f"/opportunities/{renewal.pk}/calendar")) == ["one"]


def test_upcoming_and_past_are_apart_and_sorted_from_now(api, desk, anna):
    now = clock.now().replace(microsecond=0)
    for uid, hours in (("long ago", -72), ("yesterday", -24), ("tomorrow", 24), ("later", 72)):
        desk.put(uid, "anna@acme.test", start=now + hours * HOUR)
    desk.now = now
    desk.sync()
    path = f"/people/{anna.pk}/calendar"
    assert uids(api.get(path, when="upcoming")) == ["tomorrow", "later"]
    assert uids(api.get(path, when="past")) == ["yesterday", "long ago"]
    assert uids(api.get(path)) == uids(api.get(path, when="all")) == ["later", "tomorrow", "yesterday", "long ago"]


def test_the_last_day_is_included(api, desk, anna):
    for day in (9, 10, 11, 12):
        desk.put(f"{day}", "anna@acme.test", start=NINE.replace(day=day))
    desk.sync()
    path = f"/people/{anna.pk}/calendar"
    assert uids(api.get(path, **{"from": "2026-06-10", "to": "2026-06-11"})) == ["11", "10"]
    assert uids(api.get(path, **{"from": "2026-06-11"})) == ["12", "11"]
    assert uids(api.get(path, to="2026-06-09")) == ["9"]


def test_days_are_those_of_the_asking_members_zone(api, alice, desk, anna):
    alice.user.time_zone = "Pacific/Auckland"
    alice.user.save()
    desk.put("late", "anna@acme.test", start=datetime(2026, 6, 10, 13, tzinfo=UTC))
    desk.sync()
    path = f"/people/{anna.pk}/calendar"
    assert uids(api.get(path, **{"from": "2026-06-11", "to": "2026-06-11"})) == ["late"]
    assert uids(api.get(path, to="2026-06-10")) == []


@pytest.mark.parametrize("asked", [{"from": "0001-01-01"}, {"to": "9999-12-31"}, {"from": "0001-01-01", "to": "9999-12-31"}])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_first_and_the_last_day_there_are_can_be_asked_for(api, alice, desk, anna, *, asked, zone):
    alice.user.time_zone = zone
    alice.user.save()
    desk.put("one", "anna@acme.test")
    desk.sync()
    assert uids(api.get(f"/people/{anna.pk}/calendar", **asked)) == ["one"]


def test_pages_follow_each_other_and_nothing_comes_twice(api, desk, anna):
    desk.series("weekly", "anna@acme.test", rule="FREQ=DAILY;COUNT=10")
    desk.sync()
    path, starts, cursor = f"/people/{anna.pk}/calendar", [], ""
    while True:
        body = api.get(path, limit=4, cursor=cursor).body
        starts += [item["start"] for item in body["items"]]
        if not (cursor := body["next"]):
            break
    assert starts == sorted(starts, reverse=True)
    assert len(set(starts)) == len(starts) == 10


def packed(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": -5}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"when": "someday"}, "when"),
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-13-01"}, "to"),
        ({"from": "2026-06-11", "to": "2026-06-10"}, "from"),
        ({"cursor": "garbage"}, "cursor"),
        ({"cursor": "ünicode"}, "cursor"),
        ({"cursor": "a\0b"}, "cursor"),
        ({"cursor": "x" * 3000}, "cursor"),
        ({"cursor": packed("[]")}, "cursor"),
        ({"cursor": packed("{}")}, "cursor"),
        ({"cursor": packed('["2026-06-10T09:00:00", 1]')}, "cursor"),
        ({"cursor": packed('["2026-06-10T09:00:00+00:00", -1]')}, "cursor"),
        ({"cursor": packed('["2026-06-10T09:00:00+00:00", 1e999]')}, "cursor"),
        ({"cursor": packed('["2026-06-10T09:00:00+00:00", 9223372036854775808]')}, "cursor"),
        ({"cursor": packed("[" * 1400)}, "cursor"),
    ],
)
def test_a_bad_question_is_refused_with_words_and_the_fields_name(api, anna, asked, field):
    answer = api.get(f"/people/{anna.pk}/calendar", **asked)
    assert (answer.status, answer.code, answer.field) == (422, "invalid", field)
    assert answer.message


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_cursor_at_the_end_of_time_is_just_a_place(api, anna, at):
    assert api.get(f"/people/{anna.pk}/calendar", cursor=packed(f'["{at}", 1]')).status in {200, 422}


def test_a_page_costs_the_same_few_queries_however_long(api, desk, anna, django_assert_max_num_queries):
    desk.series("weekly", "anna@acme.test", "ben@acme.test", rule="FREQ=DAILY;COUNT=40")
    desk.sync()
    api.get(f"/people/{anna.pk}/calendar")
    with django_assert_max_num_queries(7):
        assert len(api.get(f"/people/{anna.pk}/calendar", limit=25).body["items"]) == 25


def test_another_workspaces_meetings_are_not_found(api, charlie, program):
    theirs = person(charlie, "Anna", "anna@acme.test")
    desk = Desk(charlie, "api-stranger", sharing="everything")
    desk.put("one", "anna@acme.test")
    desk.sync()
    assert uids(program(charlie).get(f"/people/{theirs.pk}/calendar")) == ["one"]
    assert api.get(f"/people/{theirs.pk}/calendar").status == 404


def test_accounts_tell_how_they_are_doing_and_what_was_dropped(api, desk, alice):
    desk.put("one", "anna@acme.test")
    desk.put("internal", "bob@lumen.example")
    desk.put("private", "anna@acme.test", visibility="private")
    desk.sync()
    (account,) = api.get("/accounts").body["items"]
    (calendar,) = account.pop("calendars")
    at = calendar["last_success_at"]
    assert account == {
        "id": desk.account.pk,
        "provider": "memory",
        "address": "alice@lumen.example",
        "sharing": "metadata",
        "disconnected_at": None,
        "state": "fine",
        "last_success_at": at,
        "next_sync_at": calendar["next_sync_at"],
        "error": None,
    }
    assert at == "2026-06-01T12:00:00Z"
    counted = {name: calendar[name] for name in ("name", "primary", "enabled", "paused", "state", "error", "read", "kept", "dropped")}
    assert counted == {
        "name": "Work",
        "primary": True,
        "enabled": True,
        "paused": False,
        "state": "fine",
        "error": None,
        "read": 3,
        "kept": 1,
        "dropped": {"internal": 1, "private": 1},
    }


def test_an_account_in_trouble_says_what_and_what_to_do(api, desk):
    desk.server.faults.needs_reconnect = True
    desk.sync()
    (account,) = api.get("/accounts").body["items"]
    assert (account["state"], account["next_sync_at"]) == ("reconnect", None)
    assert "refuses the password" in account["error"]
    assert "again" in account["error"]


def test_members_see_their_own_accounts_and_admins_all(api, desk, bob, program):
    Desk(bob, "api-bob")
    assert [a["address"] for a in program(bob).get("/accounts").body["items"]] == ["bob@lumen.example"]
    found = {account["address"]: account["calendars"][0] for account in api.get("/accounts").body["items"]}
    assert len(found) == 2
    assert (found["bob@lumen.example"]["read"], found["bob@lumen.example"]["dropped"]) == (None, {}), (
        "how much of it did not come in is his"
    )


def test_no_credential_ever_leaves(api, alice):
    desk = Desk(alice, "api-secret")
    desk.account.secret = "gAAAA-cipher"
    desk.account.save()
    assert "cipher" not in str(api.get("/accounts").body)
    assert "memory:" not in str(api.get("/accounts").body)


def test_a_sync_is_queued_once(api, desk, alice):
    path = f"/accounts/{desk.account.pk}/sync"
    first = api.post(path)
    assert first.status == 202
    assert api.post(path).body == {"queued": 0}
    assert desk.server.reads == 0


def test_a_disconnected_account_cannot_be_synced(api, desk, alice):
    connect.disconnect(alice, desk.account.pk, purge=False, now=clock.now())
    answer = api.post(f"/accounts/{desk.account.pk}/sync")
    assert (answer.status, answer.code) == (409, "conflict")
    assert api.get("/accounts").body["items"][0]["state"] == "disconnected"


def test_a_colleagues_account_is_not_there_for_a_member_and_an_admin_may_sync_it(api, desk, bob, program):
    theirs = Desk(bob, "api-bob")
    assert program(bob).post(f"/accounts/{desk.account.pk}/sync").status == 404
    assert api.post(f"/accounts/{theirs.account.pk}/sync").status == 202


def test_another_workspaces_account_is_not_there(api, charlie):
    theirs = Desk(charlie, "api-charlie")
    assert api.post(f"/accounts/{theirs.account.pk}/sync").status == 404
    assert api.get("/accounts").body["items"] == []
