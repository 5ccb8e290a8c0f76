"""Who is asking: the member behind a request."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member, User


class MemberRequest(HttpRequest):
    """A request behind the door: the middleware has set `member`."""

    member: Member
    user: User


@contextmanager
def or_404() -> Iterator[None]:
    """What does not exist, or exists only behind another workspace's border, is not found."""
    try:
        yield
    except ObjectDoesNotExist as error:
        raise Http404 from error


def number(text: str) -> int:
    """An id from a query string or form; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
