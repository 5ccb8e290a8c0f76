"""Making, editing, trashing and restoring records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from metwith.lib import clock
from metwith.lib.addresses import fold
from metwith.lib.errors import Invalid
from metwith.records import actions, directory, queries
from metwith.web.records.forms import company_named, lines, person_named
from metwith.web.records.kinds import KINDS
from metwith.web.site.forms import refuse
from metwith.web.site.members import number, or_404

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from metwith.records.kinds import Kind
    from metwith.records.models import Opportunity, Person
    from metwith.records.queries import AnyRecord
    from metwith.web.records.forms import RecordForm
    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member

CREATE: dict[Kind, Any] = {"person": actions.create_person, "company": actions.create_company, "opportunity": actions.create_opportunity}
UPDATE: dict[Kind, Any] = {"person": actions.update_person, "company": actions.update_company, "opportunity": actions.update_opportunity}
BELONGS_TO: dict[Kind, dict[str, Any]] = {
    "person": {"company": queries.company},
    "company": {},
    "opportunity": {"company": queries.company, "contact": queries.person},
}
FIELD_OF = {"company_id": "company", "contact_id": "contact"}
"""The verbs take ids where the forms take names."""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, kind: Kind) -> HttpResponse:
    """A new record; `?company=5` and `?contact=7` fill in what it belongs to."""
    if request.method == "POST":
        return _save(request, kind, None)
    form = KINDS[kind].form(initial=_form_values(request, kind))
    return _page(request, kind, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Change a record."""
    with or_404():
        record = KINDS[kind].find(request.member.workspace, record_id)
    if request.method == "POST":
        return _save(request, kind, record)
    return _page(request, kind, record, KINDS[kind].form(initial=KINDS[kind].form.initial_of(record)))


def _form_values(request: MemberRequest, kind: Kind) -> dict[str, str]:
    """The names of the records that a link "add … here" came from."""
    given = {}
    for field, find in BELONGS_TO[kind].items():
        if record_id := number(request.GET.get(field, "")):
            with or_404():
                given[field] = find(request.member.workspace, record_id).name
    return given


def _save(request: MemberRequest, kind: Kind, record: AnyRecord | None) -> HttpResponse:
    form = KINDS[kind].form(request.POST)
    if form.is_valid():
        try:
            saved = _store(request.member, kind, record, form.cleaned_data, clock.now())
        except Invalid as error:
            refuse(form, Invalid(FIELD_OF.get(error.field, error.field), error.message))
        else:
            _mention_shared_addresses(request, lines(form.cleaned_data.get("addresses", "")), saved)
            return redirect(kind if record is None else f"{kind}_details", saved.pk)
    return _page(request, kind, record, form, 422)


@transaction.atomic
def _store(member: Member, kind: Kind, record: AnyRecord | None, typed: dict[str, Any], now: datetime) -> AnyRecord:
    given = _resolved(member, record, typed, now)
    with or_404():
        if record is None:
            return cast("AnyRecord", CREATE[kind](member, now=now, **given))
        return cast("AnyRecord", UPDATE[kind](member, record.pk, now=now, **given))


def _resolved(member: Member, record: AnyRecord | None, typed: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What was typed, as the verbs take it: lists of lines, ids of the named records."""
    given = dict(typed)
    for field in ("addresses", "domains"):
        if field in given:
            given[field] = lines(given[field])
    if "company" in given:
        known = cast("Person | Opportunity | None", record)
        given["company_id"] = _company_id(member, given.pop("company").strip(), known, now)
    if "contact" in given:
        text, opportunity = given.pop("contact").strip(), cast("Opportunity | None", record)
        known_contact = opportunity.contact if opportunity else None
        given["contact_id"] = person_named(member.workspace, text, known_contact).pk if text else None
    return given


def _company_id(member: Member, text: str, record: Person | Opportunity | None, now: datetime) -> int | None:
    """The company of that name, made if there is none."""
    if not text:
        return None
    found = company_named(member.workspace, text, record.company if record else None)
    return (found or actions.create_company(member, now=now, name=text)).pk


def _mention_shared_addresses(request: MemberRequest, addresses: list[str], saved: AnyRecord) -> None:
    """Two people may share an address; mostly it is one person twice."""
    for row in directory.others_with(request.member.workspace, map(fold, addresses), besides=saved.pk)[:3]:
        words = {"name": row.person.name, "address": row.address}
        messages.warning(request, _("%(name)s has %(address)s too. If they are the same person, merge them.") % words)


def _page(request: MemberRequest, kind: Kind, record: AnyRecord | None, form: RecordForm, status: int = 200) -> HttpResponse:
    return render(request, "records/edit.html", {"kind": KINDS[kind], "record": record, "form": form}, status=status)


@require_POST
def trash(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Put it into the trash."""
    with or_404():
        actions.trash(request.member, kind, record_id, now=clock.now())
    return redirect(f"{kind}_details", record_id)


@require_POST
def restore(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Take it back out."""
    with or_404():
        actions.restore(request.member, kind, record_id)
    messages.success(request, _("Restored. Its meetings come back by themselves."))
    return redirect(kind, record_id)


@require_GET
def confirm_delete(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """The last question before something is gone."""
    with or_404():
        record = KINDS[kind].find(request.member.workspace, record_id)
    if record.trashed_at is None:
        raise Http404
    return render(request, "records/delete.html", {"kind": KINDS[kind], "record": record})


@require_POST
def delete(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Delete it for good."""
    with or_404():
        actions.delete_for_good(request.member, kind, record_id)
    messages.success(request, _("Deleted."))
    return redirect(f"{kind}_trash_list")
