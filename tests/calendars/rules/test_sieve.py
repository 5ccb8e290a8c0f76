from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.rules import sieve

LONG = [f"guest{number}@elsewhere.example" for number in range(500)]


def lets_through(made: bytes, address: str) -> bool:
    return all(made[at // 8] >> at % 8 & 1 for at in (hole % (8 * len(made)) for hole in sieve.holes(address)))


@given(st.sets(st.text(min_size=1, max_size=30), min_size=sieve.SHORT + 1, max_size=60))
def test_whoever_is_named_is_let_through(addresses: set[str]) -> None:
    made = sieve.made_of(addresses)
    assert made is not None
    assert all(lets_through(made, address) for address in addresses)


def test_of_those_who_are_not_named_nearly_nobody_is() -> None:
    made = sieve.made_of(LONG)
    assert made is not None
    assert len(made) == 1000
    assert sum(lets_through(made, f"other{number}@north.example") for number in range(1000)) < 10


def test_a_short_list_speaks_for_itself() -> None:
    assert sieve.made_of(LONG[: sieve.SHORT]) is None
    assert sieve.made_of(()) is None
