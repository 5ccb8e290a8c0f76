"""Registers this room with Django."""

from __future__ import annotations

from typing import override

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """See the modules beside this one."""

    name = "metwith.records"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from metwith.records import receivers  # noqa: F401, PLC0415  models are ready only now
