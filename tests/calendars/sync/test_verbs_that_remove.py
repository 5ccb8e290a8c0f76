"""Every place at which rows are deleted is known, and of those that take meetings away, what bounds them.

A new one fails here until somebody has thought of it: what can be more than a page is marked and left to a job (`sync/purge.py`).
"""

from __future__ import annotations

import ast
from pathlib import Path

import metwith

ROOT = Path(metwith.__file__).parent
ROOMS = ("accounts", "calendars", "engine", "notes", "privacy", "workspaces")
"""Whose tables hold meetings, or lead to some by a cascade."""

MEETINGS = {
    "calendars/sync/aside": "what is set aside and names an erased address: seen by nobody, in one statement",
    "calendars/sync/aside.judge": "what is set aside, a page",
    "calendars/sync/aside.purge_old": "what is set aside, seen by nobody",
    "calendars/sync/aside.exclude_set_aside": "what is set aside of one meeting",
    "calendars/sync/prune._cut": "one series, of a batch that redecide and erasing bound",
    "calendars/sync/prune._remove": "what a batch loses, in redecide's and erasing's pages",
    "calendars/sync/purge.take_copies": "a page",
    "calendars/sync/meeting/alike.join": "copies that a feed names a second time: the meeting stays, by the other one",
    "calendars/sync/meeting/alike._turn_entries": "the same",
    "calendars/sync/meeting/alike._turn_series": "the same, of series",
    "calendars/sync/meeting/parting._move": "rows whose copies were all brought to another row before",
    "calendars/sync/purge.calendars_page": "of series and traces, when the copies are gone",
    "calendars/sync/purge.account_page": "an account without copies",
    "calendars/sync/store.remove_items": "what a provider's page or listing no longer names",
    "calendars/sync/store.write_changes": "the same",
    "calendars/sync/copy_signals.remove_copies": "the copies that all of these name",
    "calendars/sync/copy_signals.replace_copies": "what a feed names a second time",
    "calendars/sync/store.reconcile": "events without a copy, of the caller's page",
    "calendars/sync/store._write_series": "the series of a provider's page, to be written anew",
    "calendars/sync/exclude._cut_series": "the series of one meeting; its copies are marked",
    "workspaces/actions.delete_workspace": "everything, in one statement: there is nobody left to see half of it",
    "workspaces/actions.end_member": "a member without copies",
    "workspaces/actions._forget": "users without a member",
}
OTHERS = {
    "accounts/blocks.remove_block",
    "accounts/oauth/clients.remove_client",
    "accounts/oauth/delegation.remove_organisation",
    "calendars/exports/subscribe.end_all",
    "calendars/exports/subscribe.forget_subscriptions",
    "calendars/exports/subscribe.unsubscribe",
    "engine/webhooks._accept",
    "engine/inquiries._make_room",
    "engine/inquiries.end",
    "engine/inquiries.give_up",
    "engine/inquiries.discard",
    "notes/actions.delete_note",
    "notes/following._back_on",
    "notes/following._hand_over",
    "notes/following._leave",
    "notes/following.erase_notes",
    "privacy/erasure._keep_out",
    "calendars/actions/contacts.let_strangers_in",
    "calendars/actions/own_copy.let_in",
    "calendars/actions/own_copy.set_level",
    "calendars/actions/undo_contacts._remove",
    "calendars/receivers.part_with_member",
    "calendars/providers/memory.move",
    "calendars/providers/memory.rename",
    "calendars/sync/aside._stays",
    "calendars/sync/aside._take_back",
    "calendars/sync/prune._leave",
    "calendars/intents/noting.hand_over",
    "calendars/sync/relink.unlink_record",
    "engine/linking.unlink_record",
    "engine/linking.hand_over_links",
    "engine/linking.link",
    "calendars/sync/meeting/parting.take_over",
    "engine/push._end",
    "engine/push._note",
    "engine/push._opened",
    "engine/push.end",
    "engine/push.forgotten",
    "calendars/sync/reevaluate.redecide",
    "engine/removals._page",
    "calendars/sync/store._settle_attendees",
    "engine/traces.sweep",
    "engine/traces.write",
    "calendars/upkeep",
    "workspaces/scope.delete",  # how each of them deletes a row that it holds
    "workspaces/actions._retire",
    "workspaces/actions.add_member",
    "workspaces/actions.remove_member",
    "workspaces/actions.revoke_token",
    "workspaces/actions.withdraw_invitation",
    "workspaces/addresses._drop",
    "workspaces/domains.decide_domain",
    "workspaces/ways_in.end_ways_in",
    "workspaces/sessions.delete",
}
"""Of rows that no meeting hangs on."""


DELETES = {"delete", "_raw_delete", "adelete", "remove_copies", "replace_copies"}


def deleting() -> set[str]:
    """The functions in which something is deleted, by the ORM or by hand."""
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "migrations" not in path.parts:
                found |= _in(path)
    return found


def _in(path: Path) -> set[str]:
    name = str(path.relative_to(ROOT).with_suffix(""))
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    by_hand = {name} if any(_is_statement(node) for node in ast.walk(tree)) else set()
    return by_hand | {f"{name}.{function.name}" for function in functions if any(_deletes(node) for node in ast.walk(function))}


def _deletes(node: ast.AST) -> bool:
    named = node.func if isinstance(node, ast.Call) else None
    return (isinstance(named, ast.Attribute) and named.attr in DELETES) or (isinstance(named, ast.Name) and named.id in DELETES)


def _is_statement(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().upper().startswith(("DELETE ", "TRUNCATE "))
    )


def test_every_place_that_deletes_is_known() -> None:
    assert deleting() - MEETINGS.keys() - OTHERS == set()


def test_none_is_listed_that_is_not_there_any_more() -> None:
    assert (MEETINGS.keys() | OTHERS) - deleting() == set()


def test_a_copy_is_deleted_in_one_place_which_says_why() -> None:
    """What else is kept with it (metwith/notes/) hears there whether it goes, too: see tests/notes/test_following.py."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for function in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)):
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
            chains = [ast.unparse(call.func) for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in DELETES]
            found |= {function.name for chain in chains if "Entry.objects" in chain or "_entries(" in chain}
    assert found == {"remove_copies"}
