"""The tables of acts. Earlier values are personal data: they go after a day, and with the record that they are of."""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from metwith.lib import clock
from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable


class Act(OwnedByWorkspace):
    """What a member did to many records at once."""

    class Kind(models.TextChoices):
        IMPORT = "import", _("Import from a file")

    class State(models.TextChoices):
        OPEN = "open"
        """Nothing of it is done yet."""
        RUNNING = "running"
        DONE = "done"
        TAKING_BACK = "taking-back"
        TAKEN_BACK = "taken-back"

    kind = models.CharField(max_length=12, choices=Kind)
    record_kind = models.SmallIntegerField()
    """`kinds.NUMBERS`: of what it mostly is. It may touch others too."""
    member = Reference(Member)
    """Who did it."""
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    total = models.PositiveIntegerField(default=0)
    """Of what it works through: rows, records. Being taken back, of what it changed."""
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    """What it came to, by words of its kind; taken back besides `restored`, `removed` and `left`. Numbers only."""
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    """So long it can be taken back; then it is forgotten. Empty while it runs."""

    class Meta:
        constraints: ClassVar = [addressable("act_addressable"), SameWorkspace(field="member", name="act_member")]
        indexes: ClassVar = [models.Index(fields=["workspace", "member"], name="act_of_member")]


class ActChange(OwnedByWorkspace):
    """What an act did to one record."""

    act = Reference(Act)
    record_kind = models.SmallIntegerField()
    record_id = models.BigIntegerField()
    """Of three tables, so no foreign key: it goes when the record does (records/receivers.py)."""
    made = models.BooleanField(default=False)
    """The record was not there before."""
    stamp = models.DateTimeField()
    """The record's `updated_at` as the act left it. Another one now: somebody changed the record since."""
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    """Column → earlier value, of what the act changed; and `addresses` (`[[written, folded], …]`, the primary first) or `domains`."""

    class Meta:
        constraints: ClassVar = [SameWorkspace(field="act", name="act_change_act")]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "act", "id"], name="act_change_of_act"),
            models.Index(fields=["workspace", "record_kind", "record_id"], name="act_change_of_record"),
        ]
