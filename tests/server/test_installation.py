from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from metwith.server import installation as subject
from metwith.server.environment import SettingWrong


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that does not exist yet, in an environment that says nothing else."""
    folder = tmp_path / "its home"
    monkeypatch.setenv("METWITH_HOME", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


def test_the_home_is_made_for_its_owner_alone(named):
    assert subject.home() == named
    assert stat.S_IMODE(named.stat().st_mode) == 0o700


def test_without_a_name_the_home_is_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("METWITH_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert subject.home() == tmp_path / "metwith"


def test_a_relative_data_folder_is_ignored(tmp_path, monkeypatch):
    monkeypatch.delenv("METWITH_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", "somewhere")
    assert subject.home() == tmp_path / ".local" / "share" / "metwith"


def test_a_home_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("METWITH_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(SettingWrong, match="METWITH_HOME"):
        subject.home()


def test_the_database_is_the_embedded_one_unless_named(named, monkeypatch):
    assert not subject.has_own_database()
    assert subject.database_url() == subject.embedded_url(named)
    monkeypatch.setenv("DATABASE_URL", " postgresql://db.example/crm ")
    assert subject.has_own_database()
    assert subject.database_url() == "postgresql://db.example/crm"


def test_the_embedded_url_survives_spaces_in_the_path(named):
    entry = subject.parse_database_url(subject.embedded_url(named))
    assert entry["HOST"] == str(named / "run")
    assert (entry["NAME"], entry["USER"]) == ("metwith", "metwith")
    # libpq reads it otherwise: a plus sign is one.
    assert conninfo_to_dict(subject.embedded_url(named))["host"] == str(named / "run")


@pytest.mark.parametrize("length", [60, 92, 93, 200])
def test_the_socket_path_always_fits(length):
    folder = Path("/" + "x" * (length - 1))
    path = subject.socket_folder(folder) / subject.SOCKET_NAME
    assert len(os.fsencode(path)) <= subject.SOCKET_PATH_LIMIT


def test_a_long_home_gets_the_same_short_socket_folder_each_time_and_no_other_home_does():
    one, other = Path("/" + "x" * 150), Path("/" + "y" * 150)
    assert subject.socket_folder(one) == subject.socket_folder(one) != subject.socket_folder(other)


def test_a_private_folder_is_made_with_its_mode(tmp_path):
    assert stat.S_IMODE(subject.private_folder(tmp_path / "run").stat().st_mode) == 0o700


def test_a_link_in_the_place_of_a_private_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingWrong):
        subject.private_folder(tmp_path / "run")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_private_folder_is_refused_unless_expected(tmp_path):
    (tmp_path / "run").mkdir(mode=0o700)
    os.chown(tmp_path / "run", 65534, 65534)
    with pytest.raises(SettingWrong):
        subject.private_folder(tmp_path / "run")
    subject.private_folder(tmp_path / "run", also_of=65534)


def test_a_url_is_taken_apart():
    entry = subject.parse_database_url("postgres://anna:p%40ss%2Fword@db.example:6543/crm?sslmode=verify-full")
    assert {key: entry[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "crm",
        "USER": "anna",
        "PASSWORD": "p@ss/word",
        "HOST": "db.example",
        "PORT": "6543",
    }
    assert entry["OPTIONS"]["sslmode"] == "verify-full"
    assert entry["CONN_HEALTH_CHECKS"]
    assert entry["OPTIONS"]["pool"]["max_size"] == 8


def test_the_number_of_connections_is_a_setting(monkeypatch):
    monkeypatch.setenv("METWITH_CONNECTIONS", "20")
    assert subject.parse_database_url("postgresql:///crm")["OPTIONS"]["pool"]["max_size"] == 20
    monkeypatch.setenv("METWITH_CONNECTIONS", "many")
    with pytest.raises(SettingWrong, match="METWITH_CONNECTIONS"):
        subject.parse_database_url("postgresql:///crm")


@pytest.mark.parametrize(
    "url", ["mysql://anna:secret@db/crm", "postgresql://anna:secret@db", "postgresql://anna:secret@db:port/crm", "secret"]
)
def test_a_url_that_cannot_be_used_is_refused_without_repeating_it(url):
    with pytest.raises(SettingWrong, match="DATABASE_URL") as caught:
        subject.parse_database_url(url)
    assert "secret" not in str(caught.value)


def test_what_lies_open_is_its_owners_alone_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    monkeypatch.setenv("METWITH_HOME", str(folder))
    for name in ("pg.turn", "pg.users", "pg.log", "key"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    (folder / "link").symlink_to(tmp_path)
    before = tmp_path.stat().st_mode
    subject.mend_modes()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {name: (folder / name).stat().st_mode & 0o777 for name in ("pg.turn", "pg.users", "pg.log")} == dict.fromkeys(
        ("pg.turn", "pg.users", "pg.log"), 0o600
    )
    assert (folder / "key").stat().st_mode & 0o777 == 0o644, "that it was open is said, and not put right in silence"
    assert tmp_path.stat().st_mode == before
