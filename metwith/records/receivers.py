"""Workspaces do not know of records: they ask, and here it is answered. And what acts know of records goes with these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.dispatch import receiver

from metwith.lib.addresses import parents
from metwith.records import jobs, signals  # noqa: F401  their tables and tasks are known from the start
from metwith.records.acts.forgetting import forget_records
from metwith.records.models import CompanyDomain, PersonAddress
from metwith.records.queries import MODELS
from metwith.workspaces.signals import asked_on_record

if TYPE_CHECKING:
    from metwith.records.kinds import Kind


@receiver(asked_on_record)
def is_on_record(workspace_id: int, name: str, **_rest: Any) -> bool:
    """A person's address, also one in the trash; or a domain that is, holds, or is under one of a company in use."""
    if "@" in name:
        return PersonAddress.objects.of(workspace_id).filter(folded=name).exists()
    alike = Q(domain__in=parents(name)) | Q(domain__endswith=f".{name}")
    return CompanyDomain.objects.of(workspace_id).filter(alike, company__trashed_at=None).exists()


@receiver(signals.record_removed)
def forget_earlier_values(workspace_id: int, kind: Kind, record_id: int, **_rest: Any) -> None:
    """A record that is gone for good leaves no earlier values behind; one in the trash keeps them."""
    if not MODELS[kind].objects.of(workspace_id).filter(pk=record_id).exists():
        forget_records(workspace_id, kind, [record_id])


@receiver(signals.people_merged)
def forget_merged_person(workspace_id: int, other_id: int, **_rest: Any) -> None:
    """The one that is gone."""
    forget_records(workspace_id, "person", [other_id])


@receiver(signals.companies_merged)
def forget_merged_company(workspace_id: int, other_id: int, **_rest: Any) -> None:
    """As for people."""
    forget_records(workspace_id, "company", [other_id])
