"""Every payload and case goes through what the fuzzer runs, once; and with a piece of it cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import targets
from tests.fuzz.corpus import seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = list(seeds())


@pytest.fixture(autouse=True)
def loud() -> Iterator[None]:
    before = structlog.get_config()
    targets.loud()
    yield
    structlog.configure(**before)


def test_no_payload_is_a_finding() -> None:
    assert {seed[:1] for seed in SEEDS} == targets.TARGETS.keys()
    for seed in SEEDS:
        targets.run(seed)


@settings(deadline=None)
@given(st.sampled_from(SEEDS), st.integers(1, 4_000), st.integers(0, 40), st.binary(max_size=8))
def test_no_piece_that_is_missing_or_another_is_a_finding(seed: bytes, at: int, length: int, instead: bytes) -> None:
    at %= len(seed)
    targets.run(seed[: at + 1] + instead + seed[at + 1 + length :])
