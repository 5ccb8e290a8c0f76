"""Settings → A person's data: what is held about an address, as files, and its erasing. Admins only.

Addresses travel in forms, never in the page's address, which servers and browsers keep.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from django.views.decorators.http import require_POST

from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.privacy import erasure, subject_access, subject_access_file
from metwith.web.site.forms import refuse
from metwith.web.site.members import admins_only, number
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.privacy.erasure import Erased
    from metwith.web.site.members import MemberRequest

FILES = {"json": (subject_access_file.as_json, "application/json"), "ics": (subject_access_file.as_ics, "text/calendar; charset=utf-8")}


class SubjectForm(forms.Form):
    """Whose data."""

    address = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "placeholder": "name@example.com"}),
    )


class Subject(View):
    """Look up an address."""

    request: MemberRequest

    def get(self, request: MemberRequest) -> HttpResponse:
        """Ask for one."""
        admins_only(request)
        return render(request, "settings/subject_access.html", {"form": SubjectForm()})

    def post(self, request: MemberRequest) -> HttpResponse:
        """What is held about it."""
        return _with_address(request, lambda subject: _page(request, subject))


@require_POST
def export(request: MemberRequest, kind: str) -> HttpResponse:
    """All of it that the admin may see, as a file."""
    return _with_address(request, lambda subject: _file(request, subject, kind))


def _file(request: MemberRequest, subject: subject_access.SubjectData, kind: str) -> HttpResponse:
    write, content_type = FILES["ics" if kind == "ics" else "json"]
    audit.note(request.member, Action.EXPORTED, kind="subject", many=len(subject.meetings))
    answer = HttpResponse(write(request.member, subject, clock.now()), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="person.{"ics" if kind == "ics" else "json"}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def erase(request: MemberRequest) -> HttpResponse:
    """Erase it, once the address was typed again."""
    return _with_address(request, lambda subject: _erase(request, subject))


def _erase(request: MemberRequest, subject: subject_access.SubjectData) -> HttpResponse:
    try:
        again = subject_access.read_address(request.POST.get("again", ""))
    except Invalid:
        again = ""
    if again != subject.address:
        return _page(request, subject, problem=_("Nothing was erased: type the same address once more to confirm."))
    keep = [row.id for row in subject.people if row.further and number(request.POST.get(f"person-{row.id}", "")) == 1]
    try:
        report = erasure.erase_address(request.member, subject.address, spared=keep)
    except Invalid as error:
        return _page(request, subject, problem=error.message)
    messages.success(request, _("Erased: %(what)s. Nothing with this address comes in again.") % {"what": in_words(report)})
    if not report.finished:
        messages.info(request, _("Some of it is still being removed. Nobody is shown it any more."))
    return redirect("subject")


def in_words(report: Erased) -> str:
    """The report: `1 person, 4 meetings`."""
    words: dict[str, Callable[[int], str]] = {
        "people": lambda n: ngettext("%(n)d person", "%(n)d people", n),
        "addresses": lambda n: ngettext("the address of %(n)d person who stays", "the address of %(n)d people who stay", n),
        "companies": lambda n: ngettext("%(n)d company", "%(n)d companies", n),
        "meetings": lambda n: ngettext("%(n)d meeting", "%(n)d meetings", n),
        "copies": lambda n: ngettext("%(n)d copy of a meeting", "%(n)d copies of meetings", n),
        "rows": lambda n: ngettext("%(n)d row as a participant", "%(n)d rows as a participant", n),
        "links": lambda n: ngettext("%(n)d link", "%(n)d links", n),
        "blocks": lambda n: ngettext("%(n)d block", "%(n)d blocks", n),
        "no_contact": lambda n: ngettext("%(n)d note that it is no contact", "%(n)d notes that it is no contact", n),
        "notes": lambda n: ngettext("%(n)d note", "%(n)d notes", n),
        "invitations": lambda n: ngettext("%(n)d invitation", "%(n)d invitations", n),
    }
    counts = asdict(report)
    told = [words[name](counts[name]) % {"n": counts[name]} for name in words if counts[name]]
    return ", ".join(told) or _("nothing was held")


def _with_address(request: MemberRequest, then: Callable[[subject_access.SubjectData], HttpResponse]) -> HttpResponse:
    """With what is held about the form's address; what is no address is said at its field."""
    admins_only(request)
    form = SubjectForm(request.POST)
    if form.is_valid():
        try:
            return then(subject_access.held_about(request.member.workspace_id, subject_access.read_address(form.cleaned_data["address"])))
        except Invalid as error:
            refuse(form, error)
    return render(request, "settings/subject_access.html", {"form": form}, status=422)


def _page(request: MemberRequest, subject: subject_access.SubjectData, problem: str = "") -> HttpResponse:
    context: dict[str, Any] = {"form": SubjectForm(initial={"address": subject.address}), "held": subject, "problem": problem}
    return render(request, "settings/subject_access.html", context, status=422 if problem else 200)
