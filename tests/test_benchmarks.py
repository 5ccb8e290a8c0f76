"""What is measured is what is stored: the benchmarks' workspace is one that the product reads."""

from __future__ import annotations

import pytest

from benchmarks import crowd
from metwith.calendars.models import Event
from metwith.calendars.sync.meeting import settling
from metwith.lib import clock
from tests.calendars.sync.picture import picture

pytestmark = pytest.mark.django_db


def test_the_crowd_is_as_a_sync_would_have_stored_it():
    now = clock.now()
    made = crowd.fill(60, now)
    before = picture(made.member.workspace_id, now)
    assert Event.objects.of(made.member.workspace_id).count() == 60
    settling.regroup_all(made.member.workspace_id)
    after = picture(made.member.workspace_id, now)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
