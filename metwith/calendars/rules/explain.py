"""Why is it here, and why do I see of it what I see? Answers as data, from the facts that the decisions themselves rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from metwith.calendars.rules import precedence
from metwith.rules import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from metwith.rules.own_identities import OwnIdentities


class DecidedBy(StrEnum):
    """What decides how much a viewer sees of a copy, in the order in which it does."""

    OWN = "own"
    TOOK_PART = "took-part"
    MEETING = "meeting"
    SERIES = "series"
    CALENDAR = "calendar"
    ACCOUNT = "account"


class Speaks(StrEnum):
    """Why a copy speaks for the times."""

    ONLY = "only"
    SIGNED_IN = "signed-in"
    """It is from a calendar that somebody signs in to; a file or a calendar address does not speak beside one."""
    NAMED = "named"
    """It says who organizes the meeting."""
    ORGANIZER = "organizer"
    READ = "read"
    """Its calendar is still read."""
    SEQUENCE = "sequence"
    """It is of a later version of the invitation."""
    LATEST = "latest"
    """It was changed last."""
    FIRST = "first"
    """All say it equally well; it was here first."""


@dataclass(frozen=True, slots=True)
class SharingSettings:
    """What the owner of a copy set, nearest first; empty: nothing."""

    meeting: str
    series: str
    calendar: str
    account: str

    def deciding(self) -> tuple[DecidedBy, str]:
        """The nearest that is set. An account always has a level."""
        nearest = ((DecidedBy.MEETING, self.meeting), (DecidedBy.SERIES, self.series), (DecidedBy.CALENDAR, self.calendar))
        return next(((setting, level) for setting, level in nearest if level), (DecidedBy.ACCOUNT, self.account))


@dataclass(frozen=True, slots=True)
class ExplainedLevel:
    """What decides how much a viewer sees."""

    setting: DecidedBy
    level: str
    capped: bool
    """The workspace allows less than the setting says."""


def explained_level(copy: show.SharedCopy, levels: SharingSettings, viewer: show.Viewer) -> ExplainedLevel:
    """Of one copy, what `rules.show.level_for` decides, and by what. `copy.level` is the deciding one of `levels`."""
    level = show.level_for(copy, viewer)
    if copy.owner_id == viewer.member_id:
        return ExplainedLevel(DecidedBy.OWN, level, capped=False)
    if copy.attendees & viewer.addresses:
        return ExplainedLevel(DecidedBy.TOOK_PART, level, capped=False)
    setting, said = levels.deciding()
    return ExplainedLevel(setting, level, capped=level != show.capped(said, show.LEVELS[-1]))


def times(copies: Sequence[precedence.Ranked]) -> tuple[precedence.Ranked, Speaks]:
    """The copy that speaks for the times, and why it does."""
    chosen, *others = precedence.ranked(copies)
    return (chosen, _because(chosen, others[0])) if others else (chosen, Speaks.ONLY)


def _because(chosen: precedence.Ranked, next_best: precedence.Ranked) -> Speaks:
    """The first thing in which it beats the next best, in the order of `precedence.ranked`."""
    read = precedence.Source.READ
    differences = (
        (Speaks.SIGNED_IN, chosen.source is precedence.Source.FEED, next_best.source is precedence.Source.FEED),
        (Speaks.NAMED, bool(chosen.organizer), bool(next_best.organizer)),
        (Speaks.ORGANIZER, chosen.organized and chosen.source is read, next_best.organized and next_best.source is read),
        (Speaks.READ, chosen.source, next_best.source),
        (Speaks.SEQUENCE, chosen.sequence, next_best.sequence),
        (Speaks.LATEST, chosen.updated, next_best.updated),
    )
    without = None in {chosen.sequence, next_best.sequence}
    return next((why for why, mine, theirs in differences if mine != theirs and not (why is Speaks.SEQUENCE and without)), Speaks.FIRST)


def kept_for(participants: Iterable[str], own_identities: OwnIdentities) -> tuple[str, ...]:
    """The addresses for which a meeting was kept: those that are not one of us."""
    return tuple(address for address in participants if not own_identities.includes(address))
