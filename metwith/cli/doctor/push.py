"""What `metwith doctor` says of being told of changes: whether there is an address, whether it is reached, what became of the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from metwith.calendars.models import Channel
from metwith.cli.doctor.finding import Finding, Severity, good
from metwith.lib import clock, http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

TOPIC = "push"
_TOKEN = "metwith doctor"  # noqa: S105  no secret
_SECONDS = 5


def findings() -> Iterator[Finding]:
    """Without push nothing is wrong: calendars are read by the clock."""
    origin = settings.ORIGIN.rstrip("/")
    if not origin.startswith("https://"):
        words = "METWITH_ORIGIN is no https address, so Google and Microsoft cannot tell of changes: calendars are read every 5 minutes"
        yield Finding(Severity.NOTE, TOPIC, words)
        return
    where = origin + reverse("hooks-microsoft")
    yield reached(where) if _used() else Finding(Severity.NOTE, TOPIC, f"no channel yet; notices of changes would come to {origin}/hooks/")
    yield from _channels()


def reached(where: str) -> Finding:
    """Knock at our own address as Graph does. That tells what we see of it; Google and Microsoft come from elsewhere."""
    try:
        with http.client(allow_private=True, timeout=_SECONDS, whole=_SECONDS, max_bytes=10_000) as client:
            answer = client.post(where, params={"validationToken": _TOKEN})
    except http.HttpError as problem:
        return Finding(Severity.NOTE, TOPIC, f"{where} cannot be reached from here: {problem.message} It must be from the internet")
    if answer.status_code == 200 and answer.text == _TOKEN:
        return good(TOPIC, f"{where} answers")
    return Finding(Severity.BAD, TOPIC, f"{where} answers with {answer.status_code}; the proxy must pass POST to /hooks/ on, unchanged")


def _used() -> bool:
    return _all().exists()


def _channels() -> Iterator[Finding]:
    now = clock.now()
    open_now = _all().filter(expires_at__gt=now).exclude(remote_id="")
    silent = open_now.filter(heard_at=None).exclude(resource_id="").count()
    if number := open_now.count():
        yield good(TOPIC, f"{number} channels open")
    if silent:
        words = f"{silent} channels were never heard of; Google must reach the address with a valid certificate. Calendars are read every 5 minutes"
        yield Finding(Severity.NOTE, TOPIC, words)
    if refused := _all().filter(remote_id="", renew_at__gt=now).count():
        yield Finding(
            Severity.NOTE,
            TOPIC,
            f"{refused} could not be opened and are tried again within a day; those calendars are read every 5 minutes",
        )


def _all() -> QuerySet[Channel]:
    return Channel.objects.across_workspaces("the doctor looks at the whole installation")
