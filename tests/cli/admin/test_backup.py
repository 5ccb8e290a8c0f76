from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

import psycopg
import pytest

from metwith.cli.admin import backup as subject
from metwith.cli.run.boot import CommandFailed
from metwith.server import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A home whose server runs, and its URL."""
    home = tmp_path_factory.mktemp("home")
    with postgres.use(home, durable=False) as address:
        yield home, address


@pytest.fixture
def url(running: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with something in it, of the installation the commands work on."""
    home, address = running
    monkeypatch.setenv("METWITH_HOME", str(home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run(address, "drop schema public cascade; create schema public")
    run(address, "create table kept (number int primary key); insert into kept select generate_series(1, 50)")
    run(address, "create function twice(n int) returns int language sql as 'select 2 * n'")
    return address


def run(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def numbers(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from kept").fetchone()
    assert row
    return int(row[0])


def backup(file: Path) -> None:
    subject.backup(Namespace(file=file))


def restore(file: Path, *, replace: bool = False) -> None:
    subject.restore(Namespace(file=file, replace=replace))


def test_what_was_backed_up_comes_back_and_what_came_later_goes(url, tmp_path):
    backup(tmp_path / "file")
    run(url, "delete from kept; create table later (number int)")
    restore(tmp_path / "file", replace=True)
    assert numbers(url) == 50
    with pytest.raises(psycopg.errors.UndefinedTable):
        run(url, "select * from later")


def test_a_restored_database_can_be_backed_up_and_restored_again(url, tmp_path):
    for _ in range(2):
        backup(tmp_path / "file")
        restore(tmp_path / "file", replace=True)
    assert numbers(url) == 50


def test_a_backup_is_its_owners_alone_and_names_the_key(url, tmp_path, capsys):
    backup(tmp_path / "file")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert "key" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_empty_database_is_filled_without_being_asked_to_replace(url, tmp_path):
    backup(tmp_path / "file")
    run(url, "drop schema public cascade; create schema public")
    restore(tmp_path / "file")
    assert numbers(url) == 50


def test_a_filled_database_is_not_replaced_by_accident(url, tmp_path):
    backup(tmp_path / "file")
    run(url, "insert into kept values (51)")
    with pytest.raises(CommandFailed, match="--replace"):
        restore(tmp_path / "file")
    assert numbers(url) == 51


def test_a_database_in_use_is_left_alone(url, tmp_path):
    backup(tmp_path / "file")
    with psycopg.connect(url), pytest.raises(CommandFailed, match="Stop Metwith"):
        restore(tmp_path / "file", replace=True)


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_damaged_backup_changes_nothing(url, tmp_path, cut):
    file = tmp_path / "file"
    backup(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * cut)])
    run(url, "insert into kept values (51)")
    with pytest.raises(CommandFailed):
        restore(file, replace=True)
    assert numbers(url) == 51


@pytest.mark.parametrize("content", [b"", b"something else", None])
def test_what_is_no_backup_is_refused(url, tmp_path, content):
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(CommandFailed, match="file"):
        restore(tmp_path / "file", replace=True)
    assert numbers(url) == 50


def test_a_folder_that_is_not_there_is_named(url, tmp_path):
    with pytest.raises(CommandFailed, match="does not exist"):
        backup(tmp_path / "nowhere" / "file")


SESSIONS = """
create table django_session (session_key varchar(40) primary key, session_data text, expire_date timestamptz);
insert into django_session values ('wordofacookie', 'held', now() + interval '1 day');
"""
WORKERS = """
create table procrastinate_workers (id bigint primary key, last_heartbeat timestamptz);
create table procrastinate_jobs (id bigint primary key, worker_id bigint references procrastinate_workers (id) on delete set null);
insert into procrastinate_workers values (7, now());
insert into procrastinate_jobs values (1, 7), (2, null);
"""


def signed_in(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from django_session").fetchone()
    assert row
    return int(row[0])


def test_who_is_signed_in_is_no_part_of_a_backup_and_over_after_a_restore(url, tmp_path):
    run(url, SESSIONS)
    backup(tmp_path / "file")
    listed = subject._run("pg_restore", "--data-only", "--file=-", str(tmp_path / "file"), failed="")
    assert "wordofacookie" not in listed
    assert "COPY public.kept" in listed
    restore(tmp_path / "file", replace=True)
    assert signed_in(url) == 0


def test_a_backup_of_an_older_version_signs_nobody_in(url, tmp_path):
    run(url, SESSIONS)
    subject._run("pg_dump", "--format=custom", f"--file={tmp_path / 'file'}", failed="")
    restore(tmp_path / "file", replace=True)
    assert signed_in(url) == 0


def test_after_a_restore_no_worker_of_the_backup_counts_as_being_at_work(url, tmp_path):
    run(url, WORKERS)
    backup(tmp_path / "file")
    restore(tmp_path / "file", replace=True)
    with psycopg.connect(url) as connection:
        assert connection.execute("select id, worker_id from procrastinate_jobs order by id").fetchall() == [(1, None), (2, None)]
        assert connection.execute("select count(*) from procrastinate_workers").fetchall() == [(0,)]
