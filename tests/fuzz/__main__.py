"""`python -m tests.fuzz --minutes 60`: coverage-guided fuzzing of every reader (docs/decisions/fuzzing.md).

Runs for as long as it is told, whatever it finds, and writes each finding once, by its kind, to `--findings`. Ends with 1 when there are
some. What it has learned is kept in `--corpus` and gone on from. Any other option is libFuzzer's, as `-seed=1`.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

from tests.fuzz.corpus import LONGEST, dictionary, seeds

INSTRUMENTED = [
    "metwith.calendars.providers",
    "metwith.calendars.rules",
    "metwith.calendars.sync.series_json",
    "metwith.lib",
    "metwith.rules",
]
HANGS_AFTER = 300
"""Seconds by the wall clock after which an input is a finding although it has not ended; on a busy machine a good one may take long. What
an input may take of the CPU is asked by `targets.run`."""

with atheris.instrument_imports(include=INSTRUMENTED):
    from tests.fuzz import targets


def main() -> int:
    """Fuzz in a process of its own, which libFuzzer ends as it likes; then count what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--findings", type=Path)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked, passed_on = parser.parse_known_args()
    if asked.child:
        return _child(asked.findings, passed_on)
    with tempfile.TemporaryDirectory() as folder:
        corpus, findings = asked.corpus or Path(folder) / "corpus", asked.findings or Path(folder) / "findings"
        _prepare(corpus, findings)
        words = Path(folder) / "words"
        words.write_text(dictionary())
        command = [sys.executable, "-m", "tests.fuzz", "--child", "--findings", str(findings), str(corpus), f"-dict={words}"]
        command += [
            f"-max_total_time={int(asked.minutes * 60)}",
            f"-max_len={LONGEST}",
            f"-timeout={HANGS_AFTER}",
            f"-report_slow_units={HANGS_AFTER}",
        ]
        command += ["-rss_limit_mb=3000"]
        command += [f"-artifact_prefix={findings}/", "-print_final_stats=1", "-verbosity=1", *passed_on]
        done = subprocess.run(command, check=False)
        found = sorted(findings.iterdir())
        for path in found:
            print(f"finding: {path}\n{path.read_bytes()[:2000]!r}")  # noqa: T201  a command talks
        print(f"{len(found)} findings in {asked.minutes:g} minutes, exit {done.returncode}")  # noqa: T201
        return 1 if found or done.returncode else 0


def _prepare(corpus: Path, findings: Path) -> None:
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


def _child(findings: Path, passed_on: list[str]) -> int:
    targets.loud()

    def one(data: bytes) -> None:
        try:
            targets.run(data)
        except targets.Finding as finding:
            name = "".join(letter if letter.isalnum() else "-" for letter in str(finding))[:80]
            path = findings / name
            if not path.exists():
                path.write_bytes(data)

    atheris.Setup([sys.argv[0], *passed_on], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
