from __future__ import annotations

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "metwith.calendars"
    default_auto_field = "django.db.models.BigAutoField"
