from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stamina

from metwith.testing.google import Google
from tests.calendars.providers.google.world import ANA, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """A second try comes at once."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def google() -> Google:
    return Google(ANA, clock=lambda: NOW)
