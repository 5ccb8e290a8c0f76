"""Whose an account or a calendar is, before a verb touches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts import actions as accounts
from metwith.accounts.models import Account
from metwith.calendars.models import Calendar, NewPeople
from metwith.calendars.sync import purge
from metwith.lib.errors import Invalid, NotAllowed

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from metwith.workspaces.models import Member


def current_accounts(member: Member) -> QuerySet[Account]:
    """The member's accounts but those that are on their way out."""
    return Account.objects.of(member.workspace_id).filter(member=member).exclude(pk__in=_going(member))


def own_account(member: Member, account_id: int, *, admin: bool = False) -> Account:
    """The member's own account; with `admin` also somebody else's, for admins. Raises Account.DoesNotExist, NotAllowed."""
    return accounts.own_account(Account.objects.of(member.workspace_id).exclude(pk__in=_going(member)), member, account_id, admin=admin)


def own_calendar(member: Member, calendar_id: int) -> Calendar:
    """The member's own calendar, with its account. Raises Calendar.DoesNotExist, NotAllowed."""
    calendar = Calendar.objects.of(member.workspace_id).select_related("account").get(pk=calendar_id)
    if calendar.account.member_id != member.pk:
        raise NotAllowed(_("This calendar belongs to somebody else. Only its owner can change it."))
    return calendar


def check_new_people(wanted: str) -> None:
    """Raises Invalid for what is no choice."""
    if wanted not in NewPeople.values:
        raise Invalid("new_people", _("New people come in: %(choices)s.") % {"choices": ", ".join(NewPeople.values)})


def _going(member: Member) -> QuerySet[Account]:
    return purge.going(member.workspace_id).values("account_id")  # type: ignore[return-value]
