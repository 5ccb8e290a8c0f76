"""Cells that a spreadsheet would run, in every file that it might open. What makes them harmless is tried in tests/records/test_csv_text.py."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metwith.records.csv_text import FORMULA
from metwith.records.models import Company, Opportunity, Person
from metwith.workspaces.models import ApiToken, User, Workspace
from tests.exits.requests import exits
from tests.exits.test_matrix import answers, told
from tests.exits.world import World

pytestmark = pytest.mark.django_db

FORMULAS = ("=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "'=1+1")


def test_no_cell_of_any_file_is_run_by_a_spreadsheet():
    world = World("everything", "everything")
    admin = world.viewers["an admin"]
    files = [
        exit_ for exit_ in exits(world.ids()) if any("csv" in answer.headers.get("Content-Type", "") for answer in answers(admin, exit_))
    ]
    assert len(files) >= 3
    for formula in FORMULAS:
        _write(world, formula)
        for exit_ in files:
            answer = admin.browser.get(exit_.path)
            assert "attachment" in answer.headers["Content-Disposition"], exit_.name
            text = told(answer).partition("\n\n")[2]
            cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
            assert [cell for cell in cells if FORMULA.match(cell) and not cell.startswith("'")] == [], exit_.name


def _write(world: World, formula: str) -> None:
    """Into every name that a file may hold."""
    space = world.alice.workspace_id
    for model in (Person, Company, Opportunity):
        model.objects.of(space).update(name=formula)
    Person.objects.of(space).update(job_title=formula)
    User.objects.filter(memberships__workspace=space).update(name=formula)
    Workspace.objects.filter(pk=space).update(name=formula)
    ApiToken.objects.of(space).update(name=formula)


def test_what_comes_in_again_is_no_formula_either():
    """A file goes out, somebody else's spreadsheet writes it, it comes in, and goes out once more."""
    world = World("everything", "everything")
    browser = world.viewers["an admin"].browser
    sheet = SimpleUploadedFile("companies.csv", b'name,domains\n"=1+1",evil.example\n')
    there = browser.post("/companies/import/", {"file": sheet})["Location"]
    browser.post(f"{there}columns/", {"column-0": "name", "column-1": "domains"})
    browser.post(f"{there}store/")
    assert "'=1+1" in told(browser.get("/companies/export.csv"))
