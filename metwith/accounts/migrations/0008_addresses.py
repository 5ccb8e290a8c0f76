from django.db import migrations

# The addresses that accounts had named go into the one table of addresses. How each came to be is not known any more, so none is verified:
# one on a record is claimed, any other stays one of us until an owner has gone through them. Nothing is purged or fetched for it.
NAMED = """
INSERT INTO workspaces_memberaddress (workspace_id, member_id, address, way, account_id, created_at)
SELECT n.workspace_id, n.member_id, n.address, CASE
  WHEN EXISTS (SELECT 1 FROM records_personaddress p WHERE p.workspace_id = n.workspace_id AND p.folded = n.address) THEN 'server'
  ELSE 'before' END, n.account_id, now()
FROM (
  SELECT a.workspace_id, a.member_id, a.address, a.id AS account_id FROM accounts_account a WHERE a.provider <> 'file'
  UNION SELECT s.workspace_id, a.member_id, s.address, a.id FROM accounts_alias s
  JOIN accounts_account a ON a.workspace_id = s.workspace_id AND a.id = s.account_id
) n WHERE n.address <> ''
ON CONFLICT DO NOTHING
"""
# Domains that were ours by a sign-in address which is not verified any more stay ours; one that a company on record has waits for an admin.
DOMAINS = """
INSERT INTO workspaces_owndomain (workspace_id, domain, standing, waits)
SELECT d.workspace_id, d.domain, CASE WHEN d.known THEN 'aside' ELSE 'whole' END, d.known FROM (
  SELECT v.workspace_id, split_part(v.address, '@', 2) AS domain, bool_or(EXISTS (
    SELECT 1 FROM records_companydomain c JOIN records_company o ON o.workspace_id = c.workspace_id AND o.id = c.company_id
    WHERE c.workspace_id = v.workspace_id AND o.trashed_at IS NULL AND c.domain = split_part(v.address, '@', 2))) AS known,
    bool_or(v.way = 'operator') AS verified
  FROM workspaces_memberaddress v WHERE v.account_id = 0 AND v.way IN ('invited', 'operator')
  GROUP BY v.workspace_id, split_part(v.address, '@', 2)
) d WHERE NOT d.verified
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_host"),
        ("workspaces", "0005_addresses"),
        ("records", "0001_initial"),
    ]

    operations = [
        migrations.RenameField("account", "vouched", "assigned"),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
        migrations.RunSQL(DOMAINS, migrations.RunSQL.noop),
        migrations.DeleteModel("Alias"),
    ]
