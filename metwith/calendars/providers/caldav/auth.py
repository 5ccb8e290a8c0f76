"""User name and password, as the server wants them: Basic (RFC 7617) or Digest (RFC 7616)."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Generator

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class PasswordAuth(httpx.Auth):
    """Basic at once where nobody can listen, which saves a request; else what the server's challenge asks for, Digest first."""

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        self.password = password
        self.digest: httpx.DigestAuth | None = None
        self.basic_was_asked_for = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """See httpx.Auth."""
        if self.digest:
            yield from self.digest.auth_flow(request)
            return
        safe = request.url.scheme == "https" or request.url.host in _LOOPBACK
        at_once = safe or self.basic_was_asked_for
        if at_once:
            request.headers["Authorization"] = self._basic()
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        offered = {challenge.partition(" ")[0].lower() for challenge in _challenges(response)}
        if "digest" in offered and not (safe and "basic" in offered):
            request.headers.pop("Authorization", None)
            self.digest = httpx.DigestAuth(self.username, self.password)
            yield from self.digest.auth_flow(request)
        elif "basic" in offered and not at_once:
            self.basic_was_asked_for = True
            request.headers["Authorization"] = self._basic()
            yield request

    def _basic(self) -> str:
        return "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")


def _challenges(response: httpx.Response) -> list[str]:
    """The challenges of a 401. Several may share a line; the ones we know are found by their names."""
    lines = response.headers.get_list("www-authenticate")
    return [line[place:] for line in lines for name in ("basic ", "digest ") if (place := f" {line.lower()} ".find(f" {name}")) >= 0]
