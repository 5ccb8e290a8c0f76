"""The short checklist after sign-up. Pure: facts and a moment in, what is still to do out. It goes away by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from datetime import datetime

LASTS = timedelta(days=14)
"""After that whoever has not done it does not want to."""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a member has done so far."""

    since: datetime
    """They are a member."""
    connected: bool
    people: bool
    """Somebody is among the workspace's people."""
    colleagues: bool
    """Somebody else is a member, or invited."""
    may_invite: bool
    sharing: str
    """In words what colleagues see of the member's first account; empty without one."""
    account_id: int = 0


@dataclass(frozen=True, slots=True)
class ToDo:
    """One line of it."""

    words: str
    about: str
    name: str
    """Of the page where it is done."""
    done: bool
    account_id: int = 0


def checklist(steps: FirstSteps, now: datetime) -> tuple[ToDo, ...]:
    """What there is to do, with what is done; nothing once all of it is, or after a fortnight."""
    lines = [
        ToDo(_("Connect your calendar"), _("Google, Microsoft, CalDAV, an address or a file."), "connect", steps.connected),
        ToDo(_("Choose the people you meet"), _("Their meetings stand on their records then."), "met", steps.people),
    ]
    if steps.may_invite:
        lines.append(
            ToDo(_("Invite your colleagues"), _("A meeting that two of you have is one meeting here."), "members", steps.colleagues)
        )
    lines.append(
        ToDo(
            _("See what colleagues see"),
            steps.sharing or _("You decide how much, and see it with a meeting of yours."),
            "account" if steps.account_id else "accounts",
            bool(steps.account_id),
            steps.account_id,
        )
    )
    if now - steps.since > LASTS or all(line.done for line in lines):
        return ()
    return tuple(lines)
