"""Texts that no table takes, or that turn the words around them: they come in as far as they go, and are shown within their own bounds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers.icalendar import parse
from metwith.lib.text import json_of
from metwith.practice.google import Google
from metwith.rules.health import Succeeded
from tests.calendars.desk import Desk
from tests.calendars.providers.google.world import ident
from tests.calendars.sync.test_google import OWNER, sync
from tests.calendars.sync.test_hostile import ics
from tests.exits.world import Viewer
from tests.people import company

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

TURNED = "Offer \u202e\u2066fdp.exe"
"""Right-to-left from there on, and never taken back."""
HALF = "a\ud800b\0c"
CSS = Path(__file__).resolve().parents[2] / "metwith/web/static/metwith/metwith.css"


def test_half_a_character_and_a_nul_from_a_json_provider_keep_nothing_out(alice: Member):
    """JSON can say both, PostgreSQL takes neither: one such title would else keep the calendar from being read for ever."""
    desk, google = Desk(alice, "alice"), Google(OWNER)
    for uid, title in (("odd", HALF), ("lunch", "Lunch")):
        (event,) = parse.events(uid, ics(UID=uid, ORGANIZER=f"mailto:{OWNER}"))
        google.put_item(OWNER, ident(uid), (event.__replace__(title=title, location=title, description=title),))  # type: ignore[union-attr]
    assert sync(desk, google) == Succeeded()
    assert {title for _, _, title in desk.entries()} == {"a\ufffdbc", "Lunch"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"title": HALF, HALF: [HALF, {"deep": HALF}]}, {"title": "a\ufffdbc", "a\ufffdbc": ["a\ufffdbc", {"deep": "a\ufffdbc"}]}),
        ({"whole": "\U0001f600", "plain": [1, None, True, "é"]}, {"whole": "\U0001f600", "plain": [1, None, True, "é"]}),
    ],
)
def test_json_is_read_into_texts_that_can_be_stored(said: object, meant: object):
    assert json_of(json.dumps(said).encode()) == meant


def test_nothing_of_a_feed_is_half_a_character(alice: Member):
    desk = Desk(alice, "alice")
    desk.server.put("work", *parse.events("odd", ics(SUMMARY=HALF, LOCATION=HALF, DESCRIPTION=HALF)))
    assert desk.sync() == Succeeded()
    ((_uid, _key, title),) = desk.entries()
    assert "\0" not in title
    assert title.encode().decode() == title


def test_a_title_that_turns_the_writing_turns_its_own_only(alice: Member):
    """Each text stands in an element of its own, and each such element is isolated (Unicode Bidirectional Algorithm, BD8)."""
    isolated = set(re.findall(r"[a-z]+", re.search(r"([a-z, ]+)\{\s+unicode-bidi: isolate;", CSS.read_text())[1]))  # type: ignore[index]
    acme = company(alice, "Acme", "acme.example")
    desk = Desk(alice, "alice")
    desk.put("lunch", "anna@acme.example", title=TURNED)
    desk.sync()
    page = Viewer("", alice).browser.get(f"/companies/{acme.pk}/").content.decode()
    before = re.findall(r"<([a-z0-9]+)[^<>]*>(?:<svg.*?</svg>)?[^<>]*" + TURNED, page)
    assert before
    assert set(before) <= isolated | {"h1", "h2", "h3", "p", "li", "td", "dd", "title", "option"}
