"""Sets up `.venv`: finds a Python that is new enough, installs what the lock files say, and puts the `metwith` command there.

    python3 tools/bootstrap.py          what running needs
    python3 tools/bootstrap.py --dev    what developing and testing need besides, and a hook of git that runs `make lint` before a commit

Runs on any Python from 3.8, needs nothing but a package index, and is done at once when nothing changed. Every file installed is
checked against the hashes of the lock files. uv is quicker and tried first; pip, which knows more ways to be told of an index, second.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock", "setup": ROOT / "requirements-setup.lock"}
OLDEST = (3, 12)
# The one the tests run on, then the newer, then the older.
PREFERRED = ("3.13", "3.14", "3.12")
PROBE = "import ensurepip, ssl, sys, venv; print('%d.%d.%d' % sys.version_info[:3])"
# Without compiled files every start takes several times longer, and they stay within `.venv` and the checkout.
HOOK = """#!/bin/sh
# Put here by `make setup-dev`. Without it: git commit --no-verify, once; git config metwith.hook no, for good (and remove this file).
exec make --silent lint
"""
LAUNCHER = """#!/bin/sh
unset PYTHONDONTWRITEBYTECODE
exec "$(dirname "$(readlink -f "$0")")/python" -P -m metwith.cli "$@"
"""


class Problem(Exception):
    """Set-up cannot go on; the message says what to do."""


def main() -> int:
    kind = "dev" if "--dev" in sys.argv[1:] else "run"
    # Two at once (make in two windows) would spoil each other's work. The folder itself is the lock: no file is left over.
    folder = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        if not is_done(kind):
            set_up(kind)
        if kind == "dev":
            put_hook()
    except Problem as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    finally:
        os.close(folder)
    return 0


def set_up(kind: str) -> None:
    python, version = find_python()
    print(f"Setting up .venv with Python {version} (once, about half a minute) …", file=sys.stderr, flush=True)
    if works(str(PYTHON)) != version:
        make_venv(python)
    install(LOCKS[kind])
    put_command()
    for done in {"run", kind}:
        stamp(done).write_text(fingerprint(done), encoding="ascii")


# --- what is done already


def stamp(kind: str) -> Path:
    return VENV / f".metwith-{kind}"


def fingerprint(kind: str) -> str:
    """What an installed environment depends on: the lock files, this script, and where the checkout lies."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    for path in (LOCKS["run"], LOCKS[kind], Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_done(kind: str) -> bool:
    with contextlib.suppress(OSError):
        return PYTHON.exists() and stamp(kind).read_text(encoding="ascii") == fingerprint(kind)
    return False


# --- Python


def find_python() -> tuple[str, str]:
    """The best Python here: path and version. Names that do not run (pyenv's shims without a version) are passed over."""
    for path in candidates():
        version = works(path)
        if version and tuple(map(int, version.split(".")))[:2] >= OLDEST:
            return path, version
    raise Problem(
        "Python 3.12 or newer is needed and none was found (looked for python3.12 and newer on the PATH, in pyenv's and uv's folders). "
        "Install one, for example from python.org or with `uv python install 3.13`, and run this again."
    )


def candidates() -> list[str]:
    """Where a Python may be, the most wanted first: the one `.venv` has stays."""
    found = [str(PYTHON)] if PYTHON.exists() else []
    found += [f"python{version}" for version in PREFERRED]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    for version in PREFERRED:
        found += newest_first(pyenv, f"versions/{version}.*/bin/python3")
        found += newest_first(data, f"uv/python/cpython-{version}.*/bin/python3")
    return [*found, sys.executable, "python3", "python"]


def newest_first(folder: Path, pattern: str) -> list[str]:
    return sorted(map(str, folder.glob(pattern)), key=lambda path: [int(part) for part in re.findall(r"\d+", path)], reverse=True)


