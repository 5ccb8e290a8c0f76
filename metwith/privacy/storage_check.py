"""`metwith privacy verify`: is anything stored of what must not be? Looked for, not reasoned about.

What did not come in is read once more from the providers (live_read.py). Each piece of it that stands nowhere else is then looked for in
every table, the sessions, and every byte of every file of the installation.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

from metwith.calendars.counters import PrivacyRun
from metwith.privacy.live_read import reread
from metwith.privacy.scan.files import Findings, search_folder
from metwith.privacy.scan.patterns import Needles, telling
from metwith.privacy.scan.tables import copied_out, search_tables
from metwith.server import postgres
from metwith.server.installation import DATA, has_own_database, home
from metwith.workspaces import sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.calendars.models import Calendar
    from metwith.privacy.live_read import Reread
    from metwith.privacy.scan.tables import Connection

TYPED_IN = (
    "SELECT name, job_title, phone FROM records_person",
    "SELECT name, key FROM records_persontag",
    "SELECT name, key FROM records_companytag",
    "SELECT name, key FROM records_opportunitytag",
    "SELECT address, folded FROM records_personaddress",
    "SELECT name, phone FROM records_company",
    "SELECT domain FROM records_companydomain",
    "SELECT name FROM records_opportunity",
    "SELECT before FROM records_actchange",
    "SELECT name, email FROM workspaces_user",
    "SELECT name FROM workspaces_workspace",
    "SELECT address FROM workspaces_invitation",
    "SELECT domain FROM workspaces_owndomain",
    "SELECT address, username, server FROM accounts_account",
    "SELECT address FROM workspaces_memberaddress",
    "SELECT pattern FROM accounts_block",
    "SELECT name, remote_id FROM calendars_calendar",
    "SELECT text, author_name FROM notes_note",
)
"""What people entered themselves: finding a text there says nothing. A place missing here is reported, so that somebody looks."""
OTHERS = """SELECT e.remote_id, v.ical_uid, e.title, e.description, e.location, e.join_url, e.web_url, e.attachments, e.attendees
FROM calendars_entry e JOIN calendars_event v ON v.workspace_id = e.workspace_id AND v.id = e.event_id WHERE e.calendar_id <> ALL ('{{{}}}')"""
"""What is kept of calendars that were not read again: a colleague's copy of a meeting that is private to somebody else, say."""
SET_ASIDE = "SELECT remote_id, ical_uid, definition FROM calendars_setaside"
"""What became internal and could not be read again: allowed to be here for 14 days, and told apart."""
TEMPORARY = ("metwith-*", "*.upload*")


@dataclass(slots=True)
class StorageCheck:
    """What a verification came to. Nothing in it says what was looked for."""

    asked: int = 0
    not_asked: list[int] = field(default_factory=list)
    dropped: int = 0
    looked_for: int = 0
    too_common: int = 0
    """Texts not looked for: very short, a common word, or one of PostgreSQL's own."""
    elsewhere: int = 0
    """Texts not looked for: they also stand in what may be here."""
    set_aside: int = 0
    """Texts not looked for: they stand in what is set aside, for 14 days at most."""
    tables: Findings = field(default_factory=Findings)
    files: Findings = field(default_factory=Findings)
    database_files: bool = True
    """False with a PostgreSQL of the operator's own, whose files are not here."""

    @property
    def count(self) -> int:
        """How many texts were found."""
        return len(self.tables.texts() | self.files.texts())

    @property
    def searched(self) -> int:
        """Bytes."""
        return self.tables.searched + self.files.searched


@dataclass(frozen=True, slots=True)
class Patterns:
    """The texts to look for."""

    needles: Needles
    nothing_said: frozenset[int]
    """Those of them that say nothing by being found."""

    def of(self, several: Iterable[Findings]) -> Findings:
        """Findings in one, without the texts that say nothing."""
        found = Findings()
        for each in several:
            found.add(each)
        found.places = [(place, number) for place, number in found.places if number not in self.nothing_said]
        return found


def verify(
    calendars: QuerySet[Calendar],
    clock: Callable[[], datetime],
    *,
    also: Iterable[Path] = (),
    on_step: Callable[[str], None] = lambda _words: None,
) -> StorageCheck:
    """Look for what of these calendars did not come in. `also`: further files and folders, such as backups and collected logs."""
    on_step("Asking the providers")
    proof, sought = seek(calendars, clock)
    on_step("Searching the tables")
    proof.tables = sought.of([search_tables(_driver(), sought.needles), _search_sessions(sought.needles)])
    on_step("Searching the files")
    proof.files = sought.of(_search_files(sought.needles, also))
    return proof


