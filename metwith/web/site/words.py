"""The words of Settings → Accounts: providers, reasons for leaving out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts.oauth import services
from metwith.calendars.vocabulary import FILE, Fallback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metwith.calendars.reads.numbers import Numbers


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many did not come in for one reason."""

    label: str
    meaning: str
    count: int


def dropped(counts: Mapping[str, int]) -> tuple[Dropped, ...]:
    """The reasons that occurred, in the order in which they are decided (product.md, section 3)."""
    words = _reasons()
    known = [Dropped(label, meaning, counts[reason]) for reason, (label, meaning) in words.items() if counts.get(reason)]
    return (*known, *(Dropped(reason, "", count) for reason, count in counts.items() if reason not in words and count))


@dataclass(frozen=True, slots=True)
class Counted:
    """Numbers with their reasons in words, as accounts/numbers.html sets them wherever they stand."""

    numbers: Numbers
    dropped: tuple[Dropped, ...]
    guessed: tuple[Dropped, ...]


def counted(numbers: Numbers) -> Counted:
    """See Counted."""
    return Counted(numbers, dropped(numbers.dropped), guessed(numbers.guessed))


def _reasons() -> dict[str, tuple[str, str]]:
    return {
        "switched-off": (_("Switched off"), _("Their calendar was not on.")),
        "taken-out": (_("Taken out"), _("You took them out for good.")),
        "not-a-meeting": (_("Not a meeting"), _("Nobody else takes part: reminders, birthdays, time set aside, rooms.")),
        "private": (_("Private"), _("Marked as private or confidential. Private events are never stored.")),
        "blocked": (_("Blocked"), _("Somebody takes part whose address or domain must never come in.")),
        "internal": (_("Only colleagues"), _("Everybody who takes part belongs to your organisation.")),
        "scheduling": (_("Answers and proposals"), _("Scheduling mail that lies among the meetings. It changes none of them.")),
        "unreadable": (_("Unreadable"), _("The server sent something that is no proper event. We look at it again when it changes.")),
    }


def guessed(counts: Mapping[str, int]) -> tuple[Dropped, ...]:
    """What had to be guessed of meetings that came in, and of how many; each meeting's own page says which it was."""
    words = {
        Fallback.ZONE_UNKNOWN: (_("Unknown time zone"), _("Read in the calendar's own zone. The hour may be wrong.")),
        Fallback.ZONE_GUESSED: (_("Time zone guessed"), _("The calendar only hints at it. The hour may be wrong.")),
        Fallback.ZONE_CARRIED_ON: (_("Time zone carried on"), _("The calendar describes it for a few years only.")),
        Fallback.DAY_GUESSED: (_("Day guessed"), _("The calendar gives a time where a day belongs.")),
    }
    return tuple(Dropped(label, meaning, counts[fallback]) for fallback, (label, meaning) in words.items() if counts.get(fallback))


def provider_label(provider: str) -> str:
    """What a provider is called."""
    if provider in services.KEYS:
        return _(services.service(provider).label)
    names = {"caldav": "CalDAV", "ics": _("Calendar address"), FILE: _("Calendar file"), "memory": _("Sample")}
    return names.get(provider, provider)
