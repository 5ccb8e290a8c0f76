"""A record's meetings in a member's own calendar program: secret addresses, and what they answer.

An address acts with the rights that its member has at that moment: nothing of an answer is kept for the next one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction

from metwith.calendars import queries
from metwith.calendars.exports import record_file
from metwith.calendars.feed import FeedFilter, PageRequest
from metwith.calendars.subscriptions import Subscription
from metwith.lib import tokens
from metwith.records.kinds import NAMES, NUMBERS
from metwith.records.queries import MODELS
from metwith.workspaces import audit
from metwith.workspaces.audit import Action
from metwith.workspaces.queries import acting

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord
    from metwith.rules.link import RecordKind
    from metwith.workspaces.models import Member

PREFIX = "metwith_calendar_"
"""Says whose secret it is, to people and to scanners for leaked secrets."""
WINDOW = timedelta(days=366)
"""So far back and ahead."""
MOST = 1000
"""Meetings of each side; beyond, those farthest from today are left out."""
EVERY = "PT1H"
"""How often a program should read it anew."""
STAMP = re.compile(r"\r\nDTSTAMP:[^\r]*")


@dataclass(frozen=True, slots=True)
class SubscriptionFeed:
    """What an address opens: whose eyes, and which record."""

    member: Member
    kind: Kind
    record: AnyRecord


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An address in its owner's list."""

    id: int
    kind: Kind
    record_id: int
    name: str
    """The record's."""
    trashed: bool
    """It answers again when the record is restored."""
    created_at: datetime
    last_used_at: datetime | None


@transaction.atomic
def subscribe(member: Member, kind: Kind, record_id: int, *, now: datetime) -> str:
    """A new secret for this record's feed. Returned once; only its hash is kept. Raises the model's DoesNotExist."""
    record = MODELS[kind].objects.of(member.workspace_id).get(pk=record_id, trashed_at=None)
    secret = PREFIX + tokens.make()
    Subscription.objects.create(
        workspace_id=member.workspace_id,
        member=member,
        record_kind=NUMBERS[kind],
        record_id=record.pk,
        token_hash=tokens.digest_of(secret),
        created_at=now,
    )
    audit.note(member, Action.SUBSCRIBED, kind=kind, record=record.pk)
    return secret


@transaction.atomic
def unsubscribe(member: Member, subscription_id: int) -> None:
    """End one of the member's own. Raises Subscription.DoesNotExist."""
    found = Subscription.objects.of(member.workspace_id).filter(member=member).get(pk=subscription_id)
    found.delete()
    audit.note(member, Action.UNSUBSCRIBED, kind=NAMES[found.record_kind], record=found.record_id)


def of_member(member: Member) -> list[Subscribed]:
    """The member's addresses, newest first."""
    rows = list(Subscription.objects.of(member.workspace_id).filter(member=member).order_by("-created_at", "-id"))
    records = {
        (kind, record.pk): record
        for kind, model in MODELS.items()
        for record in model.objects.of(member.workspace_id).filter(pk__in=[row.record_id for row in rows if NAMES[row.record_kind] == kind])
    }
    named = ((row, NAMES[row.record_kind], records.get((NAMES[row.record_kind], row.record_id))) for row in rows)
    return [
        Subscribed(row.pk, kind, record.pk, record.name, record.trashed_at is not None, row.created_at, row.last_used_at)
        for row, kind, record in named
        if record
    ]


def hand_over_subscriptions(workspace_id: int, kind: RecordKind, keeper_id: int, other_id: int) -> None:
    """Two records became one: who subscribed to the other reads the keeper."""
    Subscription.objects.of(workspace_id).filter(record_kind=kind, record_id=other_id).update(record_id=keeper_id)


def forget_subscriptions(workspace_id: int, kind: RecordKind, record_id: int) -> None:
    """A record is gone for good."""
    Subscription.objects.of(workspace_id).filter(record_kind=kind, record_id=record_id).delete()


def end_all(workspace_id: int, member_id: int) -> None:
    """None of a member's addresses answers any more."""
    Subscription.objects.of(workspace_id).filter(member_id=member_id).delete()


def held_by(secret: str) -> Subscription | None:
    """The subscription of a secret; None for a wrong one."""
    digest = tokens.digest_of(secret)
    found = Subscription.objects.across_workspaces("the address tells the workspace").filter(token_hash=digest).first()
    return found if found and tokens.same(found.token_hash, digest) else None


def open_subscription(subscription: Subscription, now: datetime) -> SubscriptionFeed | None:
    """What it opens now: nothing when its member may no longer sign in, or the record is in the trash. The use is noted to the minute."""
    kind = NAMES[subscription.record_kind]
    member = acting(subscription.workspace_id, subscription.member_id)
    record = MODELS[kind].objects.of(subscription.workspace_id).filter(pk=subscription.record_id, trashed_at=None).first()
    if member is None or record is None:
        return None
    if tokens.to_note(subscription.last_used_at, now):
        Subscription.objects.of(subscription.workspace_id).filter(pk=subscription.pk).update(last_used_at=now)
    return SubscriptionFeed(member, kind, record)


def subscribed_calendar(feed: SubscriptionFeed, now: datetime) -> str:
    """The feed: what was within a year and what is ahead, each as its member may see it now. In the active language."""
    member = feed.member
    today = now.astimezone(ZoneInfo(member.user.time_zone)).date()
    turns = [
        PageRequest(FeedFilter("upcoming", end=today + WINDOW), limit=MOST),
        PageRequest(FeedFilter("past", start=today - WINDOW), limit=MOST),
    ]
    found = queries.timelines_for(feed.kind, feed.record.pk, member, turns, now=now, details=True)
    more = (("REFRESH-INTERVAL;VALUE=DURATION", EVERY), ("X-PUBLISHED-TTL", EVERY))
    return "".join(record_file.as_ics([page.items for page in found.pages], member, feed.record, now, more))


def etag_of(calendar: str, secret: str) -> str:
    """By which a program learns that nothing changed. Weak: when it was written does not count. It says nothing to who has not the address."""
    said = STAMP.sub("", calendar)
    return f'W/"{hashlib.sha256(f"{secret}\n{said}".encode()).hexdigest()[:32]}"'
