"""Of colleagues' private and internal time nothing is told, not even a number: no address answers otherwise when somebody has more of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.models import Calendar
from metwith.calendars.vocabulary import Visibility
from metwith.lib import clock
from tests.built_once import Copies, built_once
from tests.calendars.desk import Desk
from tests.exits.requests import exits
from tests.exits.test_matrix import answers, sent, told
from tests.exits.world import World
from tests.savepoints import undone

if TYPE_CHECKING:
    from tests.exits.world import Viewer

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

CHANGES = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"|DTSTAMP:\w+|Content-Length: \d+|ETag: \S+|Set-Cookie: .*'
    r'|"made_at": "[^"]+"|/(?:asked|tokens|subscriptions|notes)/\d+/|note-\d+|\d\d:\d\d:\d\d(?:\.\d+)?|nonce[^ ]+|[\w-]{43,}|last used [^<]+'
)
"""What is another at each asking, whatever there is."""
MANY = 23
COLLEAGUES = ("a colleague", "an admin")


built = built_once(lambda: World("metadata", "everything"))


@pytest.fixture
def world(built: Copies[World], db: None) -> World:
    return built()


@pytest.fixture(autouse=True)
def one_moment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told by how long ago it was."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)


def said(world: World, viewer: Viewer) -> dict[str, list[str]]:
    """All that anybody is told anywhere: name of the address → its answers. What asking leaves behind, in the audit log say, is taken back."""
    found: dict[str, list[str]] = {}
    with undone():
        for exit_ in exits(world.ids()):
            if not exit_.of_signing_in:
                texts = [told(response) for response in (*answers(viewer, exit_), *sent(viewer, exit_))]
                found.setdefault(f"{exit_.name} {exit_.path}", []).extend(CHANGES.sub("", text) for text in texts)
    return found


def more_private_time(world: World) -> None:
    """Of Bob's alone; his calendar is read at the moment at which it was read before."""
    for number in range(MANY):
        world.desk.put(f"doctor {number}", "dr@clinic.example", title="Doctor", visibility=Visibility.PRIVATE)
        world.desk.put(f"us {number}", "dora@lumen.example", title="Us")
    Calendar.objects.of(world.alice.workspace_id).update(cursor="")
    world.desk.sync()


@pytest.mark.parametrize("name", COLLEAGUES)
def test_more_private_and_internal_time_leaves_no_mark_for_colleagues(world: World, name: str):
    viewer = world.viewers[name]
    world.desk.sync()
    before = said(world, viewer)
    more_private_time(world)
    after = said(world, viewer)
    owner = world.viewers["the owner of the copy"].browser
    assert f"{MANY + 1} Private" in owner.get("/settings/receipt/").content.decode(), "its owner is told"
    assert {where for where in before if before[where] != after[where]} == set()


@pytest.mark.parametrize(("others", "told_of"), [(2, False), (3, True)])
def test_sums_of_the_workspace_are_told_from_three_other_members(world: World, others: int, *, told_of: bool):
    for member, name in ((world.dora, "dora"), (world.erin, "erin"))[: others - 1]:
        Desk(member, name).sync()
    page = world.viewers["an admin"].browser.get("/settings/receipt/").content.decode()
    assert ("tell of nobody" in page) is not told_of
    assert ("Private" in page) is told_of
    export = world.viewers["an admin"].browser.post("/settings/receipt/export.json").json()["workspace"]
    assert (export["dropped"] is not None) is told_of
    assert export["kept"] == 2
