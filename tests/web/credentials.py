"""Which functions make a credential, found in the code itself: those that write one, and all that lead to them."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import metwith

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(metwith.__file__).parent
ROOMS = ("workspaces", "accounts", "records", "calendars", "engine", "privacy", "web", "api")
MODELS = {"ApiToken", "Subscription", "OAuthClient", "Organisation", "Enrolment", "Authenticator", "SocialAccount", "User"}
"""Whoever makes a row of these has made a way in, or a key to others' calendars."""
MAKE = {"create", "update_or_create", "get_or_create", "bulk_create", "aupdate_or_create", "acreate"}
ALWAYS = {"set_password", "create_user"}
"""Methods that make one on whatever object."""


def makers() -> set[str]:
    """Dotted names of the functions and classes of ours from which one is reached. Models are not looked into: every function names one."""
    writes: set[str] = set()
    callers: defaultdict[str, set[str]] = defaultdict(set)
    for room in ROOMS:
        for path in (path for path in (PACKAGE / room).rglob("*.py") if path.name != "models.py"):
            module = ".".join(("metwith", *path.relative_to(PACKAGE).with_suffix("").parts))
            for unit, node, names in _units(module, ast.parse(path.read_text(encoding="utf-8"))):
                if any(_makes(inner) for inner in ast.walk(node)):
                    writes.add(unit)
                for used in _used(node, names):
                    callers[used].add(unit)
    found, waiting = set(writes), list(writes)
    while waiting:
        new = callers[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _units(module: str, tree: ast.Module) -> Iterator[tuple[str, ast.AST, dict[str, str]]]:
    """Each function and class at the top, with what the names in it stand for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {known.asname or known.name: f"{node.module}.{known.name}" for known in node.names}
    tops = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    names |= {node.name: f"{module}.{node.name}" for node in tops}
    for node in tops:
        yield f"{module}.{node.name}", node, names


def _used(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in names:
            yield names[inner.id]
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id in names:
            yield f"{names[inner.value.id]}.{inner.attr}"


def _makes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in MODELS
    if not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in ALWAYS or (node.func.attr in MAKE and bool(_names(node.func) & MODELS))


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
