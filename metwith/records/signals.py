"""What happened to records, for the rooms above that link meetings to them. Ids only, sent inside the transaction.

`kind` is "person", "company" or "opportunity".
"""

from __future__ import annotations

from django.dispatch import Signal

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
