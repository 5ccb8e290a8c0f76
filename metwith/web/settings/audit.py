"""Settings → Audit log: the lines one may see, narrowed by the address, and the same as a file."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Max
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from metwith.lib.errors import Invalid
from metwith.records.csv_text import csv_line
from metwith.web.settings.audit_names import named
from metwith.web.settings.audit_words import Said, say
from metwith.web.site.files import to_take_along
from metwith.web.site.forms import refuse
from metwith.workspaces import audit, audit_log
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import AuditLine, Member

PAGE = 50
AT_ONCE = 2000
HEADINGS = ("at", "who", "member_id", "action", "what", "facts")


class LogForm(forms.Form):
    """Which lines. Who is for admins: a member sees only their own."""

    who = forms.TypedChoiceField(label=gettext_lazy("Who"), required=False, coerce=int, empty_value=None)
    what = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    start = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    end = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: Mapping[str, Any], *, member: Member, names: Mapping[int, str]) -> None:
        super().__init__(data)
        people = [("", _("Everybody")), *names.items(), (audit_log.OPERATOR, _("The operator"))]
        self.fields["who"].choices = people  # type: ignore[attr-defined]  # a choice field
        self.fields["what"].choices = [("", _("Everything")), *Action.choices]  # type: ignore[attr-defined]
        if not member.is_admin:
            del self.fields["who"]

    def asked(self) -> audit_log.AuditFilter:
        """What was asked for, once it is valid."""
        given = self.cleaned_data
        return audit_log.AuditFilter(given.get("who"), given["what"], given["start"], given["end"])

    def query(self, **more: str) -> str:
        """The same as a query string."""
        kept = {name: self.data.get(name, "") for name in self.fields}
        return urlencode({name: value for name, value in (kept | more).items() if value})


@require_GET
def log(request: MemberRequest) -> HttpResponse:
    """The page; for htmx the rows that come next."""
    names = audit_log.names_in_log(request.member.workspace_id)
    form = LogForm(request.GET, member=request.member, names=names)
    page = audit_log.AuditPage((), None)
    if form.is_valid():
        try:
            page = audit_log.audit_page(audit_log.lines(request.member, form.asked()), request.GET.get("cursor", ""), PAGE)
        except Invalid as error:
            refuse(form, Invalid({"to": "end"}.get(error.field, ""), error.message))
    known = named(request.member, page.items)
    context = {
        "form": form,
        "lines": [say(line, names, known) for line in page.items],
        "narrowed": bool(form.query()),
        "next": f"?{form.query(cursor=page.next)}" if page.next else "",
        "export": form.query(),
    }
    part = "#rows" if request.htmx else ""
    answer = render(request, f"settings/audit.html{part}", context, status=422 if form.errors else 200)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@require_GET
def export(request: MemberRequest) -> HttpResponse:
    """What the page shows, all of it, as CSV. That it was taken out is noted too."""
    names = audit_log.names_in_log(request.member.workspace_id)
    form = LogForm(request.GET, member=request.member, names=names)
    if not form.is_valid() or not _in_order(form):
        return redirect(f"{request.path.removesuffix('export.csv')}?{form.query()}")
    found = audit_log.lines(request.member, form.asked())
    held = found.aggregate(many=Count("pk"), last=Max("pk"))
    audit.note(request.member, Action.EXPORTED, kind="audit", many=held["many"])
    cells = chain([HEADINGS], _cells(found.filter(pk__lte=held["last"] or 0), names))
    return to_take_along(map(csv_line, cells), "audit.csv", "text/csv; charset=utf-8")


def _in_order(form: LogForm) -> bool:
    asked = form.asked()
    return not (asked.start and asked.end and asked.start > asked.end)


def _cells(lines: QuerySet[AuditLine], names: Mapping[int, str]) -> Iterator[tuple[str, ...]]:
    for line in lines.iterator(AT_ONCE):
        yield _row(say(line, names))


def _row(sentence: Said) -> tuple[str, ...]:
    line = sentence.line
    facts = "; ".join(f"{name}={value}" for name, value in sorted(line.facts.items()))
    return line.at.isoformat(), sentence.who, str(line.member_id or ""), line.action, sentence.sentence, facts
