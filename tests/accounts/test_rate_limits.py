"""Limits of accounts and clients: kept by each process, shared by all, and never waited for longer than a moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from metwith.accounts import rate_limits
from metwith.accounts.models import Quota
from metwith.accounts.oauth.errors import Unavailable
from metwith.accounts.rate_limits import PATIENCE, Limits, Pace, RateLimiter, fetch, limits
from metwith.lib import rate_limit
from metwith.lib.rate_limit import LONG_AGO, Limit, Taken
from metwith.server.environment import SettingWrong
from tests.people import NOW

MINUTE = timedelta(minutes=1)
AMPLE = Limit(1_000_000, MINUTE)


@dataclass
class Clock:
    """Stands still but for who sleeps."""

    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Everybody:
    """What all processes share, without a database."""

    rows: dict[str, datetime] = field(default_factory=dict)
    asked: int = 0

    def __call__(self, key: str, limit: Limit, now: datetime, count: int) -> Taken:
        self.asked += 1
        taken = rate_limit.acquire(limit, self.rows.get(key, LONG_AGO), now, count)
        self.rows[key] = taken.free_at
        return taken


def _pace(clock: Clock, limiter: RateLimiter, allowed: Limits, account: str = "ana") -> Pace:
    return Pace("google:x", account, allowed, clock, clock.sleep, limiter)


def test_one_account_goes_at_its_pace_and_leaves_the_others_alone():
    clock, limiter = Clock(), RateLimiter(Everybody())
    allowed = Limits(Limit(60, MINUTE), AMPLE)
    ana, ben = (_pace(clock, limiter, allowed, name) for name in ("ana", "ben"))
    for _time in range(12):
        ana.acquire()
    assert clock.slept == []
    ana.acquire()
    assert clock.slept == [pytest.approx(1.25)]
    ben.acquire()
    assert len(clock.slept) == 1


def test_who_would_wait_for_long_is_told_until_when_and_blocks_nobody():
    clock, limiter = Clock(), RateLimiter(Everybody())
    hourly = _pace(clock, limiter, Limits(Limit(10, timedelta(hours=1)), AMPLE))
    for _time in range(2):
        hourly.acquire()
    with pytest.raises(Unavailable) as used_up:
        hourly.acquire()
    assert used_up.value.until == NOW + timedelta(minutes=7, seconds=30)
    assert clock.slept == []


def test_nobody_waits_for_more_than_a_moment_however_many_others_there_are():
    clock = Clock()

    def never(_key: str, _limit: Limit, now: datetime, _count: int) -> Taken:
        return Taken(now, now + timedelta(seconds=1))

    with pytest.raises(Unavailable):
        _pace(clock, RateLimiter(never), Limits(AMPLE, AMPLE)).acquire()
    assert clock.now - NOW <= PATIENCE


def test_processes_share_a_clients_limit():
    clock, everybody = Clock(), Everybody()
    workers = [RateLimiter(everybody) for _worker in range(4)]
    allowed = Limits(AMPLE, Limit(600, MINUTE))
    went: list[datetime] = []
    for second in range(180):
        clock.now = NOW + timedelta(seconds=second)
        for worker in workers:
            went += [clock.now for _time in range(10) if worker.acquire("c", "a", allowed, clock.now) is None]
    window = max(sum(start <= at < start + MINUTE for at in went) for start in went)
    assert 480 <= window <= 600 + 4 * rate_limit.chunk(allowed.client, rate_limits.CHUNK)


def test_a_chunk_is_fetched_for_many_requests_and_is_not_kept_for_long():
    clock, everybody = Clock(), Everybody()
    pace = _pace(clock, RateLimiter(everybody), Limits(AMPLE, Limit(10_000, MINUTE)))
    for _time in range(rate_limits.CHUNK):
        pace.acquire()
    assert everybody.asked == 1
    pace.acquire()
    clock.now += rate_limits.KEEPS
    pace.acquire()
    assert everybody.asked == 3


def test_accounts_that_rest_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limits, "MANY", 10)
    clock, limiter = Clock(), RateLimiter(Everybody())
    for number in range(50):
        _pace(clock, limiter, Limits(Limit(60, MINUTE), AMPLE), str(number)).acquire()
        clock.now += MINUTE
    assert len(limiter._accounts) <= 11


@pytest.mark.django_db(transaction=True)
def test_the_row_says_what_the_arithmetic_says():
    limit, free_at, now = Limit(100, MINUTE), LONG_AGO, NOW
    for wait in (0, 0, 1, 2, 0, 30, 0, 0, 0, 300, 0, -7200, 0, 0, 0, -1):
        now += timedelta(seconds=wait)
        expected = rate_limit.acquire(limit, free_at, now, 8)
        free_at = expected.free_at
        taken = fetch("google:x", limit, now, 8)
        assert taken.until == expected.until
        assert taken.free_at == free_at
    assert Quota.objects.filter(key="google:x").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_a_moment_gives_its_connection_back():
    def work() -> bool:
        fetch("google:x", Limit(100, MINUTE), NOW, 1)
        return connection.connection is None

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result()


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_the_row_is_not_held():
    with transaction.atomic():
        assert fetch("google:x", Limit(100, MINUTE), NOW, 1).until is None
    assert not Quota.objects.filter(key="google:x").exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_who_ask_at_once_no_two_get_the_same():
    limit = Limit(100, MINUTE)

    def work(_number: int) -> bool:
        try:
            return fetch("google:x", limit, NOW, 4).until is None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(24))) == 5


def test_the_operator_says_what_a_project_may(monkeypatch: pytest.MonkeyPatch):
    assert limits("google").client.requests == 9000
    monkeypatch.setenv("METWITH_GOOGLE_QUOTA", "50000")
    assert limits("google").client.requests == 45_000
    assert limits("microsoft").account == Limit(5000, timedelta(minutes=10))
    monkeypatch.setenv("METWITH_GOOGLE_QUOTA", "many")
    with pytest.raises(SettingWrong, match="METWITH_GOOGLE_QUOTA must be a whole number"):
        limits("google")
