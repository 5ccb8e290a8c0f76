"""Calendars whose provider tells of changes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal

import pytest

from metwith.lib import clock
from metwith.practice.serve import serving
from tests.engine.told import ORIGIN, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metwith.workspaces.models import Member


@pytest.fixture
def open_told(alice: Member, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Literal["google", "microsoft"]], Told]]:
    """Make one, of either provider."""
    settings.ORIGIN = ORIGIN
    with ExitStack() as servers:

        def make(provider: Literal["google", "microsoft"]) -> Told:
            made = Told(alice, provider)
            monkeypatch.setattr(clock, "now", lambda: made.now)
            monkeypatch.setenv(f"METWITH_{provider.upper()}_SERVER", servers.enter_context(serving(made.app)))
            return made

        yield make


@pytest.fixture(params=["google", "microsoft"])
def told(request: pytest.FixtureRequest, open_told: Callable[[Literal["google", "microsoft"]], Told]) -> Told:
    """At both."""
    return open_told(request.param)


@pytest.fixture
def at_google(open_told: Callable[[Literal["google", "microsoft"]], Told]) -> Told:
    return open_told("google")


@pytest.fixture
def at_microsoft(open_told: Callable[[Literal["google", "microsoft"]], Told]) -> Told:
    return open_told("microsoft")
