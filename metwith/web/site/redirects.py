"""Where providers send people back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

if TYPE_CHECKING:
    from django.http import HttpRequest


def redirect_address(request: HttpRequest, provider: str) -> str:
    """Where a provider sends people back to: the same for its registration, the way there and the way back."""
    path = reverse("connect-oauth-back", args=[provider])
    return f"{settings.ORIGIN.rstrip('/')}{path}" if settings.ORIGIN else request.build_absolute_uri(path)
