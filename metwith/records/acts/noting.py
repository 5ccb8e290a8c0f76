"""Saying what an act does, in the transaction of the change itself: earlier values are there exactly when the change is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metwith.records.acts.models import ActChange
from metwith.records.kinds import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from metwith.records.acts.models import Act
    from metwith.records.kinds import Kind

AT_ONCE = 2000


def note_made(act: Act, kind: Kind, record_ids: Iterable[int], stamp: datetime) -> None:
    """Records that the act made, with this `updated_at`."""
    _note(act, kind, ((record_id, {}) for record_id in record_ids), stamp, made=True)


def note_changed(act: Act, kind: Kind, earlier: Iterable[tuple[int, Mapping[str, Any]]], stamp: datetime) -> None:
    """Records that the act changed, whose `updated_at` is `stamp` from now on; each with its values before (`ActChange.before`).

    `updated_at` should be among them: then an act before this one can still be taken back when this one was.
    """
    _note(act, kind, earlier, stamp, made=False)


def _note(act: Act, kind: Kind, rows: Iterable[tuple[int, Mapping[str, Any]]], stamp: datetime, *, made: bool) -> None:
    ActChange.objects.bulk_create(
        (
            ActChange(
                workspace_id=act.workspace_id,
                act=act,
                record_kind=NUMBERS[kind],
                record_id=record_id,
                made=made,
                stamp=stamp,
                before=dict(before),
            )
            for record_id, before in rows
        ),
        AT_ONCE,
    )
