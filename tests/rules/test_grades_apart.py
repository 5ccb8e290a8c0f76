"""The grades of an address are kept apart by types: only rules/identity.py makes one out of a text, and mypy lets no text stand for one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from mypy import api

import metwith

CODE = Path(metwith.__file__).parent
MAKER, DEFINED = CODE / "rules" / "identity.py", CODE / "rules" / "own_identities.py"
GRADES = {"OneOfUs", "Verified"}


def makes_one(source: str) -> bool:
    """Whether code could make one: it has the name while it runs, as a module's or by itself, or casts to it."""
    tree = ast.parse(source)
    typing_only = {id(node) for block in ast.walk(tree) if _for_types(block) for node in ast.walk(block)}
    return any(_reaches(node) for node in ast.walk(tree) if id(node) not in typing_only)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _reaches(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(alias.name in GRADES or (alias.name == "*" and node.module == "metwith.rules.own_identities") for alias in node.names)
    if isinstance(node, ast.Call):
        cast = getattr(node.func, "id", getattr(node.func, "attr", ""))
        names = {
            part.value if isinstance(part, ast.Constant) else getattr(part, "id", "") for arg in node.args[:1] for part in ast.walk(arg)
        }
        return cast in GRADES or (cast == "cast" and any(grade in str(name) for grade in GRADES for name in names))
    return isinstance(node, ast.Attribute) and node.attr in GRADES


def test_only_one_module_makes_them():
    makers = {path for path in CODE.rglob("*.py") if makes_one(path.read_text(encoding="utf-8"))}
    assert makers == {MAKER}
    assert "NewType" in DEFINED.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "source",
    [
        "from metwith.rules.own_identities import Verified",
        "from metwith.rules.own_identities import OneOfUs as Known",
        "from metwith.rules.own_identities import *",
        "from metwith.rules import own_identities\nmake = own_identities.Verified",
        "from typing import cast\nours = frozenset(cast('Verified', a) for a in typed)",
        "import typing\nours = typing.cast('frozenset[OneOfUs]', typed)",
    ],
)
def test_each_road_to_one_is_seen(source: str):
    assert makes_one(source)
    assert not makes_one("if TYPE_CHECKING:\n    from metwith.rules.own_identities import Verified\ndef f(a: Verified) -> str: return a")


SNIPPET = """
from metwith.rules.identity import WorkspaceIdentities
from metwith.rules.own_identities import OneOfUs, OwnIdentities
from metwith.rules.show import Viewer

def sees(who: WorkspaceIdentities, typed: str, named: OneOfUs) -> None:
    Viewer(1, who.verified_of(1))
    {wrong}
"""
WRONG = (
    "Viewer(1, frozenset({typed}))",
    "Viewer(1, frozenset({named}))",
    "Viewer(1, who.addresses_of(1))",
    "Viewer(1, who.claimed)",
    "OwnIdentities(frozenset({typed}), frozenset())",
)


@pytest.mark.thorough
def test_a_text_cannot_stand_where_a_verified_address_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nor a named one; and what is verified can."""
    monkeypatch.chdir(CODE.parent)
    (tmp_path / "empty.ini").write_text("[mypy]\n")
    snippet = tmp_path / "snippet.py"
    snippet.write_text(SNIPPET.replace("{wrong}", "\n    ".join(WRONG)))
    options = ["--config-file", str(tmp_path / "empty.ini"), "--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path)]
    said, wrong, _status = api.run([*options, "--no-error-summary", str(snippet)])
    assert wrong == ""
    first = SNIPPET[: SNIPPET.index("{wrong}")].count("\n") + 1
    assert [int(line.split(":")[1]) for line in said.splitlines() if ": error:" in line] == [first + n for n in range(len(WRONG))], said
