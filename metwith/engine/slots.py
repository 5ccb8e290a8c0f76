"""Which job is next: each purpose has slots of its own, and no member and no outside server holds all of those that read calendars.

Decided in the one statement that fetches a job, so nothing that has to wait holds a thread meanwhile (docs/decisions/jobs.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from metwith.lib import secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.db.models import Model
    from procrastinate.connector import BaseConnector

SYNC = "sync"
"""Reading calendars, and looking after push channels: talks to outside servers, as long as they like."""
ASKED = "asked"
"""What somebody waits for on a page, and that talks to outside servers."""
UPKEEP = "upkeep"
"""Work on our own tables: purge, decide again, link again, roll on."""
CLOCK = "clock"
"""What the clock asks for: short, and the reason why everything else goes on."""
FORMER = "metwith"
"""What stands in the queue of an installation that was upgraded: all of it together, as it was then."""

SYNCS = 8
"""Calendars that one worker reads at the same time, unless its operator says otherwise."""
OTHERS: Mapping[str, int] = {ASKED: 4, UPKEEP: 3, CLOCK: 2, FORMER: 2}


@dataclass(frozen=True, slots=True)
class Slots:
    """How many jobs one worker does at the same time."""

    syncs: int = SYNCS

    @property
    def by_queue(self) -> dict[str, int]:
        """Of each purpose."""
        return {SYNC: self.syncs, **OTHERS}

    @property
    def together(self) -> int:
        """Of all of them."""
        return sum(self.by_queue.values())

    @property
    def of_member(self) -> int:
        """Calendars of one member at most."""
        return max(1, self.syncs // 2)

    @property
    def of_host(self) -> int:
        """Calendars at one outside server at most."""
        return max(1, self.syncs * 3 // 4)


def host_digest(host: str) -> str:
    """By what the accounts at one outside server are counted together; the name of a feed's server is as secret as its address."""
    return secrets.keyed_digest(0, 0, f"host {host.lower()}") if host else ""


# As procrastinate_fetch_job_v2 of the library (the locks, the order), and besides: the job's purpose, member and server have a slot free.
# `%(worker_id)s` counts what this very process is at. Serves all workspaces.
_FETCH = """WITH slots AS (SELECT * FROM unnest(%(queues)s::text[], %(many)s::int[]) AS slot (queue, many)),
doing AS (
    SELECT job.queue_name AS queue, account.workspace_id, account.member_id, account.host FROM procrastinate_jobs job
    LEFT JOIN {source} source ON job.queue_name = %(sync)s AND source.id = (job.args ->> '{key}')::bigint
    LEFT JOIN {account} account ON job.queue_name = %(sync)s
        AND account.id = coalesce((job.args ->> 'account_id')::bigint, source.account_id)
    WHERE job.status = 'doing' AND job.worker_id = %(worker_id)s
),
open AS (SELECT queue FROM slots WHERE many > (SELECT count(*) FROM doing WHERE doing.queue = slots.queue)),
candidate AS (
    SELECT job.id FROM procrastinate_jobs job
    LEFT JOIN {source} source ON job.queue_name = %(sync)s AND source.id = (job.args ->> '{key}')::bigint
    LEFT JOIN {account} account ON job.queue_name = %(sync)s
        AND account.id = coalesce((job.args ->> 'account_id')::bigint, source.account_id)
    WHERE job.status = 'todo' AND job.queue_name IN (SELECT queue FROM open) AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
    AND (job.lock IS NULL OR NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs other WHERE other.lock = job.lock AND (other.status = 'doing' OR (other.status = 'todo'
            AND (other.priority > job.priority OR (other.priority = job.priority AND other.id < job.id))))
    ))
    AND (account.id IS NULL OR (
        (SELECT count(*) FROM doing WHERE doing.member_id = account.member_id) < %(of_member)s
        AND (account.host = '' OR (SELECT count(*) FROM doing WHERE doing.host = account.host) < %(of_host)s)
    ))
    ORDER BY job.priority DESC, job.id LIMIT 1 FOR UPDATE OF job SKIP LOCKED
)
UPDATE procrastinate_jobs job SET status = 'doing', worker_id = %(worker_id)s FROM candidate WHERE job.id = candidate.id
RETURNING job.id, job.status, job.task_name, job.priority, job.lock, job.queueing_lock, job.args, job.scheduled_at, job.queue_name,
    job.attempts, job.worker_id"""


def fetch_statement(source: type[Model], key: str = "calendar_id") -> str:
    """The statement that fetches a job. `source`: what a channel reads, of an account; its jobs name the row by `key`."""
    account = cast("type[Model]", source._meta.get_field("account").related_model)
    names = {"source": source._meta.db_table, "account": account._meta.db_table, "key": key}
    return _FETCH.format(**names)


def asked(slots: Slots, closed: Collection[str], worker_id: int) -> dict[str, Any]:
    """What the statement is asked with; of the purposes in `closed` nothing new is begun."""
    open_ones = {queue: many for queue, many in slots.by_queue.items() if queue not in closed}
    names = {"queues": list(open_ones), "many": list(open_ones.values()), "sync": SYNC, "worker_id": worker_id}
    return names | {"of_member": slots.of_member, "of_host": slots.of_host}


class JobsBySlot(JobManager):
    """The library's keeper of the queue, but for what is next."""

    def __init__(self, connector: BaseConnector, slots: Slots, source: type[Model]) -> None:
        super().__init__(connector)
        self.fetch = fetch_statement(source)
        self.slots = slots
        self.closed: frozenset[str] = frozenset()
        """Purposes of which nothing new is begun."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:  # noqa: ARG002  all purposes have their slots
        """Mark the next job as this worker's; None when there is none that may run now."""
        rows = await self.connector.execute_query_all_async(self.fetch, **asked(self.slots, self.closed, worker_id))
        return Job.from_row(rows[0]) if rows else None
