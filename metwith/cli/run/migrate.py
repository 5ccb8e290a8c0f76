"""`metwith migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.cli.run import product
from metwith.server.installation import database_url

if TYPE_CHECKING:
    import argparse


def migrate(_arguments: argparse.Namespace) -> None:
    """Make the key of a new installation, bring the schema up to date, and see that the key fits."""
    product.set_up_django(database_url())
    if product.schema_is_old():
        product.migrate()
    product.confirm_key()
