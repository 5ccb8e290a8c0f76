"""The strip of 24 months in a record's header."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from metwith.lib import clock
from metwith.overview.figures import CountedItem, figures_of
from metwith.web.records.strip import HEIGHT, LEAST, strip
from tests.calendars.desk import Desk
from tests.people import company

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


def drawn(*moments: datetime, now: datetime = NOW) -> list[tuple[str, int]]:
    items = [CountedItem(number, at, all_day=False) for number, at in enumerate(moments)]
    found = strip("company", 7, figures_of(items, now, BERLIN), now, BERLIN)
    return [(bar.words, bar.height) for bar in found.bars] if found else []


def test_a_bar_for_each_month_with_meetings_as_long_as_there_were() -> None:
    assert drawn(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)) == [
        ("March 2026: 1 meeting", HEIGHT // 2),
        ("June 2026: 2 meetings", HEIGHT),
    ]


def test_one_of_very_many_can_still_be_seen() -> None:
    busy = [datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(200)]
    assert drawn(datetime(2026, 4, 1, tzinfo=UTC), *busy)[0] == ("April 2026: 1 meeting", LEAST)


def test_it_begins_23_months_ago_in_the_zone_of_the_workspace_and_ends_now() -> None:
    first = datetime(2024, 6, 30, 22, 30, tzinfo=UTC)
    assert drawn(first) == [("July 2024: 1 meeting", HEIGHT)]
    assert drawn(first - timedelta(hours=1)) == []
    assert drawn(NOW + timedelta(hours=1)) == []


def test_figures_of_last_month_make_the_strip_of_this_one() -> None:
    items = [
        CountedItem(1, datetime(2024, 7, 3, tzinfo=UTC), all_day=False),
        CountedItem(2, datetime(2026, 6, 3, tzinfo=UTC), all_day=False),
    ]
    later = datetime(2026, 7, 5, tzinfo=UTC)
    counted = figures_of(items, NOW, BERLIN)
    assert counted.hold(later)
    found = strip("company", 7, counted, later, BERLIN)
    assert found is not None
    assert [bar.words for bar in found.bars] == ["June 2026: 1 meeting"]


def test_it_stands_on_every_tab_told_in_words_and_each_bar_leads_to_its_month(as_bob: Client, alice: Member) -> None:
    acme, desk = company(alice, "Acme GmbH", "acme.example"), Desk(alice, "alice")
    at = clock.now() - timedelta(days=40)
    desk.put("talk", "anna@acme.example", start=at, title="Secret")
    desk.sync()
    for tab in ("", "notes/", "details/"):
        page = as_bob.get(f"/companies/{acme.pk}/{tab}").content.decode()
        assert 'aria-label="1 meeting in the last 24 months"' in page, tab
    (bar,) = re.findall(r'<a\s+href="([^"]*view=month[^"]*)"\s+aria-label="[^"]*: 1 meeting"', page)
    assert bar == f"/companies/{acme.pk}/?view=month&amp;on={at:%Y-%m}-01"
    assert as_bob.get(bar.replace("&amp;", "&")).status_code == 200


def test_without_meetings_there_is_none(as_bob: Client, alice: Member) -> None:
    assert '<figure class="strip">' not in as_bob.get(f"/companies/{company(alice, 'Acme').pk}/").content.decode()
