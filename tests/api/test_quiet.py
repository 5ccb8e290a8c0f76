"""`/gone-quiet`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from metwith.lib import clock
from tests.calendars.desk import Desk
from tests.people import company, opportunity

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.records.models import Company
    from metwith.workspaces.models import Member
    from tests.api.conftest import Program

AT = "/gone-quiet"
DAY = timedelta(days=1)


@pytest.fixture
def acme(alice: Member) -> Company:
    desk, start = Desk(alice, "alice"), clock.now().replace(hour=9)
    found = company(alice, "Acme GmbH", "acme.example")
    company(alice, "Bolt AG", "bolt.example")
    for name, last in (("acme", 60), ("bolt", 61)):
        for number in range(3):
            desk.put(f"{name} {number}", f"who@{name}.example", start=start - (last + 20 * number) * DAY)
    desk.sync()
    return found


def test_who_has_gone_quiet_with_the_figures_that_say_why(api: Program, alice: Member, acme: Company):
    opportunity(alice, "Big deal", company=acme)
    page = api.get(AT, limit=1).body
    (item,) = page["items"]
    assert (item["kind"], item["id"], item["name"]) == ("company", acme.pk, "Acme GmbH")
    assert (item["usual_days"], item["silent_days"], item["overdue_days"]) == (20.0, 60, 20)
    assert [deal["name"] for deal in item["open_opportunities"]] == ["Big deal"]
    assert not page["figures_pending"]
    (other,) = api.get(AT, limit=1, cursor=page["next"]).body["items"]
    assert other["name"] == "Bolt AG"


def test_mine_is_whom_i_met(api: Program, bob: Member, program: Callable[[Member], Program], acme: Company):
    bobs = program(bob)
    assert len(api.get(AT, mine="true").body["items"]) == 2
    assert bobs.get(AT, mine="true").body["items"] == []
    assert len(bobs.get(AT).body["items"]) == 2


@pytest.mark.parametrize("asked", [{"cursor": "nonsense"}, {"limit": 0}, {"limit": 100_000}, {"mine": "perhaps"}])
def test_what_is_wrong_is_told(api: Program, acme: Company, asked: dict[str, Any]):
    assert api.get(AT, **asked).status in {400, 422}
