"""What colleagues see of an account and of a calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from metwith.accounts.actions import check_level
from metwith.accounts.models import Account
from metwith.calendars.actions.whose import own_account, own_calendar
from metwith.calendars.models import Calendar
from metwith.workspaces import audit
from metwith.workspaces.audit import Action

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


@transaction.atomic
def set_sharing(member: Member, account_id: int, level: str) -> None:
    """How much colleagues see of this account. Holds at once, for the past too: it is judged whenever something is shown."""
    check_level(level)
    account = own_account(member, account_id)
    if account.sharing != level:
        Account.objects.of(member.workspace_id).filter(pk=account.pk).update(sharing=level)
        audit.note(member, Action.LEVEL, account=account.pk, from_=account.sharing, to=level)


@transaction.atomic
def set_calendar_sharing(member: Member, calendar_id: int, level: str) -> None:
    """How much colleagues see of one calendar, set apart from its account; empty: as the account. Holds at once, for the past too."""
    if level:
        check_level(level)
    calendar = own_calendar(member, calendar_id)
    if calendar.sharing != level:
        Calendar.objects.of(member.workspace_id).filter(pk=calendar.pk).update(sharing=level)
        account_id = calendar.account_id
        audit.note(member, audit.Action.CALENDAR_LEVEL, account=account_id, calendar=calendar.pk, from_=calendar.sharing, to=level)
