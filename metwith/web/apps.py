"""HTML: pages, forms, styles."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Named so that templates, tags and static files are found."""

    name = "metwith.web"
