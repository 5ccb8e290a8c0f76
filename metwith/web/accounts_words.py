"""The words of Settings → Accounts: providers, reasons for leaving out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts.oauth import services

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def provider_label(provider: str) -> str:
    """What a provider is called."""
    if provider in services.KEYS:
        return _(services.service(provider).label)
    names = {"caldav": "CalDAV", "ics": _("Calendar address"), "file": _("Calendar file"), "memory": _("Sample")}
    return names.get(provider, provider)
