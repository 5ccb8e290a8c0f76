"""One line of what `metwith doctor` says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How a finding stands."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "BAD"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, and what was found or is to be done."""

    mark: Severity
    topic: str
    words: str

    def __str__(self) -> str:
        return f"{self.mark:<5} {self.topic}: {self.words}"


def good(topic: str, words: str) -> Finding:
    """All right."""
    return Finding(Severity.GOOD, topic, words)


def bad(topic: str, words: str) -> Finding:
    """To be mended."""
    return Finding(Severity.BAD, topic, words)
