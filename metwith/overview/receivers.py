"""The rooms below say what was written; here the figures that rest on it are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.dispatch import receiver

from metwith.engine.linking import links_changed
from metwith.overview import recount
from metwith.overview.models import PutOff
from metwith.records import signals as records
from metwith.records.kinds import NUMBERS
from metwith.records.queries import MODELS
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from metwith.records.kinds import Kind


@receiver(links_changed)
def on_links(workspace_id: int, records: Collection[tuple[int, int]], **_rest: Any) -> None:
    """Something on these records was written: kind and id of each."""
    recount.mark_outdated(workspace_id, [(RecordKind(kind), record_id) for kind, record_id in records])


@receiver([records.record_changed, records.record_removed])
def on_record_changed(workspace_id: int, kind: Kind, record_id: int, **_rest: Any) -> None:
    """It may be new, or gone, or read other records' meetings now. Through whom meetings are on it is asked as they are linked again."""
    recount.mark_outdated(workspace_id, [(NUMBERS[kind], record_id)])


@receiver(records.record_removed)
def forget_put_off(workspace_id: int, kind: Kind, record_id: int, **_rest: Any) -> None:
    """A record that is gone for good is put off by nobody; one in the trash may come back."""
    if not MODELS[kind].objects.of(workspace_id).filter(pk=record_id).exists():
        PutOff.objects.of(workspace_id).filter(record_kind=NUMBERS[kind], record_id=record_id).delete()


@receiver(records.people_merged)
def on_people(workspace_id: int, keeper_id: int, other_id: int, **_rest: Any) -> None:
    """The one's opportunities are the other's."""
    recount.mark_outdated(workspace_id, [(RecordKind.PERSON, keeper_id), (RecordKind.PERSON, other_id)])
    PutOff.objects.of(workspace_id).filter(record_kind=RecordKind.PERSON, record_id=other_id).delete()


@receiver(records.companies_merged)
def on_companies(workspace_id: int, keeper_id: int, other_id: int, **_rest: Any) -> None:
    """As for people."""
    recount.mark_outdated(workspace_id, [(RecordKind.COMPANY, keeper_id), (RecordKind.COMPANY, other_id)])
    PutOff.objects.of(workspace_id).filter(record_kind=RecordKind.COMPANY, record_id=other_id).delete()