def seek(calendars: QuerySet[Calendar], clock: Callable[[], datetime]) -> tuple[StorageCheck, Patterns]:
    """Read again what did not come in, and choose what of it to look for."""
    read = reread(calendars, clock)
    needles = Needles(piece for piece in read.hidden if telling(piece))
    elsewhere = _elsewhere(needles, read)
    aside = _standing_in(needles, [SET_ASIDE]) - elsewhere
    common = set() if has_own_database() else _of_postgresql(needles) - elsewhere - aside
    proof = StorageCheck(len(read.asked), read.not_asked, read.dropped, database_files=not has_own_database())
    proof.elsewhere, proof.too_common = len(elsewhere), len(read.hidden) - len(needles) + len(common)
    proof.set_aside = len(aside)
    proof.looked_for = len(needles) - len(elsewhere) - len(common) - len(aside)
    return proof, Patterns(needles, frozenset(elsewhere | common | aside))


def note_result(calendars: QuerySet[Calendar], check: StorageCheck, now: datetime, *, account_id: int | None = None) -> None:
    """Write down for the receipt how it went, in every workspace that it concerned. Numbers only."""
    workspaces = set(calendars.order_by().values_list("workspace_id", flat=True))
    facts = {"found": check.count, "bytes": check.searched, "database_files": check.database_files}
    if len(workspaces) == 1:
        # How much others have is not told to anybody.
        not_looked_for = check.too_common + check.elsewhere + check.set_aside
        facts |= {"asked": check.asked, "not_asked": len(check.not_asked), "looked_for": check.looked_for, "not_looked_for": not_looked_for}
    PrivacyRun.objects.bulk_create(
        PrivacyRun(workspace_id=workspace_id, at=now, kind=PrivacyRun.Kind.VERIFY, account_id=account_id, facts=facts)
        for workspace_id in workspaces
    )


def _driver() -> Connection:
    """Django's connection, as the driver knows it."""
    connection.ensure_connection()
    driver: Connection = connection.connection
    return driver


def _elsewhere(needles: Needles, reread: Reread) -> set[int]:
    """Texts that also stand in what may be here."""
    ids = ",".join(str(calendar.pk) for calendar in reread.asked)
    found = {number for _, number in needles.find("\n".join(reread.kept).encode("utf-8", "surrogatepass"))}
    return found | _standing_in(needles, (*TYPED_IN, OTHERS.format(ids)))


def _standing_in(needles: Needles, queries: Iterable[str]) -> set[int]:
    """Texts in the answers to these."""
    lines = (lines for query in queries for lines in copied_out(_driver(), query))
    return {number for each in lines for _, number in needles.find(each)}


def _of_postgresql(needles: Needles) -> set[int]:
    """Texts that stand in the databases from which PostgreSQL makes new ones: they are its own, or too common."""
    templates = _driver().execute("SELECT oid::text FROM pg_database WHERE datistemplate").fetchall()
    found: set[int] = set()
    for (oid,) in templates:
        found |= search_folder(home() / DATA / "base" / str(oid), needles).texts()
    return found


def _search_sessions(needles: Needles) -> Findings:
    """What the browser sessions hold is encrypted in their table."""
    found = Findings(looked_at=1)
    for ends, content in sessions.all_sessions():
        data = json.dumps(content, default=str).encode()
        found.searched += len(data)
        found.places += [(f"a session that ends {ends:%Y-%m-%d %H:%M}", number) for _, number in needles.find(data)]
    return found


def _search_files(needles: Needles, also: Iterable[Path]) -> Iterable[Findings]:
    """The home, temporary files of ours, and what the operator named; what PostgreSQL still held in memory is written down first."""
    about = {} if has_own_database() else _relations(_driver())
    if about:
        _driver().execute("CHECKPOINT")
    restore = _restore()
    yield search_folder(home(), needles, restore=restore, about=lambda path: _about(path, about))
    temporary = (path for pattern in TEMPORARY for path in Path(tempfile.gettempdir()).glob(pattern))
    for place in (*temporary, *also):
        yield search_folder(place, needles, restore=restore)


def _relations(driver: Connection) -> dict[str, str]:
    """A file of the database → the table or index it belongs to."""
    query = "SELECT pg_relation_filepath(oid), oid::regclass::text FROM pg_class WHERE pg_relation_filepath(oid) IS NOT NULL"
    return {f"{DATA}/{path}": str(name) for path, name in driver.execute(query).fetchall()}


def _about(path: str, relations: dict[str, str]) -> str:
    if path.startswith(f"{DATA}/pg_wal/"):
        return "write-ahead log"
    name = relations.get(path, "")
    return f"rows of {name}, deleted ones too" if name else ""


def _restore() -> Path | None:
    """`pg_restore`, with which backups are read."""
    try:
        return postgres.binary("pg_restore")
    except postgres.EmbeddedProblem:
        found = shutil.which("pg_restore")
        return Path(found) if found else None
