"""What ties a table of a statement to its workspace, and what only looks like it."""
# ruff: noqa: S608  statements that nobody sends

from __future__ import annotations

import pytest

from tests.tied import untied

OWNED = frozenset({"records_person", "records_company", "records_personaddress"})
PERSONS = 'SELECT 1 FROM "records_person"'
OF_ACME = f'{PERSONS} INNER JOIN "records_company" ON ("records_person"."company_id" = "records_company"."id"'


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "records_person"."workspace_id" FROM "records_person" WHERE "records_person"."id" = %s',
        'SELECT "records_person"."id" FROM "records_person" ORDER BY "records_person"."workspace_id"',
        'SELECT 1 FROM "records_person" INNER JOIN "records_company" ON ("records_person"."company_id" = "records_company"."id")',
        'SELECT COUNT(*) FROM (SELECT "records_person"."id" FROM "records_person" LIMIT 5) subquery',
        'SELECT "x"."id" FROM "x" WHERE EXISTS(SELECT 1 FROM "records_person" U0 WHERE U0."company_id" = "x"."id")',
        '(SELECT "id" FROM "records_person" WHERE "workspace_id" = 1) UNION ALL (SELECT "id" FROM "records_company")',
        'UPDATE "records_person" SET "workspace_id" = 2 WHERE "records_person"."name" = %s',
        'UPDATE "records_person" SET "name" = %s',
        'DELETE FROM "records_person" WHERE "records_person"."trashed_at" < %s',
        'INSERT INTO "archive" SELECT * FROM "records_person"',
        "select name from records_person where id = %s",
        "with x as (select * from records_person) select * from x",
        'SELECT 1 FROM "records_person" INNER JOIN "workspaces_workspace" ON ("records_person"."workspace_id" = "workspaces_workspace"."id")',
        'SELECT DISTINCT ON ("records_person"."workspace_id") 1 FROM "records_person"',
        # named, and not tied
        f"{PERSONS} WHERE workspace_id > %s",
        f"{PERSONS} WHERE workspace_id <> %s",
        f"{PERSONS} WHERE workspace_id NOT IN (%s)",
        f"{PERSONS} WHERE NOT (workspace_id = %s)",
        f"{PERSONS} WHERE workspace_id = %s OR name = %s",
        f"{PERSONS} WHERE workspace_id IN (SELECT id FROM workspaces_workspace)",
        f"{PERSONS} WHERE workspace_id = company_id",
        # one of two
        f"{OF_ACME}) WHERE records_person.workspace_id = %s",
        f"{PERSONS} p, records_company c WHERE p.workspace_id = %s AND p.company_id = c.id",
        f"{PERSONS} p LEFT JOIN records_company c ON c.workspace_id = p.workspace_id AND p.workspace_id = %s",
        f"{PERSONS} p RIGHT JOIN records_company c ON c.workspace_id = %s AND p.id = c.id",
        f"{PERSONS} p FULL JOIN records_company c ON c.workspace_id = %s AND p.workspace_id = %s",
        f"{PERSONS} p JOIN records_company c USING (id) WHERE p.workspace_id = %s",
        f"{PERSONS} p WHERE workspace_id = %s AND EXISTS (SELECT 1 FROM records_company c WHERE c.id = p.company_id)",
        f"{PERSONS} p WHERE EXISTS (SELECT 1 FROM records_company c WHERE c.workspace_id = p.workspace_id AND c.workspace_id = %s)",
        f"{PERSONS} p WHERE workspace_id = %s AND id IN (SELECT person_id FROM records_personaddress)",
        f"{PERSONS} p WHERE workspace_id IN (SELECT workspace_id FROM records_company WHERE id = %s)",
        "SELECT (SELECT name FROM records_company c WHERE c.id = p.company_id) FROM records_person p WHERE p.workspace_id = %s",
        f"{PERSONS} p JOIN LATERAL (SELECT 1 FROM records_company c WHERE c.id = p.company_id) x ON true WHERE p.workspace_id = %s",
        f"WITH c AS (SELECT id, name FROM records_company WHERE workspace_id = %s) {PERSONS} p JOIN c ON c.id = p.company_id",
        "WITH c AS (DELETE FROM records_company WHERE id = %s RETURNING 1) SELECT 1 FROM c",
        # changes
        'UPDATE "records_person" SET "name" = %s WHERE "records_person"."id" = %s',
        'DELETE FROM "records_person" WHERE "records_person"."id" IN (%s, %s)',
        'UPDATE "records_person" SET "a" = 1 WHERE "records_person"."id" IN (SELECT U0."id" FROM "records_person" U0 WHERE U0."workspace_id" = 1)',
        "UPDATE records_person p SET name = c.name FROM records_company c WHERE p.workspace_id = %s AND c.id = p.company_id",
        "UPDATE records_person p SET name = c.name FROM records_company c WHERE c.workspace_id = %s AND c.id = p.company_id",
        "DELETE FROM records_person p USING records_company c WHERE p.workspace_id = %s AND c.id = p.company_id",
        "INSERT INTO records_person (workspace_id) SELECT p.workspace_id FROM records_person p WHERE p.id = %s",
        "INSERT INTO x (id) VALUES ((SELECT id FROM records_person WHERE name = %s))",
        "INSERT INTO x (id) VALUES (%s) ON CONFLICT (id) DO UPDATE SET name = (SELECT name FROM records_person WHERE id = excluded.id)",
        "MERGE INTO records_person p USING x ON p.workspace_id = %s AND p.id = x.id WHEN MATCHED THEN DELETE",
        "TRUNCATE records_person",
        "EXPLAIN SELECT 1 FROM records_person",
        "CREATE TABLE x AS SELECT * FROM records_person",
        "SELECT FROM FROM records_person",
    ],
)
def test_a_statement_without_its_workspace_is_found(sql: str):
    assert untied(sql, OWNED)


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "records_person"."id" FROM "records_person" WHERE ("records_person"."workspace_id" = %s AND "records_person"."id" = %s)',
        'INSERT INTO "records_person" ("workspace_id", "name") VALUES (%s, %s) RETURNING "records_person"."id"',
        'SELECT "django_session"."session_key" FROM "django_session"',
        'SAVEPOINT "s1"',
        "select p.name from records_person p where p.workspace_id = %s",
        f"{PERSONS} WHERE %(here)s::bigint = workspace_id",
        f"{PERSONS} WHERE workspace_id IN (%s, %s)",
        f"{PERSONS} WHERE workspace_id = ANY(%s)",
        f"{PERSONS} WHERE name LIKE '%%a' AND workspace_id = %s",
        f"{PERSONS} WHERE (workspace_id = %s AND name = %s) OR (id = %s AND workspace_id = %s)",
        f"{PERSONS} WHERE (workspace_id, id) IN ((%s, %s), (%s, %s))",
        f"{PERSONS} WHERE (workspace_id, id) IN (SELECT workspace_id, person_id FROM records_personaddress WHERE workspace_id = %s)",
        f"{PERSONS} WHERE workspace_id = (SELECT workspace_id FROM records_company WHERE workspace_id = %s LIMIT 1)",
        f'{OF_ACME} AND "records_person"."workspace_id" = "records_company"."workspace_id") WHERE "records_company"."workspace_id" = %s',
        f"{PERSONS} p JOIN records_company c USING (workspace_id) WHERE p.workspace_id = %s",
        f"{PERSONS} p LEFT JOIN records_company c ON c.workspace_id = p.workspace_id AND c.id = p.company_id WHERE p.workspace_id = %s",
        f"{PERSONS} p JOIN workspaces_workspace w ON w.id = p.workspace_id WHERE w.id = %s",
        f"{PERSONS} p WHERE workspace_id = %s AND EXISTS (SELECT 1 FROM records_company c WHERE c.workspace_id = p.workspace_id)",
        f"{PERSONS} p JOIN LATERAL (SELECT 1 FROM records_company c WHERE c.workspace_id = p.workspace_id) x ON true WHERE p.workspace_id = %s",
        f"{PERSONS} p JOIN unnest(%s::bigint[], %s::bigint[]) g(space, id) ON p.workspace_id = g.space AND p.id = g.id",
        f"{PERSONS} p JOIN (VALUES (%s, %s), (%s, %s)) g(space, id) ON p.workspace_id = g.space",
        f"WITH c AS (SELECT * FROM records_company WHERE workspace_id = %s) {PERSONS} p JOIN c ON c.workspace_id = p.workspace_id",
        f"WITH c(space) AS (SELECT workspace_id FROM records_company WHERE workspace_id = %s) {PERSONS} p JOIN c ON c.space = p.workspace_id",
        (
            "WITH RECURSIVE c AS (SELECT workspace_id, id FROM records_company WHERE workspace_id = %s UNION ALL "
            "SELECT p.workspace_id, p.id FROM records_person p JOIN c ON c.workspace_id = p.workspace_id) SELECT id FROM c"
        ),
        (
            "WITH gone AS (DELETE FROM records_person WHERE workspace_id = %s RETURNING workspace_id, company_id) "
            "DELETE FROM records_company c USING gone WHERE c.workspace_id = gone.workspace_id AND c.id = gone.company_id"
        ),
        "UPDATE records_person p SET name = c.name FROM records_company c WHERE p.workspace_id = c.workspace_id AND c.workspace_id = %s",
        (
            "INSERT INTO records_person (workspace_id) SELECT workspace_id FROM records_company WHERE workspace_id = %s "
            "ON CONFLICT (id) DO UPDATE SET name = (SELECT name FROM records_company c WHERE c.workspace_id = excluded.workspace_id)"
        ),
    ],
)
def test_a_statement_that_names_its_workspace_passes(sql: str):
    assert not untied(sql, OWNED)


def test_what_serves_all_workspaces_ties_the_rest_to_what_it_begins_with():
    loose = f"{OF_ACME}) WHERE records_person.workspace_id > %s"
    tied = f"{OF_ACME} AND records_company.workspace_id = records_person.workspace_id) WHERE records_person.workspace_id > %s"
    assert untied(loose, OWNED, frozenset({"records_person"})) == "records_company"
    assert not untied(tied, OWNED, frozenset({"records_person"}))
