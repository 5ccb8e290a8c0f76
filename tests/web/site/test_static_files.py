"""Static files that browsers keep, and pages that are sent small."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles import finders

from metwith.web.site.static_files import MarkedStorage, body_of
from metwith.workspaces import actions
from tests.people import NOW, person

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from metwith.workspaces.models import Member

CSS = "metwith/metwith.css"


def test_a_name_holds_a_mark_of_the_content():
    body = body_of(CSS)
    assert body
    assert MarkedStorage().url(CSS) == f"/static/metwith/metwith.{body.mark}.css"
    assert MarkedStorage().url("no/such/file.css") == "/static/no/such/file.css"
    assert MarkedStorage().url("django_htmx/htmx-2.min.js").endswith(".js")


def test_another_content_is_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "a.css"
    monkeypatch.setattr(finders, "find", lambda _name: str(file))
    marks = []
    for text in ("a {}", "b {}"):
        file.write_text(text)
        body_of.cache_clear()
        body = body_of("a.css")
        assert body
        marks.append(body.mark)
    body_of.cache_clear()
    assert len(set(marks)) == 2


def test_a_marked_file_is_kept_for_a_year_and_sent_small(client: Client):
    url = MarkedStorage().url(CSS)
    answer = client.get(url, headers={"accept-encoding": "gzip, br"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (answer["Content-Type"], answer["Content-Encoding"], answer["Vary"]) == ("text/css; charset=utf-8", "gzip", "Accept-Encoding")
    plain = client.get(url)
    assert "Content-Encoding" not in plain
    assert gzip.decompress(answer.content) == plain.content
    assert len(answer.content) < len(plain.content) / 3
    assert "Content-Encoding" not in client.get(url, headers={"accept-encoding": "gzip;q=0"})
    assert "Content-Security-Policy" in plain


@pytest.mark.parametrize(
    "path", ["metwith/metwith.000000000000.css", "../settings.000000000000.py", "metwith.000000000000.css", "/etc/x.000000000000.d"]
)
def test_a_mark_that_was_never_made_answers_nothing(client: Client, path: str, db: None):
    assert client.get(f"/static/{path}").status_code in {400, 404}


def test_pages_and_the_api_are_sent_small_to_who_asks_and_never_the_same_twice(as_alice: Client, alice: Member):
    for number in range(40):
        person(alice, f"Person {number}")
    plain = as_alice.get("/people/")
    packed = [as_alice.get("/people/", headers={"accept-encoding": "gzip"}) for _ in range(12)]
    assert {answer["Content-Encoding"] for answer in packed} == {"gzip"}
    assert "Content-Encoding" not in plain
    assert len(packed[0].content) < len(plain.content) / 2
    # Against guessing by length (BREACH): random bytes stand in the head, and the token of forms is masked anew.
    assert len({len(answer.content) for answer in packed}) > 1
    tokens = {re.findall(rb'X-CSRFToken": "(\w+)"', gzip.decompress(answer.content))[0] for answer in packed[:2]}
    assert len(tokens) == 2
    token = actions.create_token(alice, "Script", now=NOW)
    found = as_alice.get("/api/v1/people", headers={"accept-encoding": "gzip", "authorization": f"Bearer {token}"})
    assert found["Content-Encoding"] == "gzip"
