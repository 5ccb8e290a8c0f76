"""The tables of the calendar channel. Event, Entry, Attendee, Series and Trace are written under `sync/` alone: a page by `store.py`."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from metwith.accounts.models import SharingLevel
from metwith.calendars import counters, overrides, subscriptions  # noqa: F401  so that Django knows their tables
from metwith.calendars.intents import aside, facts, removals  # noqa: F401  so that Django knows their tables
from metwith.engine.models import InquiryBase, ParticipantBase, PushChannelBase, RecordLinkBase, SourceBase, TraceBase
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable


class NewPeople(models.TextChoices):
    """Of whose meetings an unknown outsider becomes a Person (sync/auto_contacts.py)."""

    OFF = "off", _("No")
    ORGANISED = "organised", _("Only of meetings I organise")
    ON = "on", _("Of all meetings")


class Calendar(SourceBase):
    """One calendar of an account: switched on or off for itself, with its own cursor and health."""

    name = models.CharField(max_length=300)
    colour = models.CharField(max_length=7, blank=True)
    primary = models.BooleanField(default=False)
    kind = models.CharField(max_length=12, default="own")
    new_people = models.CharField(max_length=9, choices=NewPeople, default=NewPeople.OFF)
    sharing = models.CharField(max_length=12, choices=SharingLevel, blank=True)
    """Set apart from the account's level; empty: the account's holds."""
    by_content = models.BooleanField(default=False, db_default=False)
    """A feed that makes its identifiers anew at each reading: its meetings are known by what they say (rules/likeness.py)."""

    class Meta:
        constraints: ClassVar = [
            addressable("calendar_addressable"),
            models.UniqueConstraint(fields=["workspace", "account", "remote_id"], name="calendar_once"),
            SameWorkspace(field="account", name="calendar_account"),
        ]
        indexes: ClassVar = [
            # The scheduler serves all workspaces, so the one index that it walks begins with the time.
            models.Index(fields=["next_sync_at"], condition=Q(enabled=True, paused=False), name="calendar_due"),
        ]

    def __str__(self) -> str:
        return f"calendar {self.pk}"


class Series(OwnedByWorkspace):
    """The recurring part of a kept series, so that its occurrences roll on without asking the provider.

    What of the series was dropped is not in it.
    """

    calendar = Reference(Calendar)
    remote_id = models.CharField(max_length=2000)
    ical_uid = models.CharField(max_length=1000)
    definition = models.JSONField()
    """A RemoteEvent as `sync/series_json.py` writes it."""
    expanded_until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "series"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "calendar", "remote_id", "ical_uid"], name="series_once"),
            SameWorkspace(field="calendar", name="series_calendar"),
        ]
        indexes: ClassVar = [
            # The daily roll serves all workspaces.
            models.Index(fields=["expanded_until"], name="series_to_roll"),
        ]


class Span(models.Model):
    """When a meeting is. Instants in UTC; an all-day meeting has dates, and its instants only give it a place in a sorted list."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    """Exclusive."""
    start_date = models.DateField(null=True)
    end_date = models.DateField(null=True)
    """Exclusive."""
    zone = models.CharField(max_length=64, default="UTC")
    """IANA name of the zone it was planned in."""
    cancelled = models.BooleanField(default=False)

    class Meta:
        abstract = True


class Event(Span, OwnedByWorkspace):
    """The meeting: one occurrence, one row, whoever has it in the calendar."""

    ical_uid = models.CharField(max_length=1000)
    key = models.CharField(max_length=16)
    """`vocabulary.Occurrence.key`."""
    organizer_key = models.CharField(max_length=340, null=True)  # noqa: DJ001  none is not the same as not known yet
    """Who organizes it, as `sync/meeting/organizers.py` spells it: copies with different ones are different meetings. Empty: no copy names one.
    NULL: stored before organizers told meetings apart, and not looked at since."""
    more = models.IntegerField(default=0, db_default=0)
    """How many take part besides those who are kept (rules/guest_list.py)."""

    class Meta:
        constraints: ClassVar = [
            addressable("event_addressable"),
            models.UniqueConstraint(fields=["workspace", "ical_uid", "key", "organizer_key"], name="event_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "starts_at", "id"], name="event_by_time"),
            models.Index(
                fields=["workspace", "organizer_key"], condition=Q(organizer_key__startswith="person:"), name="event_by_organizer"
            ),
            models.Index(fields=["workspace", "id"], condition=Q(organizer_key=None), name="event_to_part"),
            models.Index(fields=["workspace", "id"], condition=Q(more__gt=0), name="event_crowded"),
        ]


class TitleNumbers(models.Func):
    """By what the titles of copies are searched, by whoever may see them (`reads/titles.py`)."""

    function = "calendars_entry_numbers"
    output_field = ArrayField(models.IntegerField())


class Entry(Span, OwnedByWorkspace):
    """An Event as it stands in one Calendar, with that copy's own content."""

    event = Reference(Event)
    calendar = Reference(Calendar)
    remote_id = models.CharField(max_length=2000)
    digest = models.BinaryField()
    """Of everything below: equal digest, nothing to write."""
    sequence = models.PositiveIntegerField(default=0)
    remote_updated_at = models.DateTimeField(null=True)
    organizer = models.CharField(max_length=320, null=True)  # noqa: DJ001  none is not the same as not known yet
    """The folded address that this copy names as the organizer's; empty: none, or one that is nobody. NULL: see `Event.organizer_key`."""
    apart = models.BooleanField(default=False, db_default=False)
    """Its owner is shown it, and it says otherwise than the event when that is, or whether it was cancelled."""
    sharing = models.CharField(max_length=12, choices=SharingLevel, blank=True, default="", db_default="")
    """What its owner's `MeetingLevel` says of it; empty: the calendar's or the account's level holds."""
    on_record = models.BooleanField(null=True, editable=False)
    """Its meeting is on a record for everybody, so that colleagues may know of it. Written by the database alone: see migration 0024."""
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    location = models.TextField(blank=True)
    join_url = models.TextField(blank=True)
    web_url = models.TextField(blank=True)
    attachments = ArrayField(models.TextField(), default=list)
    fallbacks = models.CharField(max_length=80, blank=True, default="", db_default="")
    """`vocabulary.Fallback`s, by spaces: what its reader had to guess."""
    attendees = models.JSONField(default=list)
    """This copy's own list: `[[address, name, response, role, kind, organizer], …]`. Whether the viewer took part is judged by the
    copy that would be shown, never by another."""
    more = models.IntegerField(default=0, db_default=0)
    """People who were left out of the list (rules/guest_list.py): it never says who does not take part."""
    sieve = models.BinaryField(null=True)
    """Of a long list, whom it does not name (rules/sieve.py). NULL: the list is short, or was stored before there were any."""

    class Meta:
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            addressable("entry_addressable"),
            models.UniqueConstraint(fields=["workspace", "calendar", "remote_id", "event"], name="entry_once"),
            SameWorkspace(field="event", name="entry_event"),
            SameWorkspace(field="calendar", name="entry_calendar"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "event"], name="entry_of_event"),
            models.Index(fields=["workspace", "calendar"], condition=~Q(fallbacks=""), name="entry_guessed"),
            # What `figures.SURE` asks: a copy that may say that a meeting does not take place.
            models.Index(
                fields=["workspace", "event"], condition=Q(cancelled=True) | Q(attendees__contains=[["declined"]]), name="entry_doubtful"
            ),
            models.Index(fields=["workspace", "organizer"], condition=Q(organizer__gt=""), name="entry_by_organizer"),
            models.Index(fields=["workspace", "calendar", "starts_at"], condition=Q(apart=True), name="entry_apart"),
            # A member's own meetings in order of time (`reads/whole.py`).
            models.Index(fields=["workspace", "calendar", "starts_at", "event"], name="entry_by_time"),
            models.Index(fields=["workspace", "calendar"], condition=Q(more__gt=0), name="entry_crowded"),
            GinIndex(
                TitleNumbers("workspace_id", "calendar_id", "sharing", "on_record", "title", "attendees"),
                name="entry_by_title",
                gin_pending_list_limit=64,
            ),
        ]


