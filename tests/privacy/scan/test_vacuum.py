"""What was deleted is in no byte of the database's files, once they are scrubbed."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

import psycopg
import pytest

from metwith.privacy.scan import vacuum
from metwith.privacy.scan.files import search_folder
from metwith.privacy.scan.patterns import Needles
from metwith.privacy.scan.tables import search_tables
from metwith.server import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.server

TABLE = """create table meeting (id bigserial primary key, title text, notes text, facts jsonb, names text[], digest bytea);
create index meeting_title on meeting (title)"""
ROW = "insert into meeting (title, notes, facts, names, digest) values (%s, %s, %s, %s, %s)"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scrub")


@contextmanager
def using(home: Path) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with postgres.use(home, durable=False) as url, psycopg.connect(url, autocommit=True) as connection:
        yield connection


def fill(connection: psycopg.Connection[tuple[object, ...]], marks: list[str]) -> None:
    connection.execute("drop table if exists meeting")
    connection.execute(TABLE)
    for mark in marks:
        values = (mark, f"{'notes ' * 900}{mark}", f'{{"said \\"{mark}\\"": 1}}', [f"{mark} a", "b"], mark.encode())
        connection.execute(ROW, values)
    connection.execute("analyze meeting")


def test_a_text_is_found_in_every_kind_of_column_and_in_the_files(home: Path):
    marks = [f"Größe {number} of hidden things" for number in range(30)]
    with using(home) as connection:
        fill(connection, marks)
        needles = Needles(marks)
        found = search_tables(connection, needles)
        assert found.texts() == set(range(30))
        assert {place.partition(",")[0] for place, _ in found.places} >= {
            *("meeting.title", "meeting.digest"),
            "what PostgreSQL notes about meeting.title to plan by",
        }
        for column in ("title", "notes", "facts", "names", "digest"):
            connection.execute(f"create table only_{column} as select id, {column} from meeting")  # noqa: S608
            places = [place for place, _ in search_tables(connection, needles).places if place.startswith(f"only_{column}.{column}, row ")]
            assert places, column
            connection.execute(f"drop table only_{column}")
        connection.execute("checkpoint")
        assert search_folder(home, needles).texts() == set(range(30))


def test_a_finding_never_says_what_was_found(home: Path):
    with using(home) as connection:
        fill(connection, ["a secret of the board"])
        connection.execute("create table odd (key text primary key)")
        connection.execute("insert into odd values ('a secret of the board')")
        connection.execute("checkpoint")
        needles = Needles(["a secret of the board"])
        said = [place for found in (search_tables(connection, needles), search_folder(home, needles)) for place, _ in found.places]
        connection.execute("drop table odd")
    assert [place for place in said if place.startswith("odd.key, row (0,1)")]
    assert not [place for place in said if "secret" in place]


def test_deleted_rows_are_in_no_byte_after_a_scrub(home: Path):
    marks = [f"deleted mark {number} {number * 7919}" for number in range(300)]
    stays = [f"staying mark {number} {number * 7919}" for number in range(300)]
    with using(home) as connection:
        fill(connection, marks + stays)
        for _ in range(3):  # spread over several segments of the log
            connection.execute("update meeting set names = names || '{c}'")
            connection.execute("select pg_switch_wal()")
        connection.execute("delete from meeting where title like 'deleted%%'")
        connection.execute("checkpoint")
        gone = Needles(marks)
        assert search_tables(connection, gone).texts() <= {n for p, n in search_tables(connection, gone).places if "to plan by" in p}
        assert len(search_folder(home, gone).texts()) > 200
        assert vacuum.rewrite_tables(connection) == vacuum.Rewritten(tables=1, held=0)
        assert vacuum.renew_log(connection, home / "pg") <= 2
        assert search_tables(connection, gone).places == []
        assert search_folder(home, gone).places == []
        assert len(search_folder(home, Needles(stays)).texts()) == 300


def test_segments_that_were_kept_for_use_again_are_gone_through(home: Path):
    """An installation of before: its server recycled them with all that was in them."""
    mark = "written long ago, and recycled"
    with using(home) as connection:
        size = 16 * 1024 * 1024
        for _ in range(2):
            current = vacuum._current(connection)
            for ahead in range(1, 4):
                name = f"{current[:16]}{int(current[16:], 16) + ahead:08X}"
                (home / "pg" / "pg_wal" / name).write_bytes((mark.encode() * (size // len(mark) + 1))[:size])
            subprocess.run(["chown", "--reference", str(home / "pg" / "PG_VERSION"), "-R", str(home / "pg" / "pg_wal")], check=True)
            assert search_folder(home, Needles([mark])).places
            vacuum.renew_log(connection, home / "pg")
            assert search_folder(home, Needles([mark])).places == []
        assert connection.execute("select count(*) from meeting").fetchone()


def test_rows_that_somebody_may_still_look_at_are_told(home: Path):
    with using(home) as connection, psycopg.connect(connection.info.dsn) as other:
        fill(connection, ["a mark that is deleted", "one that stays"])
        other.execute("set transaction isolation level repeatable read")
        other.execute("select 1")  # from now on it sees the database as it is
        connection.execute("delete from meeting where title like 'a mark%'")
        assert vacuum.rewrite_tables(connection).held >= 1
        other.rollback()
        assert vacuum.rewrite_tables(connection).held == 0


def test_rows_that_are_held_for_a_moment_go_all_the_same(home: Path):
    """As PostgreSQL's own upkeep holds them. Who holds them lets go at the second look."""
    with using(home) as connection, psycopg.connect(connection.info.dsn) as other:
        fill(connection, ["a mark that is deleted", "one that stays"])
        other.execute("set transaction isolation level repeatable read")
        other.execute("select 1")
        connection.execute("delete from meeting where title like 'a mark%'")
        ends = Timer(vacuum.PAUSE / 2, other.rollback)
        ends.start()
        assert vacuum.rewrite_tables(connection).held == 0
        ends.join()


def test_who_writes_in_another_database_of_the_server_holds_nothing_up(home: Path):
    with using(home) as connection:
        connection.execute("create database beside")
        connection.execute("create table long (id int primary key, words text)")
        connection.execute("alter table long alter words set storage external")
        connection.execute("insert into long values (1, repeat('deleted mark', 900))")
        toast = connection.execute("select reltoastrelid::regclass::text from pg_class where relname = 'long'").fetchone()
        assert toast
        with psycopg.connect(connection.info.dsn, dbname="beside") as other:
            other.execute("select pg_current_xact_id()")  # it writes
            connection.execute("delete from long")
            connection.execute(f"vacuum {toast[0]}")  # as PostgreSQL does by itself: the row's long value is gone before the row
            assert vacuum.rewrite_tables(connection).held == 0
        vacuum.renew_log(connection, home / "pg")
        assert search_folder(home, Needles(["deleted mark"])).places == []
        connection.execute("drop database beside")
        connection.execute("drop table long")
