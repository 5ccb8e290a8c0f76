from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-setup.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_holds_versions_and_hashes_and_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|file:", text)
    wanted = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    assert wanted
    for entry in wanted:
        assert re.match(r"[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry


def test_what_runs_and_what_is_tested_are_the_same_versions():
    run, dev = (dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)) for name in LOCKS[:2])
    assert run.items() <= dev.items()


def test_a_test_that_leaves_this_machine_fails():
    with socket.socket() as outside, pytest.raises(RuntimeError, match="tests stay on this machine"):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match="tests stay on this machine"):
        socket.getaddrinfo("example.org", 80)


def test_a_test_may_talk_to_this_machine():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=5):
        pass


def test_set_up_says_which_python_it_needs_when_there_is_none(tmp_path):
    script = tmp_path / "tools" / "bootstrap.py"
    script.parent.mkdir()
    text = (ROOT / "tools" / "bootstrap.py").read_text(encoding="utf-8")
    script.write_text(text.replace("OLDEST = (3, 12)", "OLDEST = (9, 0)"), encoding="utf-8")
    for name in LOCKS:
        (tmp_path / name).touch()
    done = subprocess.run([sys.executable, script], env=os.environ | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Python 3.12 or newer is needed" in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the script that sets up, and git's settings of nobody."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "bootstrap.py").write_bytes((ROOT / "tools" / "bootstrap.py").read_bytes())
    _git(tmp_path, "init", "--quiet")
    return tmp_path


def _git(where: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=where, env=_nobody(where), capture_output=True, check=True)


def _nobody(where: Path) -> dict[str, str]:
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@a.example", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@a.example"}
    shell = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("GIT_")}
    return shell | names | {"HOME": str(where), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def _put_hook(where: Path, **more: str) -> str:
    """What the script says when it puts the hook; the hook of a checkout is looked at by `_hook`."""
    begin = f"import sys; sys.path.insert(0, {str(where / 'tools')!r}); import bootstrap; bootstrap.put_hook()"
    done = subprocess.run(
        [sys.executable, "-B", "-c", begin], cwd=where, env=_nobody(where) | more, capture_output=True, text=True, check=True
    )
    return done.stderr


def _hook(where: Path) -> Path:
    return where / ".git" / "hooks" / "pre-commit"


def test_set_up_puts_a_hook_that_lints_before_a_commit(checkout: Path):
    assert "git config metwith.hook no" in _put_hook(checkout)
    assert _put_hook(checkout) == "", "it is there"
    (checkout / "Makefile").write_text("lint:\n\t@touch linted; exit 1\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        _git(checkout, "commit", "--allow-empty", "-m", "x")
    assert (checkout / "linted").exists()
    _git(checkout, "commit", "--no-verify", "--allow-empty", "-m", "x")


def test_a_hook_of_somebodys_own_stays_as_it_is(checkout: Path):
    _hook(checkout).parent.mkdir(exist_ok=True)
    _hook(checkout).write_text("mine", encoding="utf-8")
    assert _put_hook(checkout) == ""
    assert _hook(checkout).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(("name", "value"), [("metwith.hook", "no"), ("metwith.hook", "false"), ("core.hooksPath", "hooks")])
def test_whoever_wants_no_hook_gets_none(checkout: Path, name: str, value: str):
    _git(checkout, "config", name, value)
    assert _put_hook(checkout) == ""
    assert not _hook(checkout).exists()


def test_ci_gets_no_hook(checkout: Path):
    assert _put_hook(checkout, CI="1") == ""
    assert not _hook(checkout).exists()


def test_a_worktree_and_what_is_no_checkout_get_no_hook(checkout: Path, tmp_path_factory: pytest.TempPathFactory):
    _git(checkout, "add", ".")
    _git(checkout, "commit", "-m", "x")
    beside = tmp_path_factory.mktemp("beside") / "tree"
    _git(checkout, "worktree", "add", "--quiet", str(beside))
    assert _put_hook(beside) == ""
    assert not _hook(checkout).exists()
    unpacked = tmp_path_factory.mktemp("unpacked")
    (unpacked / "tools").mkdir()
    (unpacked / "tools" / "bootstrap.py").write_bytes((ROOT / "tools" / "bootstrap.py").read_bytes())
    assert _put_hook(unpacked) == ""
    assert not (unpacked / ".git").exists()


def test_whatever_is_left_out_of_the_fast_tests_is_there():
    """A name that is not any more leaves a slow test among the fast ones, and nobody notices."""
    for line in (ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").splitlines():
        path, *inside = line.split("::")
        names = {node.name for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))) if isinstance(node, NAMED)}
        # What an exam's class inherits is defined elsewhere.
        assert names.issuperset(inside if len(inside) == 1 else inside[:1]), line
