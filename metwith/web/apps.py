"""HTML: pages, forms, styles."""

from __future__ import annotations

from typing import override

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Named so that templates, tags and static files are found. Listens to sign-ins."""

    name = "metwith.web"

    @override
    def ready(self) -> None:
        from metwith.web import listeners  # noqa: F401, PLC0415  models are ready only now
        from metwith.web.site import ways_in  # noqa: F401, PLC0415  models are ready only now
