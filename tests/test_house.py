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


def test_whatever_is_left_out_of_the_fast_tests_is_there():
    """A name that is not any more leaves a slow test among the fast ones, and nobody notices."""
    for line in (ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").splitlines():
        path, *inside = line.split("::")
        names = {node.name for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))) if isinstance(node, NAMED)}
        # What an exam's class inherits is defined elsewhere.
        assert names.issuperset(inside if len(inside) == 1 else inside[:1]), line
