from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from metwith.server import postgres as subject
from metwith.server import run_as
from metwith.server.installation import embedded_url, socket_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.server

# Another process that uses the server until its standard input is closed.
USER = """
import pathlib, sys
from metwith.server import postgres
with postgres.use(pathlib.Path(sys.argv[1]), durable="durable" in sys.argv):
    print("in", flush=True)
    sys.stdin.read()
print("out", flush=True)
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an initialised, stopped server: copying it is quicker than making it."""
    folder = tmp_path_factory.mktemp("template")
    with subject.use(folder, durable=False):
        pass
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    shutil.copytree(template, home, ignore=shutil.ignore_patterns("*.sock", ".s.*"))
    yield home
    with subject._one_at_a_time(home):
        subject._stop(home)


@contextlib.contextmanager
def other_user(folder: Path, *how: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(folder), *how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "in\n"
        yield process
        process.kill()


def leave(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.close()
    assert process.wait(30) == 0


def runs(folder: Path) -> bool:
    return subject._listening(folder)


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def rows(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [int(row[0]) for row in connection.execute("select number from kept order by 1")]


def test_it_starts_on_a_socket_answers_and_stops(folder):
    with subject.use(folder, durable=False) as url, psycopg.connect(url) as connection:
        wanted = "select current_setting('listen_addresses'), current_setting('jit'), current_setting('server_encoding')"
        assert connection.execute(wanted).fetchone() == ("", "off", "UTF8")
        assert runs(folder)
    assert not runs(folder)
    assert not (folder / "pg" / "postmaster.pid").exists()


def test_names_sort_and_fold_by_unicode(folder):
    with subject.use(folder, durable=False) as url, psycopg.connect(url) as connection:
        assert connection.execute("select lower('ÄÖÜẞ')").fetchone() == ("äöüß",)


def test_power_cuts_are_survived_unless_told_otherwise(folder):
    with subject.use(folder) as url, psycopg.connect(url) as connection:
        assert connection.execute("show fsync").fetchone() == ("on",)


def test_the_folders_are_closed_to_others(folder):
    with subject.use(folder, durable=False):
        assert (folder / "run").stat().st_mode & 0o077 == 0
        assert (folder / "pg").stat().st_mode & 0o077 == 0
        assert (folder / "pg.log").stat().st_mode & 0o077 == 0


def test_the_last_user_out_stops_it(folder):
    with other_user(folder) as other:
        with subject.use(folder, durable=False) as url:
            assert answers(url)
        assert runs(folder)
        leave(other)
    assert not runs(folder)


def test_who_started_it_may_leave_first(folder):
    with other_user(folder) as other, subject.use(folder, durable=False) as url:
        leave(other)
        assert answers(url)
    assert not runs(folder)


def test_a_killed_user_takes_nothing_from_the_others(folder):
    with other_user(folder) as other:
        with subject.use(folder, durable=False) as url:
            other.kill()
            other.wait()
            assert answers(url)
        assert not runs(folder)


def test_a_server_that_lost_its_users_is_joined_and_then_stopped(folder):
    with other_user(folder) as other:
        other.kill()
        other.wait()
    assert runs(folder)
    with subject.use(folder, durable=False) as url:
        assert answers(url)
    assert not runs(folder)


def test_a_killed_server_is_started_again_with_all_that_was_committed(folder):
    with subject.use(folder) as url:
        with psycopg.connect(url) as connection:
            connection.execute("create table kept (number int)")
            connection.execute("insert into kept select generate_series(1, 100)")
        os.kill(subject._recorded_pid(folder), signal.SIGKILL)
        wait_until(lambda: not runs(folder))
        assert subject.revive(folder)
        assert not subject.revive(folder)
        assert rows(url) == list(range(1, 101))
    assert not runs(folder)


def test_everything_killed_at_once_comes_back(folder):
    with other_user(folder, "durable") as other:
        with psycopg.connect(embedded_url(folder)) as connection:
            connection.execute("create table kept (number int)")
            connection.execute("insert into kept values (7)")
        os.kill(subject._recorded_pid(folder), signal.SIGKILL)
        other.kill()
        other.wait()
    with subject.use(folder, durable=False) as url:
        assert rows(url) == [7]


def test_a_stale_file_naming_a_stranger_is_not_believed(folder):
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (folder / "pg" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        with subject._one_at_a_time(folder):
            subject._stop(folder)
        assert stranger.poll() is None
        stranger.kill()
    with subject.use(folder, durable=False) as url:
        assert answers(url)


def test_many_starting_at_once_share_one_server(folder):
    with contextlib.ExitStack() as stack:
        users = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(3)
        ]
        for user in users:
            assert user.stdout
            assert user.stdout.readline() == "in\n"
        for user in users:
            leave(user)
    assert not runs(folder)


def test_a_long_home_gets_a_short_socket(template, tmp_path):
    home = tmp_path / ("long" * 30)
    shutil.copytree(template, home, ignore=shutil.ignore_patterns(".s.*"))
    try:
        with subject.use(home, durable=False) as url:
            assert answers(url)
            assert not socket_folder(home).is_relative_to(home)
    finally:
        shutil.rmtree(socket_folder(home))


def test_an_initialisation_cut_short_is_begun_again(tmp_path):
    (tmp_path / "pg.new").mkdir()
    (tmp_path / "pg.new" / "half").touch()
    with subject.use(tmp_path, durable=False) as url:
        assert answers(url)
    assert not (tmp_path / "pg.new").exists()


def test_data_of_another_version_is_refused_and_left_alone(folder):
    (folder / "pg" / "PG_VERSION").write_text("15\n")
    with pytest.raises(subject.EmbeddedProblem, match=r"PostgreSQL 15.*metwith backup"), subject.use(folder, durable=False):
        pass
    assert not runs(folder)


def test_a_server_that_cannot_start_says_why(folder):
    (folder / "pg" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(subject.EmbeddedProblem, match="configuration file"), subject.use(folder, durable=False):
        pass


def test_the_log_holds_nothing_of_what_was_stored(folder):
    marker = "a title nobody may read"
    with subject.use(folder, durable=False) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table kept (title text primary key, number int)")
        connection.execute("insert into kept values (%s, 1)", [marker])
        for statement in ("insert into kept values (%s, 2)", "select %s::int", "select 1 / length(replace(%s, %s, ''))"):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, [marker] * statement.count("%s"))
        with pytest.raises(psycopg.Error):
            connection.execute(f"do $$ begin raise warning '{marker}'; raise exception '{marker}'; end $$")
    assert marker not in (folder / "pg.log").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_where_namespaces_are_forbidden_an_unprivileged_user_runs_it(template, monkeypatch):
    # /tmp, because pytest's own folders are closed to other users.
    home = Path("/tmp") / f"metwith-test-{os.getpid()}"  # noqa: S108
    shutil.copytree(template, home, ignore=shutil.ignore_patterns(".s.*"))
    runs_as = run_as._runs
    monkeypatch.setattr(run_as, "_runs", lambda who, program: who.how != "namespace" and runs_as(who, program))
    try:
        with subject.use(home, durable=False) as url:
            assert answers(url)
            assert (home / "pg").stat().st_uid != 0
        # It stays with that user, also where namespaces would be allowed.
        monkeypatch.undo()
        with subject.use(home, durable=False) as url:
            assert answers(url)
    except run_as.NoIdentity as problem:
        pytest.skip(f"not on this machine: {problem}")
    finally:
        shutil.rmtree(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_home_the_unprivileged_user_may_not_enter_is_named(tmp_path):
    closed = tmp_path / "closed"
    (closed / "home" / "pg").mkdir(parents=True)
    closed.chmod(0o700)
    assert run_as._closed_parent(closed / "home" / "pg", 65534) is not None


def test_a_socket_file_without_a_server_is_no_server(folder):
    (folder / "run").mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "run" / ".s.PGSQL.5432"))
    assert not runs(folder)


def wait_until(true: object, seconds: float = 20) -> None:
    assert callable(true)
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.05)
