"""Registers this room with Django."""

from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """See the modules beside this one."""

    name = "metwith.records"
    default_auto_field = "django.db.models.BigAutoField"
