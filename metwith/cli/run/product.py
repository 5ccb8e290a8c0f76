"""Django, set up over a database whose schema and key fit."""

from __future__ import annotations

import os

import django
from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor

from metwith.cli.run import boot
from metwith.lib import secrets
from metwith.server.installation import has_own_database

# Any number nobody else locks: migrations of one database run one at a time.
MIGRATION_LOCK = 0x4D65_7477_6974_68


def load_product(url: str) -> None:
    """Have Django set up over this database, with its schema and key in order. Raises CommandFailed, KeyProblem.

    The embedded database is brought up to date at once; an operator's own only by `metwith migrate`.
    """
    set_up_django(url)
    if schema_is_old():
        if has_own_database():
            raise boot.CommandFailed("The database is not up to date with this version. Run: metwith migrate")
        migrate()
    confirm_key()


def set_up_django(url: str) -> None:
    """Load settings and models; a new installation gets its key. Raises KeyProblem without a usable one."""
    boot.create_first_key(url)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metwith.settings")
    django.setup()


def close_connections() -> None:
    """Give back all connections of this thread and the pool."""
    if apps.ready:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's wrapper, the only one we have


def schema_is_old() -> bool:
    """Whether migrations wait to be applied."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> None:
    """Bring the schema up to date; of several processes at once one does it and the others wait."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            call_command("migrate", verbosity=0, interactive=False, database=DEFAULT_DB_ALIAS)
            # Without statistics the first jobs are fetched by a plan several times dearer.
            cursor.execute("analyze procrastinate_jobs")
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def confirm_key() -> None:
    """Compare the key with the one this database was set up with, or note it when it is the first. Raises KeyWrong."""
    from metwith.workspaces.models import Installation  # noqa: PLC0415  models exist only once Django is set up
    from metwith.workspaces.rotation import load_digest_key  # noqa: PLC0415  as above

    found = Installation.objects.first()
    if found:
        secrets.verify_check(found.key_check)
        load_digest_key()
    else:
        Installation.objects.create(key_check=secrets.make_check())
