from __future__ import annotations

from typing import override

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "metwith.calendars"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from metwith.calendars import listeners  # noqa: F401, PLC0415  models are ready only now
