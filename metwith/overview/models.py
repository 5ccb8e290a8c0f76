"""What is kept beside the records' own columns (`records.models.Figured`): whom a record is known by, which figures are out of date, what is put off."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace


class Acquaintance(OwnedByWorkspace):
    """A member who met a record, how often, and when last. Counted by `recount.py` with the record's other figures."""

    record_kind = models.PositiveSmallIntegerField()
    """A `rules.link.RecordKind`."""
    record_id = models.BigIntegerField()
    member = Reference(Member)
    meetings = models.PositiveIntegerField()
    last_met_at = models.DateTimeField()
    """As `Figured.last_met_at`."""
    all_day = models.BooleanField(default=False)
    """The last one has a day, and no time."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "record_kind", "record_id", "member"], name="acquaintance_once"),
            SameWorkspace(field="member", name="acquaintance_member"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "record_kind", "member", "record_id"], name="acquaintance_of_member")]


class Outdated(OwnedByWorkspace):
    """A record of which something was written since its figures were counted. Nobody is shown them meanwhile."""

    record_kind = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()
    marks = models.IntegerField(default=1, db_default=1)
    """How often since. Marking again writes the row, so that whoever counts waits for the writer, whose rows are not to be seen yet."""

    class Meta:
        verbose_name_plural = "outdated"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "record_kind", "record_id"], name="outdated_once"),
        ]


class Basis(OwnedByWorkspace):
    """What all figures of a workspace rest on besides its items: who is whose, the zone, which copies are there to be shown."""

    digest = models.BigIntegerField()
    """Of it all when the figures were counted (`recount.basis_of`). Another one now: all of them are out of date."""
    due_at = models.DateTimeField(null=True)
    """When the first of the figures stops to hold."""

    class Meta:
        verbose_name_plural = "bases"
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace"], name="basis_once")]
        indexes: ClassVar = [
            # The clock serves all workspaces.
            models.Index(fields=["due_at"], name="basis_due"),
        ]


class PutOff(OwnedByWorkspace):
    """A member does not want to be told until a day that a record has gone quiet. Of three tables, so no foreign key (`receivers.py`)."""

    member = Reference(Member)
    record_kind = models.PositiveSmallIntegerField()
    """A `rules.link.RecordKind`."""
    record_id = models.BigIntegerField()
    until = models.DateField()
    """The first day on which they are told again, in the workspace's zone."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "record_kind", "record_id"], name="put_off_once"),
            SameWorkspace(field="member", name="put_off_member"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "record_kind", "record_id"], name="put_off_of_record")]
