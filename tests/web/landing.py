"""From a form to the page that shows what a worker has found out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.calendars.worker import answer_inquiries

if TYPE_CHECKING:
    from django.test import Client


def landed(client: Client, answer: Any) -> Any:
    """The answer to a form; of one that asks something outside, that of the page at which the asking ends."""
    there = answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")
    if "/asked/" not in there.partition("?")[0]:  # whoever is not signed in is sent away, with it as what comes next
        return answer
    answer_inquiries()
    watched = client.get(there)
    assert watched.status_code == 302, watched.content.decode()
    return client.get(watched["Location"].partition("#")[0])


def shown(client: Client, answer: Any) -> Any:
    """The same, followed to a page."""
    answer = landed(client, answer)
    return client.get(answer["Location"]) if answer.status_code == 302 else answer
