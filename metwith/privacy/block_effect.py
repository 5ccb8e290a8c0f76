"""What a block would take away, before it is set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metwith.accounts.models import Block
from metwith.calendars.intents import noting
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.rules.keep import decide
from metwith.calendars.sync import access, rows
from metwith.calendars.vocabulary import Drop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from metwith.calendars.rules.keep import Policy
    from metwith.rules.blocks import Blocks
    from metwith.workspaces.models import Member

SHOWN = 10


@dataclass(frozen=True, slots=True)
class BlockEffect:
    """Meetings that a block would remove. Of colleagues' calendars only their number is told."""

    many: int
    mine: tuple[tuple[datetime, str], ...]
    """Start and title of the latest ones in the member's own calendars, at most SHOWN."""
    untold: bool = False
    """Whether colleagues' calendars would lose some too, and how many is not told."""


def would_go(member: Member, kind: str, patterns: Collection[str], *, everybody: bool) -> BlockEffect:
    """What would go if these patterns (`accounts.blocks.read`) were blocked, for the member or for everybody.

    Of words only in the member's own calendars: how many of colleagues' titles hold a word is what the level hides.
    """
    untold = everybody and kind == Block.Kind.WORD
    calendars = Calendar.objects.of(member.workspace_id).select_related("account__member__user")

    def changed(_calendar: Calendar, policy: Policy) -> Policy:
        return replace(policy, blocks=_with(policy.blocks, kind, patterns))

    looked_at = calendars if everybody and not untold else calendars.filter(account__member_id=member.pk)
    return replace(leaving(member, looked_at, changed, kind, patterns), untold=untold)


def leaving(
    member: Member,
    calendars: Iterable[Calendar],
    changed: Callable[[Calendar, Policy], Policy],
    kind: str,
    patterns: Collection[str],
) -> BlockEffect:
    """What would go if these calendars were decided about as `changed` says, among the meetings with these patterns.

    `calendar.account.member.user` must be loaded.
    """
    gone: set[int] = set()
    own: dict[int, tuple[datetime, str]] = {}
    for calendar in calendars:
        policy = changed(calendar, replace(access.policy(calendar), switched_on=True))
        for row in _candidates(calendar, kind, patterns):
            if isinstance(decide(rows.remote(row, ""), policy), Drop):
                gone.add(row.event_id)
                # Only from the member's own copy: a colleague may call the same meeting something else.
                if calendar.account.member_id == member.pk:
                    own[row.event_id] = (row.starts_at, row.title)
    return BlockEffect(len(gone), tuple(sorted(own.values(), reverse=True)[:SHOWN]))


def _with(blocks: Blocks, kind: str, patterns: Iterable[str]) -> Blocks:
    if kind == Block.Kind.WORD:
        return replace(blocks, words=blocks.words | {*patterns})
    return replace(blocks, who=blocks.who | {*patterns})


def _candidates(calendar: Calendar, kind: str, patterns: Iterable[str]) -> Iterable[Entry]:
    """Entries among which all that the patterns could stop are: found as they are when it is done, judged by the rule afterwards."""
    mine = Entry.objects.of(calendar.workspace_id).filter(calendar_id=calendar.pk).defer("description")
    if kind == Block.Kind.WORD:
        return mine.exclude(title="").iterator()
    return mine.filter(pk__in=noting.copies_naming(calendar.workspace_id, calendar.pk, patterns)).iterator()