class Attendee(ParticipantBase):
    """A participant of an Event, once. Rooms and resources are not participants."""

    ITEM = "event"

    event = Reference(Event)
    name = models.CharField(max_length=300, blank=True)
    response = models.CharField(max_length=12)
    role = models.CharField(max_length=8)
    organizer = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "event", "address"], name="attendee_once"),
            SameWorkspace(field="event", name="attendee_event"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "address"], name="attendee_by_address"),
            models.Index(fields=["workspace", "reversed_domain"], opclasses=["int8_ops", "varchar_pattern_ops"], name="attendee_by_domain"),
        ]


class Link(RecordLinkBase):
    """Event to Record, and at the same time the row that a record's feed is read from: it carries the times.

    Opportunities have rows only for what was linked by hand: they read the feeds of their company and their point of contact.
    """

    ITEM = "event"
    CARRIES = ("starts_at", "ends_at", "all_day", "cancelled")

    event = Reference(Event)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    all_day = models.BooleanField(default=False)
    cancelled = models.BooleanField(null=True)
    """Of a member's own row, whether their copy is cancelled; NULL: as the event."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "event", "record_kind", "record_id", "member"], name="link_once"),
            SameWorkspace(field="event", name="link_event"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "record_kind", "record_id", "starts_at", "event"],
                include=["ends_at", "all_day", "member"],  # tells upcoming from past, and whose it is, without a look at the table
                name="link_feed",
                condition=Q(hidden=False),
            ),
            models.Index(fields=["workspace", "member", "record_kind", "record_id", "event"], condition=Q(member__gt=0), name="link_own"),
            # What stands on any record in order of time (`reads/whole.py`).
            models.Index(
                fields=["workspace", "starts_at", "event"],
                include=["ends_at", "all_day", "member"],
                name="link_by_time",
                condition=Q(hidden=False),
            ),
        ]


class Trace(TraceBase):
    """What of a calendar did not come in. A part is one occurrence of a kept series; reasons are `vocabulary.DropReason`s."""

    source = Reference(Calendar, db_column="calendar_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "source", "item", "part"], name="trace_once"),
            SameWorkspace(field="source", name="trace_calendar"),
        ]


class Newcomer(OwnedByWorkspace):
    """A person or company that a calendar made. Goes with the calendar; the record keeps its mark (`records.models.Record.made_by_rule`)."""

    calendar = Reference(Calendar)
    record_kind = models.PositiveSmallIntegerField()
    """A `rules.link.RecordKind`."""
    record_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "record_kind", "record_id"], name="newcomer_once"),
            SameWorkspace(field="calendar", name="newcomer_calendar"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "calendar"], name="newcomer_of_calendar")]


class Channel(PushChannelBase):
    """By what a provider tells us of changes in a calendar, or in all of an account's."""

    source = Reference(Calendar, db_column="calendar_id", null=True)

    class Meta:
        constraints: ClassVar = [
            # A notice names the channel and no workspace.
            models.UniqueConstraint(fields=["remote_id"], condition=~Q(remote_id=""), name="channel_once"),
            SameWorkspace(field="account", name="channel_account"),
            SameWorkspace(field="source", name="channel_calendar"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "account"], name="channel_of_account"),
            # The clock serves all workspaces.
            models.Index(fields=["renew_at"], name="channel_due"),
        ]

    def __str__(self) -> str:
        return f"channel {self.pk}"


class Inquiry(InquiryBase):
    """What somebody asked of an outside server on the way to a calendar."""

    class Kind(models.TextChoices):
        TRY = "try"
        """A connection that was typed."""
        ARRIVE = "arrive"
        """Who came back from a provider's sign-in page with a permission."""
        RECONNECT = "reconnect"
        PREVIEW = "preview"
        MISSING = "missing"
        CHECK_CLIENT = "check-client"
        CHECK_ORGANISATION = "check-organisation"
        CONNECTING = "connecting"
        """No question: a connection that worked, while its owner chooses (web/accounts/pending.py)."""
        FAREWELL = "farewell"
        """A permission to be given back, and push to be ended."""

    TASK = "metwith.calendars.answering.answer"
    MANY = (Kind.FAREWELL,)

    kind = models.CharField(max_length=20, choices=Kind)

    class Meta:
        verbose_name_plural = "inquiries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "kind"], condition=~Q(kind="farewell"), name="inquiry_one_of_a_kind"),
            SameWorkspace(field="member", name="inquiry_member"),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="inquiry_expired")]

    def __str__(self) -> str:
        return f"inquiry {self.pk}"
