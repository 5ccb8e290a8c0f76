"""Workspaces, records and accounts do not know of calendars: they say what happened, and here it is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.dispatch import receiver

from metwith.accounts.models import Account, Block
from metwith.accounts.signals import blocks_changed
from metwith.calendars import jobs
from metwith.calendars.delegation import enrolment
from metwith.calendars.exports import subscribe
from metwith.calendars.inquiries import farewell
from metwith.calendars.intents import noting
from metwith.calendars.models import Inquiry, Link
from metwith.calendars.overrides import NotAContact
from metwith.calendars.subscriptions import Subscription
from metwith.calendars.sync import purge, relink
from metwith.calendars.tables import TABLES
from metwith.engine import inquiries, linking, queue
from metwith.lib import clock
from metwith.records import signals as records
from metwith.records.kinds import NUMBERS
from metwith.records.models import Company, Person
from metwith.records.queries import MODELS
from metwith.rules.link import RecordKind
from metwith.workspaces.signals import holder_changed, member_leaving, ours_changed, verified_changed, ways_in_ended

if TYPE_CHECKING:
    from collections.abc import Collection

    from metwith.records.kinds import Kind

KINDS = {"person": (RecordKind.PERSON, Person), "company": (RecordKind.COMPANY, Company)}
"""An opportunity reads other records' feeds, so there is nothing to redo for it."""


@receiver(records.record_changed)
def redo_links(workspace_id: int, kind: str, record_id: int, **_rest: Any) -> None:
    """The links that the record concerns are redone, past meetings included."""
    if kind in KINDS:
        number = KINDS[kind][0]
        key = f"relink:{kind}:{record_id}"
        queue.enqueue(jobs.relink, key, workspace_id=workspace_id, kind=number, record_id=record_id)


@receiver(records.record_removed)
def drop_links(workspace_id: int, kind: Kind, record_id: int, **rest: Any) -> None:
    """Links by rule go; those made by hand, and subscriptions, go with the record's row, and wait while it is in the trash."""
    if not MODELS[kind].objects.of(workspace_id).filter(pk=record_id).exists():
        subscribe.forget_subscriptions(workspace_id, NUMBERS[kind], record_id)
        if kind == "opportunity":
            relink.unlink_record(workspace_id, RecordKind.OPPORTUNITY, record_id)
    redo_links(workspace_id, kind, record_id, **rest)


@receiver(records.people_merged)
def join_people(workspace_id: int, keeper_id: int, other_id: int, **_rest: Any) -> None:
    """What was linked by hand to the one is linked to the other; the rest is redone."""
    _merged(workspace_id, "person", keeper_id, other_id)


@receiver(records.companies_merged)
def join_companies(workspace_id: int, keeper_id: int, other_id: int, **_rest: Any) -> None:
    """As for people."""
    _merged(workspace_id, "company", keeper_id, other_id)


def _merged(workspace_id: int, kind: str, keeper_id: int, other_id: int) -> None:
    linking.hand_over_links(TABLES, workspace_id, KINDS[kind][0], keeper_id=keeper_id, other_id=other_id)
    subscribe.hand_over_subscriptions(workspace_id, KINDS[kind][0], keeper_id, other_id)
    redo_links(workspace_id, kind, other_id)
    redo_links(workspace_id, kind, keeper_id)


@receiver(records.contacts_added)
def link_contacts(workspace_id: int, people: str, companies: str, **_rest: Any) -> None:
    """The meetings of people who were just made come to them as one piece of work, past ones included."""
    queue.enqueue(jobs.relink_contacts, f"relink:{workspace_id}", workspace_id=workspace_id, people=people, companies=companies)


@receiver(records.records_imported)
def redo_all_links(workspace_id: int, **_rest: Any) -> None:
    """After an import every link is looked at once."""
    queue.enqueue(jobs.relink_workspace, f"relink:{workspace_id}", workspace_id=workspace_id)


