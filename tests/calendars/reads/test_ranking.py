"""The database ranks copies as the rule does, and what pages show of very many is what the meeting was settled by."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metwith.accounts.models import Account
from metwith.calendars import queries
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.reads import ranking
from metwith.calendars.rules import precedence
from metwith.calendars.sync import store
from metwith.calendars.sync.meeting import copies
from metwith.lib import sql
from metwith.rules.identity import HeldAddress, Way, WorkspaceIdentities, weigh
from metwith.workspaces.addresses import who_is_who
from tests.calendars.desk import START, Desk
from tests.people import holds

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

AT = datetime(2026, 6, 1, tzinfo=UTC)
ALICE, HERS_TOO, BOB = "alice@lumen.example", "alice@home.example", "bob@lumen.example"
COPIES = st.fixed_dictionaries(
    {
        "provider": st.sampled_from(["google", "microsoft", "caldav", "ics", "file"]),
        "kind": st.sampled_from(["own", "shared", "subscribed", "other"]),
        "enabled": st.booleans(),
        "paused": st.booleans(),
        "disconnected_at": st.sampled_from([None, AT.isoformat()]),
        "member_id": st.sampled_from([1, 2]),
        "organizer": st.sampled_from([None, "", ALICE, HERS_TOO, BOB]),
        "sequence": st.integers(0, 3),
        "remote_updated_at": st.sampled_from([None, AT.isoformat(), (AT + timedelta(days=1)).isoformat()]),
    }
)
RANKED = f"""SELECT e.id FROM (SELECT e.id, {ranking.BEST} AS best FROM jsonb_to_recordset(%s) AS e (id bigint, event_id bigint,
organizer text, sequence int, remote_updated_at timestamptz, kind text, enabled boolean, paused boolean, provider text, member_id bigint,
disconnected_at timestamptz) CROSS JOIN LATERAL (SELECT e.kind, e.enabled, e.paused) c
CROSS JOIN LATERAL (SELECT e.provider, e.member_id, e.disconnected_at) a {{facts}}) e ORDER BY best DESC"""  # noqa: S608  ours


def known() -> WorkspaceIdentities:
    """Of two members: what is verified, and what is only named."""
    held = (HeldAddress(1, ALICE, Way.OIDC), HeldAddress(1, HERS_TOO, Way.GIVEN), HeldAddress(2, BOB, Way.LINK))
    return weigh(held, {}, {1: "Alice", 2: "Bob"}, "everything")


def by_rule(found: dict[str, Any], who: WorkspaceIdentities) -> precedence.Ranked:
    read = found["enabled"] and not found["paused"] and found["disconnected_at"] is None
    organizer, updated = found["organizer"] or "", found["remote_updated_at"]
    return precedence.Ranked(
        found["id"],
        precedence.source(found["provider"], found["kind"], is_read=read),
        organizer,
        organizer in who.verified_of(found["member_id"]),
        precedence.sequence(found["provider"], found["sequence"]),
        datetime.fromisoformat(updated) if updated else None,
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(COPIES, min_size=2, max_size=12))
def test_the_database_ranks_copies_as_the_rule_does(db: None, drawn: list[dict[str, Any]]) -> None:
    who = known()
    told = [copy | {"id": number, "event_id": 7} for number, copy in enumerate(drawn, start=1)]
    facts = ranking.facts(who)
    found = [pk for (pk,) in sql.rows(RANKED.format(facts=facts.text), (json.dumps(told), *facts.params))]
    assert found == [copy.entry_id for copy in precedence.ranked([by_rule(copy, who) for copy in told])]


def test_another_meeting_has_no_part_in_it(db: None) -> None:
    """One without a number counts as the highest of its own meeting's."""
    plain = {"kind": "own", "enabled": True, "paused": False, "disconnected_at": None, "member_id": 1, "organizer": ALICE}
    told = [
        plain | {"id": 1, "event_id": 7, "provider": "microsoft", "sequence": 0, "remote_updated_at": None},
        plain | {"id": 2, "event_id": 7, "provider": "google", "sequence": 1, "remote_updated_at": AT.isoformat()},
        plain | {"id": 3, "event_id": 8, "provider": "google", "sequence": 9, "remote_updated_at": None},
    ]
    facts = ranking.facts(known())
    found = [pk for (pk,) in sql.rows(RANKED.format(facts=facts.text), (json.dumps(told), *facts.params))]
    assert found.index(2) < found.index(1)


# --- the two that ask it ----------------------------------------------------------------------------------------------------------

WORSE: dict[str, dict[str, Any]] = {
    "from a calendar that somebody else fills": {"kind": "subscribed"},
    "from a calendar that stands still": {"paused": True},
    "without an organizer": {"organizer": ""},
    "by an address that is only named": {"organizer": HERS_TOO},
    "of an earlier version": {"sequence": 1},
    "of an earlier change": {"remote_updated_at": AT},
}


@pytest.mark.parametrize("why", WORSE)
@pytest.mark.parametrize("other", WORSE)
def test_a_page_shows_the_copies_by_which_the_meeting_was_settled(alice: Member, why: str, other: str) -> None:
    holds(alice, HERS_TOO)
    desk = Desk(alice, "alice", sharing="everything")
    desk.put("one", "anna@acme.test")
    desk.sync()
    event = Event.objects.get()
    best = _copies(desk, [WORSE[why], *[WORSE[other]] * precedence.MOST_OF_ONE, {}])
    store.reconcile(alice.workspace_id, [event.pk])
    who = who_is_who(alice.workspace_id)
    settled = [copy.entry_id for copy in copies.copies_of(alice.workspace_id, [event.pk], who)[event.pk]]
    assert [copy.rank.entry_id for copy in queries.judged(alice, event.pk)] == settled
    assert settled[0] == best


def _copies(desk: Desk, facts: list[dict[str, Any]]) -> int:
    """The one meeting of a desk, as several other calendars of its owner have it. Returns the last copy's id."""
    entry = Entry.objects.get()
    account = Account.objects.create(
        workspace_id=entry.workspace_id, member=desk.member, provider="memory", server="memory:spare", sharing="everything"
    )
    Entry.objects.update(organizer="", sequence=0)
    pk = 0
    for number, said in enumerate(facts):
        of_calendar = {name: said[name] for name in ("kind", "paused") if name in said}
        of_copy = {"organizer": ALICE, "sequence": 2, "remote_updated_at": START} | {k: v for k, v in said.items() if k not in of_calendar}
        calendar = Calendar.objects.create(
            workspace_id=entry.workspace_id, account=account, remote_id=f"more {number}", name="More", enabled=True, **of_calendar
        )
        copy = Entry.objects.get(pk=entry.pk)
        copy.pk, copy.calendar_id, copy._state.adding = None, calendar.pk, True
        for name, value in of_copy.items():
            setattr(copy, name, value)
        copy.save()
        pk = copy.pk
    return pk
