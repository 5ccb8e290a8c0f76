"""Records from and to CSV files. An import is shown before anything of it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_GET

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.records import csv_export, csv_import
from metwith.web.record_kinds import KINDS

if TYPE_CHECKING:
    from metwith.records.csv_import import Preview
    from metwith.records.queries import Kind
    from metwith.web.members import MemberRequest

SHOWN = 50
"""Rows and errors shown of a preview."""
CONFIRM_WITHIN = 3600
"""Seconds between preview and confirmation."""


class Import(View):
    """Choose a file, see what it would do, confirm.

    Between the last two the file travels in the page, signed: nothing of it waits on the server, and nothing else can be confirmed.
    """

    def get(self, request: MemberRequest, kind: Kind) -> HttpResponse:
        return self.page(request, kind)

    def post(self, request: MemberRequest, kind: Kind) -> HttpResponse:
        if "confirmed" in request.POST:
            return self.confirm(request, kind)
        upload = request.FILES.get("file")
        if upload is None:
            return self.page(request, kind, _("Choose a file first."))
        if (upload.size or 0) > csv_import.LARGEST:
            return self.page(request, kind, _("This file is too large: at most %(most)d MB.") % {"most": csv_import.LARGEST // 1_000_000})
        return self.preview(request, kind, upload.read())

    def preview(self, request: MemberRequest, kind: Kind, data: bytes) -> HttpResponse:
        try:
            preview = csv_import.read(request.member, kind, data)
        except Invalid as error:
            return self.page(request, kind, error.message)
        context = {"kind": KINDS[kind], "preview": preview, "shown": SHOWN, "carried": "" if preview.errors else _carry(request, kind, data)}
        return render(request, "records/preview.html", context, status=422 if preview.errors else 200)

    def confirm(self, request: MemberRequest, kind: Kind) -> HttpResponse:
        try:
            preview = csv_import.read(request.member, kind, _carried(request, kind))
            counts = csv_import.apply(request.member, preview, clock.now())
        except signing.BadSignature:
            return self.page(request, kind, _("The preview is too old. Choose the file once more."))
        except Invalid as error:
            return self.page(request, kind, error.message)
        messages.success(request, _("Imported: %(created)d new, %(updated)d changed.") % {"created": counts.created, "updated": counts.updated})
        return redirect(KINDS[kind].plural)

    @staticmethod
    def page(request: MemberRequest, kind: Kind, problem: str = "") -> HttpResponse:
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
    answer = HttpResponse(csv_export.export(request.member.workspace, kind), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{KINDS[kind].plural}.csv"'
    return answer