@receiver(records.asked_in_use)
def linked_by_hand(workspace_id: int, kind: Kind, record_ids: Collection[int], **_rest: Any) -> set[int]:
    """Records that somebody linked a meeting to, took one off, or reads in a calendar program."""
    of_these = {"record_kind": NUMBERS[kind], "record_id__in": record_ids}
    linked = linking.by_hand(Link, workspace_id).filter(**of_these)
    read = Subscription.objects.of(workspace_id).filter(**of_these)
    return {*linked.values_list("record_id", flat=True), *read.values_list("record_id", flat=True)}


@receiver(ours_changed)
def decide_again(
    workspace_id: int, addresses: Collection[str] = (), domains: Collection[str] = (), member_id: int = 0, **_rest: Any
) -> None:
    """Who is one of us changed: internal meetings may have become external, and the other way round."""
    if noting.note_change(workspace_id, noting.Kind.OURS, {*addresses, *domains} or {""}, member_id=member_id or None):
        jobs.decide_soon(workspace_id)


@receiver([ours_changed, holder_changed])
def on_regroup(workspace_id: int, member_id: int = 0, **_rest: Any) -> None:
    """Whose an address is tells one meeting from another. What a member claims tells nothing."""
    if not member_id:
        queue.enqueue(jobs.regroup, f"regroup:{workspace_id}", workspace_id=workspace_id)


@receiver(verified_changed)
def on_settle_organized(workspace_id: int, member_id: int, **_rest: Any) -> None:
    """The calendar of an organizer's verified holder speaks."""
    queue.enqueue(jobs.settle_organized, f"organized:{member_id}", workspace_id=workspace_id, member_id=member_id)


@receiver(ours_changed)
def part_from_anothers_mailbox(workspace_id: int, **_rest: Any) -> None:
    """Somebody may have come whose mailbox an admin had opened to another member (calendars/delegation/mailbox.py)."""
    if Account.objects.of(workspace_id).filter(assigned=True, disconnected_at=None).exists():
        queue.enqueue(enrolment.part, f"part:{workspace_id}", workspace_id=workspace_id)


@receiver(blocks_changed)
def decide_again_for(workspace_id: int, member_id: int, kind: str, patterns: Collection[str], **_rest: Any) -> None:
    """What must never come in changed: what is stored of it goes, and what may come in again is read again."""
    what = noting.Kind.WORD if kind == Block.Kind.WORD else noting.Kind.BLOCKED
    if noting.note_change(workspace_id, what if patterns else noting.Kind.ALLOWED, patterns or {""}, member_id=member_id or None):
        jobs.decide_soon(workspace_id)


@receiver(member_leaving)
def part_with_member(workspace_id: int, member_id: int, *, keep: bool, **_rest: Any) -> bool:
    """A member's copies go with the member, and meetings that nobody else has; with `keep` they stay, no longer updated.

    True when they are more than can go at once.
    """
    accounts = list(Account.objects.of(workspace_id).filter(member_id=member_id).select_related("member__user"))
    NotAContact.objects.of(workspace_id).filter(member_id=member_id).delete()
    for account in accounts:
        if leaving := farewell.prepare_farewell(account):
            inquiries.leave_word(Inquiry, workspace_id, Inquiry.Kind.FAREWELL, leaving, clock.now())
    if not keep:
        marked = purge.of_member(workspace_id, member_id, accounts)
        done = [jobs.take_away(row) for row in marked]
        return not all(done)
    for account in accounts:
        purge.stand_still(account, clock.now())
        jobs.reading_changed(workspace_id, account_id=account.pk)
    return False


@receiver(ways_in_ended)
def end_subscriptions(workspace_id: int, member_id: int, **_rest: Any) -> None:
    """The addresses at which calendar programs read in a member's name end with everything else that opens their data."""
    subscribe.end_all(workspace_id, member_id)
