"""The three kinds of records, and what differs between their pages. Everything else is the same page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from metwith.records import queries
from metwith.web.records.forms import CompanyForm, OpportunityForm, PersonForm, RecordForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord, RecordFilter
    from metwith.workspaces.models import Workspace


@dataclass(frozen=True)
class Column:
    """One heading of a list. `sort` is the list's word for it, a `-` before it where the first click sorts from the far end."""

    label: _StrPromise
    sort: str = ""
    """Empty: not sorted by."""
    css: str = ""


MET = (
    Column(_("Last met"), "-last_met", "wide"),
    Column(_("Next"), "next", "wide"),
    Column(_("Meetings"), "-meetings", "widest"),
    Column(_("Known by"), "", "widest"),
)
"""What a record's meetings come to; at phone width a line under the name says it."""


@dataclass(frozen=True)
class Words:
    """What the pages of a kind say."""

    title: _StrPromise
    add: _StrPromise
    filter: _StrPromise
    empty: _StrPromise
    empty_text: _StrPromise


@dataclass(frozen=True)
class KindPages:
    """One kind. `key` is its name in code and URLs, `plural` the list's."""

    key: Kind
    plural: str
    words: Words
    columns: tuple[Column, ...]
    form: type[RecordForm]
    rows: Callable[[Workspace, RecordFilter], QuerySet[Any]]
    """All of the kind that fit, without those in the trash."""
    find: Callable[[Workspace, int], AnyRecord]
    """One record, also from the trash. Raises DoesNotExist."""
    merges: bool

    def url(self, record_id: int) -> str:
        """The record's page."""
        return reverse(self.key, args=[record_id])


PERSON = KindPages(
    key="person",
    plural="people",
    words=Words(
        title=_("People"),
        add=_("Add person"),
        filter=_("Filter by name or address"),
        empty=_("Nobody here yet"),
        empty_text=_("Add the people you meet, or import them from a file. Their meetings appear on them by themselves."),
    ),
    columns=(
        Column(_("Name"), "name"),
        Column(_("Company"), "company", "wide"),
        *MET,
    ),
    form=PersonForm,
    rows=queries.people_rows,
    find=queries.person,
    merges=True,
)
COMPANY = KindPages(
    key="company",
    plural="companies",
    words=Words(
        title=_("Companies"),
        add=_("Add company"),
        filter=_("Filter by name or domain"),
        empty=_("No companies yet"),
        empty_text=_("Add the organisations you meet. With their domains, meetings with anybody there are found."),
    ),
    columns=(Column(_("Name"), "name"), *MET),
    form=CompanyForm,
    rows=queries.company_rows,
    find=queries.company,
    merges=True,
)
OPPORTUNITY = KindPages(
    key="opportunity",
    plural="opportunities",
    words=Words(
        title=_("Opportunities"),
        add=_("Add opportunity"),
        filter=_("Filter by name or company"),
        empty=_("No opportunities yet"),
        empty_text=_("An opportunity shows the meetings of its company and of its point of contact in one place."),
    ),
    columns=(
        Column(_("Name"), "name"),
        Column(_("Stage"), "stage"),
        Column(_("Amount"), "amount", "wide amount"),
        Column(_("Close date"), "close_date", "roomy"),
        *MET,
    ),
    form=OpportunityForm,
    rows=queries.opportunity_rows,
    find=queries.opportunity,
    merges=False,
)
KINDS = {kind.key: kind for kind in (PERSON, COMPANY, OPPORTUNITY)}
