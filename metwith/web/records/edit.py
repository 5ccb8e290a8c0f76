"""Making, editing, trashing and restoring records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from metwith.lib import clock
from metwith.lib.addresses import domain_of, fold, parents
from metwith.lib.errors import Invalid
from metwith.lib.freemail import is_free_mail
from metwith.records import actions, directory, queries
from metwith.web.records.forms import company_named, company_offer, lines, person_named
from metwith.web.records.kinds import KINDS
from metwith.web.site.forms import refuse
from metwith.web.site.members import number, or_404
from metwith.workspaces.addresses import who_is_who
from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from metwith.records.kinds import Kind
    from metwith.records.models import Company, Opportunity, Person
    from metwith.records.queries import AnyRecord
    from metwith.web.records.forms import RecordForm
    from metwith.web.site.members import MemberRequest

CREATE: dict[Kind, Any] = {"person": actions.create_person, "company": actions.create_company, "opportunity": actions.create_opportunity}
UPDATE: dict[Kind, Any] = {"person": actions.update_person, "company": actions.update_company, "opportunity": actions.update_opportunity}
BELONGS_TO: dict[Kind, dict[str, Any]] = {
    "person": {"company": queries.company},
    "company": {},
    "opportunity": {"company": queries.company, "contact": queries.person},
}
NO_COMPANY = "-"
"""Stands for the empty field, where the company was offered."""
FIELD_OF = {"company_id": "company", "contact_id": "contact"}
"""The verbs take ids where the forms take names."""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, kind: Kind) -> HttpResponse:
    """A new record; `?company=5` and `?contact=7` fill in what it belongs to."""
    if request.method == "POST":
        return _save(request, kind, None)
    form = _form(request.member, kind, None, initial=_form_values(request, kind))
    return _page(request, kind, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Change a record."""
    with or_404():
        record = KINDS[kind].find(request.member.workspace, record_id)
    if request.method == "POST":
        return _save(request, kind, record)
    return _page(request, kind, record, _form(request.member, kind, record, initial=KINDS[kind].form.initial_of(record)))


def _form(member: Member, kind: Kind, record: AnyRecord | None, data: Any = None, **options: Any) -> RecordForm:
    """Whoever left may stay the one who looks after it."""
    names = who_is_who(member.workspace_id).names
    here = Member.objects.of(member.workspace_id).filter(left_at=None).values_list("pk", flat=True)
    may = {*here, *([record.owner_id] if record and record.owner_id else [])}
    return KINDS[kind].form(data, members={pk: names.get(pk, "") for pk in may}, **options)


def _form_values(request: MemberRequest, kind: Kind) -> dict[str, str]:
    """The names of the records that a link "add … here" came from."""
    given = {}
    for field, find in BELONGS_TO[kind].items():
        if record_id := number(request.GET.get(field, "")):
            with or_404():
                given[field] = find(request.member.workspace, record_id).name
    return given


def _save(request: MemberRequest, kind: Kind, record: AnyRecord | None) -> HttpResponse:
    form = _form(request.member, kind, record, request.POST)
    if form.is_valid():
        try:
            if unsettled := _to_settle(request.member, record, form.cleaned_data):
                return _ask(request, kind, record, unsettled)
            saved = _store(request.member, kind, record, form.cleaned_data, clock.now())
        except Invalid as error:
            refuse(form, Invalid(FIELD_OF.get(error.field, error.field), error.message))
        else:
            _mention_members(request, lines(form.cleaned_data.get("addresses", "")))
            _mention_shared_addresses(request, lines(form.cleaned_data.get("addresses", "")), saved)
            return redirect(kind if record is None else f"{kind}_details", saved.pk)
    return _page(request, kind, record, form, 422)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A company that would be made, or one that the address leads to: said before it is so."""

    words: str
    company: str
    """What stands in the field."""
    seen: str
    """What makes saving once more an answer."""


def _to_settle(member: Member, record: AnyRecord | None, typed: dict[str, Any]) -> Unsettled | None:
    """What is asked before it is stored; None when nothing is. Raises Invalid (`company`) as `company_named`."""
    if "company_seen" not in typed or typed["company_seen"] == (text := typed["company"].strip() or NO_COMPANY):
        return None
    if text != NO_COMPANY:
        known = cast("Person | Opportunity | None", record)
        if company_named(member.workspace, text, known.company if known else None):
            return None
        words = _("Company “%(name)s” will be made: there is none of that name yet. Save once more, or write another one.")
        return Unsettled(words % {"name": text}, text, text)
    found = _company_of(member, lines(typed.get("addresses", ""))) if record is None else None
    if found is None:
        return None
    words = _("The address leads to %(name)s, which is filled in as the company. Save once more, or empty the field.")
    return Unsettled(words % {"name": found.name}, company_offer(found), NO_COMPANY)


def _company_of(member: Member, addresses: list[str]) -> Company | None:
    """The company of the first address's domain, the most specific one; of several the oldest."""
    domains = parents(domain_of(fold(addresses[0]))) if addresses else ()
    held = directory.companies_by_domains(member.workspace, [domain for domain in domains if not is_free_mail(domain)])
    return next((held[domain][0] for domain in domains if domain in held), None)


def _ask(request: MemberRequest, kind: Kind, record: AnyRecord | None, unsettled: Unsettled) -> HttpResponse:
    typed = request.POST.copy()
    typed["company"], typed["company_seen"] = unsettled.company, unsettled.seen
    return _page(request, kind, record, _form(request.member, kind, record, typed), 422, unsettled=unsettled.words)


@transaction.atomic
def _store(member: Member, kind: Kind, record: AnyRecord | None, typed: dict[str, Any], now: datetime) -> AnyRecord:
    given = _resolved(member, record, typed, now)
    with or_404():
        if record is None:
            return cast("AnyRecord", CREATE[kind](member, now=now, **given))
        return cast("AnyRecord", UPDATE[kind](member, record.pk, now=now, **given))


def _resolved(member: Member, record: AnyRecord | None, typed: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What was typed, as the verbs take it: lists of lines, ids of the named records."""
    given = {name: value for name, value in typed.items() if name != "company_seen"}
    for field in ("addresses", "domains", "tags"):
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


def _mention_members(request: MemberRequest, addresses: list[str]) -> None:
    """A member's own address may be given to a person, and changes nothing for the member."""
    who = who_is_who(request.member.workspace_id)
    for address in addresses:
        if member_id := who.members.get(fold(address)):
            told = {"address": address, "name": who.names[member_id]}
            messages.warning(request, _("%(address)s is %(name)s’s, who is a member: meetings go on showing the member’s name.") % told)


def _page(
    request: MemberRequest, kind: Kind, record: AnyRecord | None, form: RecordForm, status: int = 200, *, unsettled: str = ""
) -> HttpResponse:
    if record is None and not form.is_bound:
        form.fields["name"].widget.attrs["autofocus"] = True
    context = {"kind": KINDS[kind], "record": record, "form": form, "unsettled": unsettled}
    return render(request, "records/edit.html", context, status=status)


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
