"""Taking an act back, a page in a transaction, the newest change first: killed anywhere and run again, it goes on.

What somebody changed since, put into the trash, or hung something else on, is left alone and counted.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import transaction

from metwith.lib.text import sort_key
from metwith.records import signals
from metwith.records.acts.models import Act, ActChange
from metwith.records.kinds import NUMBERS, Kind
from metwith.records.models import Company, CompanyDomain, Opportunity, Person, PersonAddress, Record
from metwith.records.queries import MODELS
from metwith.workspaces.models import Workspace
from metwith.workspaces.signals import announce

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

AT_ONCE = 1000
State = Act.State
ORDER: tuple[Kind, ...] = ("opportunity", "person", "company")
"""What points at others before what it points at."""
REFERENCES: dict[str, type[Record]] = {"company_id": Company, "contact_id": Person}
"""Columns that point at records, which may be gone by now."""


def restore(workspace_id: int, act_id: int, *, pages: int | None = None) -> bool:
    """Give back what an act changed, at most so many pages of it. True when nothing is left to do, also when others did it."""
    done = 0
    while pages is None or done < pages:
        if _page(workspace_id, act_id):
            return True
        done += 1
    return False


@transaction.atomic
def _page(workspace_id: int, act_id: int) -> bool:
    # As an import does: what both would change is changed by one of them at a time.
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace_id)
    act = Act.objects.of(workspace_id).select_for_update().filter(pk=act_id, state=State.TAKING_BACK).first()
    if act is None:
        return True
    changes = list(ActChange.objects.of(workspace_id).filter(act=act).order_by("-pk")[:AT_ONCE])
    if not changes:
        act.state = State.TAKEN_BACK
        announce(signals.records_imported, workspace_id=workspace_id)
    counts = act.counts
    by_kind: dict[int, list[ActChange]] = defaultdict(list)
    for change in changes:
        by_kind[change.record_kind].append(change)
    for kind in ORDER:
        for word, many in _give_back(workspace_id, kind, by_kind[NUMBERS[kind]]).items():
            counts[word] = counts.get(word, 0) + many
    ActChange.objects.of(workspace_id).filter(pk__in=[change.pk for change in changes]).delete()
    act.done += len(changes)
    act.save(update_fields=["state", "counts", "done"])
    return not changes


def _give_back(workspace_id: int, kind: Kind, changes: list[ActChange]) -> dict[str, int]:
    """Of one kind: how many were `restored`, `removed`, and `left` as somebody made them since. A record that is gone is none of them."""
    if not changes:
        return {}
    held = MODELS[kind].objects.of(workspace_id).select_for_update(of=("self",)).in_bulk([change.record_id for change in changes])
    there = [(change, held[change.record_id]) for change in changes if change.record_id in held]
    as_left = [(change, record) for change, record in there if record.updated_at == change.stamp and record.trashed_at is None]
    made = [record for change, record in as_left if change.made]
    used = _in_use(workspace_id, kind, [record.pk for record in made])
    removed = [record.pk for record in made if record.pk not in used]
    MODELS[kind].objects.of(workspace_id).filter(pk__in=removed).delete()
    restored = [(change, record) for change, record in as_left if not change.made]
    _restore(workspace_id, kind, restored)
    return {"restored": len(restored), "removed": len(removed), "left": len(there) - len(restored) - len(removed)}


def _in_use(workspace_id: int, kind: Kind, record_ids: Collection[int]) -> set[int]:
    """Those on which something hangs that would go, or lose it."""
    used: set[int] = set()
    if kind == "company":
        for model in (Person, Opportunity):
            used |= set(model.objects.of(workspace_id).filter(company_id__in=record_ids).values_list("company_id", flat=True))
    if kind == "person":
        used |= set(Opportunity.objects.of(workspace_id).filter(contact_id__in=record_ids).values_list("contact_id", flat=True))
    return used | signals.in_use(workspace_id, kind, record_ids)


def _restore(workspace_id: int, kind: Kind, rows: list[tuple[ActChange, Any]]) -> None:
    if not rows:
        return
    there = _still_there(workspace_id, (change for change, _record in rows))
    names: set[str] = set()
    for change, record in rows:
        for name, value in _columns(change, there):
            setattr(record, name, value if name in REFERENCES else record._meta.get_field(name).to_python(value))
            names.add(name.removesuffix("_id"))
        record.name_key = sort_key(record.name)[:300]
    if names:
        MODELS[kind].objects.bulk_create(
            [record for _change, record in rows],
            AT_ONCE,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=sorted({*names, "name_key"}),
        )
    _addresses(workspace_id, [change for change, _record in rows if "addresses" in change.before])
    _domains(workspace_id, [change for change, _record in rows if "domains" in change.before])


def _columns(change: ActChange, there: set[tuple[str, int]]) -> Iterable[tuple[str, Any]]:
    for name, value in change.before.items():
        if name in REFERENCES:
            yield name, value if (name, value) in there else None
        elif name not in {"addresses", "domains"}:
            yield name, value


def _still_there(workspace_id: int, changes: Iterable[ActChange]) -> set[tuple[str, int]]:
    """Of what the earlier values point at, what still is."""
    wanted = {(name, change.before[name]) for change in changes for name in REFERENCES if change.before.get(name)}
    found: set[tuple[str, int]] = set()
    for name, model in REFERENCES.items():
        ids = [value for column, value in wanted if column == name]
        found |= {(name, pk) for pk in model.objects.of(workspace_id).filter(pk__in=ids).values_list("pk", flat=True)}
    return found


def _addresses(workspace_id: int, changes: list[ActChange]) -> None:
    PersonAddress.objects.of(workspace_id).filter(person_id__in=[change.record_id for change in changes]).delete()
    PersonAddress.objects.bulk_create(
        (
            PersonAddress(workspace_id=workspace_id, person_id=change.record_id, address=written, folded=folded, primary=at == 0)
            for change in changes
            for at, (written, folded) in enumerate(change.before["addresses"])
        ),
        AT_ONCE,
    )


def _domains(workspace_id: int, changes: list[ActChange]) -> None:
    CompanyDomain.objects.of(workspace_id).filter(company_id__in=[change.record_id for change in changes]).delete()
    CompanyDomain.objects.bulk_create(
        (
            CompanyDomain(workspace_id=workspace_id, company_id=change.record_id, domain=domain)
            for change in changes
            for domain in change.before["domains"]
        ),
        AT_ONCE,
    )
