"""Files to take along hold up nothing while they are sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from metwith.lib.errors import Invalid
from metwith.web.site import files as subject
from tests.people import company

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

PRODUCT = Path(__file__).resolve().parents[3] / "metwith"


def test_a_file_is_whole_before_it_leaves():
    answer = subject.to_take_along(iter(["a,b\r\n", "ü,d\r\n"]), "große.csv", "text/csv; charset=utf-8")
    assert answer.content == "a,b\r\nü,d\r\n".encode()
    assert not answer.streaming
    assert answer["Content-Disposition"].startswith("attachment; filename")


def test_a_file_beyond_the_bound_is_refused_and_read_no_further(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subject, "LARGEST", 10)
    pieces = iter(["12345"] * 9)
    with pytest.raises(Invalid, match="shorter period"):
        subject.to_take_along(pieces, "a.csv", "text/csv")
    assert len(list(pieces)) == 6


def test_nothing_is_written_while_it_is_sent():
    """A new exit that streams would hold a thread and a connection for the slowest reader."""
    found = [
        path.name for path in PRODUCT.rglob("*.py") if any(word in path.read_text() for word in ("StreamingHttpResponse", "FileResponse"))
    ]
    assert found == []


@pytest.mark.django_db(transaction=True)
def test_the_databases_connection_is_another_s_before_an_answer_is_sent(as_alice: Client, alice: Member):
    company(alice, "Acme", "acme.example")
    for path in ("/", "/companies/export.csv", "/settings/audit/export.csv"):
        assert as_alice.get(path).status_code == 200
        assert connection.connection is None, path
