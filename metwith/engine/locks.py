"""Writers of one workspace take turns."""

from __future__ import annotations

from django.db import connection

_WRITERS = 0x6D657477
"""The advisory lock's class: `metw`. Its object is the workspace."""


def lock_writers(workspace_id: int) -> None:
    """Wait for the other writers of this workspace; freed when the transaction ends. Readers never wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_WRITERS, workspace_id % 2**31])
