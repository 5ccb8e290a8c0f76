"""A small real identity provider, which says of everybody what it is told to, and the way to it and back."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client


class Provider(ThreadingHTTPServer):
    """Says of everybody what `claims` says; in the identity token also what `token` says."""

    claims: dict[str, Any]
    token: dict[str, Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, path: str) -> dict[str, Any]:
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        if path.endswith("openid-configuration"):
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | {f"{k}_endpoint": f"{self.url}/{v}" for k, v in names.items()}
        if path == "/token":
            known = {"iss": self.url, "aud": "metwith", "exp": 4102444800, "iat": 1700000000} | self.claims | self.token
            return {"access_token": "x", "token_type": "Bearer", "id_token": jwt.encode(known, "k" * 32, "HS256")}
        return self.claims


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        body = json.dumps(self.server.answer(urlsplit(self.path).path)).encode()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  the library's name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name
        """Keep quiet."""


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with Provider(("127.0.0.1", 0), _Answers) as running:
        running.token = {}
        threading.Thread(target=running.serve_forever, daemon=True).start()
        app = {"provider_id": "oidc", "name": "Lumen ID", "client_id": "metwith", "secret": "s", "settings": {"server_url": running.url}}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield running
        running.shutdown()


def come_back(client: Client, asked: str = "", start: str = "/sign-in/oidc/oidc/login/") -> Any:
    """Follow the button to the provider, and come back as it sends one back."""
    away = client.get(f"{start}?{asked}" if asked else start)
    assert away.status_code == 302
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    return client.get("/sign-in/oidc/oidc/login/callback/", {"code": "c", "state": state}, follow=True)
