"""Whether a copy's meeting is on a record, which decides who may know of it, is written beside the copy: by the database, so that nobody forgets it."""

from typing import ClassVar

from django.db import migrations, models

ON_RECORD = """
CREATE FUNCTION calendars_entry_on_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.on_record := EXISTS (SELECT 1 FROM calendars_link n
        WHERE n.workspace_id = NEW.workspace_id AND n.event_id = NEW.event_id AND NOT n.hidden AND n.member = 0);
    RETURN NEW;
END $$;
CREATE TRIGGER on_record BEFORE INSERT OR UPDATE OF event_id ON calendars_entry FOR EACH ROW EXECUTE FUNCTION calendars_entry_on_record();
CREATE FUNCTION calendars_link_on_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE calendars_entry e SET on_record = now.held
    FROM (SELECT c.workspace_id, c.event_id, EXISTS (SELECT 1 FROM calendars_link n
            WHERE n.workspace_id = c.workspace_id AND n.event_id = c.event_id AND NOT n.hidden AND n.member = 0) AS held
        FROM (SELECT DISTINCT workspace_id, event_id FROM changed) c
        JOIN calendars_event v ON v.workspace_id = c.workspace_id AND v.id = c.event_id) now
    WHERE e.workspace_id = now.workspace_id AND e.event_id = now.event_id AND e.on_record IS DISTINCT FROM now.held;
    RETURN NULL;
END $$;
CREATE TRIGGER on_record_made AFTER INSERT ON calendars_link
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION calendars_link_on_record();
CREATE TRIGGER on_record_changed AFTER UPDATE ON calendars_link
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION calendars_link_on_record();
CREATE TRIGGER on_record_gone AFTER DELETE ON calendars_link
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION calendars_link_on_record();
"""
AGAIN = """
DROP TRIGGER on_record_made ON calendars_link; DROP TRIGGER on_record_changed ON calendars_link; DROP TRIGGER on_record_gone ON calendars_link;
DROP FUNCTION calendars_link_on_record; DROP TRIGGER on_record ON calendars_entry; DROP FUNCTION calendars_entry_on_record;
"""
FUNCTIONS = r"""
CREATE FUNCTION metwith_folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(said) = length(said) THEN lower(said)
    ELSE replace(lower(regexp_replace(normalize(said, NFKD), '[\u0300-\u036f\u3099\u309a]', '', 'g')), 'ß', 'ss') END;
CREATE FUNCTION metwith_named_numbers(scope bigint, attendees jsonb) RETURNS int[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    listed jsonb := attendees || '[]'::jsonb;  -- a long list is unpacked once
    found int[] := '{}';
BEGIN
    FOR i IN 0 .. jsonb_array_length(listed) - 1 LOOP
        found := found || (hashtextextended(listed -> i ->> 0, scope) & 2147483647)::int;
    END LOOP;
    RETURN found;
END $$;
CREATE FUNCTION calendars_entry_numbers(workspace bigint, calendar bigint, sharing text, on_record boolean, title text, attendees jsonb)
RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN metwith_trigrams(calendar * 2 + CASE WHEN sharing = '' AND on_record IS NOT FALSE THEN 0 ELSE 1 END, metwith_folded(title))
    || CASE WHEN sharing IN ('subject', 'everything') AND on_record IS NOT FALSE THEN metwith_trigrams(-workspace, metwith_folded(title)) END
    || metwith_named_numbers(-workspace, attendees);
"""
NO_FUNCTIONS = "DROP FUNCTION calendars_entry_numbers; DROP FUNCTION metwith_named_numbers; DROP FUNCTION metwith_folded;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("calendars", "0023_feeds_of_all_meetings"), ("records", "0004_search_by_trigrams")]
    operations: ClassVar = [
        migrations.AddField("entry", "on_record", models.BooleanField(null=True, editable=False)),
        migrations.RunSQL(ON_RECORD, AGAIN),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
    ]
