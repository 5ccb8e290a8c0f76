"""Asking outside servers for somebody who waits: a page asks here, a job answers, the page watches (docs/decisions/inquiries.md).

What passes to and fro may be a password, or private events. It lies in one row, sealed for the session that asked, and is gone with the
answer, after ten minutes at the latest; the job knows its number only. A member has one of a kind at a time, a server few of a channel.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from pydantic import TypeAdapter

from metwith.engine.models import InquiryBase
from metwith.engine.queue import QUICK
from metwith.engine.slots import ASKED
from metwith.lib import clock, secrets, sql
from metwith.lib.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from metwith.engine.port import Step
    from metwith.workspaces.models import Member

State = InquiryBase.State
VALID = timedelta(minutes=10)
"""So long what was asked and answered lies here at most."""
FEW = 3
"""Inquiries at one outside server at the same time."""
UNDER_WAY = (State.WAITING, State.RUNNING, State.LEFT)
ENDED = (State.DONE, State.BROKEN)

ALIVE = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'"


class Busy(Invalid):
    """It cannot be asked now: another is under way."""

    def __init__(self, message: str, under_way: InquiryBase | None = None) -> None:
        super().__init__("", message)
        self.under_way = under_way
        """One of the same session, to be watched."""


def session_digest(session_key: str | None) -> str:
    """By what a session is named in the table, so that a copy of it opens nothing."""
    return secrets.keyed_digest(0, 0, f"session {session_key or ''}")


def ask_worker[R: InquiryBase](
    table: type[R], member: Member, session: str, kind: str, request: object, *, now: datetime, landing: str = "", hosts: Iterable[str] = ()
) -> R:
    """Leave a question for the next free worker. `hosts`: digests of the servers it asks, of those that members name. Raises Busy."""
    digests = [host for host in dict.fromkeys(hosts) if host]
    with transaction.atomic():
        _make_room(table, member, session, kind, digests, now=now)
        row = table(
            workspace_id=member.workspace_id, member=member, kind=kind, session=session, hosts=digests, landing=landing, asked_at=now
        )
        _save(row, request)
    return row


def leave_word(table: type[InquiryBase], workspace_id: int, kind: str, request: object, now: datetime) -> None:
    """The same where nobody waits for the answer."""
    row = table(workspace_id=workspace_id, kind=kind, session=session_digest(""), asked_at=now)
    _save(row, request)


def _save(row: InquiryBase, request: object) -> None:
    row.request = secrets.encrypt_for(_purpose(row), dump(request))
    row.expires_at = row.asked_at + VALID
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # asked twice in the same moment
        raise Busy(_another_goes_on()) from error
    # By its name: the job answers by verbs that may leave word themselves.
    job = app.configure_task(row.TASK, queue=ASKED, priority=QUICK, lock=f"inquiry:{row.pk}")
    job.defer(workspace_id=row.workspace_id, inquiry_id=row.pk)


def _make_room(table: type[InquiryBase], member: Member, session: str, kind: str, hosts: list[str], *, now: datetime) -> None:
    if kind not in table.MANY:
        mine = _of_kind(table, member, kind)
        mine.filter(Q(state__in=ENDED) | Q(expires_at__lte=now)).delete()
        if other := mine.first():
            same = other.session == session and other.state != State.LEFT
            raise Busy(_another_goes_on(), other if same else None)
    under_way = table.objects.across_workspaces("a server knows no workspaces").filter(state__in=UNDER_WAY, expires_at__gt=now)
    if hosts and under_way.filter(hosts__overlap=hosts).count() >= FEW:
        raise Busy(_("This server is being asked for others right now. Try again in a minute."))


def _another_goes_on() -> str:
    return _(
        "You have asked for this already, here or elsewhere, and it goes on still. Wait for it to end; that takes two minutes at most."
    )


def _purpose(row: InquiryBase) -> str:
    """A row that is given another session, or another workspace, does not open any more."""
    return f"inquiry/{row.workspace_id}/{row.session}"


def dump(value: object) -> str:
    """A dataclass of the channel as JSON text."""
    return TypeAdapter[Any](type(value)).dump_json(value).decode()


def load[T](kind: type[T], text: str) -> T:
    """The inverse of `dump`."""
    return TypeAdapter(kind).validate_json(text)


def keep_pending(table: type[InquiryBase], member: Member, session: str, kind: str, value: object, *, now: datetime) -> None:
    """Hold what is being connected until the next page. What another session held is let go."""
    row = _of_kind(table, member, kind).first() or table(workspace_id=member.workspace_id, member=member, kind=kind)
    row.session, row.state, row.asked_at, row.expires_at = session, State.DONE, now, now + VALID
    row.request = secrets.encrypt_for(_purpose(row), dump(value))
    row.save()


def find[R: InquiryBase](table: type[R], member: Member, session: str, inquiry_id: int, now: datetime) -> R | None:
    """An inquiry of this member and session; None when there is none, or no longer."""
    mine = table.objects.of(member.workspace_id).filter(member=member, session=session, expires_at__gt=now)
    return mine.exclude(state=State.LEFT).filter(pk=inquiry_id).first()


def latest[R: InquiryBase](table: type[R], member: Member, session: str, kind: str, now: datetime) -> R | None:
    """The last one of a kind of this session."""
    mine = _of_kind(table, member, kind).filter(session=session, expires_at__gt=now)
    return mine.exclude(state=State.LEFT).order_by("-pk").first()


def discard(row: InquiryBase) -> None:
    """Its answer is being shown: nothing of it stays."""
    type(row).objects.of(row.workspace_id).filter(pk=row.pk).delete()


def give_up(row: InquiryBase) -> None:
    """Whoever asked does not want to know any more. What is at work with it ends by itself, and is counted until then."""
    mine = type(row).objects.of(row.workspace_id).filter(pk=row.pk)
    if not mine.filter(state=State.RUNNING).update(state=State.LEFT, request="", answer="", steps=[]):
        mine.delete()


def _of_kind[R: InquiryBase](table: type[R], member: Member, kind: str) -> QuerySet[R]:
    return table.objects.of(member.workspace_id).filter(member=member, kind=kind)


def unseal(row: InquiryBase, text: str) -> str:
    """Something of this row, unsealed. Raises KeyWrong."""
    return secrets.decrypt_for(_purpose(row), text)


def expired[R: InquiryBase](table: type[R], now: datetime) -> QuerySet[R]:
    """What nobody came back for."""
    return table.objects.across_workspaces("the clock serves all").filter(expires_at__lte=now)


def somebody_works() -> bool:
    """Whether there is a worker that lives."""
    return bool(sql.rows(ALIVE, ())[0][0])


# --- the job's side -----------------------------------------------------------------------------------------------------------------


def begin[R: InquiryBase](table: type[R], workspace_id: int, inquiry_id: int) -> R | None:
    """Take it up, or take it up again after a worker died; None when nobody waits for it any more."""
    rows = table.objects.of(workspace_id).filter(pk=inquiry_id, expires_at__gt=clock.now(), state__in=(State.WAITING, State.RUNNING))
    if not rows.update(state=State.RUNNING, steps=[]):
        return None
    return rows.select_related("member__user", "member__workspace").first()


def steps_of(row: InquiryBase) -> Callable[[Step], None]:
    """What a verb calls at the begin and end of each step: written down at once, for the page."""
    seen: dict[str, Step] = {}

    def note(step: Step) -> None:
        seen[step.key] = step
        steps = [[s.key, s.label, s.done] for s in seen.values()]
        type(row).objects.of(row.workspace_id).filter(pk=row.pk, state=State.RUNNING).update(steps=steps)

    return note


def end(row: InquiryBase, answer: object | None) -> None:
    """Keep the answer, None for a defect of ours, until it is fetched. What was given up, or asked by nobody, is gone."""
    mine = type(row).objects.of(row.workspace_id).filter(pk=row.pk)
    kept = mine.filter(state=State.RUNNING).exclude(member=None)
    sealed = secrets.encrypt_for(_purpose(row), dump(answer)) if answer is not None else ""
    if not kept.update(state=State.BROKEN if answer is None else State.DONE, answer=sealed):
        mine.delete()
