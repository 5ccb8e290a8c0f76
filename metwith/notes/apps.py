"""The notes, as Django knows them."""

from __future__ import annotations

from typing import override

from django.apps import AppConfig


class NotesConfig(AppConfig):
    """Listens to what happens to records, copies and members in the rooms below."""

    name = "metwith.notes"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from metwith.notes import following  # noqa: F401, PLC0415  models are ready only now
