"""Everything that the database holds, as text: to look for what must not be there."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.db import connection


def stored() -> str:
    """Every row of every table, and what the sessions say once they are decoded."""
    with connection.cursor() as cursor:
        found = [str(session.get_decoded()) for session in Session.objects.all()]
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608  the tables' own names
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)
