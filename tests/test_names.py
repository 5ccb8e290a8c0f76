"""The house is found by its names: folders small enough to read, each with a sentence; a class name means one thing; the field's words."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import grimp

import metwith

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(metwith.__file__).parent
MOST = 20
"""Python files of a folder's own."""
# Our own words of before, where the field has one (docs/glossary.md): as a class, a function, a module or a parameter, private ones too.
GONE = {
    "Eyes", "Sight", "Ask", "Turn", "Knife", "Sifted", "Out", "Standing", "Departure", "Grant", "CopyOf", "CopyFacts", "Told", "WhoIsWho", "Gate", "Habits",
    "Emptied", "Paces", "News", "Set", "What", "Proof", "Sought", "Held", "Found", "Mark", "Ours",
    "eyes", "sift", "left_in", "speaker", "nobody", "ours", "standing", "depart", "arrive", "grant", "welcome", "hear", "doubt", "settle", "spread", "beyond",
    "sight", "places", "usual", "pace", "luck", "looker", "seen_as", "unproven", "turn",
}  # fmt: skip
# Verbs that tell nothing without the noun, where everybody may call them; and what a parameter holds is no news either.
BARE = {"take", "keep", "told", "found", "held", "said", "given", "those"}
VERBS = {"keep"}
"""Of a parameter they say that something stays, which is what it holds."""
FEW = 2
"""Modules in which a public function's name may stand, but for views and commands, which are named after their page."""
NAMED_AFTER_PAGES = ("web", "api", "cli")


def folders() -> Iterator[Path]:
    for path in sorted({file.parent for file in ROOT.rglob("*.py")}):
        if "migrations" not in path.parts:
            yield path


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Of the product, without the practice servers, which speak as the services that they stand for."""
    for path in sorted(ROOT.rglob("*.py")):
        where = path.relative_to(ROOT)
        if where.parts[0] != "practice" and "migrations" not in where.parts:
            yield where.as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_a_folder_is_small_enough_to_be_read():
    many = {path.relative_to(ROOT).as_posix(): len(list(path.glob("*.py"))) for path in folders()}
    assert {path: number for path, number in many.items() if number > MOST} == {}


def test_every_folder_says_in_a_sentence_what_it_is():
    silent = {
        path.relative_to(ROOT).as_posix() for path in folders() if not ast.get_docstring(ast.parse((path / "__init__.py").read_text()))
    }
    assert silent == set()


def test_a_class_name_means_one_thing():
    where = defaultdict(set)
    for path, tree in modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].add(path)
    assert {name: places for name, places in where.items() if len(places) > 1} == {}


def test_a_public_function_is_called_what_few_others_are():
    where = defaultdict(set)
    for path, tree in modules():
        if not path.startswith(NAMED_AFTER_PAGES):
            for node in tree.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                    where[node.name].add(path)
    assert {name: places for name, places in where.items() if len(places) > FEW} == {}


def names_in(path: str, tree: ast.Module) -> Iterator[str]:
    """The names of a file's classes, functions and parameters, and its own; private ones without their underscore."""
    yield Path(path).stem
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name.strip("_")
        elif isinstance(node, ast.arg):
            yield node.arg.strip("_")


def bare_words_of(tree: ast.Module) -> Iterator[str]:
    """The names of its public functions and methods, and of all parameters."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg) and node.arg not in VERBS:
            yield node.arg


def test_no_word_of_our_own_stands_where_the_field_has_one():
    found = {f"{path}: {word}" for path, tree in modules() for word in names_in(path, tree) if word in GONE}
    assert found == set()


def test_a_public_verb_has_its_noun_and_a_parameter_says_what_it_holds():
    found = {f"{path}: {word}" for path, tree in modules() for word in bare_words_of(tree) if word in BARE}
    assert found == set()


def test_no_files_import_each_other_in_a_circle():
    """Only what runs counts: what a type checker alone reads may point anywhere."""
    graph = grimp.build_graph("metwith", exclude_type_checking_imports=True, cache_dir=None)
    TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}).prepare()


# Called by tests alone, and why they are there all the same.
FOR_TESTS = {
    "calendars/providers/memory.py: forget_servers": "the memory provider is shipped so that tests need no patches; each begins without servers",
}  # fmt: skip


def words_of(path: Path) -> Iterator[str]:
    """What a file names: names, attributes and imports of Python, words of its strings but for docstrings; all words of anything else."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from re.findall(r"\w+", text)
        return
    tree = ast.parse(text)
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.AnnAssign)
    docstrings = {
        id(after.value)
        for node in ast.walk(tree)
        for before, after in pairwise([node, *getattr(node, "body", [])] if isinstance(getattr(node, "body", None), list) else [])
        if isinstance(after, ast.Expr) and isinstance(before, described)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name
            case ast.Constant(value=str(said)) if id(node) not in docstrings:
                yield from re.findall(r"\w+", said)


def test_a_public_function_is_asked_for_by_the_product_itself():
    """What only tests call is kept alive by them. By name alone, so of two that share a name one may be dead; decorators may keep a list."""
    files = [path for path in ROOT.rglob("*") if path.suffix in {".py", ".html", ".txt", ".xml"} and "locale" not in path.parts]
    named = {word for path in files for word in words_of(path)}
    unasked = {
        f"{path}: {node.name}"
        for path, tree in modules()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list and node.name not in named
        if not node.name.startswith("_") and node.name != "main"
    }
    assert unasked == FOR_TESTS.keys()
