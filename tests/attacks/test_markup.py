"""HTML and script in every text that somebody else writes: none of it becomes part of a page, and no page would run it."""

from __future__ import annotations

import pytest

from tests.attacks.hostile import MARKUP, HostileWorld, Page
from tests.built_once import Copies, built_once
from tests.exits.requests import exits
from tests.exits.test_matrix import answers, sent, told

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
DESCRIPTION_OF_THE_API = "api:docs"
"""The framework's own page: it has a script within, which the policy stops, and nothing that a member wrote."""


built = built_once(HostileWorld)


@pytest.fixture
def world(built: Copies[HostileWorld], db: None) -> HostileWorld:
    return built()


@pytest.mark.parametrize("name", ["the owner of the copy", "a colleague", "an admin"])
def test_no_page_holds_what_somebody_wrote_as_its_own(world: HostileWorld, name: str):
    viewer, found, pages, shown = world.viewers[name], [], 0, 0
    for exit_ in exits(world.ids()):
        for response in (*answers(viewer, exit_, ("?q=evil",)), *sent(viewer, exit_)):
            kind = response.headers.get("Content-Type", "text/html")
            assert response.headers["X-Content-Type-Options"] == "nosniff", exit_.name
            if not kind.startswith("text/html") or exit_.name == DESCRIPTION_OF_THE_API:
                continue
            text = told(response).partition("\n\n")[2]
            pages += 1
            shown += "evil-tag" in text
            found += [(exit_.name, what) for what in Page(text).found]
    assert sorted(set(found)) == []
    assert pages > 130
    assert shown > 20, "the texts are not on the pages at all"


def test_every_page_forbids_what_slipped_through(world: HostileWorld):
    for exit_ in exits(world.ids()):
        for response in answers(world.viewers["an admin"], exit_):
            given = {part.strip() for part in response.headers["Content-Security-Policy"].split(";")}
            assert given == {part.strip() for part in POLICY.split(";")}, exit_.name


def test_what_is_no_page_is_not_taken_for_one(world: HostileWorld):
    """Data for programs holds the texts as they are, so no browser may take it for a page."""
    for name in ("the owner of the copy", "a member who took part"):
        for exit_ in exits(world.ids()):
            if not exit_.for_programs:
                continue
            for response in answers(world.viewers[name], exit_):
                if MARKUP[:10] in told(response):
                    assert response.headers["Content-Type"].startswith("application/json")


def test_a_forgotten_escape_would_be_noticed():
    assert Page(f"<p>{MARKUP}</p>").found
    assert Page('<a href=" JavaScript:evil()">x</a>').found
    assert not Page('<p>&lt;script&gt;</p><a href="/people/">x</a><script src="/static/x.js"></script>').found
