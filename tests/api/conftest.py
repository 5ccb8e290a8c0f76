"""A program that speaks to the API with the token of a member."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from metwith.workspaces.actions import create_token
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.workspaces.models import Member


@dataclass
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        """Of an error."""
        return str(self.body["error"]["code"])

    @property
    def field(self) -> str | None:
        """Of an error."""
        field: str | None = self.body["error"].get("field")
        return field

    @property
    def message(self) -> str:
        """Of an error."""
        return str(self.body["error"]["message"])


class Program:
    """Speaks JSON, knows a token."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"} if token else None)

    def get(self, path: str, **asked: Any) -> Answer:
        return self._answer(self.client.get(f"/api/v1{path}", asked))

    def post(self, path: str, **given: Any) -> Answer:
        return self._answer(self.client.post(f"/api/v1{path}", given, content_type="application/json"))

    def patch(self, path: str, **given: Any) -> Answer:
        return self._answer(self.client.patch(f"/api/v1{path}", given, content_type="application/json"))

    def delete(self, path: str) -> Answer:
        return self._answer(self.client.delete(f"/api/v1{path}"))

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Answer:
        return self._answer(self.client.generic(method, f"/api/v1{path}", body, content_type=kind))

    def _answer(self, response: Any) -> Answer:
        return Answer(response.status_code, json.loads(response.content) if response.content else None, response.headers)


@pytest.fixture
def program() -> Callable[[Member], Program]:
    """A program with a token of the member's."""
    return lambda member: Program(create_token(member, "a test's", now=NOW))


@pytest.fixture
def api(alice: Member, program: Callable[[Member], Program]) -> Program:
    """Alice's program."""
    return program(alice)
