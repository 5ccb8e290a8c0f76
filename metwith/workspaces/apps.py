"""Registers this room with Django."""

from __future__ import annotations

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    """See the modules beside this one."""

    name = "metwith.workspaces"
    default_auto_field = "django.db.models.BigAutoField"
