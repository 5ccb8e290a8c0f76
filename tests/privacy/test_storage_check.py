"""`metwith privacy verify`: what did not come in is looked for everywhere, and found wherever it is hidden."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection

from metwith.accounts.models import Block
from metwith.calendars.actions import choose
from metwith.calendars.counters import PrivacyRun
from metwith.calendars.models import Calendar, Entry, Series
from metwith.calendars.vocabulary import Visibility
from metwith.privacy import storage_check
from metwith.privacy.scan.tables import search_tables
from metwith.server import postgres
from metwith.server.installation import home
from metwith.workspaces.sessions import SessionStore
from tests.calendars.desk import START, Desk, exception
from tests.cli.prompt import run
from tests.people import NOW, company, person

if TYPE_CHECKING:
    from metwith.privacy.storage_check import StorageCheck
    from metwith.workspaces.models import Member

ONCE = uuid4().hex[:8]
"""The files of the tests' database still hold what earlier runs and tests wrote, so that each has texts of its own."""
HIDDEN = f"Talk about the lay-offs of March {ONCE}"
GUEST = f"zoe@clinic-{ONCE}.test"
PRIVATE = f"private meeting {ONCE}"


@pytest.fixture
def desk(alice: Member) -> Desk:
    """One meeting that is kept, and one that is private."""
    desk = Desk(alice, "proof")
    desk.put("kept meeting", "anna@acme.test", title="Prices for next year")
    desk.put(PRIVATE, GUEST, title=HIDDEN, description=f"The first line\n{HIDDEN} again", visibility=Visibility.PRIVATE)
    desk.sync()
    return desk


def verified(desk: Desk, *also: Path) -> StorageCheck:
    return storage_check.verify(Calendar.objects.of(desk.member.workspace), lambda: NOW, also=also)


def test_nothing_is_found_where_nothing_is_stored(alice: Member, capsys: pytest.CaptureFixture[str]):
    """Of the whole story: read, look everywhere, say it and note it."""
    desk = Desk(alice, "proof")
    once = uuid4().hex
    desk.put("kept", "anna@acme.test", title="Prices for next year")
    desk.put(f"private {once}", f"zoe@{once}.test", title=f"Alone {once}", description=f"A line {once}\nb", visibility=Visibility.PRIVATE)
    desk.sync()
    found, sought = storage_check.seek(Calendar.objects.of(alice.workspace), lambda: NOW)
    assert (found.asked, found.not_asked, found.dropped) == (1, [], 1)
    assert (found.looked_for, found.too_common, found.elsewhere) == (4, 1, 1)  # title, line, address, id; "b"; the owner's address
    assert search_tables(storage_check._driver(), sought.needles).looked_at > 30
    assert run("privacy", "verify") == 0
    assert "0 found of 4 texts looked for" in capsys.readouterr().out
    noted = PrivacyRun.objects.of(alice.workspace).get()
    assert (noted.kind, noted.account_id, noted.facts["found"], noted.facts["asked"], noted.facts["looked_for"]) == (
        "verify",
        None,
        0,
        1,
        4,
    )
    assert noted.facts["bytes"] > 1_000_000


def places_of(desk: Desk) -> set[str]:
    """Where in the tables something is found, without the rows."""
    _proof, sought = storage_check.seek(Calendar.objects.of(desk.member.workspace), lambda: NOW)
    found = sought.of([search_tables(storage_check._driver(), sought.needles), storage_check._search_sessions(sought.needles)])
    return {place.partition(", row")[0] for place, _ in found.places}


PLANTED: dict[str, Any] = {
    "calendars_entry.title": HIDDEN,
    "calendars_entry.description": f"{'long ' * 900}{HIDDEN}",
    "calendars_entry.attachments": [f"{HIDDEN}.pdf"],
    "calendars_entry.attendees": json.dumps([[HIDDEN.lower(), "", 0]]),
    "calendars_entry.digest": HIDDEN.encode(),
    "calendars_entry.location": 'Room "7"\\ with a\ttab',
    "calendars_trace.note": HIDDEN,
    "calendars_attendee.name": GUEST,
    "calendars_calendar.cursor": f"after={PRIVATE}",
    "procrastinate_jobs.args": json.dumps({"title": HIDDEN}),
}


