"""What a member said about single meetings of theirs (`calendars/overrides.py`), as the rules and the store need it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metwith.accounts.models import Account
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.overrides import MeetingLevel, TakenOut
from metwith.calendars.rules.keep import Exclusions
from metwith.calendars.vocabulary import WHOLE
from metwith.lib import secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

type Mark = Callable[[str, str], str]
"""UID and occurrence key (or WHOLE) → what stands for them in the tables: says nothing without the key, and nothing of another member's."""


def marker(workspace_id: int, member_id: int) -> Mark:
    """A member's marks."""
    keyed = secrets.digester(workspace_id, 0)
    return lambda uid, key: keyed(f"meeting/{member_id}/{key}/{uid}")


def out_of(workspace_id: int, member_id: int) -> Exclusions:
    """What a member took out for good."""
    rows = TakenOut.objects.of(workspace_id).filter(member_id=member_id).values_list("mark", "alike")
    return Exclusions(frozenset(mark for row in rows for mark in row if mark), marker(workspace_id, member_id))


@dataclass(frozen=True, slots=True)
class Override:
    """The level that holds for a meeting by its owner's word."""

    level: str = ""
    """Empty: none; the calendar's or the account's holds."""
    whole: bool = False
    """Set for the whole series, or for a meeting that is none."""


@dataclass(frozen=True, slots=True)
class OverrideLevels:
    """All levels that a member set for single meetings."""

    by_mark: Mapping[str, str] = field(default_factory=dict)
    mark: Mark = lambda _uid, _key: ""

    def of(self, uid: str, key: str) -> Override:
        """The meeting's own, or else its series'."""
        if not self.by_mark:
            return Override()
        if own := self.by_mark.get(self.mark(uid, key)):
            return Override(own)
        series = self.of_series(uid)
        return Override(series, whole=bool(series))

    def of_series(self, uid: str) -> str:
        """The one set for the whole series; empty: none."""
        return self.by_mark.get(self.mark(uid, WHOLE), "")


def levels_of(workspace_id: int, member_id: int) -> OverrideLevels:
    """A member's."""
    rows = MeetingLevel.objects.of(workspace_id).filter(member_id=member_id).values_list("mark", "level")
    return OverrideLevels(dict(rows), marker(workspace_id, member_id))


def levels_in(workspace_id: int, calendar_id: int) -> OverrideLevels:
    """Those of a calendar's owner. Inside the writers' lock: what is written next must follow the latest word."""
    calendar = Calendar.objects.of(workspace_id).filter(pk=calendar_id).values("account_id")
    owner = Account.objects.of(workspace_id).filter(pk__in=calendar).values("member_id")
    rows = list(MeetingLevel.objects.of(workspace_id).filter(member_id__in=owner).values_list("member_id", "mark", "level"))
    return OverrideLevels({mark: level for _, mark, level in rows}, marker(workspace_id, rows[0][0])) if rows else OverrideLevels()


def apply_overrides(workspace_id: int, member_id: int, uid: str) -> None:
    """Bring a member's copies of a meeting and its siblings in line with the levels that the member set. Inside the writers' lock."""
    levels = levels_of(workspace_id, member_id)
    by_level: dict[str, list[int]] = defaultdict(list)
    for pk, key in copies(workspace_id, member_id, uid).values_list("pk", "event__key"):
        by_level[levels.of(uid, key).level].append(pk)
    for level, pks in by_level.items():
        Entry.objects.of(workspace_id).filter(pk__in=pks).update(sharing=level)


def copies(workspace_id: int, member_id: int, uid: str, key: str = WHOLE) -> QuerySet[Entry]:
    """A member's copies of one occurrence, or of all with this UID."""
    return with_uid(Entry.objects.of(workspace_id).filter(calendar__account__member_id=member_id), uid, key)


def with_uid(rows: QuerySet[Entry], uid: str, key: str = WHOLE) -> QuerySet[Entry]:
    """Of these copies, those of one occurrence, or of all with this UID."""
    mine = rows.filter(event__ical_uid=uid)
    return mine if key == WHOLE else mine.filter(event__key=key)
