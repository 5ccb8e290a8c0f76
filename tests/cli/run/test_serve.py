from __future__ import annotations

import os
import re
import signal
import socket
import sys
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from metwith.cli.main import build
from metwith.cli.run.practice import practice_servers
from metwith.server.environment import SettingWrong
from metwith.server.postgres import use
from tests.cli.running import answers, metwith, process_of, processes_of, serving, wait_until
from tests.homes import migrated

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc"),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that was set up and is stopped."""
    return migrated(tmp_path / "home")


def test_one_command_serves_and_one_signal_ends_it_all(home):
    with serving(home) as (process, address):
        assert answers(address)
        wait_until(lambda: at_work(home))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert processes_of(home) == {}
    assert not (home / "pg" / "postmaster.pid").exists()


def test_whatever_part_is_killed_comes_back(home):
    with serving(home) as (process, address):
        wait_until(lambda: at_work(home))
        for part in ("metwith.cli worker", "metwith.cli web", "multiprocessing.spawn", f"-D {home}/pg"):
            killed = process_of(home, part)
            os.kill(killed, signal.SIGKILL)
            wait_until(partial(runs_again, home, part, killed))
            wait_until(lambda: answers(address))
            wait_until(lambda: at_work(home))
        assert process.poll() is None


def test_nothing_is_left_running_when_the_command_itself_is_killed(home):
    with serving(home, "--with-fakes") as (process, _):
        wait_until(lambda: at_work(home))
        process.kill()
        process.wait()
        wait_until(lambda: processes_of(home) == {})
    assert not (home / "pg" / "postmaster.pid").exists()
    with serving(home) as (_, address):
        assert answers(address)
        assert "Practice" not in (home.parent / "serve.log").read_text()  # nothing of the flag is left either


def test_a_fresh_home_gets_its_key_and_a_second_start_keeps_it(tmp_path):
    home = tmp_path / "home"
    assert metwith(home, "migrate").returncode == 0
    key = (home / "key").read_bytes()
    assert metwith(home, "migrate").returncode == 0
    assert (home / "key").read_bytes() == key


def test_a_lost_key_is_a_refusal_and_no_new_one_is_made(home):
    (home / "key").unlink()
    for words in (["serve", "--port", "0"], ["worker"], ["migrate"]):
        done = metwith(home, *words)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert str(home / "key") in done.stderr
    assert not (home / "key").exists()
    assert processes_of(home) == {}


def test_a_wrong_key_is_a_refusal(home):
    done = metwith(home, "serve", "--port", "0", METWITH_KEY="c29tZWJvZHkgZWxzZSdzIGtleSwgdGhhdCBvbmUgaXM=")
    assert done.returncode == 2
    assert "does not fit this database" in done.stderr


def test_a_taken_port_is_named(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = metwith(home, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "--port" in done.stderr


def test_a_database_that_does_not_answer_is_one_line(tmp_path):
    done = metwith(tmp_path / "home", "migrate", DATABASE_URL=f"postgresql:///crm?host={tmp_path}&password=hidden")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "hidden" not in done.stderr


def test_an_operators_database_is_brought_up_to_date_by_migrate_alone(tmp_path):
    server, home = tmp_path / "server", tmp_path / "home"
    server.mkdir()
    with use(server, durable=False) as url:
        refused = metwith(home, "worker", DATABASE_URL=url)
        assert refused.returncode == 1
        assert "metwith migrate" in refused.stderr
        assert metwith(home, "migrate", DATABASE_URL=url).returncode == 0
        assert "ok    schema" in metwith(home, "doctor", DATABASE_URL=url).stdout
    assert not (home / "pg").exists()


def test_the_doctor_tells_what_is_wrong(home):
    done = metwith(home, "doctor")
    assert done.returncode == 0, done.stdout
    assert "BAD" not in done.stdout
    (home / "key").chmod(0o644)
    done = metwith(home, "doctor")
    assert done.returncode == 1
    assert "BAD   key" in done.stdout
    assert "chmod 600" in done.stdout


def test_wrong_words_are_refused(tmp_path):
    done = metwith(tmp_path / "home", "serve", "--port", "x")
    assert done.returncode == 2
    assert "usage: metwith" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("words", [["serve", "--port", "70000"], ["worker", "--concurrency", "0"], ["dance"], []])
def test_other_wrong_words_are_refused_as_well(capsys, words):
    """By the parser, which stands before everything else."""
    with pytest.raises(SystemExit) as refused:
        build().parse_args(words)
    assert refused.value.code == 2
    assert "usage: metwith" in capsys.readouterr().err


def test_practice_is_served_beside_it_and_ends_with_it(home):
    with serving(home, "--with-fakes") as (process, address):
        log = (home.parent / "serve.log").read_text()
        practice = re.findall(r"Practice (\w+) is at (http://127\.0\.0\.1:\d+)", log)
        assert [name for name, _ in practice] == ["Google", "Microsoft"]
        assert address not in {at for _, at in practice}
        for name, at in practice:
            assert f"Practice {name}" in httpx.get(at, trust_env=False).text
            for part in ("metwith.cli web", "metwith.cli worker"):
                wait_until(partial(knows, home, part, f"METWITH_{name.upper()}_SERVER={at}"))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    for _, at in practice:
        with pytest.raises(httpx.TransportError):
            httpx.get(at, trust_env=False)


def test_practice_is_refused_beside_what_is_real(tmp_path):
    done = metwith(tmp_path / "home", "serve", "--port", "0", "--with-fakes", "--host", "0.0.0.0")  # noqa: S104  it is refused
    assert done.returncode == 2
    assert "Leave one of them out." in done.stderr


@pytest.mark.parametrize(
    "settings",
    [
        {"METWITH_GOOGLE_CLIENT_ID": "real", "METWITH_GOOGLE_CLIENT_SECRET": "secret"},
        {"METWITH_MICROSOFT_SERVER": "https://login.example"},
        {"METWITH_ORIGIN": "https://metwith.example"},
    ],
)
def test_practice_is_refused_beside_other_things_that_are_real_as_well(monkeypatch, settings):
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    refused = rf"{next(iter(settings))} is set for real use\. Leave one of them out\."
    with pytest.raises(SettingWrong, match=refused), practice_servers("127.0.0.1"):
        pass


def knows(home: Path, part: str, setting: str) -> bool:
    """Whether a process of this home has a setting."""
    found = [pid for pid, line in processes_of(home).items() if part in line]
    return any(setting.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") for pid in found)


def runs_again(home: Path, part: str, killed: int) -> bool:
    return any(part in line for pid, line in processes_of(home).items() if pid != killed)


def at_work(home: Path) -> bool:
    """Whether a worker that lives has said so lately."""
    try:
        with psycopg.connect(f"host={home}/run user=metwith dbname=metwith") as connection:
            query = "select count(*) from procrastinate_workers where last_heartbeat > now() - interval '8 seconds'"
            return connection.execute(query).fetchone() != (0,)
    except psycopg.Error:
        return False
