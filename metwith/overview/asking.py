"""What may be asked of a list by figures: the same question of figures in hand and of the columns that hold them. A test holds the two together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from django.db.models import Exists, OuterRef, Q

from metwith.overview.models import Acquaintance

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.overview.figures import Figures
    from metwith.rules.link import RecordKind

type KnownBy = int | Literal["nobody"]


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """Which records are wanted; what is None or False is not asked."""

    not_met_for: int | None = None
    """Days: not met since, or never."""
    never_met: bool = False
    met_since: datetime | None = None
    planned: bool | None = None
    known_by: KnownBy | None = None
    """A member's id; or none of those who are members now."""

    @property
    def asks(self) -> bool:
        """Whether anything is asked."""
        return self != FigureFilter()

    def fits(self, figures: Figures, now: datetime, present: frozenset[int]) -> bool:
        """Whether a record with these figures is wanted. `present`: the members who have not left."""
        last = figures.last.at if figures.last else None
        wanted = [
            self.not_met_for is None or last is None or last <= now - timedelta(days=self.not_met_for),
            not self.never_met or last is None,
            self.met_since is None or (last is not None and last >= self.met_since),
            self.planned is None or (figures.next is not None) == self.planned,
        ]
        if self.known_by == "nobody":
            wanted.append(present.isdisjoint(figures.known))
        elif self.known_by is not None:
            wanted.append(self.known_by in figures.known)
        return all(wanted)

    def condition(self, workspace_id: int, kind: RecordKind, now: datetime) -> Q:
        """The same of the columns of a record."""
        wanted = Q()
        if self.not_met_for is not None:
            wanted &= Q(last_met_at=None) | Q(last_met_at__lte=now - timedelta(days=self.not_met_for))
        if self.never_met:
            wanted &= Q(last_met_at=None)
        if self.met_since is not None:
            wanted &= Q(last_met_at__gte=self.met_since)
        if self.planned is not None:
            wanted &= Q(next_at__isnull=not self.planned)
        return wanted & self._known(workspace_id, kind)

    def _known(self, workspace_id: int, kind: RecordKind) -> Q:
        if self.known_by is None:
            return Q()
        if self.known_by == "nobody":
            return Q(known=False)
        theirs: Any = Acquaintance.objects.of(workspace_id).filter(record_kind=kind, member_id=self.known_by, record_id=OuterRef("pk"))
        return Q(Exists(theirs))
