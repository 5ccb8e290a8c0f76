"""The indexes that the list of all meetings is read from: what stands on any record, and what is in a member's own calendars."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("calendars", "0022_addressable_copies")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="entry", index=models.Index(fields=["workspace", "calendar", "starts_at", "event"], name="entry_by_time")
        ),
        migrations.AddIndex(
            model_name="link",
            index=models.Index(
                fields=["workspace", "starts_at", "event"],
                include=["ends_at", "all_day", "member"],
                name="link_by_time",
                condition=models.Q(hidden=False),
            ),
        ),
    ]
