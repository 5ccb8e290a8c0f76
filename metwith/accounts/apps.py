"""The way in, as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, aliases and blocks."""

    name = "metwith.accounts"
    default_auto_field = "django.db.models.BigAutoField"