def test_it_is_found_in_whatever_table_and_column_it_stands(desk: Desk):
    desk.put("private room", title="Another private one", location='Room "7"\\ with a\ttab', visibility=Visibility.PRIVATE)
    for place, value in PLANTED.items():
        table, column = place.split(".")
        with connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{table}" SET "{column}" = %s', [value])  # noqa: S608  names of this test
    assert places_of(desk) == PLANTED.keys()


def test_postgresql_notes_nothing_of_content_to_plan_by(desk: Desk):
    for number in range(20):
        desk.put(f"kept {number}", f"anna{number}@acme.test", title=f"Prices {number}")
    desk.series("weekly", "anna@acme.test")
    desk.sync()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calendars_entry, calendars_attendee, calendars_series, calendars_event")
        cursor.execute("SELECT tablename || '.' || attname FROM pg_stats WHERE tablename LIKE 'calendars%'")
        noted = {name for (name,) in cursor.fetchall()}
    assert "calendars_entry.starts_at" in noted
    content = ("title", "description", "location", "join_url", "web_url", "attachments", "attendees")
    assert noted.isdisjoint({*(f"calendars_entry.{name}" for name in content), "calendars_attendee.name", "calendars_series.definition"})


def test_it_is_found_in_a_session(desk: Desk):
    session = SessionStore()
    session["carried"] = base64.b64encode(b"x" * 500).decode() + HIDDEN
    session.save()
    assert {place[:22] for place in places_of(desk)} == {"a session that ends 20"}


def test_it_is_found_in_files_also_packed_ones_and_backups(desk: Desk, tmp_path: Path):
    (tmp_path / "old.log").write_text("x" * 5000 + HIDDEN)
    (tmp_path / "old.log.1.gz").write_bytes(gzip.compress(HIDDEN.encode()))
    (tmp_path / "archive.zip").write_bytes(b"PK\x03\x04 who knows")
    (home() / "forgotten.json").write_text(json.dumps({"title": HIDDEN}))
    try:
        found = verified(desk, tmp_path)
    finally:
        (home() / "forgotten.json").unlink()
    where = {Path(place.partition(" at byte ")[0]).name for place, _ in found.files.places}
    assert {"old.log", "old.log.1.gz", "forgotten.json"} <= where
    assert ("old.log at byte 5000") in {place.rpartition("/")[2] for place, _ in found.files.places}
    assert [Path(name).name for name in found.files.closed if str(tmp_path) in name] == ["archive.zip"]


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_searched_as_what_it_holds(desk: Desk, tmp_path: Path):
    file = tmp_path / "metwith.backup"
    settings = connection.get_connection_params()
    url = f"postgresql:///{settings['dbname']}?host={settings['host']}&user={settings['user']}"
    Entry.objects.of(desk.member.workspace).update(description=HIDDEN)
    subprocess.run([postgres.binary("pg_dump"), "--format=custom", f"--dbname={url}", f"--file={file}"], check=True)
    Entry.objects.of(desk.member.workspace).update(description="")
    assert HIDDEN.encode() not in file.read_bytes()
    found = verified(desk, file)
    assert found.tables.places == []
    assert [place for place, _ in found.files.places if place.startswith(str(file))]


def test_what_also_stands_in_what_may_be_here_is_not_looked_for(desk: Desk, bob: Member):
    """A colleague keeps his copy of the meeting; the guest is a person; the title is also a company's name."""
    theirs = Desk(bob, "proof-bob")
    theirs.put(PRIVATE, GUEST, title="Lay-offs, as Bob calls it", description=f"{HIDDEN} again")
    theirs.sync()
    choose.pause(bob, theirs.calendar.pk)
    person(desk.member, "Zoe Zimmer", GUEST)
    company(desk.member, HIDDEN, "lay-offs.test")
    found, _sought = storage_check.seek(Calendar.objects.of(bob.workspace), lambda: NOW)
    assert (found.asked, found.not_asked) == (1, [theirs.calendar.pk])
    assert found.looked_for == 1  # "The first line" alone
    assert places_of(desk) == set()


