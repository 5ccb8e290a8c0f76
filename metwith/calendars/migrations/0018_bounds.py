from django.db import migrations, models


class Migration(migrations.Migration):
    """Constants and NULLs: no row is written. What is stored already has no sieve and is read as before; long lists are cut when they are read anew."""

    dependencies = [("calendars", "0017_own_rows_of_a_feed")]
    operations = [
        migrations.AddField("entry", "sieve", models.BinaryField(null=True)),
        migrations.AddField("entry", "more", models.IntegerField(db_default=0, default=0)),
        migrations.AddField("event", "more", models.IntegerField(db_default=0, default=0)),
        migrations.AddIndex(
            "entry", models.Index(condition=models.Q(("more__gt", 0)), fields=["workspace", "calendar"], name="entry_crowded")
        ),
        migrations.AddIndex("event", models.Index(condition=models.Q(("more__gt", 0)), fields=["workspace", "id"], name="event_crowded")),
    ]
