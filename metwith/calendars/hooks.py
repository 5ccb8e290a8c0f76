"""A provider knocks: the two public addresses at which Google and Microsoft tell of changes (docs/decisions/push.md).

Anybody can knock. What is said is believed once its secret fits, and then it queues at most one sync of each calendar it is about. A wrong
secret, an unknown channel and one that has run out queue nothing, and are answered as the right one is. Nothing that comes in is logged.
"""

from __future__ import annotations

import re
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from metwith.calendars import jobs
from metwith.calendars.models import Channel
from metwith.calendars.providers import catalogue
from metwith.calendars.sync import push
from metwith.engine.vocabulary import NoticeKind
from metwith.lib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.http import HttpRequest

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


@csrf_exempt
@require_POST
def google(request: HttpRequest) -> HttpResponse:
    """Where Google's channels lead."""
    return _taken("google", request)


@csrf_exempt
@require_POST
def microsoft(request: HttpRequest) -> HttpResponse:
    """Where Graph's subscriptions lead. A new one is tried first: the token comes back, as text that no browser takes for a page."""
    token = request.GET.get("validationToken")
    if token is None:
        return _taken("microsoft", request)
    if len(token) > LONGEST_TOKEN:
        return HttpResponse(status=400)
    return HttpResponse(token, content_type="text/plain; charset=utf-8")


def _taken(provider: str, request: HttpRequest) -> HttpResponse:
    """202 whatever it was, and soon: whoever knocks gives up on slow ones."""
    try:
        body = request.read(LARGEST + 1)
    except UnreadablePostError:
        return HttpResponse(status=400)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    receive(catalogue.notices(provider, request.headers, body)[:MANY], clock.now())
    return HttpResponse(status=202)


def receive(notices: Iterable[Notice], now: datetime) -> None:
    """Act on what is true of it."""
    claimed = [(notice, push.digest(notice.secret)) for notice in notices]
    ids = {notice.channel for notice, _digest in claimed if OURS.fullmatch(notice.channel)}
    found = Channel.objects.across_workspaces("a notice names no workspace").filter(remote_id__in=ids)
    known = {row.remote_id: row for row in found}
    for notice, digest in claimed:
        row = known.get(notice.channel)
        fits = compare_digest(row.secret if row else NOBODY, digest)
        if fits and row and row.expires_at and row.expires_at > now:
            _accept(row, notice.news, now)


def _accept(row: Channel, news: NoticeKind, now: datetime) -> None:
    mine = Channel.objects.of(row.workspace_id).filter(pk=row.pk)
    mine.filter(Q(heard_at=None) | Q(heard_at__lt=now - FRESH)).update(heard_at=now)
    if news == NoticeKind.OPENED:
        return
    if news == NoticeKind.ENDED:
        mine.delete()
    if news == NoticeKind.ENDING:
        mine.update(renew_at=now)
    if news in {NoticeKind.ENDED, NoticeKind.ENDING}:
        jobs.ask_push(push.PushTarget(row.workspace_id, row.account_id, row.source_id or 0))
    for calendar_id in push.listeners(row):
        jobs.ask_sync(row.workspace_id, calendar_id)
