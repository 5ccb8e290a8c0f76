"""The forms of the three kinds of records, and how the names typed in them find their records.

Companies and contacts are typed, not chosen from a list of thousands; a datalist offers them while typing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, override

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metwith.lib.addresses import fold
from metwith.lib.errors import Invalid
from metwith.lib.text import sort_key
from metwith.records import directory, fields, queries
from metwith.records.models import Company, Opportunity, Person
from metwith.web.site.forms import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from metwith.workspaces.models import Workspace

OFFERED = 8
"""How many names a datalist offers."""


def lines(text: str) -> list[str]:
    """One entry per line; commas and semicolons part entries too, as people paste them."""
    return [entry for line in text.replace(",", "\n").replace(";", "\n").splitlines() if (entry := line.strip())]


class RecordForm(forms.Form):
    """What the three share."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("Words to find it by, with commas between them."),
    )
    owner_id = forms.TypedChoiceField(label=gettext_lazy("Looked after by"), required=False, coerce=int, empty_value=None)
    LAST = ("phone", "tags", "owner_id")
    CHECKS: ClassVar[Mapping[str, Callable[[str], object]]] = {}
    """What the verbs read, by field: asked here too, so that everything that is wrong is said at once."""

    def __init__(self, data: Any = None, *, members: Mapping[int, str], initial: dict[str, Any] | None = None) -> None:
        """`members`: who may look after it, by id."""
        super().__init__(data, initial=initial)
        self.order_fields([*(name for name in self.fields if name not in self.LAST), *self.LAST])
        owner: Any = self.fields["owner_id"]
        owner.choices = [("", gettext_lazy("Nobody")), *sorted(members.items(), key=lambda one: one[1].casefold())]

    @override
    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for field, check in {**self.CHECKS, "tags": _check_tags}.items():
            if field in given:
                try:
                    check(given[field])
                except Invalid as error:
                    refuse(self, error)
        return given

    @staticmethod
    def initial_of(record: Any) -> dict[str, Any]:
        """What the form shows of a record that exists."""
        return {"name": record.name, "tags": ", ".join(tag.name for tag in record.tags.all()), "owner_id": record.owner_id or ""}


def _picker(url: str, hint: str) -> forms.TextInput:
    """A text field that offers records while one types: htmx fills the datalist of that name, which the template places beside it."""
    attrs = {
        "list": f"{hint}-offers",
        "autocomplete": "off",
        "hx-get": url,
        "hx-trigger": "input changed delay:150ms",
        "hx-target": f"#{hint}-offers",
    }
    return forms.TextInput(attrs=attrs)


def _check_tags(text: str) -> object:
    return fields.tag_list(lines(text))


def _phone() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Telephone"),
        max_length=fields.LONGEST_PHONE,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )


class CompanyNamingForm(RecordForm):
    """What names its company: one that is not here yet is announced before it is made (`edit.py: _to_settle`)."""

    company_seen = forms.CharField(required=False, max_length=600, widget=forms.HiddenInput)
    """What was announced, so that saving once more is an answer."""


class PersonForm(CompanyNamingForm):
    """A person."""

    CHECKS = MappingProxyType({"addresses": lambda text: fields.address_list(lines(text))})
    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        required=False,
        help_text=gettext_lazy("One per line, the main one first. Meetings are found by them."),
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
    )
    job_title = forms.CharField(label=gettext_lazy("Job title"), max_length=200, required=False)
    phone = _phone()
    company = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=600,
        required=False,
        help_text=gettext_lazy("A name that is new here makes a new company; you are asked first."),
        widget=_picker("/companies/offers/", "company"),
    )

    @staticmethod
    def initial_of(record: Person) -> dict[str, Any]:
        """What the form shows of it."""
        return RecordForm.initial_of(record) | {
            "phone": record.phone,
            "addresses": "\n".join(row.address for row in record.addresses.all()),
            "job_title": record.job_title,
            "company": record.company.name if record.company else "",
        }


