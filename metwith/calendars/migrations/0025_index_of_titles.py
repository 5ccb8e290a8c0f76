"""Page by page, each on its own, and beside the running work: killed anywhere and run again it goes on where it was."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from metwith.calendars.models import TitleNumbers
from metwith.lib.search.indexes import BuildIndex

PAGE = 20_000
FILL = """UPDATE calendars_entry e SET on_record = EXISTS (SELECT 1 FROM calendars_link n
WHERE n.workspace_id = e.workspace_id AND n.event_id = e.event_id AND NOT n.hidden AND n.member = 0)
WHERE e.id >= %s AND e.id < %s AND e.on_record IS NULL"""


def fill(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM calendars_entry")
        first, last = cursor.fetchone()
        for start in range(first, last + 1, PAGE):
            cursor.execute(FILL, [start, start + PAGE])


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar = [("calendars", "0024_titles_by_trigrams")]
    operations: ClassVar = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        BuildIndex(
            "entry", GinIndex(TitleNumbers("workspace_id", "calendar_id", "sharing", "on_record", "title", "attendees"), name="entry_by_title", gin_pending_list_limit=64)
        ),
    ]
