from django.db import migrations


class Migration(migrations.Migration):
    """What an identity provider said of somebody was kept by the library, in clear; it is read anew at each sign-in (web/listeners.py)."""

    dependencies = [("workspaces", "0010_time_zone"), ("socialaccount", "0006_alter_socialaccount_extra_data")]
    operations = [
        migrations.RunSQL("UPDATE socialaccount_socialaccount SET extra_data = '{}'", migrations.RunSQL.noop),
    ]
