"""What is said in one place: who may, whose something is, what is no address, and how a letter goes out."""

from __future__ import annotations

from pathlib import Path

import pytest

import metwith

HERE = Path(metwith.__file__).parent


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("Only an admin can", {"workspaces/may.py"}),
        ("Only an owner can do this.", {"workspaces/may.py"}),
        ("Only an owner or admin of the workspace can", set()),
        ("This account belongs to somebody else", {"accounts/actions.py"}),
        ("This calendar belongs to somebody else", {"calendars/actions/whose.py"}),
        ("” is not an e-mail address", {"workspaces/addresses.py", "records/fields.py"}),
        ("send_mail", {"lib/mail.py"}),
    ],
)
def test_it_is_said_in_one_place(words: str, places: set[str]) -> None:
    files = [file for file in HERE.rglob("*.py") if "practice" not in file.parts]
    assert {str(file.relative_to(HERE)) for file in files if words in file.read_text(encoding="utf-8")} == places
