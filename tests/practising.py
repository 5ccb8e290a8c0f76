"""A practice Google or Microsoft in the real one's place, and members who connect there the way everybody does."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx

from metwith.accounts.oauth.services import PRACTICE_CLIENT, PRACTICE_SECRET
from metwith.calendars import oauth_connect
from metwith.calendars.actions import connect
from metwith.practice.practice import Practice, nothing
from metwith.practice.serve import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import pytest

    from metwith.accounts.models import Account
    from metwith.practice.practice import Fill
    from metwith.workspaces.models import Member

BACK = "http://127.0.0.1:9/back"


@contextmanager
def practising(
    monkeypatch: pytest.MonkeyPatch, key: str, *, clock: Callable[[], datetime], fill: Fill = nothing
) -> Iterator[tuple[Practice, str]]:
    """The practice server of a provider, with its address."""
    practice = Practice(key, fill=fill, clock=clock)
    with serving(practice) as address, monkeypatch.context() as settings:
        for name, value in (("SERVER", address), ("CLIENT_ID", PRACTICE_CLIENT), ("CLIENT_SECRET", PRACTICE_SECRET)):
            settings.setenv(f"METWITH_{key.upper()}_{name}", value)
        yield practice, address


def answer(url: str, login: str, said: str, *, left_out: str = "") -> dict[str, str]:
    """Sign in at the authorize page and answer it; returns what is brought back."""
    page = httpx.post(url, data={"login": login}, trust_env=False)
    ticks = {name: "on" for name in re.findall(r'type="checkbox" name="([^"]+)"', page.text) if name != left_out}
    back = httpx.post(url, data={"login": login, "answer": said, **ticks}, trust_env=False).headers["location"]
    assert back.startswith(f"{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def sign_in_and_connect(member: Member, key: str, now: datetime) -> Account:
    """An account of the member under their own address, its main calendar switched on."""
    leaving = oauth_connect.begin_authorization(member, key, BACK)
    said = answer(leaving.url, member.user.email, "allow")
    assert said["state"] == leaving.state
    grant = oauth_connect.exchange(member, key, BACK, code=said["code"], verifier=leaving.verifier, now=now)
    found = oauth_connect.open_signed_in_account(member, key, grant, lambda: now)
    chosen = [calendar.id for calendar in found.calendars if calendar.primary]
    return connect.keep_connection(member, found, calendars=chosen, sharing="metadata", new_people="off", now=now)
