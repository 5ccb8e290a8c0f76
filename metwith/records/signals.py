"""What happened to records, for the rooms above that link meetings to them. Ids only, sent inside the transaction.

`kind` is "person", "company" or "opportunity".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

if TYPE_CHECKING:
    from collections.abc import Collection

    from metwith.records.kinds import Kind

record_changed = Signal()
"""`workspace_id`, `kind`, `record_id`: made, edited or restored."""

record_removed = Signal()
"""`workspace_id`, `kind`, `record_id`: trashed, or deleted for good (then its row is gone already)."""

people_merged = Signal()
"""`workspace_id`, `keeper_id`, `other_id`: the other one is gone, what it had is the keeper's. No `record_changed` comes with it."""

companies_merged = Signal()
"""As `people_merged`, for companies."""

records_imported = Signal()
"""`workspace_id`: many records were made or changed at once. No `record_changed` comes with it."""

contacts_added = Signal()
"""`workspace_id`, `people`, `companies`: ids, with spaces between them, of records that were just made. No `record_changed` comes with it."""

asked_in_use = Signal()
"""`workspace_id`, `kind`, `record_ids`: which of these does somebody use, who would lose something with the record? Answered with a set of ids by
whoever lets members hang something on records: links made by hand, notes."""


def in_use(workspace_id: int, kind: Kind, record_ids: Collection[int]) -> set[int]:
    """Those of the records that a room above says are in use."""
    answers: Any = asked_in_use.send(sender=None, workspace_id=workspace_id, kind=kind, record_ids=frozenset(record_ids))
    return {record_id for _, answer in answers for record_id in answer}
