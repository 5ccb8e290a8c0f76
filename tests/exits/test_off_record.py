"""What stands on no record is nobody's but its owner's: whoever asks any exit with its number is told nothing, and changes nothing.

Apart from the matrix, and asking only what takes a meeting's number: the matrix is long as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache

from metwith.calendars.models import Link
from metwith.calendars.overrides import MeetingLevel, TakenOut
from tests.exits.requests import Exit, exits
from tests.exits.test_matrix import VIEWERS, answers, in_no_log, leaks, log_everything, sent, told
from tests.exits.world import WORDS, World, mark
from tests.savepoints import undone

if TYPE_CHECKING:
    from tests.exits.world import Viewer

pytestmark = pytest.mark.django_db

OF_A_MEETING = {
    "web:meeting", "web:meeting-own", "web:meeting-out", "web:meeting-choose-record", "web:meeting-link", "web:meeting-unlink",
    "web:meeting-add", "web:meeting-notes", "api:meetings/<int:meeting_id>/why", "api:meetings/<int:meeting_id>/notes",
    "web:briefing", "api:meetings/<int:meeting_id>/briefing",
}  # fmt: skip
SECRETS = {*(mark(field, "off") for field in WORDS), "kim@kin.example"}


def absent(answer: Any) -> bool:
    """As if there were no such meeting; who is not signed in is led to the door, whatever it is, and what is no JSON is refused unseen."""
    door = answer.headers.get("HX-Redirect", answer.headers.get("Location", ""))
    return answer.status_code in {400, 401, 404, 405} or door.startswith("/sign-in/login/")


def of_a_meeting(world: World, event: int) -> list[Exit]:
    """The exits that take the number of a meeting, for this one."""
    others = set(exits(world.ids()))
    return [exit_ for exit_ in exits(world.ids() | {"event_id": [event], "meeting_id": [event]}) if exit_ not in others]


def forms(world: World, viewer: Viewer, exit_: Exit) -> str:
    """What comes of forms that would do something, and what it did."""
    client = viewer.program if exit_.for_programs else viewer.browser
    said = []
    for form in ({"record": f"person-{world.anna.pk}"}, {"level": "everything", "whole": ""}, {"whole": "", "confirmed": "1"}):
        with undone():
            answer = client.post(exit_.path, form)
            assert absent(answer), (exit_, form)
            said.append(told(answer))
            space = world.alice.workspace_id
            assert not Link.objects.of(space).filter(event_id=int(exit_.path.split("/meetings/")[1].split("/")[0])).exists()
            assert (MeetingLevel.objects.of(space).count(), TakenOut.objects.of(space).count()) == (0, 1)
    return "".join(said)


def test_no_exit_tells_anybody_but_its_owner_of_a_meeting_on_no_record(caplog: pytest.LogCaptureFixture):
    """Nor does a log tell of it, or of any meeting, from the first reading of a calendar on."""
    log_everything(caplog)
    world = World("everything", "everything")
    event = world.off_record()
    asked = of_a_meeting(world, event)
    assert {exit_.name for exit_ in asked} == OF_A_MEETING, "a new one is asked, too: say so here"
    ways = ("", f"?from=person-{world.anna.pk}", f"?as={world.bob.pk}")
    for name in VIEWERS[1:]:
        cache.clear()
        viewer = world.viewers[name]
        for exit_ in asked:
            for answer in (*answers(viewer, exit_, ways), *sent(viewer, exit_, follow=False)):
                assert absent(answer), (name, exit_)
                assert leaks(told(answer), SECRETS) == [], (name, exit_)
            assert leaks(forms(world, viewer, exit_), SECRETS) == [], (name, exit_)
    owner = world.viewers[VIEWERS[0]]
    shown = "".join(told(answer) for exit_ in asked for answer in answers(owner, exit_))
    assert leaks(caplog.text, in_no_log() | SECRETS) == []
    assert mark("title", "off") in shown
    assert "kim@kin.example" in shown


LISTS = {
    "web:home", "web:meetings", "web:meetings-part", "web:all-meetings-file", "web:met", "web:met-part", "web:met-hint", "web:met-left-out",
    "web:search", "api:meetings",
}  # fmt: skip
"""Where meetings of no one record are listed, or whom one meets."""


def test_no_list_holds_what_stands_on_no_record_but_its_owners():
    """Nor does it tell by a match, or by how many there are."""
    world = World("everything", "everything")
    world.off_record()
    ways = ("", "?mine=true", "?mine=false&q=off", "?mine=true&q=off", "?mine=true&view=month", "?upcoming=all", f"?as={world.bob.pk}")
    lists = [exit_ for exit_ in exits(world.ids()) if exit_.name in LISTS]
    assert {exit_.name for exit_ in lists} == LISTS
    for name in VIEWERS[1:]:
        for exit_ in lists:
            for answer in answers(world.viewers[name], exit_, ways):
                assert leaks(told(answer), SECRETS) == [], (name, exit_)
    owner = world.viewers[VIEWERS[0]]
    seen = {exit_.name for exit_ in lists for answer in answers(owner, exit_, ways) if leaks(told(answer), SECRETS)}
    # The piece leads to its page where it is asked plainly.
    assert seen == LISTS - {"web:met-hint", "web:met-left-out", "web:meetings-part"}
