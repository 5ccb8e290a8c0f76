"""What the tables of every channel have alike: abstract rows, which a channel makes into tables of its own.

The engine names no table: it is handed a channel's (`engine/tables.py`). A channel adds the reference to what it reads, called `source`,
with the constraints and indexes of its own.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from metwith.accounts.models import Account
from metwith.rules.link import RecordKind
from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference


class State(models.TextChoices):
    """How a source is doing. What each means for the next try is in rules/health.py."""

    NEW = "new", _("Not read yet")
    READING = "reading", _("Reading for the first time")
    FINE = "fine", _("Up to date")
    SLOW_DOWN = "slow-down", _("Asked to slow down")
    RECONNECT = "reconnect", _("Access was withdrawn")
    GONE = "gone", _("The calendar is not there any more")
    SUSPECT = "suspect", _("Suddenly empty")
    BROKEN = "broken", _("The server does not answer")
    DEFECT = "defect", _("Stopped by a fault of Metwith’s own")


class SourceBase(OwnedByWorkspace):
    """What is read of an account, from a cursor on, by whoever holds its lease (`engine/lease.py`)."""

    account = Reference(Account)
    remote_id = models.CharField(max_length=2000)
    enabled = models.BooleanField(default=False)
    """Chosen by its owner."""
    paused = models.BooleanField(default=False)
    """Stands still by its owner's wish; what was read stays."""
    cursor = models.TextField(blank=True)
    """Opaque, the provider's; written only together with the rows it stands for. Empty: a full read is due."""
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    state_since = models.DateTimeField(null=True)
    message = models.TextField(blank=True)
    """The last error in words, English, a msgid."""
    detail = models.TextField(blank=True)
    """The technical line that folds out: hosts and status codes, never content."""
    failures = models.PositiveIntegerField(default=0)
    """In a row."""
    last_success_at = models.DateTimeField(null=True)
    next_sync_at = models.DateTimeField(null=True)
    """Empty: the clock leaves it alone."""
    lease_until = models.DateTimeField(null=True)
    """Somebody is syncing; when this has passed, they died."""
    lease_holder = models.UUIDField(null=True)
    emptiness_confirmed = models.BooleanField(default=False)
    """Its owner said that it is empty for a reason: the next full read may remove what it does not find."""
    read = models.PositiveIntegerField(default=0)
    """Items read in the run under way or the last one: for the progress bar."""
    expected = models.PositiveIntegerField(null=True)

    class Meta:
        abstract = True


class TraceBase(OwnedByWorkspace):
    """All that stays of what did not come in: a keyed hash of the provider's id, the reason, the day (`engine/traces.py`)."""

    source_id: int
    """Of the reference that the channel adds; unique with item and part."""
    item = models.CharField(max_length=32)
    """`lib.secrets.keyed_digest` of the provider's id."""
    part = models.CharField(max_length=32, blank=True)
    """Of a part of a kept item, a keyed hash of its own; empty when the item as a whole did not come in."""
    reason = models.CharField(max_length=16)
    """One of the channel's reasons."""
    note = models.CharField(max_length=200, blank=True)
    """Of an unreadable one, the defect in words; without content."""
    seen_on = models.DateField()

    class Meta:
        abstract = True


class CounterKind(models.TextChoices):
    """What was counted."""

    KEPT = "kept", _("came in")
    DROPPED = "dropped", _("did not come in")
    PURGED = "purged", _("was removed again")


class CounterBase(OwnedByWorkspace):
    """How many items of a source met which fate on a day (`engine/counters.py`). Outlives the source as part of the workspace's sums."""

    source_id: int | None
    """Of the reference that the channel adds; unique with day, what and reason."""
    day = models.DateField()
    what = models.CharField(max_length=8, choices=CounterKind)
    reason = models.CharField(max_length=16, blank=True)
    """One of the channel's reasons, or `counters.DISCONNECTED`; empty for what came in."""
    many = models.PositiveIntegerField()
    """An item is counted when its fate changes, so a full read that finds everything as it was adds nothing."""
    last_at = models.DateTimeField()

    class Meta:
        abstract = True


