"""A provider knocks: the public addresses at which Google and Microsoft tell of changes (docs/decisions/push.md), bound in `urls.py`.

Anybody can knock. What is said is believed once its secret fits, and then it queues at most one sync of each source it is about. A wrong
secret, an unknown channel and one that has run out queue nothing, and are answered as the right one is. Nothing that comes in is logged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from metwith.engine import push
from metwith.engine.vocabulary import NoticeKind
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from metwith.engine.models import PushChannelBase
    from metwith.engine.vocabulary import Notice

LARGEST = 1_000_000
"""Bytes of a bundle of notices, of which each has about five hundred."""
LONGEST_TOKEN = 2000
MANY = 2000
"""Notices that are looked at in one bundle."""
FRESH = timedelta(minutes=1)
"""So often it is written down that a channel was heard of."""
OURS = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
"""What ids of ours look like; anything else is not even looked up."""
NOBODY = "0" * 32
"""Compared with where there is no such channel, so that it takes as long."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A channel that is told, and what it does then."""

    setup: push.PushSetup
    sync: Callable[[int, int], object]
    """Queue a sync: workspace, source."""
    look_after: Callable[[push.PushTarget], object]
    """Queue a look at a push channel."""


type ReadNotices = Callable[[Mapping[str, str], bytes], Sequence[Notice]]
"""Heads and body of a request → what it says. Whatever it is: nothing in it is true yet."""
type View = Callable[[HttpRequest], HttpResponse]


def google(read_notices: ReadNotices, listeners: Sequence[Listener]) -> View:
    """Where Google's channels lead."""

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        return _take_in(request, read_notices, listeners)

    return view


def graph(read_notices: ReadNotices, listeners: Sequence[Listener]) -> View:
    """Where Graph's subscriptions lead. A new one is tried first: the token comes back, as text that no browser takes for a page."""

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        token = request.GET.get("validationToken")
        if token is None:
            return _take_in(request, read_notices, listeners)
        if len(token) > LONGEST_TOKEN:
            return HttpResponse(status=400)
        return HttpResponse(token, content_type="text/plain; charset=utf-8")

    return view


def _take_in(request: HttpRequest, read_notices: ReadNotices, listeners: Sequence[Listener]) -> HttpResponse:
    """202 whatever it was, and soon: whoever knocks gives up on slow ones."""
    try:
        body = request.read(LARGEST + 1)
    except UnreadablePostError:
        return HttpResponse(status=400)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    notices = read_notices(request.headers, body)[:MANY]
    for listener in listeners:
        receive(listener, notices, clock.now())
    return HttpResponse(status=202)


def receive(listener: Listener, notices: Iterable[Notice], now: datetime) -> None:
    """Act on what is true of it."""
    claimed = [(notice, push.digest(notice.secret)) for notice in notices]
    ids = {notice.channel for notice, _digest in claimed if OURS.fullmatch(notice.channel)}
    rows = listener.setup.tables.push_channel.objects.across_workspaces("a notice names no workspace").filter(remote_id__in=ids)
    known = {row.remote_id: row for row in rows}
    for notice, digest in claimed:
        row = known.get(notice.channel)
        fits = compare_digest(row.secret if row else NOBODY, digest)
        if fits and row and row.expires_at and row.expires_at > now:
            _accept(listener, row, notice.news, now)


def _accept(listener: Listener, row: PushChannelBase, news: NoticeKind, now: datetime) -> None:
    mine = listener.setup.tables.push_channel.objects.of(row.workspace_id).filter(pk=row.pk)
    mine.filter(Q(heard_at=None) | Q(heard_at__lt=now - FRESH)).update(heard_at=now)
    if news == NoticeKind.OPENED:
        return
    if news == NoticeKind.ENDED:
        mine.delete()
    if news == NoticeKind.ENDING:
        mine.update(renew_at=now)
    target = push.PushTarget(row.workspace_id, row.account_id, row.source_id or 0)
    if news in {NoticeKind.ENDED, NoticeKind.ENDING}:
        listener.look_after(target)
    for source_id in push.listeners(listener.setup, target):
        listener.sync(row.workspace_id, source_id)
