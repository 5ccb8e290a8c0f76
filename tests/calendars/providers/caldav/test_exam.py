"""CalDAV sits the exam against real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.calendars.providers.caldav.world import CalDavWorld
from tests.calendars.providers.exam import ProviderExam

if TYPE_CHECKING:
    from tests.servers import CalDavServer


@pytest.mark.server
class TestRadicale(ProviderExam):
    @pytest.fixture
    def world(self, radicale: CalDavServer) -> CalDavWorld:
        return CalDavWorld(radicale, takes_several_uids=False)


@pytest.mark.server
class TestXandikos(ProviderExam):
    @pytest.fixture
    def world(self, xandikos: CalDavServer) -> CalDavWorld:
        return CalDavWorld(xandikos, takes_several_uids=True)
