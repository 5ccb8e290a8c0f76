from django.db import migrations, models

import metwith.lib.clock

# What the version before took for a member's address, told apart by what is known of it (docs/decisions/privacy.md).
# An invitation was taken up at the very moment at which the member was made. Of whoever has several addresses at the sign-in library it is
# not known which one is theirs: its own page let anybody choose any.
SIGN_INS = """
INSERT INTO workspaces_memberaddress (workspace_id, member_id, address, way, account_id, created_at)
SELECT m.workspace_id, m.id, lower(u.email), CASE
  WHEN EXISTS (SELECT 1 FROM workspaces_invitation i WHERE i.workspace_id = m.workspace_id AND i.accepted_at = m.created_at) THEN 'invited'
  WHEN m.user_id IN (SELECT user_id FROM account_emailaddress GROUP BY user_id HAVING count(*) > 1) THEN 'invited'
  ELSE 'operator' END, 0, m.created_at
FROM workspaces_member m JOIN workspaces_user u ON u.id = m.user_id
ON CONFLICT DO NOTHING
"""
INVITED = "UPDATE workspaces_invitation SET one_of_us = TRUE WHERE accepted_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("workspaces", "0004_own_domains_said"),
        ("account", "0001_initial"),
    ]

    operations = [
        migrations.AddField("member", "left_at", models.DateTimeField(null=True)),
        migrations.AddField("member", "heard_at", models.DateTimeField(null=True)),
        migrations.AddField("invitation", "mailed", models.BooleanField(default=False)),
        migrations.AddField("invitation", "one_of_us", models.BooleanField(default=False)),
        migrations.AddField("owndomain", "waits", models.BooleanField(default=False)),
        migrations.RemoveConstraint("memberaddress", "member_address_once"),
        migrations.RemoveIndex("memberaddress", "member_address_of_member"),
        # What an admin said before is what an admin gives now.
        migrations.AddField("memberaddress", "way", models.CharField(max_length=8, default="given"), preserve_default=False),
        migrations.AddField("memberaddress", "by_id", models.BigIntegerField(null=True)),
        migrations.AddField("memberaddress", "account_id", models.BigIntegerField(default=0)),
        migrations.AddField(
            "memberaddress",
            "created_at",
            models.DateTimeField(default=metwith.lib.clock.now, editable=False),
        ),
        migrations.AddField("memberaddress", "mailed_at", models.DateTimeField(null=True)),
        migrations.AddIndex("memberaddress", models.Index(fields=["workspace", "address"], name="member_address_whose")),
        migrations.AddConstraint(
            "memberaddress",
            models.UniqueConstraint(fields=["workspace", "member", "address", "account_id"], name="member_address_of"),
        ),
        migrations.RunSQL(SIGN_INS, migrations.RunSQL.noop),
        migrations.RunSQL(INVITED, migrations.RunSQL.noop),
    ]
