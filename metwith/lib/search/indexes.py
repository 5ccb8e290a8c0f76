"""What an index of trigrams needs of Django and of SQL (`lib/search/trigrams.py`)."""

from __future__ import annotations

from typing import Any, override

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.models import Func, IntegerField

from metwith.lib.search.trigrams import BREAKS


class Trigrams(Func):
    """The numbers of a text's trigrams: `Trigrams("workspace_id", "name_key")`, the first says within what they are looked for."""

    function = "metwith_trigrams"
    output_field = ArrayField(IntegerField())


class BuildIndex(AddIndexConcurrently):
    """Beside the running work, and as often as it takes: what a killed upgrade left of it is built anew."""

    @override
    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


def padded(text: str) -> str:
    """SQL for what `trigrams.Spelling.like` is compared with: a text with a space before each of its words; and as it is."""
    return f"(' ' || translate({text}, {_BREAKS}, '{' ' * len(BREAKS)}') || ' ' || {text})"


_BREAKS = "'" + BREAKS.replace("'", "''") + "'"
