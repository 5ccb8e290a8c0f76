"""What a search finds names, addresses and domains by.

The index is of what a function makes of a column that is there already, so that no writer can forget it, and no row is written anew. It is built
beside the running work (CONCURRENTLY); until it stands, a search reads every row, as it did before.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from metwith.lib.search.indexes import BuildIndex, Trigrams

TRIGRAMS = r"""CREATE OR REPLACE FUNCTION metwith_trigrams(scope bigint, said text) RETURNS int[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    t text := '  ' || replace(translate(left(said, 1000), E'.@_-+/,;:()&''"#!?\t\n\r', repeat(' ', 20)), ' ', '  ') || ' ';
    wide boolean := octet_length(t) > length(t);
    found int[] := '{}';
BEGIN
    FOR i IN 1 .. length(t) - 2 LOOP
        found := found || (hashtextextended(substr(t, i, 3), scope) & 2147483647)::int;
        IF wide AND ascii(substr(t, i, 1)) BETWEEN 11904 AND 262143 AND NOT ascii(substr(t, i, 1)) BETWEEN 40960 AND 63743 THEN
            found := found || (hashtextextended('  ' || substr(t, i, 1), scope) & 2147483647)::int
                || (hashtextextended(' ' || substr(t, i, 2), scope) & 2147483647)::int;
        END IF;
    END LOOP;
    RETURN found;
END $$"""
NUMBERS = """CREATE OR REPLACE FUNCTION metwith_trigram_numbers(scope bigint, trigrams text[]) RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN ARRAY(SELECT (hashtextextended(t, scope) & 2147483647)::int FROM unnest(trigrams) t)"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("records", "0003_acts_and_imports")]
    operations = [
        migrations.RunSQL(TRIGRAMS, "DROP FUNCTION metwith_trigrams"),
        migrations.RunSQL(NUMBERS, "DROP FUNCTION metwith_trigram_numbers"),
        BuildIndex("person", GinIndex(Trigrams("workspace_id", "name_key"), name="person_by_trigrams", gin_pending_list_limit=64)),
        BuildIndex("personaddress", GinIndex(Trigrams("workspace_id", "folded"), name="person_address_by_trigrams", gin_pending_list_limit=64)),
        BuildIndex("company", GinIndex(Trigrams("workspace_id", "name_key"), name="company_by_trigrams", gin_pending_list_limit=64)),
        BuildIndex("companydomain", GinIndex(Trigrams("workspace_id", "domain"), name="company_domain_by_trigrams", gin_pending_list_limit=64)),
        BuildIndex("opportunity", GinIndex(Trigrams("workspace_id", "name_key"), name="opportunity_by_trigrams", gin_pending_list_limit=64)),
    ]
