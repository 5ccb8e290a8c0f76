"""What the lines of the audit log speak of, by name and with a link: as far as their reader may see it anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from metwith.calendars.account_status import own_accounts
from metwith.calendars.queries import meetings
from metwith.records.kinds import NUMBERS
from metwith.records.queries import MODELS
from metwith.web.settings.audit_words import Detail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from metwith.calendars.read_models import Meeting
    from metwith.workspaces.models import AuditLine, Member

type Subject = tuple[str, int]
"""`meeting`, `account`, or a kind of records, with its id."""


def named(viewer: Member, lines: Iterable[AuditLine]) -> Mapping[Subject, Detail]:
    """Those of them that the viewer may open. What is gone, in the trash or not theirs to see has no name."""
    wanted = {subject for line in lines for subject in subjects(line)}
    found: dict[Subject, Detail] = {}
    for kind in NUMBERS:
        ids = [pk for name, pk in wanted if name == kind]
        for record in MODELS[kind].objects.of(viewer.workspace_id).filter(pk__in=ids, trashed_at=None) if ids else ():
            found[kind, record.pk] = Detail(str(record), reverse(kind, args=[record.pk]))
    if ids := [pk for name, pk in wanted if name == "meeting"]:
        found |= {
            ("meeting", meeting.id): Detail(_meeting(meeting), reverse("meeting", args=[meeting.id])) for meeting in meetings(viewer, ids)
        }
    if ids := [pk for name, pk in wanted if name == "account"]:
        for account in own_accounts(viewer).filter(pk__in=ids):
            found["account", account.pk] = Detail(account.address, reverse("account", args=[account.pk]))
    return found


def subjects(line: AuditLine) -> Iterator[Subject]:
    """What a line speaks of, as far as it could have a name."""
    for name in ("account", "meeting"):
        if isinstance(pk := line.facts.get(name), int):
            yield name, pk
    kind = line.facts.get("kind")
    if kind in NUMBERS and isinstance(pk := line.facts.get("record"), int):
        yield kind, pk


def _meeting(meeting: Meeting) -> str:
    day = date_format(meeting.start_date or localtime(meeting.starts_at), "SHORT_DATE_FORMAT")
    return f"{meeting.title}, {day}" if meeting.title else _("a meeting of %(day)s") % {"day": day}
