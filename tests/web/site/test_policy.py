"""What Metwith keeps, and what it never does: the page, and that it tells of every column that there is."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Attendee, Entry, Event, Trace
from metwith.calendars.vocabulary import DropReason
from metwith.rules.show import SHOWN

if TYPE_CHECKING:
    from django.db.models import Model
    from django.test import Client

TOOL = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "privacy_pages.py"))
LANGUAGES = tuple(TOOL["TEXTS"])
SPAN = {"starts_at", "ends_at", "start_date", "end_date", "zone", "cancelled"}
TOLD: dict[type[Model], set[str]] = {
    Event: {"ical_uid", "key", "organizer_key", "more", *SPAN},
    Entry: {
        *("title", "description", "location", "join_url", "web_url", "attachments", "attendees", *SPAN),
        *(
            "remote_id",
            "sequence",
            "remote_updated_at",
            "organizer",
            "apart",
            "on_record",
            "digest",
            "sharing",
            "fallbacks",
            "more",
            "sieve",
        ),
    },
    Attendee: {"address", "reversed_domain", "name", "response", "role", "organizer"},
    Trace: {"item", "part", "reason", "note", "seen_on"},
}


@pytest.mark.parametrize("model", TOLD)
def test_every_column_is_told_of(model: type[Model]):
    """A new column is first told of in docs/what-metwith-keeps*.md, in all three languages, and then here."""
    columns = {field.name for field in model._meta.concrete_fields} - {"id", "workspace", "event", "calendar", "source"}
    assert columns <= TOLD[model]


def test_every_reason_and_every_level_is_told_of():
    """As above, for the table of what never comes in and for that of who sees what."""
    known = {"switched-off", "taken-out", "not-a-meeting", "private", "blocked", "internal", "unreadable", "scheduling"}
    assert {reason.value for reason in DropReason} <= known
    assert set(SHOWN) == {"metadata", "subject", "everything"}
    assert SHOWN["everything"] == {"title", "description", "location", "join_url", "web_url", "attachments", "zone", "ical_uid"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_those_of_the_docs(language: str):
    made = (TOOL["PAGES"] / f"{language}.html").read_text(encoding="utf-8")
    assert made == TOOL["page"](language), "run: python tools/privacy_pages.py"
    assert not re.search(r"\*\*|(?m:^[#|-] )", made)


def test_the_languages_say_the_same_in_the_same_places():
    shapes = {language: re.findall(r"<(h\d|li|tr|table|p|b|code)\b", TOOL["page"](language)) for language in LANGUAGES}
    assert shapes["de"] == shapes["en"]
    assert shapes["pt"] == shapes["en"]


@pytest.mark.parametrize(
    ("asked", "spoken", "title"),
    [
        ("en", "", "What Metwith keeps, and what it never does"),
        ("de-AT", "", "Was Metwith speichert, und was niemals"),
        ("pt-BR", "", "O que o Metwith guarda, e o que nunca guarda"),
        ("fr", "", "What Metwith keeps"),
        ("en", "de", "Was Metwith speichert"),
        ("en", "../../secret", "What Metwith keeps"),
    ],
)
def test_it_is_read_in_ones_own_language_without_signing_in(stranger: Client, alice: object, asked: str, spoken: str, title: str):
    answer = stranger.get("/privacy/", {"language": spoken} if spoken else {}, headers={"accept-language": asked})
    assert answer.status_code == 200
    assert f"<h1>{title}" in answer.content.decode()
    assert "Lumen" not in answer.content.decode()


def test_members_find_it_where_they_need_it(as_bob: Client):
    for path in ("/settings/", "/settings/accounts/connect/", "/settings/blocks/"):
        assert 'href="/privacy/"' in as_bob.get(path).content.decode(), path
    assert "Lumen Studio" in as_bob.get("/privacy/").content.decode()
