"""The calendar channel, as Django knows it."""

from __future__ import annotations

from typing import override

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """Listens to what happens in the rooms below."""

    name = "metwith.calendars"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from metwith.calendars import receivers  # noqa: F401, PLC0415  models are ready only now
