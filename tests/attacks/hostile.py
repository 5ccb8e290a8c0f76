"""The matrix's world with a colleague and an outsider in it who mean harm: every text that somebody else writes tries to become part of the page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from metwith.accounts.models import Account, Block
from metwith.calendars.models import Calendar, Event
from metwith.calendars.vocabulary import RemoteAttendee, RemoteCalendar
from metwith.lib import clock
from metwith.records.models import Company, Opportunity, Person
from metwith.workspaces.models import ApiToken, User, Workspace
from tests.exits.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKUP = """"'><evil-tag onmouseover=evil()><script>evil()</script><style>evil{}</style><img src=x onerror=evil()>{{evil}}{% evil %}"""
RUNS = "javascript:evil()"
GUEST = "mallory@evil.example"


class HostileWorld(World):
    """Everybody shares everything, so that every text is shown to somebody."""

    def __init__(self) -> None:
        super().__init__("everything", "everything")
        self._meetings()
        self._names()

    def _meetings(self) -> None:
        guests = (*self.desk.put("evil").attendees, RemoteAttendee(GUEST, name=MARKUP))
        texts: dict[str, Any] = {"title": MARKUP, "location": MARKUP, "attachments": (MARKUP,)}
        links = {"join_url": RUNS, "web_url": RUNS}
        body = f'<p onclick="evil()">{MARKUP}<a href="{RUNS}">here</a><svg/onload=evil()><iframe src="{RUNS}"></p>'
        self.desk.put("evil", attendees=guests, start=clock.now(), description=body, **texts, **links)
        self.desk.put("plain", attendees=guests, start=clock.now(), description=MARKUP, **texts, **links)
        self.desk.put("cancelled", attendees=guests, start=clock.now(), description=RUNS, cancelled=True, **texts, **links)
        self.desk.server.add_calendar(RemoteCalendar("work", MARKUP, colour=MARKUP, primary=True))
        self.desk.sync()
        self.events = dict(Event.objects.of(self.alice.workspace_id).values_list("ical_uid", "pk"))
        assert len(self.events) == 5

    def _names(self) -> None:
        """Straight into the tables: what a verb would refuse may have come in before it did."""
        space = self.alice.workspace_id
        for model in (Person, Company, Opportunity):
            model.objects.of(space).update(name=MARKUP[:200])
        Person.objects.of(space).update(job_title=MARKUP[:200])
        Calendar.objects.of(space).update(name=MARKUP, message=MARKUP, detail=MARKUP)
        Account.objects.of(space).update(username=MARKUP, server=MARKUP)
        ApiToken.objects.of(space).update(name=MARKUP[:100])
        Block.objects.create(workspace_id=space, member=self.bob, pattern=MARKUP, kind=Block.Kind.WORD)
        User.objects.filter(memberships__workspace=space).update(name=MARKUP)
        Workspace.objects.filter(pk=space).update(name=MARKUP)


class Page(HTMLParser):
    """What of a page a browser would run, besides its own files."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += list(_runs(tag, dict(attrs)))


def _runs(tag: str, attributes: dict[str, str | None]) -> Iterator[str]:
    if tag in {"evil-tag", "style", "iframe", "object", "embed", "base"} or (
        tag == "script" and not (attributes.get("src") or attributes.get("type") == "application/json")
    ):
        yield f"<{tag}>"
    for name, value in attributes.items():
        if name.startswith("on") or "evil" in name or name in {"style", "srcdoc"}:
            yield f"<{tag} {name}>"
        leads = (value or "").strip().lower()
        if tag == "img" and leads.startswith("data:image/"):
            continue  # a picture runs nothing, whatever it is made of
        if name in {"href", "src", "action", "formaction", "hx-get", "hx-post"} and leads.startswith(("javascript:", "data:")):
            yield f"<{tag} {name}={value}>"
