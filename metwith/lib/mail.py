"""Whether this installation can send mail, and sending it."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.core.mail import send_mail

log = structlog.get_logger(__name__)


def works() -> bool:
    """Whether a mail server is set (METWITH_SMTP_HOST)."""
    return bool(settings.MAILERS["default"]["BACKEND"] != "django.core.mail.backends.dummy.EmailBackend")


def send(subject: str, text: str, to: str, **about: int) -> bool:
    """Whether the mail server took it. That it did not is logged, with `about`, ids by which the operator finds whom it concerns."""
    try:
        send_mail(subject, text, None, [to])
    except OSError as error:  # smtplib's errors are of this family
        log.warning("mail not sent", error=type(error).__name__, **about)
        return False
    return True
