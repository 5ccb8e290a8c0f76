"""A file comes in: choose it, say what its columns are, see what would happen, store it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from metwith.engine.inquiries import somebody_works
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.records.acts.actions import acts_of
from metwith.records.imports import actions, waiting
from metwith.records.imports.headings import TARGETS
from metwith.records.imports.labels import LABELS
from metwith.records.imports.models import ImportFile
from metwith.records.imports.run import first_rows
from metwith.records.imports.sheets import LARGEST_FILE
from metwith.records.kinds import NAMES, NUMBERS
from metwith.web.records.csv import CSV
from metwith.web.records.kinds import KINDS
from metwith.web.site.files import reading_alone, to_take_along
from metwith.web.site.inquiry import onward
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse
    from django.utils.functional import _StrPromise

    from metwith.records.kinds import Kind
    from metwith.web.site.members import MemberRequest

State = ImportFile.State
SHOWN = 50
"""Rows shown of what would happen, and of what cannot be taken."""
DELIMITERS: Mapping[str, _StrPromise] = {
    ",": gettext_lazy("comma"),
    ";": gettext_lazy("semicolon"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("vertical bar"),
}


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column, with what it is said to be."""

    name: str
    """Of the form's field."""
    heading: str
    examples: str
    chosen: str


class Import(View):
    """Choose a file. It waits sealed for an hour, until its columns are said and what it would do was seen."""

    def get(self, request: MemberRequest, kind: Kind) -> HttpResponse:
        """Choose a file, go on with one that waits, or look at what was imported today."""
        return self.page(request, kind)

    def post(self, request: MemberRequest, kind: Kind) -> HttpResponse:
        """Read a file that was chosen."""
        most = LARGEST_FILE // 1_000_000
        # What is larger than the server reads does not even arrive (FILE_UPLOAD_MAX_MEMORY_SIZE).
        if int(request.headers.get("Content-Length") or 0) > LARGEST_FILE + 1_000_000:
            return self.page(request, kind, _("This file is too large: at most %(most)d MB. Split it into several files.") % {"most": most})
        upload = request.FILES.get("file")
        if upload is None or upload.file is None:
            return self.page(request, kind, _("Choose a file first."))
        try:
            with reading_alone():
                row = actions.give_file(request.member, kind, upload.file, upload.name or "", clock.now())
        except Invalid as error:
            return self.page(request, kind, error.message)
        return redirect("import", row.pk)

    @staticmethod
    def page(request: MemberRequest, kind: Kind, problem: str = "") -> HttpResponse:
        """The page to choose a file on; `problem` says why the last one would not do."""
        now = clock.now()
        context = {
            "kind": KINDS[kind],
            "problem": problem,
            "waiting": actions.file_of(request.member, now),
            "acts": acts_of(request.member, now).filter(record_kind=NUMBERS[kind])[:10],
            "largest": LARGEST_FILE // 1_000_000,
        }
        return render(request, "records/import.html", context, status=422 if problem else 200)


def _find(request: MemberRequest, file_id: int) -> ImportFile:
    with or_404():
        return actions.find_file(request.member, file_id, clock.now())


@never_cache
@require_safe
def show(request: MemberRequest, file_id: int) -> HttpResponse:
    """The step at which a file is: its columns, how far looking at it is, or what it would do."""
    file = _find(request, file_id)
    if file.act_id:
        return onward(request, reverse("act", args=[file.act_id]))
    if file.state == State.LOOKING:
        context = _context(file) | {"works": somebody_works()}
        return render(request, "records/import_looking.html#looking" if request.htmx else "records/import_looking.html", context)
    if request.htmx:
        return onward(request, reverse("import", args=[file.pk]))
    if file.state == State.WAITING or "columns" in request.GET:
        return _columns(request, file)
    return render(request, "records/import_look.html", _context(file) | _looked(file))


def _context(file: ImportFile) -> dict[str, Any]:
    return {"kind": KINDS[NAMES[file.record_kind]], "file": file, "head": waiting.head_of(file)}


def _looked(file: ImportFile) -> dict[str, Any]:
    first = first_rows(file, SHOWN)
    rejected = [
        {"number": row.number, "column": LABELS.get(row.column, row.column), "message": row.message}
        for row, _at in zip(waiting.rejected_rows(file), range(SHOWN), strict=False)
    ]
    counts = file.counts
    return {
        "counts": counts,
        "good": counts["created"] + counts["updated"],
        "taken": file.rows - counts["rejected"],
        "first": first,
        "rejected": rejected,
        "more": counts["created"] + counts["updated"] > len(first.planned),
    }


def _columns(request: MemberRequest, file: ImportFile, chosen: list[str] | None = None, problem: str = "") -> HttpResponse:
    context = _context(file)
    head: waiting.Head = context["head"]
    columns = [
        ColumnChoice(f"column-{at}", heading or _("Column %(number)d") % {"number": at + 1}, " · ".join(examples), choice)
        for at, (heading, examples, choice) in enumerate(zip(head.headings, head.examples, chosen or file.columns, strict=False))
    ]
    context |= {
        "problem": problem,
        "known": [column for column in columns if column.chosen],
        "others": [column for column in columns if not column.chosen],
        "targets": [(target.key, LABELS[target.key]) for target in TARGETS[NAMES[file.record_kind]]],
        "delimiter": DELIMITERS.get(head.delimiter, head.delimiter),
    }
    return render(request, "records/import_columns.html", context, status=422 if problem else 200)


@require_POST
def choose(request: MemberRequest, file_id: int) -> HttpResponse:
    """What the columns are. Then it is looked at."""
    file = _find(request, file_id)
    chosen = [request.POST.get(f"column-{at}", "") for at in range(len(file.columns))]
    try:
        actions.choose_columns(request.member, file_id, chosen, clock.now())
    except Invalid as error:
        return _columns(request, file, chosen, error.message)
    return redirect("import", file_id)


@require_POST
def store(request: MemberRequest, file_id: int) -> HttpResponse:
    """Store what was looked at."""
    with or_404():
        act = actions.store_file(request.member, file_id, clock.now())
    return redirect("act", act.pk)


@require_POST
def give_up(request: MemberRequest, file_id: int) -> HttpResponse:
    """The file is not wanted."""
    file = _find(request, file_id)
    actions.give_up_file(request.member, file_id, clock.now())
    messages.success(request, _("Given up. Nothing of it is kept."))
    return redirect(f"{NAMES[file.record_kind]}_import")


@require_safe
def rejected(request: MemberRequest, file_id: int) -> HttpResponse:
    """The rows that could not be taken, to be mended and given again."""
    file = _find(request, file_id)
    return to_take_along(["\ufeff", *actions.rejected_file(file)], f"{_('not-taken')}.csv", CSV)
