from __future__ import annotations

import pytest

from metwith.practice.google import Google
from tests.calendars.providers.google.world import ANA, NOW


@pytest.fixture
def google() -> Google:
    return Google(ANA, clock=lambda: NOW)
