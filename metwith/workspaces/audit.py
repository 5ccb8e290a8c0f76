"""Who did what that touches other people's privacy: an append-only log, without content.

A verb notes what it did inside its own transaction, so that the note is there exactly when the deed is. The database itself refuses to
change or remove a line (migration 0003); lines go with their workspace only.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from metwith.lib import clock
from metwith.workspaces.models import AuditLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member


class Action(models.TextChoices):
    """What can be noted."""

    CONNECTED = "connected", _("Connected an account")
    RECONNECTED = "reconnected", _("Connected an account anew")
    DISCONNECTED = "disconnected", _("Disconnected an account")
    LEVEL = "level", _("Changed what colleagues see of an account")
    CALENDAR_LEVEL = "calendar-level", _("Changed what colleagues see of a calendar")
    MEETING_LEVEL = "meeting-level", _("Changed what colleagues see of a meeting")
    MEETING_OUT = "meeting-out", _("Took a meeting out for good")
    MEETING_BACK = "meeting-back", _("Let a meeting in again")
    CAP = "cap", _("Changed the most that colleagues may see")
    BLOCKED = "blocked", _("Added a block")
    UNBLOCKED = "unblocked", _("Took a block away")
    OURS = "ours", _("Changed who is one of us")
    NEW_PEOPLE = "new-people", _("Changed who becomes a person")
    NEW_PEOPLE_UNDONE = "new-people-undone", _("Removed the people that calendars had made")
    LOOKED_AS = "looked-as", _("Looked as somebody else")
    EXPORTED = "exported", _("Exported data")
    ERASED = "erased", _("Erased a person's data")
    LINKED = "linked", _("Linked a meeting by hand")
    UNLINKED = "unlinked", _("Took a meeting off a record by hand")
    NOTE_WRITTEN = "note-written", _("Wrote a note")
    NOTE_EDITED = "note-edited", _("Changed a note")
    NOTE_DELETED = "note-deleted", _("Deleted a note")
    ROLE = "role", _("Changed a member's role")
    INVITED = "invited", _("Invited somebody")
    UNINVITED = "uninvited", _("Took an invitation back")
    MEMBER_REMOVED = "member-removed", _("Removed a member")
    PASSWORD_MAILED = "password-mailed", _("Had a link to a new password mailed")
    TOKEN_MADE = "token-made", _("Made an API token")
    TOKEN_REVOKED = "token-revoked", _("Revoked an API token")
    WAYS_ENDED = "ways-ended", _("Ended all other ways of signing in")
    SUBSCRIBED = "subscribed", _("Subscribed to a record's meetings")
    UNSUBSCRIBED = "unsubscribed", _("Revoked a calendar subscription")


FACTS = frozenset(
    {"account", "calendar", "meeting", "member", "whose", "held", "provider", "record", "kind", "everybody", "from", "to", "many", "purged"}
)
"""All that a line may tell besides who, when and what: ids, levels, kinds and numbers, never a title, an address, a word or a name."""


_OPERATED: ContextVar[bool] = ContextVar("operated", default=False)


@contextmanager
def operated() -> Iterator[None]:
    """What is noted within was done by the operator's command, in whosever name the verb runs."""
    token = _OPERATED.set(True)
    try:
        yield
    finally:
        _OPERATED.reset(token)


def note(member: Member | None, action: Action, /, **facts: str | int | bool) -> None:
    """Write a line. Without a member it was the operator's command: then give `workspace`, its id.

    `facts` are named in FACTS (`from_` for the reserved word); anything else is refused with TypeError.
    """
    told = {name.rstrip("_"): value for name, value in facts.items()}
    workspace_id = int(told.pop("workspace", 0)) or (member.workspace_id if member else 0)
    if told.keys() - FACTS or not workspace_id:
        raise TypeError(f"not to be written down: {sorted(told.keys() - FACTS)}")
    who = None if _OPERATED.get() else member
    AuditLine.objects.create(
        workspace_id=workspace_id,
        at=clock.now(),
        member_id=who.pk if who else None,
        who=str(who) if who else "",
        action=action,
        facts=told,
    )
