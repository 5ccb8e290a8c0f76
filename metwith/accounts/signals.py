"""What happened to accounts, for the rooms above that must act on it. Ids only; sent by `workspaces.signals.announce`."""

from __future__ import annotations

from django.dispatch import Signal

blocks_changed = Signal()
"""`workspace_id`, `member_id`, `kind`, `patterns`: what must never come in changed, for one member, or with 0 for everybody. `patterns` of a
kind (`models.Block.Kind`) are blocked since then; none: something may come in again."""
