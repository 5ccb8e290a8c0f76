"""A world that many cases look at, built once for a module of tests: each case gets a copy of it, and what it does is taken back."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

from metwith.calendars.providers import memory
from tests.savepoints import undone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoDbBlocker

type Copies[T] = Callable[[], T]


def built_once[T](make: Callable[[], T]) -> Callable[..., Iterator[Copies[T]]]:
    """A fixture of the module; call what it gives for a copy of what `make` made, with the memory servers as they were then.

    The rows stand in a transaction around the module's, so no case in it may have real transactions of its own.
    """

    @pytest.fixture(scope="module")
    def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Copies[T]]:
        with django_db_blocker.unblock(), undone():
            cache.clear()
            made = make()
            kept = deepcopy((made, memory._servers))

            def copies() -> T:
                cache.clear()
                copied, memory._servers = deepcopy(kept)
                return copied

            yield copies

    return built
