"""To try something, and take it back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens to the database in here is taken back."""
    with transaction.atomic():
        # Verbs that must be durable may run within this one, as within a test's own transaction.
        connection.atomic_blocks[-1]._from_testcase = True  # type: ignore[attr-defined]  # Django's own mark
        yield
        transaction.set_rollback(True)
