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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, resolve

from metwith.lib import clock
from tests.built_once import Copies, built_once
from tests.exits.requests import Exit, exits
from tests.exits.world import ASKED, GUEST, NEVER, ORDER, WORDS, World, mark
from tests.savepoints import undone
from tests.web.landing import landed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest

    from tests.exits.world import Viewer

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

METWITH = Path(__file__).resolve().parents[2] / "metwith"
TITLES = frozenset({
    "web:home",
    "web:search",
    "web:suggestions",
    "web:person",
    "web:company",
    "web:opportunity",
    "web:calendar-part",
    "web:meetings",
    "web:meetings-part",
    "web:all-meetings-file",
    "web:meetings-file",
    "web:subscribed",
    "web:meeting",
    "web:meeting-choose-record",
    "web:meeting-out",
    "web:meeting-own",
    "web:briefing",
    "web:missing",
    "web:account",
    "web:account-sharing",
    "web:audit",
    "web:subject_export",
    "api:meetings",
    "api:meetings/<int:meeting_id>/briefing",
    "api:people/<int:person_id>/calendar",
    "api:companies/<int:company_id>/calendar",
    "api:opportunities/<int:opportunity_id>/calendar",
})  # fmt: skip
"""Where a meeting's title is seen by whoever may."""
OF_ADMINS = frozenset({"web:subject_export"})
"""Those of them that are an admin's only."""
PLAIN = ("", f"?q={ASKED}")
"""What every exit is asked."""
FILTERS = ("?upcoming=all&cursor=nonsense", "?as={bob}", "?as={erin}")
"""What those are asked besides that read a tab's filters. The last two: to see it as the owner, or as a colleague would, shows nobody more."""
OF_TABS = (f"?view=week&q={ASKED}", "?view=month&on={today}", f"?view=week&on=1999-W07&q={ASKED}", "?view=week&as={bob}")
"""What a record's Calendar tab is asked besides: a day of the month, and an empty week with what is nearest to it."""
TABS = frozenset({"web:person", "web:company", "web:opportunity", "web:calendar-part", "web:meetings", "web:meetings-part"})
LEVELS = [(level, "everything") for level in ORDER] + [("everything", "subject"), ("everything", "metadata")]
PIECE = {"HX-Request": "true", "HX-Target": "panel"}
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
OWNER, OUTSIDE = VIEWERS[0], VIEWERS[-2:]
"""Whoever is not in the workspace gets nothing whatever the question."""
ALIKE = {OWNER: (("metadata", "everything"), ("everything", "metadata")), **dict.fromkeys(OUTSIDE, (("everything", "everything"),))}
"""Those whom no level gives more or less, and where they are asked: the owner where most could be kept from them, by the level or by the
cap; outsiders where there is most to tell."""


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Viewers ask for calendars that are not theirs: what was wrong before is not held against the next one."""
    cache.clear()


def answers(viewer: Viewer, exit_: Exit, questions: Iterable[str] = ("",)) -> Iterator[Any]:
    """What a viewer gets there: as a page, and, asked plainly, as a piece of one, where there are pieces."""
    client = viewer.program if exit_.for_programs else viewer.browser
    for question in questions:
        path = viewer.at(exit_.path) + question
        answer = client.get(path)
        yield answer
        if not exit_.for_programs and question in PLAIN and heads_were_read(answer.wsgi_request):
            yield client.get(path, headers=PIECE)


def heads_were_read(request: HttpRequest) -> bool:
    """Whether an answer can hang on the heads that ask for a piece. Django collects `request.headers` when they are first asked for, by
    `request.htmx` too, and nothing of ours reads such a head elsewhere (below): who has not looked answers the same, whatever they say.
    """
    return "headers" in vars(request)


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


built = built_once(lambda: World("metadata", "everything"))


@pytest.fixture
def world(built: Copies[World], db: None) -> World:
    """In which colleagues see times only."""
    return built()


@pytest.mark.parametrize("name", VIEWERS)
def test_no_address_tells_anybody_more_than_they_may_see(world: World, name: str, caplog: pytest.LogCaptureFixture):
    """And the owner, who sees titles at any level, sees them where the matrix knows it."""
    log_everything(caplog)
    viewer, forbidden, titles, found, seen = world.viewers[name], world.forbidden(name), both_titles(), [], set()
    for exit_ in exits(world.ids()):
        for response in (*answers(viewer, exit_, PLAIN if name == OWNER else PLAIN[:1]), *sent(viewer, exit_)):
            text = told(response)
            if leaked := leaks(text, forbidden):
                found.append((exit_.name, response.status_code, leaked))
            if leaks(text, titles) and not hasattr(response, "redirect_chain"):  # not on the page to which a form led
                seen.add(exit_.name)
    assert found == []
    assert leaks(caplog.text, in_no_log()) == []
    assert leaks("".join(str(message.message()) for message in mail.outbox), forbidden) == []
    if name == OWNER:
        assert seen == TITLES - OF_ADMINS


def log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="metwith")  # as server/logs.py does


def in_no_log() -> set[str]:
    """From the first reading of a calendar on."""
    return {*NEVER, *(mark(field, which) for field in WORDS for which in ("both", "alone"))}


def both_titles() -> set[str]:
    return {mark("title", which) for which in ("both", "alone")}


def questions(world: World, exit_: Exit) -> list[str]:
    tab = exit_.name in TABS
    asked = PLAIN + (FILTERS if tab or "calendar_filters" in _module_of(exit_) else ()) + (OF_TABS if tab else ())
    return [question.format(bob=world.bob.pk, erin=world.erin.pk, today=f"{clock.now():%Y-%m-%d}") for question in asked]


def _module_of(exit_: Exit) -> str:
    """The code of the file in which a view stands."""
    return inspect.getsource(sys.modules[inspect.unwrap(resolve(exit_.path).func).__module__])


@pytest.mark.parametrize(("level", "cap"), LEVELS)
def test_what_is_shown_of_meetings_is_what_the_level_gives(world: World, level: str, cap: str):
    world.share(level, cap)
    shown, no_forms = [exit_ for exit_ in exits(world.ids()) if exit_.name in TITLES], set[Exit]()
    for name, viewer in world.viewers.items():
        if (level, cap) not in ALIKE.get(name, LEVELS):
            continue
        texts = []
        for exit_ in shown:
            asked = PLAIN[1:] if name in OUTSIDE else questions(world, exit_)
            texts += [told(response) for response in answers(viewer, exit_, asked)]
            for response in sent(viewer, exit_, follow=False) if exit_ not in no_forms else ():
                texts.append(told(response))
                if response.status_code == 405:  # to anybody: the method is refused before the view
                    no_forms.add(exit_)
        assert [words for text in texts if (words := leaks(text, world.forbidden(name)))] == [], name
        wanted = {mark(field, which) for which in ("both", "alone") for field in world.fields(name, which)}
        assert {word for word in wanted if any(word in text for text in texts)} == wanted, name
        assert all("no-store" in text.partition("\n\n")[0] for text in texts)


def test_every_exit_at_which_a_title_is_seen_is_in_the_matrix(world: World):
    """An admin's, who sees it once it is shared: a colleague has no page that an admin has not, and the owner's are found above."""
    world.share("everything", "everything")
    viewer = world.viewers["an admin"]
    found = {
        exit_.name
        for exit_ in exits(world.ids())
        if exit_.name not in TITLES - OF_ADMINS
        for response in (*answers(viewer, exit_, PLAIN[1:]), *sent(viewer, exit_, follow=False))
        if leaks(told(response), both_titles())
    }
    assert found == OF_ADMINS


def test_the_matrix_asks_every_address_that_answers(world: World):
    """Of whosever library, the pages of signing in too: there is no exemption."""

    def routes(resolver: URLResolver, before: str) -> Iterator[str]:
        for found in resolver.url_patterns:
            route = before + str(found.pattern).removeprefix("^")  # as Django joins them
            yield from routes(found, route) if isinstance(found, URLResolver) else [route]

    asked = {resolve(exit_.path).route for exit_ in exits(world.ids())}
    assert set(routes(get_resolver(), "")) - asked == set()


def test_who_asks_for_a_piece_is_read_where_the_matrix_sees_it():
    """From `request.headers`; it asks for no piece where those were not read."""
    files = [path for path in METWITH.rglob("*") if path.suffix in {".py", ".html", ".txt"}]
    assert len(files) > 300
    assert [path for path in files if "HTTP_HX" in path.read_text(encoding="utf-8")] == []


def test_a_search_tells_nothing_of_a_title_that_is_hidden(world: World):
    """Neither by what it finds, nor by what it asks the database, which takes its time."""
    for name in ("a colleague", "an admin", "a member of another workspace"):
        viewer = world.viewers[name]
        record = world.anna.pk
        everything = ("/meetings/", "/meetings/?mine=true", "/api/v1/meetings", "/api/v1/meetings?mine=true")
        for path in ("/search/", f"/people/{record}/", f"/api/v1/people/{record}/calendar", *everything):
            program = path.startswith("/api/")
            client = viewer.program if program else viewer.browser
            client.get(path)  # when a token was last used is written down once a minute
            said, statements = [], []
            for word in (ASKED, "Unsinnn"):
                with CaptureQueriesContext(connection) as asked:
                    said.append(told(client.get(f"{path}{'&' if '?' in path else '?'}q={word}")).replace(word, "?"))
                statements.append([query["sql"].replace(word, "?") for query in asked.captured_queries])
            assert _without_what_changes(said[0]) == _without_what_changes(said[1])
            assert [len(asked) for asked in statements] == [len(statements[0])] * 2


def test_a_calendar_address_shows_what_its_maker_may_see_whoever_asks_for_it(world: World):
    """Cookies and tokens of whoever asks count for nothing: neither for more nor for less."""
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
