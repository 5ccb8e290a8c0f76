"""The records that meetings stand on, as the calendar's pages need them: found by kind and id, named, linked to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlencode

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, QueryDict

from metwith.calendars.feed import EVERYBODY, MINE, Whose
from metwith.records import queries
from metwith.web.calendar import filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from metwith.records.kinds import Kind
    from metwith.records.queries import AnyRecord
    from metwith.workspaces.models import Member

_ASK: dict[str, Callable[[int, int], AnyRecord]] = {
    "person": queries.person,
    "company": queries.company,
    "opportunity": queries.opportunity,
}
_PATHS = {"person": "people", "company": "companies", "opportunity": "opportunities"}
_NAME = re.compile(r"(person|company|opportunity)-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was searched for."""

    kind: Kind
    id: int
    name: str

    @property
    def key(self) -> str:
        """`company-5`."""
        return f"{self.kind}-{self.id}"


def find(viewer: Member, kind: str, record_id: int) -> AnyRecord:
    """A record of the viewer's workspace that is not in the trash; otherwise 404."""
    ask = _ASK.get(kind)
    try:
        found = ask(viewer.workspace_id, record_id) if ask else None
    except ObjectDoesNotExist:
        found = None
    if found is None or found.trashed_at is not None:
        raise Http404
    return found


def search(viewer: Member, q: str, each: int = 8) -> tuple[Hit, ...]:
    """Records that `q` finds, people first; at most `each` of a kind."""
    pages: tuple[tuple[Kind, Iterable[AnyRecord]], ...] = (
        ("person", queries.people(viewer.workspace_id, q=q, limit=each).items),
        ("company", queries.companies(viewer.workspace_id, q=q, limit=each).items),
        ("opportunity", queries.opportunities(viewer.workspace_id, q=q, limit=each).items),
    )
    return tuple(Hit(kind, record.pk, record.name) for kind, records in pages for record in records)


def page(kind: str, record_id: int) -> str:
    """The record's page. Built by hand for long lists; a test holds it to the URL's name."""
    return f"/{_PATHS[kind]}/{record_id}/"


ALL = "meetings"
"""In place of a kind: the list of all meetings."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The page that a list of meetings stands on: a record's, or that of all meetings."""

    kind: Kind | Literal["meetings"]
    record_id: int = 0
    name: str = ""
    """The record's."""

    @property
    def page(self) -> str:
        """Its address."""
        return page(self.kind, self.record_id) if self.record_id else "/meetings/"

    @property
    def part(self) -> str:
        """Of the list alone, for htmx; files and what else belongs to the list lie below."""
        return f"/calendar/{self.kind}/{self.record_id}/" if self.record_id else "/meetings/list/"

    def whose(self, *, mine: bool) -> Whose:
        """Whose feed stands there. `mine`: of all meetings only the viewer's."""
        if self.kind == "meetings":
            return MINE if mine else EVERYBODY
        return Whose(self.kind, self.record_id)


def of_record(kind: Kind, record: AnyRecord) -> FeedPage:
    """A record's page."""
    return FeedPage(kind, record.pk, record.name)


@dataclass(frozen=True, slots=True)
class Origin:
    """The list that a meeting was opened from: a record's or that of all, and how it was narrowed."""

    kind: Kind | Literal["meetings"]
    record_id: int = 0
    narrowed: str = ""
    """The list's own query string."""
    view_as: str = ""
    """Through which colleague's eyes it was looked at (`view_as.asked`)."""
    whose: int | None = None
    """Only this colleague's meetings were listed."""

    @property
    def name(self) -> str:
        """`company-5`, `meetings`."""
        return f"{self.kind}-{self.record_id}" if self.record_id else self.kind

    @property
    def record(self) -> tuple[Kind, int] | None:
        """Whose list it is; None for that of all meetings."""
        return None if self.kind == "meetings" else (self.kind, self.record_id)

    @property
    def query(self) -> str:
        """What a meeting's address carries: `from=company-5`, and `list=…` when the list was narrowed."""
        return urlencode({"from": self.name} | ({"list": self.narrowed} if self.narrowed else {}))

    @property
    def as_oneself(self) -> Origin:
        """The same list through one's own eyes."""
        plain = QueryDict(self.narrowed, mutable=True)
        plain.pop("as", None)
        return replace(self, narrowed=plain.urlencode(), view_as="")

    @property
    def page(self) -> str:
        """Where the way back leads."""
        return FeedPage(self.kind, self.record_id).page + (f"?{self.narrowed}" if self.narrowed else "")


def parse_name(text: str) -> tuple[Kind, int] | None:
    """`company-5` → `("company", 5)`; None for anything else."""
    found = _NAME.fullmatch(text)
    return (cast("Kind", found[1]), int(found[2])) if found else None


def parse_origin(asked: Mapping[str, str], today: date) -> Origin | None:
    """The origin that a query string or a form carries; of the list's own query only what we know ourselves."""
    named = parse_name(asked.get("from", ""))
    narrowed = filters.parse(QueryDict(asked.get("list", "")[:1000]).dict(), today)
    if asked.get("from") == ALL:
        return Origin("meetings", narrowed=replace(narrowed, view_as="").query())
    if named is None:
        return None
    return Origin(*named, replace(narrowed, mine=False).query(), narrowed.view_as, narrowed.colleague)
