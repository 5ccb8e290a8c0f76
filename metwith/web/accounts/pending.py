"""What was typed and found on the way to a connection, carried from page to page.

It holds a password or a permission, so it lies sealed for this member and session, for ten minutes (calendars/inquiries/inquiries.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.calendars.inquiries.questions import Carried
from metwith.calendars.models import Inquiry
from metwith.engine import inquiries
from metwith.web.site.inquiry import session_of

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.web.site.members import MemberRequest

VALID = inquiries.VALID


def put(request: MemberRequest, carried: Carried, now: datetime) -> None:
    """Keep it for the next page."""
    inquiries.keep_pending(Inquiry, request.member, session_of(request), Inquiry.Kind.CONNECTING, carried, now=now)


def carried(request: MemberRequest, now: datetime) -> Carried | None:
    """What the page before kept; None when that was too long ago, or in another session."""
    row = _row(request, now)
    return inquiries.load(Carried, inquiries.unseal(row, row.request)) if row else None


def forget(request: MemberRequest, now: datetime) -> None:
    """Leave nothing behind."""
    if row := _row(request, now):
        inquiries.discard(row)


def _row(request: MemberRequest, now: datetime) -> Inquiry | None:
    return inquiries.latest(Inquiry, request.member, session_of(request), Inquiry.Kind.CONNECTING, now)
