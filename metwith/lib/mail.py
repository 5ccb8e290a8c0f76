"""Whether this installation can send mail."""

from __future__ import annotations

from django.conf import settings


def works() -> bool:
    """Whether a mail server is set (METWITH_SMTP_HOST)."""
    return bool(settings.MAILERS["default"]["BACKEND"] != "django.core.mail.backends.dummy.EmailBackend")
