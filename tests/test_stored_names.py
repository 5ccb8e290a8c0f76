"""What is stored, or known to others, keeps its name, wherever the code that it belongs to lies and whatever that is called.

All of it stands in `stored_names.txt`. A line that goes or changes breaks what an installation holds, or what somebody wrote down: leave the
name and change the code. What is new gets its line there.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import pkgutil
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.urls import URLResolver, get_resolver
from procrastinate.contrib.django import app as queue

import metwith
from metwith.accounts.queries import digest_of
from metwith.calendars import vocabulary
from metwith.calendars.exports.record_file import namer
from metwith.calendars.providers.caldav.cursor import CalDavCursor as OfCalDAV
from metwith.calendars.providers.caldav.fingerprint import Fingerprint, Item
from metwith.calendars.providers.google import cursor as of_google
from metwith.calendars.providers.ics.cursor import Digests
from metwith.calendars.providers.ics.cursor import FeedCursor as OfFeed
from metwith.calendars.providers.microsoft.cursor import GraphCursor as OfMicrosoft
from metwith.calendars.providers.microsoft.cursor import Window
from metwith.calendars.sync import overrides
from metwith.calendars.sync.access import content_key
from metwith.cli.main import build
from metwith.engine import inquiries, push, slots
from metwith.lib import secrets
from metwith.server import environment
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve()
LIST = HERE.with_name("stored_names.txt")
PRODUCT = HERE.parent.parent / "metwith"
OURS = ("accounts", "calendars", "notes", "overview", "records", "workspaces")


@cache
def modules() -> tuple[Any, ...]:
    """All of the product but the practice servers, which store nothing, and what runs something where it is imported."""
    names = [found.name for found in pkgutil.walk_packages(metwith.__path__, "metwith.")]
    left_out = ("metwith.practice", "metwith.settings", "metwith.wsgi")
    runs = {"__main__", "site", "launch"}
    return tuple(importlib.import_module(name) for name in names if not name.startswith(left_out) and name.rpartition(".")[2] not in runs)


def tasks() -> Iterator[str]:
    """They stand in the queue, in the table of what comes around, and in the SQL of the due list."""
    modules()
    for task in queue.tasks.values():
        if task.name and task.name.startswith("metwith"):
            yield f"task {task.name} {task.queue} {task.queueing_lock or '-'}"


def tables() -> Iterator[str]:
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            yield f"table {label} {model._meta.db_table}: {' '.join(sorted(str(field.column) for field in model._meta.local_fields))}"
            for found in (*model._meta.constraints, *model._meta.indexes):
                kind = "index" if found in model._meta.indexes else "constraint"
                yield " ".join((kind, model._meta.db_table, str(found.name)))


def enumerations() -> Iterator[str]:
    """Values alone: what a class is called is nobody's business. What the command line tells apart is stored nowhere."""
    for module in modules():
        if module.__name__.startswith("metwith.cli"):
            continue
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Enum) and found.__module__ == module.__name__ and len(found):
                yield f"values {'|'.join(sorted(str(member.value) for member in found))}"


def digests() -> Iterator[str]:
    """What comes of the key of the tests: a purpose that was spelled otherwise would give something else."""
    yield f"digest trace {secrets.keyed_digest(1, 2, 'text')}"
    yield f"digest erased {digest_of(1)('anna@acme.example')}"
    yield f"digest handed out {namer(1)('uid', 'key')}"
    yield f"digest taken out {overrides.marker(1, 2)('uid', 'key')}"
    yield f"digest channel {push.digest('secret')}"
    yield f"digest content {content_key(1)}"
    yield f"digest host {slots.host_digest('dav.acme.example')}"
    yield f"digest session {inquiries.session_digest('session')}"
    yield f"digest feed {Digests(secrets.digester(1, 2)).of(b'part', size=8).hex()}"
    yield f"digest django {secrets.django_secret_key()[:32]}"
    yield f"own {vocabulary.OWN_UID} {vocabulary.OWN_MARK}"


def cursors() -> Iterator[str]:
    yield f"cursor google {of_google.dump('token')}"
    window = Window.around(datetime.fromisoformat(f"{NOW:%Y-%m-%dT%H:%M:%S}Z"))
    yield f"cursor microsoft {OfMicrosoft('https://graph.example/delta', window).dump()}"
    key = secrets.digester(1, 2)("caldav fingerprint").encode()[:64]
    yield f"cursor caldav {OfCalDAV(Fingerprint.of([Item('/cal/', '/cal/a.ics', '1')], key), 1, 2, 'reader', 'token').dump()}"
    yield f"cursor ics {OfFeed('UTC', 'etag', 'modified', 'body', 60, {b'n' * 8: b'c' * 8}).dump()}"


def sessions() -> Iterator[str]:
    """What the pages keep in a session: the constants by which they ask for it."""
    for path in sorted((PRODUCT / "web").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {name: value for node in tree.body if isinstance(node, ast.Assign) for name, value in _assigned(node)}
        for node in ast.walk(tree):
            if (key := _of_session(node)) is not None:
                yield f"session {constants[key.id] if isinstance(key, ast.Name) else ast.literal_eval(key)}"


def _assigned(node: ast.Assign) -> list[tuple[str, str]]:
    try:
        value = ast.literal_eval(node.value)
    except ValueError:
        return []
    target = node.targets[0]
    if isinstance(target, ast.Tuple):
        return [(name.id, one) for name, one in zip(target.elts, value, strict=True) if isinstance(name, ast.Name)]
    return [(target.id, value)] if isinstance(target, ast.Name) else []


def _of_session(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Subscript) and _is_session(node.value):
        return node.slice
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "pop", "setdefault"}:
        return node.args[0] if _is_session(node.func.value) else None
    return None


def _is_session(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "session"


def addresses() -> Iterator[str]:
    """Of pages, the API and hooks."""

    def routes(resolver: URLResolver, before: str) -> Iterator[str]:
        for found in resolver.url_patterns:
            route = before + str(found.pattern)
            yield from routes(found, route) if isinstance(found, URLResolver) else [f"address /{route}"]

    yield from routes(get_resolver(), "")


def words() -> Iterator[str]:
    """Of the command line."""

    def said(parser: argparse.ArgumentParser, before: str) -> Iterator[str]:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, below in action.choices.items():
                    yield from said(below, f"{before} {name}")
        given = sorted(word for action in parser._actions for word in action.option_strings or [f"<{action.dest}>"])
        yield f"command {before}: {' '.join(word for word in given if word not in {'-h', '--help', '<==SUPPRESS==>'})}"

    yield from said(build(), "metwith")


def settings() -> Iterator[str]:
    yield from (f"setting {name}" for name in environment.SETTINGS)


KINDS = (tasks, tables, enumerations, digests, cursors, sessions, addresses, words, settings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_stored_keeps_its_name(kind):
    known, here = set(LIST.read_text(encoding="utf-8").splitlines()), set(kind())
    assert here
    beginnings = {line.partition(" ")[0] for line in here}
    assert here ^ {line for line in known if line.partition(" ")[0] in beginnings} == set()


def test_every_line_is_of_a_kind_that_is_looked_at():
    assert {line for line in LIST.read_text(encoding="utf-8").splitlines() if line} == {line for kind in KINDS for line in kind()}


def test_no_model_differs_from_its_migrations():
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    assert {app: [str(operation) for migration in found for operation in migration.operations] for app, found in changes.items()} == {}
