from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0016_organizers_tell_meetings_apart"),
        ("workspaces", "0007_sign_in_addresses"),
    ]

    operations = [
        migrations.RemoveConstraint("link", "link_once"),
        migrations.RemoveIndex("link", "link_feed"),
        # A constant that the database knows: PostgreSQL adds such a column without writing a row.
        migrations.AddField("link", "member", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddField("link", "cancelled", models.BooleanField(null=True)),
        migrations.AddField("entry", "apart", models.BooleanField(db_default=False, default=False)),
        migrations.AddIndex(
            "entry",
            models.Index(condition=models.Q(("apart", True)), fields=["workspace", "calendar", "starts_at"], name="entry_apart"),
        ),
        migrations.AddIndex(
            "link",
            models.Index(
                condition=models.Q(("hidden", False)),
                fields=["workspace", "record_kind", "record_id", "starts_at", "event"],
                include=["ends_at", "all_day", "member"],
                name="link_feed",
            ),
        ),
        migrations.AddIndex(
            "link",
            models.Index(
                condition=models.Q(("member__gt", 0)), fields=["workspace", "member", "record_kind", "record_id", "event"], name="link_own"
            ),
        ),
        migrations.AddConstraint(
            "link",
            models.UniqueConstraint(fields=("workspace", "event", "record_kind", "record_id", "member"), name="link_once"),
        ),
    ]
