"""The room of figures, as Django knows it."""

from __future__ import annotations

from typing import override

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """Listens to what happens in the rooms below."""

    name = "metwith.overview"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from metwith.overview import receivers  # noqa: F401, PLC0415  models are ready only now
