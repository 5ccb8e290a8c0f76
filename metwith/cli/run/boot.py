"""What stands before a command. Knows no Django, so that the processes that only watch others stay small; `product` does."""

from __future__ import annotations

import contextlib
import pkgutil
import sys
from typing import TYPE_CHECKING

import psycopg

from metwith.cli.parser import Needs
from metwith.lib import secrets
from metwith.server import postgres
from metwith.server.installation import database_url, has_own_database, home, mend_modes

if TYPE_CHECKING:
    from collections.abc import Iterator

PRODUCT = "metwith.cli.run.product"


class CommandFailed(Exception):
    """The command could not do its work; the message says why and what to do."""


@contextlib.contextmanager
def prepared(needs: Needs) -> Iterator[None]:
    """Provide what a command needs for as long as it runs."""
    if needs is Needs.NOTHING:
        yield
        return
    mend_modes()
    with database() as url:
        if needs is Needs.PRODUCT:
            pkgutil.resolve_name(f"{PRODUCT}:load_product")(url)
        yield


@contextlib.contextmanager
def database() -> Iterator[str]:
    """The URL of a database that runs: the operator's, or the embedded one for as long as it is used."""
    with contextlib.nullcontext(database_url()) if has_own_database() else postgres.use(home()) as url:
        try:
            yield url
        finally:
            close_connections()


def close_connections() -> None:
    """Give back all connections of this process; the pool's threads would hold up its end."""
    if PRODUCT in sys.modules:
        pkgutil.resolve_name(f"{PRODUCT}:close_connections")()


def create_first_key(url: str) -> None:
    """Make the key file of a new installation. Never beside a database that has something in it: its key would be another one."""
    if not secrets.has_key() and is_fresh(url):
        secrets.create_key()


def is_fresh(url: str) -> bool:
    """Whether nothing was ever set up in this database."""
    with psycopg.connect(url, connect_timeout=10) as bare:
        row = bare.execute("select to_regclass('public.django_migrations') is null").fetchone()
    return bool(row and row[0])
