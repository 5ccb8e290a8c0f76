"""What a column may become, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

LABELS: Mapping[str, _StrPromise] = {
    "name": gettext_lazy("Name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "email": gettext_lazy("E-mail address"),
    "additional_emails": gettext_lazy("Further e-mail addresses"),
    "job_title": gettext_lazy("Job title"),
    "company": gettext_lazy("Company"),
    "company_domain": gettext_lazy("Domain of the company"),
    "domains": gettext_lazy("Domains"),
    "contact_email": gettext_lazy("E-mail address of the contact"),
    "stage": gettext_lazy("Stage"),
    "amount": gettext_lazy("Amount"),
    "currency": gettext_lazy("Currency"),
    "close_date": gettext_lazy("Close date"),
}
"""By the keys of `headings.TARGETS`."""