class CompanyForm(RecordForm):
    """A company."""

    phone = _phone()

    CHECKS = MappingProxyType({"domains": lambda text: fields.domain_list(lines(text))})
    domains = forms.CharField(
        label=gettext_lazy("Domains"),
        required=False,
        help_text=gettext_lazy("One per line, like acme.com. Meetings with anybody at them, or at their subdomains, are found."),
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
    )

    @staticmethod
    def initial_of(record: Company) -> dict[str, Any]:
        """What the form shows of it."""
        domains = "\n".join(row.domain for row in record.domains.all())
        return RecordForm.initial_of(record) | {"phone": record.phone, "domains": domains}


class OpportunityForm(CompanyNamingForm):
    """An opportunity. What amounts, currencies and dates may look like is `records.fields`' affair."""

    CHECKS = MappingProxyType({"amount": fields.amount, "currency": fields.currency, "close_date": fields.close_date})
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), choices=Opportunity.Stage.choices, initial=Opportunity.Stage.NEW)
    amount = forms.CharField(
        label=gettext_lazy("Amount"), required=False, max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        required=False,
        max_length=3,
        widget=forms.TextInput(attrs={"placeholder": "EUR", "autocapitalize": "characters"}),
    )
    close_date = forms.CharField(
        label=gettext_lazy("Close date"), required=False, max_length=20, widget=forms.DateInput(attrs={"type": "date"})
    )
    company = forms.CharField(
        label=gettext_lazy("Company"), max_length=600, required=False, widget=_picker("/companies/offers/", "company")
    )
    contact = forms.CharField(
        label=gettext_lazy("Point of contact"),
        max_length=700,
        required=False,
        help_text=gettext_lazy("Name or e-mail address of a person here."),
        widget=_picker("/people/offers/", "contact"),
    )

    @staticmethod
    def initial_of(record: Opportunity) -> dict[str, Any]:
        """What the form shows of it."""
        return RecordForm.initial_of(record) | {
            "stage": record.stage,
            "amount": "" if record.amount is None else record.amount,
            "currency": record.currency,
            "close_date": record.close_date.isoformat() if record.close_date else "",
            "company": record.company.name if record.company else "",
            "contact": record.contact.name if record.contact else "",
        }


def company_offer(company: Company) -> str:
    """How a company stands in a datalist: with a domain, which tells two of one name apart."""
    domain = next((row.domain for row in company.domains.all()), "")
    return f"{company.name} ({domain})" if domain else company.name


def person_offer(person: Person) -> str:
    """How a person stands in a datalist."""
    address = next((row.address for row in person.addresses.all()), "")
    return f"{person.name} <{address}>" if address else person.name


def company_named(workspace: Workspace, text: str, known: Company | None = None) -> Company | None:
    """The company that was typed, as a name or as offered; None when there is none of that name.

    `known` is the record's present one: its name means it, also when others share the name. Raises Invalid (`company`) when several fit.
    """
    wanted = sort_key(text)
    if known is not None and sort_key(known.name) == wanted:
        return known
    name, _paren, domain = text.rpartition(" (")
    rows = queries.companies(workspace, q=name if domain.endswith(")") else text, limit=200).items
    fitting = [row for row in rows if wanted in {sort_key(row.name), sort_key(company_offer(row))}]
    if len(fitting) > 1:
        raise Invalid("company", _("Several companies are called “%(name)s”. Choose one of the offered, with its domain.") % {"name": text})
    return fitting[0] if fitting else None


def person_named(workspace: Workspace, text: str, known: Person | None = None) -> Person:
    """The person that was typed, by name or address. Raises Invalid (`contact`) when nobody or several fit."""
    wanted = sort_key(text)
    if known is not None and sort_key(known.name) == wanted:
        return known
    address = fold(text.rpartition("<")[2].rstrip("> ") if "<" in text else text)
    if address and (found := directory.people_by_addresses(workspace, [address]).get(address)):
        return found
    fitting = [row for row in queries.people(workspace, q=text.partition("<")[0], limit=200).items if sort_key(row.name) == wanted]
    if len(fitting) > 1:
        raise Invalid("contact", _("Several people are called “%(name)s”. Write the e-mail address instead.") % {"name": text})
    if not fitting:
        raise Invalid("contact", _("Nobody here is called “%(name)s”. Add the person first, or leave this empty.") % {"name": text})
    return fitting[0]
