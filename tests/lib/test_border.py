"""Whatever goes wrong with one item costs that item, and the log tells where and never what."""

from __future__ import annotations

import ast
import re
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from metwith.lib import border
from metwith.lib.border import DEFECT, at_item
from metwith.lib.text import json_of

PACKAGE = Path(border.__file__).resolve().parent.parent
BORDERS = {"lib/border.py", "sync/run.py", "cli/main.py"}
"""The item, the run, and the command line, which raises again."""
SECRET = "the title of somebody's meeting"


class Expected(Exception):
    pass


def fails(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    "error",
    [OverflowError(SECRET), TypeError(SECRET), RecursionError(SECRET), MemoryError(SECRET), KeyError(SECRET), AssertionError(SECRET)],
)
def test_what_nobody_thought_of_is_set_aside_and_the_log_tells_no_content(error: Exception) -> None:
    with capture_logs() as logged:
        assert at_item(partial(fails, error), lambda reason: reason) == DEFECT
    assert [set(line) for line in logged] == [{"event", "log_level", "kind"}]
    assert re.fullmatch(rf"{type(error).__name__} \(border\.py:\d+\)", logged[0]["kind"])


def test_the_place_is_the_last_of_ours() -> None:
    with capture_logs() as logged:
        at_item(lambda: json_of(b"["), lambda reason: reason)
    assert logged[0]["kind"].startswith("JSONDecodeError (text.py:")


def test_what_was_expected_gives_its_own_words_and_no_line() -> None:
    with capture_logs() as logged:
        assert at_item(partial(fails, Expected("in words")), lambda reason: reason, known=(Expected,)) == "in words"
    assert logged == []


@pytest.mark.parametrize("error", [Expected(), KeyboardInterrupt(), SystemExit()])
def test_what_says_nothing_of_the_item_goes_on(error: BaseException) -> None:
    with pytest.raises(type(error)):
        at_item(partial(fails, error), lambda reason: reason, passing=(Expected,))


def test_nothing_else_in_the_product_catches_everything() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node)
    }
    assert {name for name in found if not any(name.endswith(border) for border in BORDERS)} == set()
    assert any(name.endswith("lib/border.py") for name in found)


def _catches_all(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}) for kind in caught)
