"""Not a byte of what may not come in; and of what was taken out again none in the tables at once, and none in the files after a purge."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from metwith.accounts import blocks
from metwith.calendars.actions import connect
from metwith.calendars.counters import Tally
from metwith.calendars.models import Calendar
from metwith.calendars.sync import aside
from metwith.calendars.sync.run import sync_calendar
from metwith.calendars.vocabulary import Recurrence, RemoteAttendee, Visibility
from metwith.lib import clock
from metwith.privacy import secure_delete, storage_check
from metwith.privacy.scan.files import search_folder
from metwith.privacy.scan.patterns import Needles
from metwith.privacy.scan.tables import search_tables
from metwith.rules.health import Succeeded
from metwith.server import postgres
from metwith.workspaces import domains
from tests.calendars.desk import exception
from tests.calendars.providers.google.world import ident
from tests.calendars.spelled import BLOCKED_WHO, BLOCKED_WORD, OWNER, InFeed, InGoogle, InMicrosoft, Marks, event, fill, guest
from tests.calendars.worker import work
from tests.people import NOW
from tests.practising import practising, sign_in_and_connect
from tests.web_server import LocalServer, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from metwith.calendars.vocabulary import RemoteEvent
    from metwith.workspaces.models import Member
    from tests.calendars.spelled import Place

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]
TIMES, EACH = 45, 6


@contextmanager
def calendar_at(key: str, member: Member, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty calendar of the member's that is connected."""
    if key == "ics":
        server, monkey = LocalServer(), monkeypatch
        monkey.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")

        def publish(data: bytes) -> None:
            server.answers["/feed.ics"] = says(data, Content_Type="text/calendar")

        place = InFeed(publish)
        place.flush()
        try:
            connect.connect(member, "ics", address=OWNER, secret=server.url("/feed.ics"), now=lambda: NOW)
            yield place
        finally:
            server.stop()
        return
    with practising(monkeypatch, key, clock=lambda: NOW) as (practice, _address):
        sign_in_and_connect(member, key, NOW)
        yield InGoogle(practice) if key == "google" else InMicrosoft(practice)


def sync(member: Member, place: Place) -> None:
    if isinstance(place, InFeed):
        place.flush()
    (calendar,) = Calendar.objects.of(member.workspace_id).filter(enabled=True)
    assert isinstance(sync_calendar(member.workspace_id, calendar.pk, clock=lambda: NOW), Succeeded)
    work()


def in_tables(needles: Needles) -> set[str]:
    """The texts that stand in a table or session; what PostgreSQL notes to plan by is rewritten by a purge."""
    found = search_tables(storage_check._driver(), needles)
    places = [(place, number) for place, number in found.places if not place.endswith("to plan by")]
    return {needles.texts[number] for _, number in [*places, *storage_check._search_sessions(needles).places]}


def _places(needles: Needles, texts: set[str]) -> list[str]:
    """Table and column of each place where one of the texts stands."""
    return [place for place, number in search_tables(storage_check._driver(), needles).places if needles.texts[number] in texts]


def places_in_files(needles: Needles) -> list[tuple[str, int]]:
    """Those in any byte: the database's files after a checkpoint, its log, temporary files."""
    return [found for each in storage_check._search_files(needles, ()) for found in each.places]


def in_files(needles: Needles) -> set[str]:
    return {needles.texts[number] for _, number in places_in_files(needles)}


def in_backup(needles: Needles, file: Path) -> set[str]:
    return {needles.texts[number] for _, number in search_folder(file, needles, restore=postgres.binary("pg_restore")).places}


def backup(file: Path) -> Path:
    settings = connection.get_connection_params()
    url = f"postgresql:///{settings['dbname']}?host={settings['host']}&user={settings['user']}"
    subprocess.run([postgres.binary("pg_dump"), "--format=custom", f"--dbname={url}", f"--file={file}"], check=True)
    return file


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """All that was logged, down to the least, and all that was printed."""
    caplog.set_level("DEBUG")
    caplog.set_level("DEBUG", logger="metwith")  # a command's test may have left it quieter
    return lambda: "\n".join([*capfd.readouterr(), caplog.text])


