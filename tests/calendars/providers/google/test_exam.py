"""Google sits the exam on the practice server."""

from __future__ import annotations

import pytest

from tests.calendars.providers.exam import ProviderExam
from tests.calendars.providers.google.world import GoogleWorld


class TestGoogle(ProviderExam):
    @pytest.fixture
    def world(self) -> GoogleWorld:
        return GoogleWorld()


class TestGoogleWithEmptyPagesAndReplays(ProviderExam):
    """Before each page an empty one, and on each page the last event of the one before."""

    @pytest.fixture
    def world(self) -> GoogleWorld:
        world = GoogleWorld()
        world.google.faults.empty_pages = world.google.faults.replays = True
        return world
