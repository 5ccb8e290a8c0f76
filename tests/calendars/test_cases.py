"""Calendar files in shapes that people met elsewhere, read by the product into its tables, each with its right answer (cases/README.md)."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from metwith.calendars.actions import connect
from metwith.calendars.models import Attendee, Entry
from metwith.workspaces import actions as workspaces

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

HERE = Path(__file__).parent / "cases"
SHARED = Path(__file__).parents[2].parent / "shared" / "cases"
EXPECTED: dict[str, dict[str, Any]] = json.loads((HERE / "expected.json").read_text()) | json.loads((HERE / "own.json").read_text())
TOGETHER = [name for name, case in EXPECTED.items() if not case.get("alone")]
NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)


@pytest.fixture
def owner(db: None) -> Member:
    owner = workspaces.create_workspace("North", "owner@north.example", None, "Olga North", now=NOW)
    workspaces.add_member(owner.workspace, "ines@north.example", "member", None, "Ines", now=NOW)
    return owner


def upload(owner: Member, *names: str) -> None:
    connect.connect_file(owner, b"".join((HERE / name).read_bytes() for name in names), name="cases.ics", now=NOW)


def meetings(owner: Member) -> dict[str, list[tuple[str, str, str, bool]]]:
    """By UID what is stored and begins by the end of 2026: start, end, title, cancelled."""
    found = defaultdict(list)
    for entry in Entry.objects.of(owner.workspace_id).select_related("event").filter(starts_at__year__lte=2026):
        event = entry.event
        if event.start_date and event.end_date:
            times = event.start_date.isoformat(), event.end_date.isoformat()
        else:
            times = _utc(event.starts_at), _utc(event.ends_at)
        found[event.ical_uid].append((*times, entry.title, event.cancelled))
    return {uid: sorted(those) for uid, those in found.items()}


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def people(owner: Member, uid: str) -> set[str]:
    return set(Attendee.objects.of(owner.workspace_id).filter(event__ical_uid=uid).values_list("address", flat=True))


def right(owner: Member, name: str) -> None:
    case, stored = EXPECTED[name], meetings(owner)
    for uid, expected in case["meetings"].items():
        assert stored.get(uid, []) == sorted(map(tuple, expected)), case["why"]
    for uid, named in case.get("people", {}).items():
        there = people(owner, uid)
        assert {address for address in named if not address.startswith("!")} <= there, case["why"]
        assert not {address[1:] for address in named if address.startswith("!")} & there, case["why"]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_case_comes_out_right(owner: Member, name: str) -> None:
    upload(owner, name)
    right(owner, name)


def test_all_cases_in_one_file_come_out_right(owner: Member) -> None:
    upload(owner, *TOGETHER)
    for name in TOGETHER:
        right(owner, name)


@pytest.mark.skipif(not SHARED.exists(), reason="the folder that the cases are copies of (../shared/cases) is not there")
def test_the_copies_are_what_they_are_copies_of() -> None:
    theirs = {path.name: path.read_bytes() for path in SHARED.iterdir()}
    assert {name: (HERE / name).read_bytes() for name in theirs if (HERE / name).exists()} == theirs
