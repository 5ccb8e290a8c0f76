"""Makes the sample workspace: a team, its records, and their calendars read like uploaded files, so that every rule is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from metwith.calendars import sample
from metwith.calendars.actions import connect
from metwith.records import actions as records
from metwith.workspaces.actions import add_member, change_profile, create_workspace, delete_workspace
from metwith.workspaces.models import Member, Workspace

if TYPE_CHECKING:
    from datetime import date, datetime

OWNER = "alex@north.example"
COLLEAGUES = ((sample.INES, "Ines Duarte", "subject"), (sample.JON, "Jon Keller", "metadata"))
"""Address, name, and what they share."""


@transaction.atomic
def make_demo(owner_address: str = OWNER, password: str | None = None, *, zone: str = "UTC", now: datetime) -> Member:
    """The sample workspace with meetings around `now`; an earlier sample is replaced. Returns its owner. Raises Invalid (`address`).

    In the language that is active, and a known `zone` (IANA name).

    Without a password nobody can sign in with one; whoever shows the sample signs its owner in.
    """
    _remove_earlier()
    owner = create_workspace(_("North (sample)"), owner_address, password, "Alex Berg", now=now)
    Workspace.objects.filter(pk=owner.workspace_id).update(sample=True)
    owner.workspace.sample = True
    today = now.astimezone(ZoneInfo(zone)).date()
    team = {owner.user.email: (owner, "everything")}
    for address, name, level in COLLEAGUES:
        team[address] = add_member(owner.workspace, address, "member", None, name, now=now), level
    for member, _level in team.values():
        change_profile(member, name=member.user.name, time_zone=zone)
    _make_records(owner, today, now)
    for address, data in sample.files(owner.user.email, today, zone, _).items():
        member, level = team[address]
        connect.connect_file(member, data, name=_("Work"), sharing=level, now=now)
    return owner


def _remove_earlier() -> None:
    for workspace in Workspace.objects.filter(sample=True):
        delete_workspace(Member.objects.of(workspace).filter(role=Member.MemberRole.OWNER).select_related("workspace").order_by("pk")[0])


def _make_records(owner: Member, today: date, now: datetime) -> None:
    companies = {c.name: records.create_company(owner, name=c.name, domains=c.domains, now=now).pk for c in sample.COMPANIES}
    known = [(person, companies[c.name]) for c in sample.COMPANIES for person in c.people] + [(person, None) for person in sample.ALONE]
    people = {
        address: records.create_person(owner, name=name, addresses=[address], job_title=_(title), company_id=company_id, now=now).pk
        for (name, address, title), company_id in known
    }
    for deal in sample.DEALS:
        records.create_opportunity(
            owner,
            name=_(deal.name),
            stage=deal.stage,
            amount=deal.amount,
            currency="EUR",
            close_date=sample.working_day(today, deal.closes),
            company_id=companies[deal.company],
            contact_id=people[deal.contact],
            now=now,
        )
