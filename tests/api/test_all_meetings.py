"""All meetings by the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.calendars.desk import Desk
from tests.people import NOW, company
from tests.remembered import once

DAY = timedelta(days=1)


@once
def acme(alice):
    return company(alice, "Acme", "acme.test")


@once
def desk(alice, acme):
    made = Desk(alice, "api-all")
    made.put("past", "anna@acme.test", start=NOW - DAY)
    made.put("later", "anna@acme.test", start=NOW - 2 * DAY)
    made.put("off", "kim@kin.test", start=NOW - 3 * DAY)
    made.sync()
    return made


def uids(answer):
    return [item["ical_uid"] for item in answer.body["items"]]


def test_they_are_as_on_a_record_with_the_records(api, desk, acme):
    on_record = api.get(f"/companies/{acme.pk}/calendar").body["items"][0]
    (first, _second) = api.get("/meetings").body["items"]
    assert first == on_record | {"records": [{"kind": "company", "id": acme.pk, "name": "Acme"}]}


def test_mine_are_those_on_no_record_too(api, desk):
    assert uids(api.get("/meetings")) == ["past", "later"]
    assert uids(api.get("/meetings?mine=false")) == ["past", "later"]
    assert uids(api.get("/meetings?mine=true")) == ["past", "later", "off"]
    assert api.get("/meetings?mine=true").body["items"][-1]["records"] == []


def test_they_are_narrowed_and_paged(api, desk):
    day = (NOW - 2 * DAY).date().isoformat()
    assert uids(api.get(f"/meetings?from={day}&to={day}")) == ["later"]
    assert uids(api.get("/meetings?q=off&mine=true")) == ["off"]
    assert uids(api.get("/meetings?when=upcoming")) == []
    first = api.get("/meetings?limit=1")
    assert uids(first) == ["past"]
    assert uids(api.get(f"/meetings?limit=1&cursor={first.body['next']}")) == ["later"]


@pytest.mark.parametrize("query", ["cursor=x", "mine=perhaps", "from=2026-02-02&to=2026-01-01", "when=soon"])
def test_what_cannot_be_read_is_refused(api, desk, query):
    assert api.get(f"/meetings?{query}").status == 422
