"""Who is asking: the member behind a request."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest

from metwith.lib.text import whole
from metwith.workspaces import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_htmx.middleware import HtmxDetails

    from metwith.workspaces.models import Member, User


class HtmxRequest(HttpRequest):
    """Any request to a page: django-htmx has set `htmx`, which is false where a browser asks by itself."""

    htmx: HtmxDetails


class MemberRequest(HtmxRequest):
    """A request behind the door: the middleware has set `member`."""

    member: Member
    user: User


def admins_only(request: MemberRequest) -> None:
    """Raises NotAllowed for everybody else. The verbs ask again: this is for pages that only show."""
    may.admins_only(request.member)


@contextmanager
def or_404() -> Iterator[None]:
    """What does not exist, or exists only behind another workspace's border, is not found."""
    try:
        yield
    except ObjectDoesNotExist as error:
        raise Http404 from error


def number(text: str) -> int:
    """An id from a query string or form; 0, which nothing has, for anything else."""
    return whole(text, 18) or 0
