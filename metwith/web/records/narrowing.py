"""By what a list of records is narrowed: the address in, the two filters and the choices out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.lib.text import whole
from metwith.overview.asking import FigureFilter
from metwith.records import queries
from metwith.records.models import Opportunity
from metwith.records.queries import RecordFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metwith.overview.recount import World
    from metwith.records.kinds import Kind

NAMES: Mapping[Kind, tuple[str, ...]] = {
    "person": ("company", "made", "met", "plan", "known", "owner", "tag"),
    "company": ("made", "met", "plan", "known", "owner", "tag"),
    "opportunity": ("company", "stage", "met", "plan", "known", "owner", "tag"),
}
"""The words of the address, besides what is typed."""
NOT_FOR = {"not-30": 30, "not-90": 90, "not-180": 180}
"""Days."""


@dataclass(frozen=True, slots=True)
class Choices:
    """One of the ways to narrow, as a form shows it: values with their labels, the first one for all."""

    name: str
    label: str
    offered: tuple[tuple[str, str], ...]
    chosen: str


def record_filter(typed: Mapping[str, str]) -> RecordFilter:
    """By what records have of themselves. What the address says and nobody offers is nothing that there is."""
    made = {"calendar": True}.get(typed.get("made", "")) if typed.get("made") else None
    return RecordFilter(
        q=typed.get("q", ""),
        company=_number(typed.get("company", "")),
        stage=typed.get("stage", ""),
        from_calendar=made,
        owner=0 if typed.get("owner") == "nobody" else _number(typed.get("owner", "")),
        tag=typed.get("tag", ""),
    )


def _number(text: str) -> int | None:
    """None: not asked. What is no number is no record's."""
    return (whole(text, 18) or -1) if text else None


def figure_filter(typed: Mapping[str, str], world: World, now: datetime) -> FigureFilter:
    """By what their meetings come to."""
    met, known = typed.get("met", ""), typed.get("known", "")
    return FigureFilter(
        not_met_for=NOT_FOR.get(met),
        never_met=met == "never",
        met_since=_began(met, world, now),
        planned={"planned": True, "none": False}.get(typed.get("plan", "")),
        known_by="nobody" if known == "nobody" else _number(known),
    )


def _began(period: str, world: World, now: datetime) -> datetime | None:
    """When this week, month or quarter began in the workspace's zone."""
    today = now.astimezone(world.zone).date()
    first = {
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "quarter": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
    }.get(period)
    return datetime.combine(first, time(), world.zone) if first else None


def choices(kind: Kind, typed: Mapping[str, str], world: World) -> tuple[Choices, ...]:
    """What the form offers, with what is chosen."""
    members = tuple((str(pk), world.names.get(pk, "")) for pk in sorted(world.present, key=lambda pk: world.names.get(pk, "").casefold()))
    offered = {
        "stage": (
            _("Stage"),
            (("", _("All stages")), ("open", _("Open")), *((key, str(label)) for key, label in Opportunity.Stage.choices)),
        ),
        "met": (_("Met"), _met()),
        "plan": (_("Next meeting"), (("", _("With or without")), ("planned", _("Something planned")), ("none", _("Nothing planned")))),
        "known": (_("Known by"), (("", _("Anybody")), ("nobody", _("Nobody")), *members)),
        "owner": (_("Looked after by"), (("", _("Anybody")), ("nobody", _("Nobody")), *members)),
        "tag": (_("Tag"), (("", _("With or without")), *((tag, tag) for tag in queries.tags(world.workspace_id, kind)))),
        "made": (_("Made"), (("", _("By anybody")), ("calendar", _("From a calendar")))),
    }
    return tuple(Choices(name, *offered[name], typed.get(name, "")) for name in NAMES[kind] if name in offered)


def _met() -> tuple[tuple[str, str], ...]:
    return (
        ("", _("Whenever")),
        ("week", _("This week")),
        ("month", _("This month")),
        ("quarter", _("This quarter")),
        ("not-30", _("Not for 30 days")),
        ("not-90", _("Not for 90 days")),
        ("not-180", _("Not for 180 days")),
        ("never", _("Never")),
    )
