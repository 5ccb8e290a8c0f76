"""The verbs of an import: a file is given, its columns are said, it is looked at, and then stored or let go. They take a member and `now`.

A file is its member's alone. What is small is done at once; the rest is a job's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from metwith.lib.errors import Invalid
from metwith.records import jobs
from metwith.records.acts.actions import open_act
from metwith.records.acts.models import Act
from metwith.records.csv_text import csv_line
from metwith.records.imports import run, waiting
from metwith.records.imports.headings import NAMING, TARGETS, suggest_targets
from metwith.records.imports.labels import LABELS
from metwith.records.imports.models import ImportFile
from metwith.records.imports.sheets import open_sheet
from metwith.records.kinds import NAMES, NUMBERS
from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import IO

    from metwith.records.kinds import Kind

State = ImportFile.State
AT_ONCE = 2 * waiting.PIECE
"""Rows that are looked at while somebody waits for the page."""


@transaction.atomic
def give_file(member: Member, kind: Kind, file: IO[bytes], name: str, now: datetime, *, beside: bool = False) -> ImportFile:
    """Seal a file, in place of the one that this member had waiting, or `beside` it. Raises Invalid (`file`)."""
    sheet = open_sheet(kind, file)
    if not beside:
        _let_go_of_last(member, now)
    row = ImportFile(
        workspace_id=member.workspace_id,
        member=member,
        record_kind=NUMBERS[kind],
        columns=list(suggest_targets(kind, sheet.headings)),
        language=get_language() or "en",
        expires_at=now + waiting.VALID,
    )
    row.save()
    waiting.write_pieces(row, name, sheet)
    if not row.rows:
        raise Invalid("file", _("The file has headings, but no rows below them."))
    row.save()
    return row


def _let_go_of_last(member: Member, now: datetime) -> None:
    """A member has one file waiting at a time."""
    Member.objects.of(member.workspace_id).select_for_update(no_key=True, of=("self",)).get(pk=member.pk)
    mine = ImportFile.objects.of(member.workspace_id).filter(member=member)
    if mine.filter(state=State.STORING, expires_at__gt=now).exists():
        raise Invalid("file", _("Your last file is still being stored. Wait until that is done, then give the next one."))
    mine.delete()


def find_file(member: Member, file_id: int, now: datetime) -> ImportFile:
    """A file of this member's own. Raises ImportFile.DoesNotExist, for anybody else's too."""
    return ImportFile.objects.of(member.workspace_id).get(pk=file_id, member=member, expires_at__gt=now)


def file_of(member: Member, now: datetime) -> ImportFile | None:
    """What this member has waiting."""
    return ImportFile.objects.of(member.workspace_id).filter(member=member, expires_at__gt=now).order_by("-pk").first()


def choose_columns(member: Member, file_id: int, columns: Sequence[str], now: datetime) -> ImportFile:
    """Say what the columns are, and have the file looked at. Raises Invalid (`columns`) and ImportFile.DoesNotExist."""
    file = find_file(member, file_id, now)
    kind = NAMES[file.record_kind]
    chosen = check_columns(kind, (*columns, *[""] * len(file.columns))[: len(file.columns)])
    with transaction.atomic():
        open_ones = ImportFile.objects.of(file.workspace_id).filter(pk=file.pk, state__in=(State.WAITING, State.LOOKING, State.LOOKED))
        if not open_ones.update(
            columns=chosen, state=State.LOOKING, attempt=file.attempt + 1, looked=0, counts={}, language=get_language() or "en",
            expires_at=now + waiting.VALID,
        ):  # fmt: skip
            raise Invalid("columns", _("This file was stored already."))
        if file.rows > AT_ONCE:
            jobs.look_soon(file.workspace_id, file.pk)
    if file.rows <= AT_ONCE:
        run.look(file.workspace_id, file.pk)
    return find_file(member, file_id, now)


def check_columns(kind: Kind, columns: Sequence[str]) -> list[str]:
    """What was said of the columns, as it can be read. Raises Invalid (`columns`)."""
    several = {target.key: target.several for target in TARGETS[kind]}
    chosen = [key for key in columns if key]
    if unknown := [key for key in chosen if key not in several]:
        raise Invalid("columns", _("A column cannot be “%(what)s”. Choose from the list.") % {"what": unknown[0][:50]})
    if twice := [key for key in chosen if chosen.count(key) > 1 and not several[key]]:
        raise Invalid("columns", _("Two columns were chosen as “%(what)s”. Only one can be.") % {"what": LABELS[twice[0]]})
    if not set(chosen) & set(NAMING[kind]):
        raise Invalid("columns", _("No column has the name. Choose which one it is."))
    return list(columns)


def store_file(member: Member, file_id: int, now: datetime) -> Act:
    """Store what was looked at: the first piece at once, the rest by a job. Asked twice it is one act. Raises Invalid, ImportFile.DoesNotExist."""
    with transaction.atomic():
        rows = ImportFile.objects.of(member.workspace_id).select_for_update(of=("self",))
        file = rows.get(pk=file_id, member=member, expires_at__gt=now)
        if file.state in {State.STORING, State.STORED} and file.act_id:
            return Act.objects.of(file.workspace_id).get(pk=file.act_id)
        if file.state != State.LOOKED:
            raise Invalid("", _("It has not been looked at yet. Wait until that is done."))
        act = open_act(member, Act.Kind.IMPORT, NAMES[file.record_kind], file.rows, now)
        file.act, file.state, file.expires_at = act, State.STORING, now + waiting.VALID
        file.save(update_fields=["act", "state", "expires_at"])
        if file.rows > waiting.PIECE:
            jobs.store_soon(file.workspace_id, act.pk)
    run.store(file.workspace_id, act.pk, lambda: now, pieces=2 if file.rows <= waiting.PIECE else 1)
    act.refresh_from_db()
    return act


def give_up_file(member: Member, file_id: int, now: datetime) -> None:
    """It is not wanted. Raises Invalid while it is being stored, and ImportFile.DoesNotExist."""
    file = find_file(member, file_id, now)
    mine = ImportFile.objects.of(file.workspace_id).filter(pk=file.pk)
    if not mine.exclude(state=State.STORING).delete()[0]:
        raise Invalid("", _("It is being stored. Once that is done, it can be taken back."))


def rejected_file(file: ImportFile) -> Iterator[str]:
    """The rows that could not be taken, as they came, each with the reason: the lines of a file that no spreadsheet runs as formulas."""
    head = waiting.head_of(file)
    wide = len(head.headings)
    yield csv_line([*head.headings, _("What is wrong")])
    for row in waiting.rejected_rows(file):
        cells = [*row.cells, *[""] * wide]
        beyond = " ".join(filter(None, row.cells[wide:]))
        yield csv_line([*cells[:wide], row.message, *([beyond] if beyond else [])])
