from django.db import migrations, models


class Migration(migrations.Migration):
    """Empty is the longest-standing owner's."""

    dependencies = [("workspaces", "0009_vouchings_are_told")]
    operations = [
        migrations.AddField("workspace", "time_zone", models.CharField(blank=True, db_default="", default="", max_length=64)),
    ]
