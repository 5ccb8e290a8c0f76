"""Sending mail by a server that may be anything."""

from __future__ import annotations

import runpy
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import metwith
from metwith.lib import mail

if TYPE_CHECKING:
    import pytest
    from pytest_django.fixtures import Settings


def test_a_mail_server_that_says_nothing_is_waited_for_in_vain_and_not_for_ever(monkeypatch: pytest.MonkeyPatch, settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        monkeypatch.setenv("METWITH_SMTP_HOST", host)
        monkeypatch.setenv("METWITH_SMTP_PORT", str(port))
        mailers = runpy.run_path(str(Path(metwith.__file__).parent / "settings.py"))["MAILERS"]
        assert 0 < mailers["default"]["OPTIONS"]["timeout"] <= 30
        mailers["default"]["OPTIONS"]["timeout"] = 0.2
        settings.MAILERS = mailers
        assert not mail.send("Subject", "Text", "anna@acme.example")
