"""The privacy receipt: what is kept, what did not come in and why, what was removed again, and what was proven. Sums only.

A member's is about their own accounts. An admin's has, besides, the sums of the whole workspace, never those of one colleague: with few
others a sum is theirs, so below `OTHERS` only what is kept is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum

from metwith.calendars.account_status import account_overview
from metwith.calendars.counters import PrivacyRun, Tally
from metwith.calendars.models import Calendar, Trace
from metwith.calendars.reads import numbers, visible
from metwith.calendars.reads.numbers import Numbers
from metwith.engine.models import CounterKind
from metwith.workspaces import audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.calendars.account_status import AccountView
    from metwith.workspaces.models import Member

WEEKS = 8
OTHERS = 3
"""Other members with calendars that are on, from whom a sum of what was dropped tells of nobody (product.md, section 6)."""
FOR_ALL = frozenset({"found", "bytes", "database_files", "not_asked", "log", "tables", "held"})
"""Of a run over all of the workspace, what every member is told. How many texts were looked for would tell how much others do not share."""


@dataclass(frozen=True, slots=True)
class WeekNumbers:
    """What happened in a week, by its Monday."""

    monday: date
    kept: int = 0
    dropped: int = 0
    purged: int = 0


@dataclass(frozen=True, slots=True)
class Purge:
    """The last day on which something that was stored was removed again."""

    at: datetime
    many: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """Of an account, or of the workspace."""

    numbers: Numbers
    """Of the workspace only what is kept, and what does not come in."""
    weeks: tuple[WeekNumbers, ...]
    """The latest first."""
    purge: Purge | None
    account_id: int = 0
    told: bool = True
    """False: only what is kept, since too few others are in it."""
    label: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """When something was looked for or cleaned, and what of it the viewer may know; see `PrivacyRun.facts`."""

    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """All of it."""

    made_at: datetime
    mine: tuple[Sums, ...]
    workspace: Sums | None
    """For admins."""
    verified: Run | None
    scrubbed: Run | None


def receipt(member: Member, now: datetime) -> Receipt:
    """What a member may see. `member.user` must be loaded."""
    mine = tuple(_of_account(view, member, now) for view in account_overview(member, now=now))
    everything = _of_all(member, now) if member.is_admin else None
    return Receipt(now, mine, everything, _latest(member, PrivacyRun.Kind.VERIFY), _latest(member, PrivacyRun.Kind.SCRUB))


def export(member: Member, now: datetime, kind: str) -> dict[str, Any]:
    """The receipt as plain values, noted in the audit log."""
    audit.note(member, audit.Action.EXPORTED, kind=f"receipt-{kind}")
    found = receipt(member, now)
    return {
        "made_at": found.made_at.isoformat(),
        "accounts": [{"account": sums.account_id, "provider": sums.label, "address": sums.address} | _plain(sums) for sums in found.mine],
        "workspace": _plain(found.workspace) if found.workspace else None,
        "verified": _plain_run(found.verified),
        "purged_from_files": _plain_run(found.scrubbed),
    }


def rows(exported: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The same as lines of a table: whose, what, why or which week, how many."""
    lines: list[tuple[str, ...]] = [("of", "what", "reason_or_week", "many")]
    several = [(f"account {sums['account']}", sums) for sums in exported["accounts"]]
    for name, sums in [*several, *([("workspace", exported["workspace"])] if exported["workspace"] else [])]:
        lines.append((name, "kept now", "", str(sums["kept"])))
        lines += [] if sums["on_no_record"] is None else [(name, "of those on no record", "", str(sums["on_no_record"]))]
        lines += [(name, "not in now", reason, str(many)) for reason, many in (sums["dropped"] or {}).items()]
        if aside_ := sums["set_aside"]:
            lines.append((name, "set aside", aside_["until"], str(aside_["many"])))
        lines += [(name, f"{what} in the week", week["monday"], str(week[what])) for week in sums["weeks"] for what in CounterKind.values]
    for name in ("verified", "purged_from_files"):
        run = exported[name]
        lines += [("installation", name, run["at"], str(run.get("found", "")))] if run else []
    return lines


