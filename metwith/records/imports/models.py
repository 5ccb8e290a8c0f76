"""A file that waits to come in, for an hour: sealed, and in pieces."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from metwith.records.acts.models import Act
from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable


class ImportFile(OwnedByWorkspace):
    """A file, and how far it has come."""

    class State(models.TextChoices):
        WAITING = "waiting"
        """For somebody to say what its columns are."""
        LOOKING = "looking"
        LOOKED = "looked"
        """What it would do is known; it waits for a yes."""
        STORING = "storing"
        STORED = "stored"
        """The rows that could not be taken wait to be fetched."""

    member = Reference(Member)
    """Whose it is: nobody else opens it."""
    record_kind = models.SmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    head = models.TextField()
    """Its name, headings and some values (`waiting.Head`), sealed for the workspace."""
    columns = models.JSONField(default=list)
    """What each column was said to be: keys of `headings.TARGETS`, empty for what is passed over."""
    language = models.CharField(max_length=10)
    """In which what is wrong with a row is said, and stages are read."""
    attempt = models.PositiveIntegerField(default=0)
    """Counts how often it was looked at: a job that is at another one stops."""
    rows = models.PositiveIntegerField(default=0)
    looked = models.PositiveIntegerField(default=0)
    """Rows looked at so far."""
    counts = models.JSONField(default=dict)
    """What looking came to: `created`, `updated`, `unchanged`, `companies`, `rejected`."""
    act = Reference(Act, null=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            addressable("import_file_addressable"),
            SameWorkspace(field="member", name="import_file_member"),
            SameWorkspace(field="act", name="import_file_act"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "member"], name="import_file_of_member"),
        ]


class ImportPiece(OwnedByWorkspace):
    """Some of its rows. Those that were stored are not here any more."""

    file = Reference(ImportFile)
    number = models.PositiveIntegerField()
    many = models.PositiveIntegerField()
    rows = models.TextField(blank=True)
    """`[[number, [cell, …]], …]`, sealed for the workspace; empty once they were stored."""
    rejected = models.TextField(blank=True)
    """`[[number, column, message, [cell, …]], …]` of those that cannot be taken, sealed; empty for none."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "file", "number"], name="import_piece_once"),
            SameWorkspace(field="file", name="import_piece_file"),
        ]