@pytest.mark.parametrize("key", ["google", "microsoft", "ics"])
def test_no_byte_is_stored(alice: Member, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: Callable[[], str]) -> None:
    marks = Marks()
    blocks.add_blocks(alice, "who", list(BLOCKED_WHO), everybody=True)
    blocks.add_blocks(alice, "word", [BLOCKED_WORD], everybody=False)
    with calendar_at(key, alice, monkeypatch) as place:
        fill(place, marks, TIMES)
        others = Marks(marks.run, marks.numbers)
        turn = turning(place, others)
        sync(alice, place)

        never = {mark for kind, made in marks.made.items() if kind != "kept" for mark in (*made, *map(ident, made))}
        turned, kept = {mark for made in others.made.values() for mark in made}, {*marks.made["kept"]}
        assert (len(never) > 1200, len(turned), len(kept)) == (True, EACH * (len(TURNING) + 1), TIMES)
        needles = Needles([*never, *turned, *kept])
        # The search can see: what is kept is found wherever it is looked for.
        saved = backup(tmp_path / "meanwhile.backup")
        assert in_tables(needles) == in_files(needles) == in_backup(needles, saved) == turned | kept

        turn()
        blocks.add_blocks(alice, "who", ["blocked.test"], everybody=False)
        blocks.add_blocks(alice, "word", ["worded talk"], everybody=False)
        domains.decide_domain(alice, "ours.test", "whole")
        work()
        sync(alice, place)
        # The past of a feed cannot be read again: what a fact made internal is set aside for 14 days (product.md, section 3).
        waits = set(others.made["ours"]) if key == "ics" else set()
        assert in_tables(needles) == kept | waits
        assert {place.partition(".")[0] for place in _places(needles, waits) if place.startswith("calendars_")} <= {"calendars_setaside"}
        assert in_files(needles) == turned | kept
        assert aside.purge_old(clock.now() + timedelta(days=13)) == 0
        aside.purge_old(clock.now() + timedelta(days=15))
        assert secure_delete.scrub_all(NOW).held == 0
        assert in_tables(needles) == kept
        assert [place for place, number in places_in_files(needles) if needles.texts[number] not in kept] == []

    said = logs()
    assert "synced" in said
    assert needles.find(said.encode()) == []
    assert set(Tally.objects.of(alice.workspace).filter(what="purged").values_list("reason", flat=True)) == {
        "private",
        "internal",
        "blocked",
        "not-a-meeting",
    }


def turning(place: Place, marks: Marks) -> Callable[[], None]:
    """Write meetings that may come in; the answer makes them such as may not, each kind in its way."""
    held = {
        kind: [event(mark := marks.new(kind), guest(mark, f"{kind}.test"), title=f"{kind} talk") for _ in range(EACH)] for kind in TURNING
    }
    series = [in_series(event(mark, guest(mark, "acme.test"))) for mark in (marks.new("occurrence") for _ in range(EACH))]
    for found in [*series, *(found for several in held.values() for found in several)]:
        place.put(found)

    def turn() -> None:
        for found in held["private"]:
            place.put(replace(found, visibility=Visibility.PRIVATE))
        for found in held["internal"]:
            place.put(replace(found, attendees=(RemoteAttendee(OWNER, organizer=True), RemoteAttendee("bob@lumen.example"))))
        for found in held["alone"]:
            place.put(replace(found, attendees=()))
        for found in held["deleted"]:
            place.delete(found)
        for found in series:
            (exception,) = found.exceptions
            place.put(replace(found, exceptions=(replace(exception, visibility=Visibility.PRIVATE),)))

    return turn


TURNING = ("private", "internal", "alone", "deleted", "ours", "blocked", "worded")


def in_series(marked: RemoteEvent) -> RemoteEvent:
    """A series without a mark, of which one occurrence has the mark."""
    plain = replace(
        marked,
        title="Weekly round",
        description="",
        location="",
        attendees=(RemoteAttendee(OWNER, organizer=True), RemoteAttendee("anna@acme.test")),
    )
    series = replace(plain, recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=3",)), uid=f"series of {marked.id[-6:]}")
    said = {"title": marked.title, "description": marked.description, "location": marked.location, "attendees": marked.attendees}
    return replace(series, exceptions=(exception(series, series.start, **said),))
