"""Workspaces do not know of records: they ask, and here it is answered."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from metwith.lib.addresses import parents
from metwith.records.models import CompanyDomain, PersonAddress
from metwith.workspaces.signals import asked_on_record


@receiver(asked_on_record)
def is_on_record(workspace_id: int, name: str, **_rest: Any) -> bool:
    """A person's address, also one in the trash; or a domain that is, holds, or is under one of a company in use."""
    if "@" in name:
        return PersonAddress.objects.of(workspace_id).filter(folded=name).exists()
    alike = Q(domain__in=parents(name)) | Q(domain__endswith=f".{name}")
    return CompanyDomain.objects.of(workspace_id).filter(alike, company__trashed_at=None).exists()
