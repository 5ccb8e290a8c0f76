"""The work of erasing, a page at a time (`sync/purge.py`): first what names the address, then companies that nothing is left of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.models import Attendee, Calendar, Link
from metwith.calendars.sync import aside, purge, relink, store
from metwith.calendars.sync.meeting.naming import naming, series_naming
from metwith.calendars.sync.reevaluate import pruner_for
from metwith.calendars.vocabulary import Leaving
from metwith.engine import linking
from metwith.lib import clock, secrets
from metwith.lib.addresses import reversed_domain
from metwith.records import subject as records
from metwith.rules.link import RecordKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from metwith.calendars.intents.removals import Removal


def erase_page(row: Removal) -> bool:
    """Take away some of what names the address; at the end the companies that are empty now. False when nothing is left."""
    workspace_id, address = row.workspace_id, secrets.decrypt(row.workspace_id, row.sealed)
    aside.erase_set_aside(workspace_id, address)
    done = 0
    while calendar := _next(workspace_id, address):
        done += _cut(calendar, address)
        if done >= purge.PAGE:
            return True
    empty = _empty(workspace_id, row.companies)
    records.delete_companies(workspace_id, empty)
    for company_id in empty:
        relink.unlink_record(workspace_id, RecordKind.COMPANY, company_id)
    return False


def _next(workspace_id: int, address: str) -> Calendar | None:
    """A calendar in which something still names it."""
    concerned = {row.calendar_id for row in series_naming(workspace_id, address)}
    concerned |= set(naming(workspace_id, address).order_by().values_list("calendar_id", flat=True).distinct())
    calendars = Calendar.objects.of(workspace_id).filter(pk__in=concerned)
    return calendars.select_related("account__member__user").order_by("pk").first()


def _cut(calendar: Calendar, address: str) -> int:
    """A page of what names it is cut out, as sync/reevaluate.py does, and goes where the knife would leave it. Returns how many copies."""
    workspace_id, knife, done = calendar.workspace_id, pruner_for(calendar, clock.now()), 0
    series = [row for row in series_naming(workspace_id, address) if row.calendar_id == calendar.pk]
    judged: set[int] = set()
    while series and done < purge.PAGE:
        row = series.pop()
        judged.add(row.pk)
        done += knife.series([row])
    left = {row.remote_id for row in series_naming(workspace_id, address) if row.pk in judged}
    store.remove_items(knife.claim, left, Leaving.ERASED)
    named = naming(workspace_id, address).filter(calendar_id=calendar.pk).order_by("pk")
    some = list(named.select_related("event").defer("description")[: max(purge.PAGE - done, 0)])
    knife.entries(some)
    purge.take_copies(named.filter(pk__in=[entry.pk for entry in some]), Leaving.ERASED)
    return done + len(some)


def _empty(workspace_id: int, company_ids: Collection[int]) -> list[int]:
    """Companies that have nobody any more and no meeting: neither by hand nor with somebody else at their domains."""
    linked = linking.by_hand(Link, workspace_id).filter(record_kind=RecordKind.COMPANY, record_id__in=company_ids, hidden=False)
    by_hand = set(linked.values_list("record_id", flat=True))
    domains = records.company_domains(workspace_id, company_ids)
    return [pk for pk in company_ids if pk not in by_hand and not any(_met(workspace_id, domain) for domain in domains[pk])]


def _met(workspace_id: int, domain: str) -> bool:
    return Attendee.objects.of(workspace_id).filter(reversed_domain__startswith=reversed_domain(domain)).exists()
