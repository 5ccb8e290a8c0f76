"""Records from and to CSV files. An import is shown before anything of it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core import signing
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_GET

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.records import csv_export, csv_import
from metwith.records.csv_text import LARGEST_FILE
from metwith.web.records.kinds import KINDS
from metwith.web.site.files import to_take_along
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.records.kinds import Kind
    from metwith.web.site.members import MemberRequest

SHOWN = 50
"""Rows and errors shown of a preview."""
MOST_CARRIED = 2_400_000
"""Characters; a form may not be larger (DATA_UPLOAD_MAX_MEMORY_SIZE)."""
CONFIRM_WITHIN = 3600
"""Seconds between preview and confirmation."""


class Import(View):
    """Choose a file, see what it would do, confirm.

    Between the last two the file travels in the page, signed: nothing of it waits on the server, and nothing else can be confirmed.
    """

    def get(self, request: MemberRequest, kind: Kind) -> HttpResponse:
        """Choose a file."""
        return self.page(request, kind)

    def post(self, request: MemberRequest, kind: Kind) -> HttpResponse:
        """Look at a file, or store one that was looked at."""
        if "confirmed" in request.POST:
            return self.confirm(request, kind)
        upload = request.FILES.get("file")
        if upload is None:
            return self.page(request, kind, _("Choose a file first."))
        if (upload.size or 0) > LARGEST_FILE:
            return self.page(request, kind, _("This file is too large: at most %(most)d MB.") % {"most": LARGEST_FILE // 1_000_000})
        return self.preview(request, kind, upload.read())

    def preview(self, request: MemberRequest, kind: Kind, data: bytes) -> HttpResponse:
        """What the file would do, or which rows are wrong."""
        try:
            preview = csv_import.read_table(request.member, kind, data)
        except Invalid as error:
            return self.page(request, kind, error.message)
        planned = sorted(preview.create + preview.update, key=lambda plan: plan.row)
        context = {
            "kind": KINDS[kind],
            "preview": preview,
            "errors": preview.errors[:SHOWN],
            "planned": planned[:SHOWN],
            "more": len(planned) > SHOWN,
        }
        if preview.errors:
            return render(request, "records/preview.html", context, status=422)
        carried = _carry(request, kind, data)
        if len(carried) > MOST_CARRIED:
            return self.page(request, kind, _("This file is too large to import at once. Split it into several files."))
        return render(request, "records/preview.html", context | {"carried": carried})

    def confirm(self, request: MemberRequest, kind: Kind) -> HttpResponse:
        """Store what the preview showed."""
        try:
            preview = csv_import.read_table(request.member, kind, _carried(request, kind))
            counts = csv_import.apply(request.member, preview, clock.now())
        except signing.BadSignature:
            return self.page(request, kind, _("The preview is too old. Choose the file once more."))
        except Invalid as error:
            return self.page(request, kind, error.message)
        messages.success(
            request, _("Imported: %(created)d new, %(updated)d changed.") % {"created": counts.created, "updated": counts.updated}
        )
        return redirect(KINDS[kind].plural)

    @staticmethod
    def page(request: MemberRequest, kind: Kind, problem: str = "") -> HttpResponse:
        """The page to choose a file on; `problem` says why the last one would not do."""
        context = {"kind": KINDS[kind], "problem": problem}
        return render(request, "records/import.html", context, status=422 if problem else 200)


def _salt(request: MemberRequest, kind: Kind) -> str:
    return f"csv.{request.member.workspace_id}.{request.member.pk}.{kind}"


def _carry(request: MemberRequest, kind: Kind, data: bytes) -> str:
    return signing.dumps(data.decode("latin-1"), salt=_salt(request, kind), compress=True)


def _carried(request: MemberRequest, kind: Kind) -> bytes:
    text: str = signing.loads(request.POST.get("confirmed", ""), salt=_salt(request, kind), max_age=CONFIRM_WITHIN)
    return text.encode("latin-1")


@require_GET
def export(request: MemberRequest, kind: Kind) -> HttpResponse:
    """All records of a kind that are not in the trash, with the import's own headers."""
    answer = to_take_along(csv_export.export(request.member.workspace_id, kind), f"{KINDS[kind].plural}.csv", "text/csv; charset=utf-8")
    audit.note(request.member, Action.EXPORTED, kind=kind)
    return answer