def works(python: str) -> str | None:
    """The version of an interpreter that starts and can make environments; None otherwise."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = run([python, "-c", PROBE], timeout=30)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


# --- the environment


def make_venv(python: str) -> None:
    """Make `.venv`, anew when it is broken or of another Python."""
    real = os.path.realpath(shutil.which(python) or python)
    if VENV.exists():
        shutil.rmtree(VENV)
    insist([real, "-m", "venv", "--without-pip", str(VENV)], "the environment could not be made")


def install(lock: Path) -> None:
    """Install exactly what a lock file says."""
    words = ["--quiet", "--no-deps", "--require-hashes", "--requirement", str(lock)]
    uv = find_uv()
    if uv and run([uv, "pip", "install", "--python", str(PYTHON), *words], more=index_for_uv()).returncode == 0:
        return
    insist([*pip(), "install", *words], "installing failed (see above). Is the package index reachable?")


def pip() -> list[str]:
    """The words that begin a call of pip for the environment: its own, that of its Python, or one put there."""
    base = run([str(PYTHON), "-c", "import sys; print(sys._base_executable)"]).stdout.strip()
    own = [str(PYTHON), "-m", "pip"]
    for words in (own, [base, "-m", "pip", "--python", str(PYTHON)]):
        if run([*words, "--version"]).returncode == 0:
            return [*words, "--disable-pip-version-check", "--no-input"]
    run([str(PYTHON), "-m", "ensurepip", "--default-pip"])
    return [*own, "--disable-pip-version-check", "--no-input"]


def find_uv() -> str | None:
    """The uv on the PATH, or the one of its own lock file; None when neither runs."""
    own = str(VENV / "bin" / "uv")
    for uv in (shutil.which("uv"), own):
        if uv and runs(uv):
            return uv
    run([*pip(), "install", "--quiet", "--require-hashes", "--requirement", str(LOCKS["setup"])])
    return own if runs(own) else None


def runs(uv: str) -> bool:
    with contextlib.suppress(OSError):
        return run([uv, "--version"]).returncode == 0
    return False


def index_for_uv() -> dict[str, str]:
    """The settings of pip that uv does not read: the index, unless uv was given one."""
    if os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL"):
        return {}
    index = os.environ.get("PIP_INDEX_URL") or run([*pip(), "config", "get", "global.index-url"]).stdout.strip()
    return {"UV_DEFAULT_INDEX": index} if index else {}


def put_command() -> None:
    """The checkout on the environment's path, and `metwith` in its bin folder: what an editable install is, without building anything."""
    packages = Path(run([str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.strip())
    (packages / "metwith-checkout.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    command = VENV / "bin" / "metwith"
    command.write_text(LAUNCHER, encoding="ascii")
    command.chmod(0o755)


def put_hook() -> None:
    """`make lint` before each commit of this checkout, where nothing speaks against it: a hook that is there already stays as it is.

    Nothing is done for whoever said no (`git config metwith.hook no`), who keeps hooks elsewhere (`core.hooksPath`), in a worktree, which
    shares the hooks of its repository, in what is no checkout, and in CI.
    """
    # `.git` is a file in a worktree and in a submodule, and is missing in what was unpacked.
    if os.environ.get("CI") or not (ROOT / ".git").is_dir():
        return
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        wanted, elsewhere = (run(["git", "-C", str(ROOT), "config", name], timeout=30) for name in ("metwith.hook", "core.hooksPath"))
        if wanted.stdout.strip().lower() in {"no", "false", "off", "0"} or elsewhere.stdout.strip():
            return
        hook = ROOT / ".git" / "hooks" / "pre-commit"
        hook.parent.mkdir(exist_ok=True)
        # Never over somebody's own, not even over a link that leads nowhere.
        made = os.open(hook, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(HOOK)
        print("`make lint` runs before each commit now; `git config metwith.hook no` leaves it out.", file=sys.stderr)


def run(words: list[str], *, more: dict[str, str] | None = None, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run quietly: a failure has a second way."""
    return subprocess.run(
        words, env={**os.environ, **(more or {})}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False
    )


def insist(words: list[str], failed: str) -> None:
    if subprocess.run(words, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode:
        raise Problem(failed)


if __name__ == "__main__":
    sys.exit(main())
