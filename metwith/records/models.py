"""What meetings are linked to: people, companies, opportunities. Knows nothing of calendars."""

from __future__ import annotations

from typing import Any, ClassVar, override

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from metwith.lib import clock
from metwith.lib.search.indexes import Trigrams
from metwith.lib.text import sort_key
from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable


class Figured(models.Model):
    """What lists say of a record's meetings, as `overview/recount.py` last counted it: nobody else writes these columns.

    They hold from `figures_from` until before `figures_until`; a record that no meeting ever led to has none of them.
    """

    last_met_at = models.DateTimeField(null=True, editable=False)
    """A place in the order of time, UTC; of an all-day meeting midnight of its day."""
    next_at = models.DateTimeField(null=True, editable=False)
    """The same of the next one."""
    met_even = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    met_odd = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """Meetings of a month and the eleven before it: one for months of an even number (`overview.months`), one for the others, so that
    nothing has to be counted anew when a month begins."""
    quiet_even_at = models.DateTimeField(null=True, editable=False)
    quiet_odd_at = models.DateTimeField(null=True, editable=False)
    """From when it has gone quiet if nothing is planned (`overview/quiet.py`): as told in months of an even number, and in the others."""
    known = models.BooleanField(default=False, db_default=False, editable=False)
    """Somebody who is a member now was there."""
    figures = models.JSONField(null=True, editable=False)
    """What no list is ordered by: see `overview.figures.Figures.as_stored`."""
    figures_from = models.DateTimeField(null=True, editable=False)
    figures_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class Record(Figured, OwnedByWorkspace):
    """What the three kinds share: a name to sort by, a trash to come back from."""

    name = models.CharField(_("name"), max_length=300)
    name_key = models.CharField(max_length=300, editable=False)
    """`lib.text.sort_key` of the name: lists sort and search by it."""
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)
    """Set by the actions, never by saving: what a rule touches does not count as edited."""
    trashed_at = models.DateTimeField(null=True, editable=False)
    """In the trash since; trashed records have no links and make none."""
    made_by_rule = models.BooleanField(default=False, editable=False)
    """Made from a meeting's participant, not by a person."""
    owner = Reference(Member, null=True, blank=True, related_name="+")
    """Who looks after it; a member now or before."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = sort_key(self.name)[:300]
        super().save(*args, **kwargs)


def _listed(kind: str) -> list[models.Index]:
    """By what lists are ordered and narrowed."""
    return [
        models.Index(fields=["workspace", "name_key", "id"], name=f"{kind}_by_name"),
        GinIndex(Trigrams("workspace_id", "name_key"), name=f"{kind}_by_trigrams", gin_pending_list_limit=64),
        models.Index(fields=["workspace", "last_met_at", "id"], name=f"{kind}_by_last_met"),
        models.Index(fields=["workspace", "next_at", "id"], name=f"{kind}_by_next"),
        models.Index(fields=["workspace", "met_even", "id"], name=f"{kind}_by_met_even", condition=models.Q(last_met_at__isnull=False)),
        models.Index(fields=["workspace", "met_odd", "id"], name=f"{kind}_by_met_odd", condition=models.Q(last_met_at__isnull=False)),
        models.Index(fields=["workspace", "figures_from"], name=f"{kind}_counted_from"),
        models.Index(fields=["workspace", "figures_until"], name=f"{kind}_counted_until"),
        models.Index(fields=["workspace", "owner"], name=f"{kind}_of_owner", condition=models.Q(owner__isnull=False)),
    ]


def _quiet(kind: str) -> list[models.Index]:
    """By when they went quiet, of those with nothing planned."""
    return [
        models.Index(
            fields=["workspace", f"quiet_{parity}_at", "id"],
            name=f"{kind}_by_quiet_{parity}",
            condition=models.Q(next_at__isnull=True, **{f"quiet_{parity}_at__isnull": False}),
        )
        for parity in ("even", "odd")
    ]


class Tag(OwnedByWorkspace):
    """A word that members put on a record."""

    name = models.CharField(max_length=50)
    """As it was first written."""
    key = models.CharField(max_length=50)
    """`lib.text.sort_key` of it: what is compared."""

    class Meta:
        abstract = True


class Company(Record):
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            addressable("company_addressable"),
            SameWorkspace(field="owner", name="company_owner", set_null=True),
        ]
        indexes: ClassVar = [*_listed("company"), *_quiet("company")]


class CompanyTag(Tag):
    record = Reference(Company, related_name="tags")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "record", "key"], name="company_tag_once"),
            SameWorkspace(field="record", name="company_tag_company"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "key", "record"], name="company_tag_lookup")]


class CompanyDomain(OwnedByWorkspace):
    """A domain of a company, its subdomains included. Never a free-mail domain or a public suffix."""

    company = Reference(Company, related_name="domains")
    domain = models.CharField(max_length=253)
    """Folded, without a leading `www.`."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "company", "domain"], name="company_domain_once"),
            SameWorkspace(field="company", name="company_domain_company"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "domain"], name="company_domain_lookup"),
            GinIndex(Trigrams("workspace_id", "domain"), name="company_domain_by_trigrams", gin_pending_list_limit=64),
        ]


