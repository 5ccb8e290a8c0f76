"""The audit log, read: an admin sees all of their workspace's lines, a member only their own. Newest first, paged by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid
from metwith.workspaces.models import AuditLine, Member

if TYPE_CHECKING:
    from collections.abc import Mapping

SALT = "audit"
OPERATOR = 0
"""Stands for whoever runs the commands, where a member's id is asked for."""
ENDS = (date(1900, 1, 1), date(9000, 1, 1))
"""Before and after these there is nothing, and PostgreSQL takes no date beyond its own."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines. Days are the viewer's, the last one included."""

    member: int | None = None
    """Whose; OPERATOR for commands."""
    action: str = ""
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some lines, and where the next ones begin."""

    items: tuple[AuditLine, ...]
    next: str | None


def lines(viewer: Member, asked: AuditFilter) -> QuerySet[AuditLine]:
    """The lines that the viewer may see and asks for, newest first. `viewer.user` must be loaded. Raises Invalid (`to`)."""
    if asked.start and asked.end and asked.start > asked.end:
        raise Invalid("to", _("The first day comes after the last one. Swap the two dates."))
    found = AuditLine.objects.of(viewer.workspace_id).order_by("-at", "-id")
    if not viewer.is_admin:
        found = found.filter(member_id=viewer.pk)
    if asked.member is not None:
        found = found.filter(member_id=asked.member) if asked.member else found.filter(member_id=None)
    if asked.action:
        found = found.filter(action=asked.action)
    return _within(found, asked, ZoneInfo(viewer.user.time_zone))


def _within(lines: QuerySet[AuditLine], asked: AuditFilter, zone: ZoneInfo) -> QuerySet[AuditLine]:
    if asked.start:
        lines = lines.filter(at__gte=_midnight(asked.start, zone))
    return lines.filter(at__lt=_midnight(asked.end + timedelta(days=1), zone)) if asked.end and asked.end < ENDS[1] else lines


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(min(max(day, ENDS[0]), ENDS[1]), time(), zone)


def audit_page(lines: QuerySet[AuditLine], cursor: str, limit: int) -> AuditPage:
    """One page of `lines`. Raises Invalid (`cursor`)."""
    if cursor:
        at, line_id = _read_cursor(cursor)
        lines = lines.filter(Q(at__lt=at) | Q(at=at, id__lt=line_id), at__lte=at)
    held = list(lines[: limit + 1])
    more = len(held) > limit
    return AuditPage(tuple(held[:limit]), signing.dumps([held[limit - 1].at.isoformat(), held[limit - 1].pk], salt=SALT) if more else None)


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        at, line_id = signing.loads(cursor, salt=SALT)
    except signing.BadSignature as error:
        raise Invalid("cursor", _("This page marker is not one of ours, or belongs to another list. Begin with the first page.")) from error
    return datetime.fromisoformat(at), line_id


def names_in_log(workspace_id: int) -> dict[int, str]:
    """Member id → name, of those who are members now."""
    members = Member.objects.of(workspace_id).select_related("user").order_by("user__name", "user__email", "id")
    return {member.pk: str(member) for member in members}


def whose(line: AuditLine, known: Mapping[int, str]) -> str:
    """Who did it: by the name they have now, or had then; empty for the operator."""
    return known.get(line.member_id or 0, line.who)
