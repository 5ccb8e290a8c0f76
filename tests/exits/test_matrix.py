"""Level × viewer × exit: nobody sees, at any address and in any corner of an answer, more than product.md (section 6) gives them.

The exits are those of the routing, so a new one is looked at without anybody thinking of it. Those at which something of a meeting is
seen at all are named below: a test fails for one that is missing there, and for one that shows nothing any more.
"""

from __future__ import annotations

import inspect
import logging
import re
import sys
from copy import copy
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, resolve

from metwith.lib import clock
from tests.exits.requests import Exit, exits
from tests.exits.world import ASKED, GUEST, NEVER, ORDER, WORDS, World, mark
from tests.savepoints import undone
from tests.web.landing import landed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.exits.world import Viewer

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

TITLES = frozenset({
    "web:home",
    "web:search",
    "web:person",
    "web:company",
    "web:opportunity",
    "web:calendar-part",
    "web:meetings-file",
    "web:subscribed",
    "web:meeting",
    "web:meeting-choose-record",
    "web:meeting-out",
    "web:meeting-own",
    "web:missing",
    "web:account",
    "web:account-sharing",
    "web:subject_export",
    "api:people/<int:person_id>/calendar",
    "api:companies/<int:company_id>/calendar",
    "api:opportunities/<int:opportunity_id>/calendar",
})  # fmt: skip
"""Where a meeting's title is seen by whoever may."""
PLAIN = ("", f"?q={ASKED}")
"""What every exit is asked."""
FILTERS = ("?upcoming=all&cursor=nonsense", "?as={bob}", "?as={erin}")
"""What those are asked besides that read a tab's filters. The last two: to see it as the owner, or as a colleague would, shows nobody more."""
OF_TABS = (f"?view=week&q={ASKED}", "?view=month&on={today}", f"?view=week&on=1999-W07&q={ASKED}", "?view=week&as={bob}")
"""What a record's Calendar tab is asked besides: a day of the month, and an empty week with what is nearest to it."""
TABS = frozenset({"web:person", "web:company", "web:opportunity", "web:calendar-part"})
LEVELS = [(level, "everything") for level in ORDER] + [("everything", "subject"), ("everything", "metadata")]
FOLDED = "\r\n "
"""Where a line of a calendar file goes on: no word is hidden by standing on both sides of it."""
VIEWERS = (
    "the owner of the copy",
    "a member who took part",
    "a colleague",
    "an admin",
    "a member of another workspace",
    "anonymous",
)
OUTSIDE = VIEWERS[-2:]
"""Whoever is not in the workspace gets nothing whatever the question."""


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Viewers ask for calendars that are not theirs: what was wrong before is not held against the next one."""
    cache.clear()


def answers(viewer: Viewer, exit_: Exit, questions: Iterable[str] = ("",)) -> Iterator[Any]:
    """What a viewer gets there: as a page, and, asked plainly, as a piece of one."""
    client = viewer.program if exit_.for_programs else viewer.browser
    for question in questions:
        path = viewer.at(exit_.path) + question
        yield client.get(path)
        if not exit_.for_programs and question in PLAIN:
            yield client.get(path, headers={"HX-Request": "true", "HX-Target": "panel"})


def sent(viewer: Viewer, exit_: Exit, *, follow: bool = True) -> Iterator[Any]:
    """What comes back when a form is sent that asks for the meetings; what a worker finds out for it; and, where `follow`, the next page."""
    client = viewer.program if exit_.for_programs else viewer.browser
    # Who leaves the workspace, say, is signed out: that is taken back, too.
    cookies = copy(client.cookies)
    with undone():
        form = {"q": ASKED, "text": ASKED, "day": f"{clock.now():%Y-%m-%d}", "address": GUEST}
        answer = client.post(viewer.at(exit_.path), form)
        yield answer
        found = landed(client, answer)
        if found is not answer:
            yield found
        elif follow and answer.status_code == 302:
            yield client.get(answer["Location"], follow=True)
    client.cookies = cookies


def told(response: Any) -> str:
    """All of an answer: its head, and its body even when it comes in pieces. Who sent an address may read it in the answer: it is left out."""
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = f"{head}\n\n{body.decode('utf-8', 'replace')}".replace(FOLDED, "")
    return text.replace(GUEST, "") if response.request["REQUEST_METHOD"] == "POST" else text


def leaks(text: str, forbidden: set[str]) -> list[str]:
    return sorted(word for word in forbidden if word in text)


@pytest.mark.parametrize("name", VIEWERS)
def test_no_address_tells_anybody_more_than_they_may_see(name: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="metwith")  # as lib/logs.py does
    world = World("metadata", "everything")
    viewer, forbidden = world.viewers[name], world.forbidden(name)
    found = [
        (exit_.name, response.status_code, leaked)
        for exit_ in exits(world.ids())
        for response in (*answers(viewer, exit_), *sent(viewer, exit_))
        if (leaked := leaks(told(response), forbidden))
    ]
    assert found == []
    assert leaks(caplog.text, {*NEVER, *(mark(field, which) for field in WORDS for which in ("both", "alone"))}) == []
    assert leaks("".join(str(message.message()) for message in mail.outbox), forbidden) == []


def questions(world: World, exit_: Exit) -> list[str]:
    tab = exit_.name in TABS
    asked = PLAIN + (FILTERS if tab or "calendar_filters" in _module_of(exit_) else ()) + (OF_TABS if tab else ())
    return [question.format(bob=world.bob.pk, erin=world.erin.pk, today=f"{clock.now():%Y-%m-%d}") for question in asked]


def _module_of(exit_: Exit) -> str:
    """The code of the file in which a view stands."""
    return inspect.getsource(sys.modules[inspect.unwrap(resolve(exit_.path).func).__module__])


@pytest.mark.parametrize(("level", "cap"), LEVELS)
def test_what_is_shown_of_meetings_is_what_the_level_gives(level: str, cap: str):
    world = World(level, cap)
    shown = [exit_ for exit_ in exits(world.ids()) if exit_.name in TITLES]
    for name, viewer in world.viewers.items():
        outside = name in OUTSIDE
        texts = [
            told(response)
            for exit_ in shown
            for response in (
                *answers(viewer, exit_, PLAIN[1:] if outside else questions(world, exit_)),
                *sent(viewer, exit_, follow=False),
            )
        ]
        assert [words for text in texts if (words := leaks(text, world.forbidden(name)))] == [], name
        wanted = {mark(field, which) for which in ("both", "alone") for field in world.fields(name, which)}
        assert {word for word in wanted if any(word in text for text in texts)} == wanted, name
        assert all("no-store" in text.partition("\n\n")[0] for text in texts)


def test_every_exit_at_which_a_title_is_seen_is_in_the_matrix():
    world = World("everything", "everything")
    titles = {mark("title", which) for which in ("both", "alone")}
    found = {
        exit_.name
        for name in ("the owner of the copy", "an admin")  # a colleague has no page that an admin has not
        for exit_ in exits(world.ids())
        for response in (*answers(world.viewers[name], exit_, PLAIN[1:]), *sent(world.viewers[name], exit_, follow=False))
        if leaks(told(response), titles)
    }
    assert found == TITLES


def test_the_matrix_asks_every_address_that_answers():
    """Of whosever library, the pages of signing in too: there is no exemption."""

    def routes(resolver: URLResolver, before: str) -> Iterator[str]:
        for found in resolver.url_patterns:
            route = before + str(found.pattern).removeprefix("^")  # as Django joins them
            yield from routes(found, route) if isinstance(found, URLResolver) else [route]

    asked = {resolve(exit_.path).route for exit_ in exits(World("everything", "everything").ids())}
    assert set(routes(get_resolver(), "")) - asked == set()


def test_a_search_tells_nothing_of_a_title_that_is_hidden():
    """Neither by what it finds, nor by what it asks the database, which takes its time."""
    world = World("metadata", "everything")
    for name in ("a colleague", "an admin", "a member of another workspace"):
        viewer = world.viewers[name]
        for path in ("/search/", f"/people/{world.anna.pk}/", f"/api/v1/people/{world.anna.pk}/calendar"):
            program = path.startswith("/api/")
            client = viewer.program if program else viewer.browser
            client.get(path)  # when a token was last used is written down once a minute
            said, statements = [], []
            for word in (ASKED, "Unsinnn"):
                with CaptureQueriesContext(connection) as asked:
                    said.append(told(client.get(path, {"q": word})).replace(word, "?"))
                statements.append([query["sql"].replace(word, "?") for query in asked.captured_queries])
            assert _without_what_changes(said[0]) == _without_what_changes(said[1])
            assert [len(asked) for asked in statements] == [len(statements[0])] * 2


def test_a_calendar_address_shows_what_its_maker_may_see_whoever_asks_for_it():
    """Cookies and tokens of whoever asks count for nothing: neither for more nor for less."""
    world = World("metadata", "everything")
    for name, maker in world.viewers.items():
        for secret in maker.secrets.values():
            clients = [client for asker in world.viewers.values() for client in (asker.browser, asker.program)]
            said = {told(client.get(f"/subscribed/{secret}/meetings.ics")).partition("\n\n")[2] for client in clients}
            assert len({re.sub(r"DTSTAMP:\w+", "", text) for text in said}) == 1
            text = said.pop()
            assert "BEGIN:VEVENT" in text
            assert leaks(text, world.forbidden(name)) == []
            titles = {mark("title", which) for which in ("both", "alone") if "title" in world.fields(name, which)}
            assert set(leaks(text, titles)) == titles


def _without_what_changes(page: str) -> str:
    """Every page has a token against forged forms."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", page)