class Person(Record):
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")
    company = Reference(Company, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            addressable("person_addressable"),
            SameWorkspace(field="company", name="person_company", set_null=True),
            SameWorkspace(field="owner", name="person_owner", set_null=True),
        ]
        indexes: ClassVar = [
            *_listed("person"),
            *_quiet("person"),
            models.Index(fields=["workspace", "company"], name="person_of_company"),
        ]


class PersonTag(Tag):
    record = Reference(Person, related_name="tags")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "record", "key"], name="person_tag_once"),
            SameWorkspace(field="record", name="person_tag_person"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "key", "record"], name="person_tag_lookup")]


class PersonAddress(OwnedByWorkspace):
    """An e-mail address of a person. Two people may share one; linking then takes the primary, then the older."""

    person = Reference(Person, related_name="addresses")
    address = models.CharField(max_length=320)
    """As it was written."""
    folded = models.CharField(max_length=320)
    """`lib.addresses.fold` of it: what is compared."""
    primary = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "person", "folded"], name="person_address_once"),
            models.UniqueConstraint(fields=["workspace", "person"], condition=models.Q(primary=True), name="person_address_one_primary"),
            SameWorkspace(field="person", name="person_address_person"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "folded"], name="person_address_lookup"),
            GinIndex(Trigrams("workspace_id", "folded"), name="person_address_by_trigrams", gin_pending_list_limit=64),
        ]


class Opportunity(Record):
    class Stage(models.TextChoices):
        NEW = "new", _("New")
        QUALIFIED = "qualified", _("Qualified")
        PROPOSAL = "proposal", _("Proposal")
        NEGOTIATION = "negotiation", _("Negotiation")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    stage = models.CharField(_("stage"), max_length=20, choices=Stage, default=Stage.NEW)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    """ISO 4217."""
    close_date = models.DateField(_("close date"), null=True, blank=True)
    company = Reference(Company, null=True, blank=True)
    contact = Reference(Person, null=True, blank=True)
    """The point of contact."""

    class Meta:
        verbose_name_plural = "opportunities"
        constraints: ClassVar = [
            addressable("opportunity_addressable"),
            SameWorkspace(field="company", name="opportunity_company", set_null=True),
            SameWorkspace(field="contact", name="opportunity_contact", set_null=True),
            SameWorkspace(field="owner", name="opportunity_owner", set_null=True),
        ]
        indexes: ClassVar = [
            *_listed("opportunity"),
            models.Index(fields=["workspace", "company"], name="opportunity_of_company"),
            models.Index(fields=["workspace", "contact"], name="opportunity_of_contact"),
        ]


class OpportunityTag(Tag):
    record = Reference(Opportunity, related_name="tags")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "record", "key"], name="opportunity_tag_once"),
            SameWorkspace(field="record", name="opportunity_tag_opportunity"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "key", "record"], name="opportunity_tag_lookup")]
