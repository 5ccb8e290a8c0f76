from django.db import migrations, models


class Migration(migrations.Migration):
    """An index of the few copies that may say that a meeting does not take place."""

    dependencies = [("calendars", "0018_bounds")]
    operations = [
        migrations.AddIndex(
            "entry",
            models.Index(
                condition=models.Q(("cancelled", True), ("attendees__contains", [["declined"]]), _connector="OR"),
                fields=["workspace", "event"],
                name="entry_doubtful",
            ),
        ),
    ]
