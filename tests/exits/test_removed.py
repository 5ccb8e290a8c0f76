"""What is being removed is shown at no exit, from its mark on: long before the last of it is gone.

Asked where a meeting is seen at all, which the matrix finds out (`TITLES`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.sync import purge
from metwith.calendars.vocabulary import WHOLE
from tests.built_once import Copies, built_once
from tests.exits.requests import exits
from tests.exits.test_matrix import TITLES, answers, leaks, sent, told
from tests.exits.world import GUEST, WORDS, World, mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.calendars.intents.removals import Removal

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]


built = built_once(lambda: World("everything", "everything"))


LIVE = "web:missing"
"""Shows an owner what the provider holds, which is read for it then and there."""
MARKS: dict[str, tuple[Callable[[World], Removal], frozenset[str]]] = {
    "a calendar": (lambda w: purge.of_calendar(w.desk.calendar), frozenset({"both", "alone"})),
    "an account": (lambda w: purge.of_account(w.desk.account), frozenset({"both", "alone"})),
    "a meeting": (
        lambda w: purge.of_meeting(w.alice.workspace_id, [w.desk.calendar.pk], "alone", WHOLE, by=w.bob.pk),
        frozenset({"alone"}),
    ),
    "an erased person": (lambda w: purge.of_address(w.alice.workspace_id, GUEST, (), by=w.alice.pk), frozenset({"both", "alone"})),
}


@pytest.mark.parametrize("what", MARKS)
def test_what_is_marked_to_be_removed_is_at_no_address(built: Copies[World], db: None, what: str) -> None:
    world = built()
    put, gone = MARKS[what]
    put(world)
    words = {mark(field, which) for field in WORDS for which in gone}
    found = [
        (name, exit_.name, response.status_code, leaked)
        for name in ("the owner of the copy", "a member who took part", "a colleague", "an admin")
        for exit_ in exits(world.ids())
        if exit_.name in TITLES and exit_.name != LIVE
        for response in (*answers(world.viewers[name], exit_), *sent(world.viewers[name], exit_))
        if (leaked := leaks(told(response), words))
    ]
    assert found == []
