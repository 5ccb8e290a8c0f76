"""A real browser before a real server. `open_as(member)` gives a page; whatever goes wrong in its console fails the test."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.calendars.worker import answer_inquiries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.live_server_helper import LiveServer

    from metwith.workspaces.models import Member

CHROMIUM = os.environ.get("METWITH_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
RULES_OF_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


class OpenAs(Protocol):
    """Signs a member in (nobody, for None) and gives a blank page whose paths are the server's."""

    def __call__(self, member: Member | None, **options: Any) -> Page:
        """Options are those of Playwright's `new_context`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, and the tests' own queries beside it; nothing here is asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_as(chromium: Browser, live_server: LiveServer) -> Iterator[OpenAs]:
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(member: Member | None, **options: Any) -> Page:
        context = chromium.new_context(**{"base_url": live_server.url, "viewport": DESKTOP, "locale": "en-GB"} | options)
        context.set_default_timeout(10_000)
        opened.append(context)
        if member is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": _session_of(member), "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: _note(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def at_work(live_server: LiveServer) -> Iterator[None]:
    """A worker that answers what pages ask, in this process, where the practice servers' calendars are."""
    ends, defects = threading.Event(), []

    def work() -> None:
        try:
            while not ends.wait(0.1):
                answer_inquiries()
        except Exception as defect:  # noqa: BLE001  the test tells it
            defects.append(defect)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    ends.set()
    worker.join()
    assert not defects, defects


def _session_of(member: Member) -> str:
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    """Errors, above all of the Content-Security-Policy; that a page was answered 404 or 422 is no error."""
    if message.type == "error" and "Failed to load resource" not in message.text:
        complaints.append(message.text)


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe finds on a page, a line each."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, rules)", rules)
    return [f"{page.url}: {one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


def accessible(page: Page) -> None:
    """Assert that a page passes WCAG 2.2 AA, as far as a machine can tell, in both themes, which differ in colour only."""
    for scheme, rules in (("light", RULES), ("dark", RULES_OF_COLOUR)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # a literal
        assert not violations(page, rules), scheme


def fits(page: Page) -> None:
    """Assert that nothing needs sideways scrolling."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url
