"""The tables of the calendar channel. Event, Entry, Attendee, Series and Trace are written under `sync/` alone: a page by `store.py`."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from metwith.accounts.models import Account, SharingLevel
from metwith.calendars import counters, overrides, subscriptions  # noqa: F401  so that Django knows their tables
from metwith.calendars.intents import aside, facts, removals  # noqa: F401  so that Django knows their tables
from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable


class State(models.TextChoices):
    """How a calendar is doing. What each means for the next try is in rules/health.py."""

    NEW = "new", _("Not read yet")
    READING = "reading", _("Reading for the first time")
    FINE = "fine", _("Up to date")
    SLOW_DOWN = "slow-down", _("Asked to slow down")
    RECONNECT = "reconnect", _("Access was withdrawn")
    GONE = "gone", _("The calendar is not there any more")
    SUSPECT = "suspect", _("Suddenly empty")
    BROKEN = "broken", _("The server does not answer")
    DEFECT = "defect", _("Stopped by a fault of Metwith’s own")


class NewPeople(models.TextChoices):
    """Of whose meetings an unknown outsider becomes a Person (sync/auto_contacts.py)."""

    OFF = "off", _("No")
    ORGANISED = "organised", _("Only of meetings I organise")
    ON = "on", _("Of all meetings")


class Calendar(OwnedByWorkspace):
    """One calendar of an account: switched on or off for itself, with its own cursor and health."""

    account = Reference(Account)
    remote_id = models.CharField(max_length=2000)
    name = models.CharField(max_length=300)
    colour = models.CharField(max_length=7, blank=True)
    primary = models.BooleanField(default=False)
    kind = models.CharField(max_length=12, default="own")
    enabled = models.BooleanField(default=False)
    """Chosen by its owner."""
    paused = models.BooleanField(default=False)
    """Stands still by its owner's wish; what was read stays."""
    new_people = models.CharField(max_length=9, choices=NewPeople, default=NewPeople.OFF)
    sharing = models.CharField(max_length=12, choices=SharingLevel, blank=True)
    """Set apart from the account's level; empty: the account's holds."""

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
    by_content = models.BooleanField(default=False, db_default=False)
    """A feed that makes its identifiers anew at each reading: its meetings are known by what they say (rules/likeness.py)."""
    emptiness_confirmed = models.BooleanField(default=False)
    """Its owner said that it is empty for a reason: the next full read may remove what it does not find."""
    read = models.PositiveIntegerField(default=0)
    """Items read in the run under way or the last one: for the progress bar."""
    expected = models.PositiveIntegerField(null=True)

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
            models.Index(fields=["workspace", "calendar"], condition=Q(more__gt=0), name="entry_crowded"),
        ]


class Attendee(OwnedByWorkspace):
    """A participant of an Event, once. Rooms and resources are not participants."""

    event = Reference(Event)
    address = models.CharField(max_length=320)
    """Folded."""
    reversed_domain = models.CharField(max_length=254)
    """`com.acme.eu.`: a company's domain and its subdomains are one range of the index."""
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


class Link(OwnedByWorkspace):
    """Event to Record, and at the same time the row that a record's feed is read from: it carries the times.

    Written by the sync and the relink, never by a page view. Opportunities have rows only for what was linked by hand: they read the
    feeds of their company and their point of contact.
    """

    class Kind(models.IntegerChoices):
        PERSON = 1
        COMPANY = 2
        OPPORTUNITY = 3

    class Reason(models.TextChoices):
        ADDRESS = "address", _("One of the addresses took part")
        PERSON = "person", _("Somebody from there took part")
        DOMAIN = "domain", _("An address at the domain took part")
        BY_HAND = "by-hand", _("Linked by hand")

    event = Reference(Event)
    record_kind = models.SmallIntegerField(choices=Kind)
    record_id = models.BigIntegerField()
    """Of three tables, so no foreign key: `sync/linking.py` takes links off when a record goes."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    all_day = models.BooleanField(default=False)
    reason = models.CharField(max_length=8, choices=Reason)
    because = models.CharField(max_length=320, blank=True)
    """The address that made it; by hand the id of the member who did: a name may change, and goes with the member."""
    member = models.BigIntegerField(default=0, db_default=0)
    """0: for everybody. Else for this member alone, whose copy says something else than others are shown, in place of everybody's row."""
    cancelled = models.BooleanField(null=True)
    """Of a member's own row, whether their copy is cancelled; NULL: as the event."""
    hidden = models.BooleanField(default=False)
    """Taken off by hand: stays as a row so that no rule brings it back."""

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
        ]


class Trace(OwnedByWorkspace):
    """All that stays of what did not come in: a keyed hash of the provider's id, the reason, the day."""

    calendar = Reference(Calendar)
    item = models.CharField(max_length=32)
    """`lib.secrets.keyed_digest` of the provider's id."""
    part = models.CharField(max_length=32, blank=True)
    """Of one occurrence of a kept series, a keyed hash of its own; empty when the item as a whole did not come in."""
    reason = models.CharField(max_length=16)
    """A `vocabulary.DropReason`."""
    note = models.CharField(max_length=200, blank=True)
    """Of an unreadable one, the defect in words; without content."""
    seen_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "calendar", "item", "part"], name="trace_once"),
            SameWorkspace(field="calendar", name="trace_calendar"),
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


class Channel(OwnedByWorkspace):
    """By what a provider tells us of changes: of one calendar, or of all of an account's.

    Without `remote_id` it is only a note that the provider would not, and that it is left alone until `renew_at`.
    """

    account = Reference(Account)
    calendar = Reference(Calendar, null=True)
    """Empty: all calendars of the account."""
    remote_id = models.CharField(max_length=64, blank=True)
    """Random, and ours; the provider names it in every notice."""
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
        constraints: ClassVar = [
            # A notice names the channel and no workspace.
            models.UniqueConstraint(fields=["remote_id"], condition=~Q(remote_id=""), name="channel_once"),
            SameWorkspace(field="account", name="channel_account"),
            SameWorkspace(field="calendar", name="channel_calendar"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "account"], name="channel_of_account"),
            # The clock serves all workspaces.
            models.Index(fields=["renew_at"], name="channel_due"),
        ]

    def __str__(self) -> str:
        return f"channel {self.pk}"


class Inquiry(OwnedByWorkspace):
    """What somebody asked of an outside server, until they have the answer, at most ten minutes (calendars/inquiries/store.py)."""

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

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        BROKEN = "broken"
        """By a defect of ours."""
        LEFT = "left"
        """Given up by who asked, while it runs."""

    member = Reference(Member, null=True)
    """Who asked; empty where nobody waits for the answer."""
    kind = models.CharField(max_length=20, choices=Kind)
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
        verbose_name_plural = "inquiries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "kind"], condition=~Q(kind="farewell"), name="inquiry_one_of_a_kind"),
            SameWorkspace(field="member", name="inquiry_member"),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="inquiry_expired")]

    def __str__(self) -> str:
        return f"inquiry {self.pk}"
