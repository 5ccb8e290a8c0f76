"""Every language is whole, says nothing else than the original where it matters, and reaches the pages of who chose it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from metwith.accounts.models import Account
from metwith.calendars.models import Calendar, Event
from metwith.calendars.status_text import state_words
from metwith.engine.models import State
from metwith.workspaces import actions
from tests.calendars.desk import Desk
from tests.people import NOW, company
from tests.web.conftest import signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

    from metwith.workspaces.models import Member

LOCALE = Path(__file__).parent.parent / "metwith" / "locale"
LANGUAGES = tuple(code for code, _ in settings.LANGUAGES if code != "en")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?\d*[a-z]|</?\w+>")
TODAY = {"de": "montag, 1. juni", "pt": "segunda-feira, 1 de junho"}
NINE_DAYS_AGO = {"de": "Vor 9 Tagen", "pt": "Há 9 dias"}
THREE_DAYS_AGO = {"de": " vor 3 Tagen", "pt": " há 3 dias"}
MEETINGS = {"de": ("1 Besprechung", "2 Besprechungen"), "pt": ("1 reunião", "2 reuniões")}


def _catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _pairs(language: str) -> Iterator[tuple[str, str]]:
    """Original and translation, each plural form for itself."""
    for message in _catalogue(_po(language)):
        if isinstance(message.id, str):
            yield message.id, str(message.string)
        else:
            yield from zip(message.id, message.string or (), strict=True)


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, _catalogue(_po(language)))
    assert _po(language).with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_collected_string_is_translated_and_none_by_guess(language: str) -> None:
    wanted, found = _catalogue(LOCALE / "django.pot"), _catalogue(_po(language))
    assert {(message.context, message.id) for message in found} == {(message.context, message.id) for message in wanted}
    assert [message.id for message in found if message.fuzzy] == []
    assert [original for original, translated in _pairs(language) if original and not translated.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_what_its_original_does(language: str) -> None:
    differing = [
        (original, translated)
        for original, translated in _pairs(language)
        if original and sorted(PLACEHOLDER.findall(original)) != sorted(PLACEHOLDER.findall(translated))
    ]
    assert differing == []


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def _speaks(member: Member, language: str) -> Client:
    actions.change_profile(member, name="Alice", time_zone="Europe/Berlin", language=language)
    return signed_in(member)


def _says(client: Client, path: str, language: str, *originals: str) -> str:
    """The page: it holds the translations of the originals, none of which stays as it was."""
    page = unescape(client.get(path).content.decode())
    assert f'<html lang="{language}"' in page
    with translation.override(language):
        words = [translation.gettext(original) for original in originals]
    assert not set(words) & set(originals)
    assert [word for word in words if word not in page] == []
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_signing_in_is_asked_for_as_the_browser_asks(alice: Member, language: str) -> None:
    stranger = Client(headers={"accept-language": language})
    _says(stranger, reverse("account_login"), language, "Sign in", "Sign in with a passkey")


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_speaks_the_members_language(alice: Member, language: str) -> None:
    page = _says(_speaks(alice, language), "/", language, "Connect your calendar", "Opportunities")
    assert TODAY[language] in page.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_calendar_tab_speaks_the_members_language(alice: Member, language: str) -> None:
    acme, desk = company(alice, "Acme GmbH", "acme.example"), Desk(alice, "alice")
    desk.put("past", "anna@acme.example", start=NOW.replace(month=5, day=23))
    desk.put("soon", "anna@acme.example", start=NOW.replace(day=2))
    desk.sync()
    page = _says(_speaks(alice, language), f"/companies/{acme.pk}/", language, "Upcoming", "Tomorrow", "Without cancelled", "Last met")
    assert TODAY[language] in page.lower()
    assert NINE_DAYS_AGO[language] in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_meeting_speaks_the_members_language(alice: Member, language: str) -> None:
    company(alice, "Acme GmbH", "acme.example")
    desk = Desk(alice, "alice")
    desk.put("soon", "anna@acme.example", start=NOW.replace(day=2))
    desk.sync()
    meeting = Event.objects.of(alice.workspace_id).get()
    page = _says(
        _speaks(alice, language),
        f"/meetings/{meeting.pk}/",
        language,
        "Why is this here?",
        "You see all of it because it is in your calendar.",
    )
    assert "About soon" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_and_several_are_told_apart(language: str) -> None:
    with translation.override(language):
        told = tuple(translation.ngettext("%(n)d meeting", "%(n)d meetings", n) % {"n": n} for n in (1, 2))
    assert told == MEETINGS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_long_ago_a_calendar_was_read_is_good_grammar(language: str) -> None:
    read = Calendar(account=Account(provider="caldav"), enabled=True, state=State.FINE, last_success_at=NOW - timedelta(days=3))
    with translation.override(language):
        words = state_words(read, NOW, "UTC").replace("\xa0", " ")
    assert words.endswith(THREE_DAYS_AGO[language])