def test_the_private_occurrence_of_a_kept_series_is_looked_for(alice: Member):
    desk = Desk(alice, "proof")
    series = desk.series("weekly", "anna@acme.test", title="The weekly round")
    hidden = exception(series, START, title=HIDDEN, visibility=Visibility.PRIVATE)
    desk.put("weekly", "anna@acme.test", title="The weekly round", recurrence=series.recurrence, exceptions=(hidden,))
    desk.sync()
    assert places_of(desk) == set()
    row = Series.objects.of(alice.workspace).get()
    Series.objects.of(alice.workspace).update(definition=row.definition | {"description": HIDDEN})
    assert places_of(desk) == {"calendars_series.definition"}


def test_what_is_blocked_or_internal_is_looked_for_too(desk: Desk, bob: Member):
    desk.put("internal one", "bob@lumen.example", title="Salaries of the whole team")
    desk.put("blocked one", "tom@tribunal.test", title="The case against us")
    Block.objects.create(workspace=bob.workspace, pattern="tribunal.test")
    assert storage_check.seek(Calendar.objects.of(bob.workspace), lambda: NOW)[0].dropped == 3
    Entry.objects.of(bob.workspace).update(title="The case against us", location="Salaries of the whole team")
    assert places_of(desk) == {"calendars_entry.title", "calendars_entry.location"}


# --- the command ------------------------------------------------------------------------------------------------------------------


def test_the_command_names_the_place_and_never_the_content(desk: Desk, capsys: pytest.CaptureFixture[str]):
    entry = Entry.objects.of(desk.member.workspace).get()
    Entry.objects.of(desk.member.workspace).update(title=HIDDEN)
    assert run("privacy", "verify", "--account", str(desk.account.pk)) == 1
    said = capsys.readouterr()
    assert f"calendars_entry.title, row {entry.pk}" in said.err
    assert HIDDEN not in said.out + said.err
    assert "lay-offs" not in said.out + said.err
    assert PrivacyRun.objects.of(desk.member.workspace).get().account_id == desk.account.pk


def test_a_calendar_that_cannot_be_asked_proves_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]):
    desk.server.faults.broken = True
    assert run("privacy", "verify") == 1
    assert "could not be read again" in capsys.readouterr().err


def test_what_cannot_be_done_is_said(alice: Member, capsys: pytest.CaptureFixture[str]):
    assert run("privacy", "verify", "--workspace", "Nobody's") == 1
    assert run("privacy", "verify", "--also", "/nonexistent") == 1
    assert run("privacy", "verify") == 1
    assert capsys.readouterr().err.count("\n") >= 4


def test_another_workspace_is_left_alone(desk: Desk, charlie: Member):
    theirs = Desk(charlie, "proof-charlie")
    theirs.put("secret of theirs", "tom@tribunal.test", title="Theirs alone to know", visibility=Visibility.PRIVATE)
    desk.delete(PRIVATE)
    reads = theirs.server.reads
    assert run("privacy", "verify", "--workspace", str(desk.member.workspace_id)) == 0
    assert theirs.server.reads == reads
    assert not PrivacyRun.objects.of(charlie.workspace).exists()


def test_reading_again_stores_nothing(desk: Desk):
    before = (Calendar.objects.of(desk.member.workspace).values().get(), Entry.objects.of(desk.member.workspace).count())
    desk.put("not synced yet", "anna@acme.test", title="Not synced yet")
    assert places_of(desk) == set()
    assert before == (Calendar.objects.of(desk.member.workspace).values().get(), Entry.objects.of(desk.member.workspace).count())
