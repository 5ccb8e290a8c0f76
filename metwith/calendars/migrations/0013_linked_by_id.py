"""Who linked a meeting by hand is known by id: a name stayed after its member was renamed, or removed."""

from django.db import migrations

BY_ID = """UPDATE calendars_link l SET because = coalesce((
    SELECT m.id::text FROM workspaces_member m JOIN workspaces_user u ON u.id = m.user_id
    WHERE m.workspace_id = l.workspace_id AND l.because = coalesce(nullif(u.name, ''), u.email) ORDER BY m.id LIMIT 1
), '') WHERE l.reason = 'by-hand'"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0012_set_aside"), ("workspaces", "0007_sign_in_addresses")]
    operations = [migrations.RunSQL(BY_ID, migrations.RunSQL.noop)]
