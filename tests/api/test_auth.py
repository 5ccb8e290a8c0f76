from __future__ import annotations

import pytest

from metwith.workspaces.actions import create_token, remove_member
from tests.api.conftest import Program
from tests.people import NOW

ADDRESSES = ["/people", "/people/1", "/people/1/calendar", "/companies", "/companies/1/calendar", "/opportunities", "/accounts"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_without_a_token_nothing_is_told(db, path):
    answer = Program().get(path)
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["Bearer ", "Bearer metwith_wrong", "Basic YWxpY2U6cGFzcw==", "metwith_x", "Bearer \udcff", "Bearer a b"]
)
def test_a_wrong_token_opens_nothing(alice, header):
    program = Program()
    program.client.defaults["HTTP_AUTHORIZATION"] = header
    assert program.get("/people").status == 401


def test_the_refusal_says_where_tokens_come_from(db):
    assert "token create" in Program().get("/people").message


def test_a_session_of_the_site_opens_nothing(alice):
    program = Program()
    program.client.force_login(alice.user)
    assert program.get("/people").status == 401


def test_a_token_opens_the_workspace_of_its_member(api):
    assert api.get("/people").body == {"items": [], "next": None, "total": 0, "figures_pending": False}


def test_the_token_of_somebody_who_left_is_worth_nothing(alice, bob, program):
    token = create_token(bob, "", now=NOW)
    remove_member(alice, bob.pk, keep=False, now=NOW)
    assert Program(token).get("/people").status == 401