class PushChannelBase(OwnedByWorkspace):
    """By what a provider tells us of changes: of one source, or of all of an account's (`engine/push.py`).

    Without `remote_id` it is only a note that the provider would not, and that it is left alone until `renew_at`.
    """

    account = Reference(Account)
    source_id: int | None
    """Of the reference that the channel adds. Empty: all sources of the account."""
    remote_id = models.CharField(max_length=64, blank=True)
    """Random, and ours; the provider names it in every notice. Unique where there is one: a notice names no workspace."""
    resource_id = models.CharField(max_length=255, blank=True)
    """The provider's own name for it."""
    secret = models.CharField(max_length=32)
    """A keyed digest: the secret itself is kept by nobody but the provider."""
    address = models.CharField(max_length=2000, blank=True)
    """Where notices go: no longer ours when the installation moved."""
    expires_at = models.DateTimeField(null=True)
    renew_at = models.DateTimeField()
    """When there is something to do about it."""
    heard_at = models.DateTimeField(null=True)
    """The last notice, or when the provider tried the address. Empty: nothing ever came through."""

    class Meta:
        abstract = True


class RecordLinkBase(OwnedByWorkspace):
    """An item on a record, and the row that the record's feed is read from (`engine/linking.py`). The channel adds the item, and its times.

    Written by syncs and relinks, never by a page view.
    """

    ITEM: ClassVar[str]
    """How the channel calls its reference to the item."""
    CARRIES: ClassVar[tuple[str, ...]]
    """The channel's own columns, by which feeds are ordered and cut; of what was linked by hand they follow the item."""

    class Reason(models.TextChoices):
        ADDRESS = "address", _("One of the addresses took part")
        PERSON = "person", _("Somebody from there took part")
        DOMAIN = "domain", _("An address at the domain took part")
        BY_HAND = "by-hand", _("Linked by hand")

    record_kind = models.SmallIntegerField(choices=[(kind.value, kind.name.capitalize()) for kind in RecordKind])
    record_id = models.BigIntegerField()
    """Of three tables, so no foreign key: `engine/linking.py` takes links off when a record goes."""
    member = models.BigIntegerField(default=0, db_default=0)
    """0: for everybody. Else for this member alone, whose copy says something else than others are shown, in place of everybody's row."""
    reason = models.CharField(max_length=8, choices=Reason)
    because = models.CharField(max_length=320, blank=True)
    """The address that made it; by hand the id of the member who did: a name may change, and goes with the member."""
    hidden = models.BooleanField(default=False)
    """Taken off by hand: stays as a row so that no rule brings it back."""

    class Meta:
        abstract = True


class ParticipantBase(OwnedByWorkspace):
    """Who takes part in an item, by address: what links are made from."""

    ITEM: ClassVar[str]
    """The way from here to the item, as a lookup: a reference's name, or several with `__` between them."""
    address = models.CharField(max_length=320)
    """Folded."""
    reversed_domain = models.CharField(max_length=254)
    """`com.acme.eu.`: a company's domain and its subdomains are one range of the index."""

    class Meta:
        abstract = True


class RemovalBase(OwnedByWorkspace):
    """An intent to remove much: marked in one row, shown to nobody from then on, taken away page by page (`engine/removals.py`).

    The row is there for as long as some of it may be left.
    """

    HALTS: ClassVar[tuple[str, ...]]
    """The kinds that take all of their sources: nothing reads these meanwhile."""
    kind = models.CharField(max_length=8)
    """The channel says which there are."""
    sources = ArrayField(models.BigIntegerField(), default=list)
    """Ids. No references: the row outlives whatever goes first."""
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class InquiryBase(OwnedByWorkspace):
    """What somebody asked of an outside server, until they have the answer, at most ten minutes (`engine/inquiries.py`)."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        BROKEN = "broken"
        """By a defect of ours."""
        LEFT = "left"
        """Given up by who asked, while it runs."""

    TASK: ClassVar[str]
    """The job that answers."""
    MANY: ClassVar[tuple[str, ...]]
    """Kinds of which there may be several of one member: nobody waits for their answer."""
    member = Reference(Member, null=True)
    """Who asked; empty where nobody waits for the answer."""
    kind = models.CharField(max_length=20)
    """The channel says which there are."""
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    session = models.CharField(max_length=32)
    """A keyed digest of the session it belongs to: no other opens it."""
    request = models.TextField()
    """Sealed for that session."""
    answer = models.TextField(blank=True)
    """The same."""
    steps = models.JSONField(default=list)
    """What was done so far: `[[key, label, done], …]`; labels are msgids."""
    hosts = ArrayField(models.CharField(max_length=32), default=list)
    """Digests of the servers that it asks (engine/slots.py)."""
    landing = models.CharField(max_length=200, blank=True)
    """The path of the page that shows the answer."""
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        abstract = True
