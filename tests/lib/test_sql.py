"""What PostgreSQL is told about its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.lib import sql
from metwith.records.models import Company
from tests.remembered import once

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def believed_rows() -> float:
    ((found,),) = sql.rows("SELECT reltuples FROM pg_class WHERE oid = 'records_company'::regclass", ())
    return float(found)


@once
def companies(alice: Member) -> int:
    Company.objects.bulk_create([Company(workspace_id=alice.workspace_id, name=f"Company {number}") for number in range(200)])
    return 200


def test_a_table_that_grew_is_looked_at_again(companies: int):
    sql.rows("UPDATE pg_class SET reltuples = 0 WHERE oid = 'records_company'::regclass RETURNING 1", ())
    sql.refresh_statistics([Company], added=companies)
    assert believed_rows() == companies


def test_a_table_that_is_known_well_enough_is_left_to_autovacuum(companies: int):
    sql.rows("UPDATE pg_class SET reltuples = 150 WHERE oid = 'records_company'::regclass RETURNING 1", ())
    sql.refresh_statistics([Company], added=companies)
    assert believed_rows() == 150