def _plain(sums: Sums) -> dict[str, Any]:
    purge, found = sums.purge, sums.numbers
    return {
        "kept": found.kept,
        "on_no_record": found.unplaced,
        "dropped": dict(found.dropped) if sums.told else None,
        "weeks": [{"monday": w.monday.isoformat(), "kept": w.kept, "dropped": w.dropped, "purged": w.purged} for w in sums.weeks],
        "set_aside": {"many": found.set_aside, "until": found.set_aside_until.date().isoformat()} if found.set_aside_until else None,
        "last_purge": {"at": purge.at.isoformat(), "many": purge.many, "reasons": list(purge.reasons)} if purge else None,
    }


def _plain_run(run: Run | None) -> dict[str, Any] | None:
    return {"at": run.at.isoformat(), **run.facts} if run else None


def _of_all(member: Member, now: datetime) -> Sums:
    """Of the workspace, as far as it tells of nobody."""
    others = (
        Calendar.objects.of(member.workspace_id).filter(enabled=True, account__disconnected_at=None).exclude(account__member_id=member.pk)
    )
    tallies = Tally.objects.of(member.workspace_id)
    kept = visible.copies(member.workspace_id).count()
    if others.values("account__member_id").distinct().count() < OTHERS:
        return Sums(Numbers(kept), (), None, told=False)
    traces = Trace.objects.of(member.workspace_id).values_list("reason").annotate(many=Count("pk"))
    return Sums(Numbers(kept, dropped=dict(traces.order_by("-many", "reason"))), _weeks(tallies, now), _last_purge(tallies))


def _of_account(view: AccountView, member: Member, now: datetime) -> Sums:
    ids = [calendar.id for calendar in view.calendars]
    tallies = Tally.objects.of(member.workspace_id).filter(source_id__in=ids)
    found = numbers.total([*numbers.of_calendars(member.workspace_id, ids).values()])
    return Sums(found, _weeks(tallies, now), _last_purge(tallies), view.id, label=view.label, address=view.address)


def _weeks(tallies: QuerySet[Tally], now: datetime) -> tuple[WeekNumbers, ...]:
    this = now.date() - timedelta(days=now.weekday())
    found: dict[date, Counter[str]] = defaultdict(Counter)
    since = this - timedelta(weeks=WEEKS - 1)
    for day, what, many in tallies.filter(day__gte=since).values_list("day", "what").annotate(Sum("many")).order_by():
        found[day - timedelta(days=day.weekday())][what] += many
    return tuple(WeekNumbers(monday, *(found[monday][what] for what in CounterKind.values)) for monday in sorted(found, reverse=True))


def _last_purge(tallies: QuerySet[Tally]) -> Purge | None:
    gone = tallies.filter(what=CounterKind.PURGED)
    last = gone.order_by("-day", "-last_at").first()
    if last is None:
        return None
    that_day = list(gone.filter(day=last.day))
    return Purge(max(row.last_at for row in that_day), sum(row.many for row in that_day), tuple(sorted({row.reason for row in that_day})))


def _latest(member: Member, kind: PrivacyRun.Kind) -> Run | None:
    """The last run that was about all of the workspace, or about an account of the member's own."""
    accounts = list(Calendar.objects.of(member.workspace_id).filter(account__member_id=member.pk).values_list("account_id", flat=True))
    runs = PrivacyRun.objects.of(member.workspace_id).filter(Q(account_id=None) | Q(account_id__in=accounts), kind=kind)
    run = runs.order_by("-at", "-pk").first()
    if run is None:
        return None
    return Run(run.at, run.facts if run.account_id else {name: value for name, value in run.facts.items() if name in FOR_ALL})
