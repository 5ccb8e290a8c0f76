"""The machine that guards the border of a workspace: a query of the product on a workspace's table must name its workspace.

Every statement of every test passes by here. Judged is what code under metwith/ asks (the nearest frame that is no library's); what a
test itself asks is its own affair. INSERTs carry the workspace in their rows. UPDATE and DELETE by the primary key of a row that was
fetched before are allowed, a plain SELECT by id is not: that is how one workspace would read another's rows.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import connections
from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from django.db import models

PRODUCT = str(Path(__file__).resolve().parent.parent / "metwith")
LIBRARIES = ("site-packages", f"{sys.base_prefix}/lib/", "<frozen", "<string>")
NESTED = re.compile(r"\(\s*(?:SELECT|WITH)\b", re.IGNORECASE)
PARENTHESIS = re.compile(r"[()]")
TABLES = re.compile(r'(?:\b(?:FROM|JOIN|USING|UPDATE)\s+(?:ONLY\s+)?|,\s*)"?(\w+)"?', re.IGNORECASE)
BY_KEY = re.compile(r'\bWHERE\s+\(?"?\w*"?\.?"id"\s*(?:=|IN)\s*[^"]*$', re.IGNORECASE)

FETCHED_ALONG = re.compile(r'"workspace_id" = \(?"workspaces_workspace"\."id"')
"""`select_related("workspace")` names the column without narrowing anything."""


class CrossedBorder(AssertionError):
    """A query on a workspace's table that does not say which workspace."""


def owned_models() -> list[type[models.Model]]:
    """The models behind the border."""
    from metwith.workspaces.scope import OwnedByWorkspace  # noqa: PLC0415  models need Django set up

    return [model for model in apps.get_models() if issubclass(model, OwnedByWorkspace)]


@lru_cache(maxsize=10_000)
def trespass(sql: str, tables: frozenset[str]) -> str:
    """The table that a statement reads, changes or empties without naming its workspace; `""` when there is none."""
    text = re.sub(r"\bDISTINCT ON\b", "DISTINCT", sql, flags=re.IGNORECASE)
    if re.match(r"\s*INSERT\b", text, re.IGNORECASE):
        source = re.search(r"\bSELECT\b", text, re.IGNORECASE)
        text = text[source.start() :] if source else ""
    flat, inner = _unfold(text)
    for part in inner:
        if found := trespass(part, tables):
            return found
    for part in re.split(r"\b(?:UNION|INTERSECT|EXCEPT)\b", flat, flags=re.IGNORECASE):
        if found := _trespass_flat(part, tables):
            return found
    return ""


def _trespass_flat(text: str, tables: frozenset[str]) -> str:
    begins = re.search(r"\b(FROM|UPDATE)\b", text, re.IGNORECASE)
    if begins is None:
        return ""
    named = [name for name in TABLES.findall(text[begins.start() :]) if name in tables]
    conditions = re.search(r"\b(WHERE|ON)\b.*", text[begins.start() :], re.IGNORECASE | re.DOTALL)
    if not named or (conditions and re.search(r"\bworkspace_id\b", FETCHED_ALONG.sub("", conditions[0]))):
        return ""
    changes = re.match(r"\s*(UPDATE|DELETE)\b", text, re.IGNORECASE)
    return "" if changes and BY_KEY.search(text) else str(named[0])


def _unfold(text: str) -> tuple[str, list[str]]:
    """A statement with its nested selects cut out, and those."""
    inner: list[str] = []
    while begins := NESTED.search(text):
        ends = _closing(text, begins.start())
        inner.append(text[begins.start() + 1 : ends])
        text = f"{text[: begins.start()]}(nested){text[ends + 1 :]}"
    return text, inner


def _closing(text: str, opening: int) -> int:
    depth = 0
    for found in PARENTHESIS.finditer(text, opening):
        depth += 1 if found[0] == "(" else -1
        if depth == 0:
            return found.start()
    return len(text)


def asked_by_product(frame: FrameType | None) -> bool:
    """Whether the nearest frame that is no library's lies under metwith/."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name != __file__ and not any(mark in name for mark in LIBRARIES):
            return name.startswith(PRODUCT)
        frame = frame.f_back
    return False


class Guard:
    """An execute wrapper of Django's (`connection.execute_wrapper`)."""

    def __init__(self) -> None:
        self.tables = frozenset(model._meta.db_table for model in owned_models())

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if (found := trespass(str(sql), self.tables)) and asked_by_product(sys._getframe()):
            raise CrossedBorder(f"a query on {found} does not name its workspace: {sql}")
        return execute(sql, params, many, context)


@contextmanager
def at_every_connection(wrapper: Callable[..., Any]) -> Iterator[None]:
    """An execute wrapper of Django's stands at every connection, also those of a live server's threads."""

    def watch(connection: Any, **_: Any) -> None:
        if wrapper not in connection.execute_wrappers:
            connection.execute_wrappers.append(wrapper)

    connection_created.connect(watch)
    for connection in connections.all(initialized_only=True):
        watch(connection)
    yield
    connection_created.disconnect(watch)


@pytest.fixture(scope="session", autouse=True)
def border() -> Iterator[None]:
    """For the whole run."""
    with at_every_connection(Guard()):
        yield
