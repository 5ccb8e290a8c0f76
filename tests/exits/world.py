"""Two of Bob's meetings with words in every field that are found nowhere else, and everybody who might look at them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.test import Client

from metwith.accounts.models import Block
from metwith.calendars.actions import link, own_copy, share
from metwith.calendars.exports.subscribe import subscribe
from metwith.calendars.models import Calendar, Event, Inquiry
from metwith.calendars.overrides import TakenOut
from metwith.calendars.subscriptions import Subscription
from metwith.calendars.vocabulary import Visibility
from metwith.engine.inquiries import VALID
from metwith.lib import clock
from metwith.notes import actions as notes
from metwith.notes.models import Note
from metwith.records.acts.models import Act
from metwith.records.imports import actions as imports
from metwith.records.imports.models import ImportFile
from metwith.workspaces import actions
from metwith.workspaces.actions import create_token
from metwith.workspaces.addresses import give
from metwith.workspaces.models import ApiToken, Invitation, Member, MemberAddress
from tests import passkey
from tests.calendars.desk import Desk
from tests.people import NOW, company, opportunity, person

if TYPE_CHECKING:
    from metwith.records.kinds import Kind
    from metwith.workspaces.models import Workspace

WORDS = {
    "title": "Velbert",
    "description": "Feldspat",
    "location": "Glimmer",
    "join_url": "basalt",
    "web_url": "granit",
    "attachments": "Dolomit",
    "note": "Turmalin",
}
"""Of each field, the word that gives it away; and of a note that the owner wrote on the meeting."""
ASKED = "Quarzit"
"""The other word of both titles: who searches for it says it themselves, so it gives nothing away."""
EVERYTHING = frozenset(WORDS)
AT_LEVEL = {"metadata": frozenset[str](), "subject": frozenset({"title", "note"}), "everything": EVERYTHING}
"""product.md, section 6, once more: the matrix does not ask the code what the code should do."""
ORDER = ("metadata", "subject", "everything")
NEVER = ("Obsidian", "Bimsstein", "Rhyolith")
"""Titles of a private and an internal event, and of one that was taken out for good: nobody sees them, whoever asks."""
CALENDARS_NAME = "Kalkspat"
NOTED = "Serpentin"
"""In a note on a record: for everybody in the workspace."""
GUEST = "anna.schiefer@acme.example"
"""Who takes part is no secret within the workspace, and one to everybody else."""


@dataclass
class Viewer:
    """Somebody who looks, in a browser and with a token."""

    name: str
    member: Member | None
    secrets: dict[str, str] = field(default_factory=dict)
    """Of calendar addresses that they made themselves: what stands for each in the matrix's addresses, and the secret."""
    browser: Client = field(default_factory=Client)
    program: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        if self.member:
            self.browser.force_login(self.member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
            self.program = Client(headers={"Authorization": f"Bearer {create_token(self.member, 'a program', now=NOW)}"})

    def at(self, path: str) -> str:
        """An address of the matrix with this viewer's own secret in it."""
        for placeholder, secret in self.secrets.items():
            path = path.replace(placeholder, secret)
        return path


class World:
    """`both` has Dora among its guests, `alone` only Bob and somebody from outside."""

    def __init__(self, level: str, cap: str) -> None:
        self.alice = actions.create_workspace("Lumen Studio", "alice@lumen.example", None, "Alice Adler", now=NOW)
        self.bob, self.dora, self.erin = (_member(self.alice.workspace, name) for name in ("bob", "dora", "erin"))
        charlie = actions.create_workspace("Harbour Freight", "charlie@harbour.example", None, "Charlie Costa", now=NOW)
        self.acme = company(self.alice, "Acme", "acme.example")
        self.anna = person(self.alice, "Anna Schiefer", GUEST, company=self.acme)
        self.deal = opportunity(self.alice, "The deal", company=self.acme, contact=self.anna)
        self._meet(level)
        self.share(level, cap)
        self._settings()
        self.viewers = {
            "the owner of the copy": Viewer("owner", self.bob),
            "a member who took part": Viewer("participant", self.dora),
            "a colleague": Viewer("colleague", self.erin),
            "an admin": Viewer("admin", self.alice),
            "a member of another workspace": Viewer("stranger", charlie),
            "anonymous": Viewer("anonymous", None),
        }
        self._subscribe()
        self._write()

    def _meet(self, level: str) -> None:
        self.desk = Desk(self.bob, "bob", sharing=level)
        soon, lately = clock.now() + timedelta(minutes=5), clock.now() - timedelta(hours=2)
        self.desk.put("both", GUEST, "dora@lumen.example", start=soon, **_content("both"))
        self.desk.put("alone", GUEST, start=lately, **_content("alone"))
        self.desk.put("out", GUEST, title=NEVER[2])
        self.desk.put("private", GUEST, title=NEVER[0], visibility=Visibility.PRIVATE)
        self.desk.put("internal", "dora@lumen.example", title=NEVER[1])
        Calendar.objects.of(self.alice.workspace_id).update(name=CALENDARS_NAME)
        self.desk.sync()
        taken_out = Event.objects.of(self.alice.workspace_id).get(ical_uid="out")
        own_copy.take_out(self.bob, taken_out.pk, whole=False, now=NOW)
        self.events = dict(Event.objects.of(self.alice.workspace_id).values_list("ical_uid", "pk"))
        assert set(self.events) == {"both", "alone"}

    def share(self, level: str, cap: str) -> None:
        """What Bob gives colleagues to see of his calendar, and the most that anybody may give: both hold at once."""
        actions.set_sharing_rules(self.alice, cap=cap, default="metadata")
        share.set_sharing(self.bob, self.desk.account.pk, level)
        self.level = ORDER[min(ORDER.index(level), ORDER.index(cap))]

    def off_record(self) -> int:
        """A meeting of Bob's that stands on no record, and in which no colleague is named; its id. Not in `ids`: few exits are asked for it."""
        self.desk.put("off", "kim@kin.example", start=clock.now() + timedelta(minutes=5), **_content("off"))
        self.desk.sync()
        return Event.objects.of(self.alice.workspace_id).get(ical_uid="off").pk

    def _settings(self) -> None:
        """Something of each kind that an address of a page can name."""
        Authenticator.objects.create(user=self.alice.user, type="webauthn", data=passkey.kept())
        give(self.alice, self.erin.pk, "erin@home.example", NOW)
        actions.invite(self.alice, "fay@fern.example", "member", NOW)
        Block.objects.create(workspace=self.alice.workspace, member=self.bob, pattern="clinic.example")
        asked = {"session": "somebody's", "asked_at": NOW, "expires_at": clock.now() + VALID}
        Inquiry.objects.create(workspace=self.alice.workspace, member=self.bob, kind="preview", **asked)
        self._act()
        link.link_by_hand(self.bob, self.events["alone"], "opportunity", self.deal.pk)

    def _act(self) -> None:
        """Bob imports somebody, and has another file waiting."""
        for name, stored in (("Bill", True), ("Kim", False)):
            sheet = io.BytesIO(f"name,email\n{name},{name.lower()}@globex.example\n,nobody\n".encode())
            file = imports.give_file(self.bob, "person", sheet, "people.csv", clock.now())
            imports.choose_columns(self.bob, file.pk, file.columns, clock.now())
            if stored:
                imports.store_file(self.bob, file.pk, clock.now())

    def _subscribe(self) -> None:
        """Each member has an address for each record, in their own calendar program."""
        records: tuple[tuple[Kind, int], ...] = (("person", self.anna.pk), ("company", self.acme.pk), ("opportunity", self.deal.pk))
        for viewer in self.viewers.values():
            if viewer.member and viewer.member.workspace_id == self.alice.workspace_id:
                viewer.secrets = {f"own-secret-{kind}": subscribe(viewer.member, kind, pk, now=NOW) for kind, pk in records}

    def _write(self) -> None:
        """Notes of the owner's on both meetings, and one on a record."""
        for which, event_id in self.events.items():
            notes.write_on_meeting(self.bob, event_id, f"{ASKED} {mark('note', which)}", now=NOW)
        notes.write_on_record(self.bob, "company", self.acme.pk, NOTED, now=NOW)

    def fields(self, viewer: str, meeting: str) -> frozenset[str]:
        """What a viewer may see of a meeting besides when it is and who takes part."""
        if viewer == "the owner of the copy" or (viewer == "a member who took part" and meeting == "both"):
            return EVERYTHING
        return frozenset() if viewer in {"a member of another workspace", "anonymous"} else AT_LEVEL[self.level]

    def forbidden(self, viewer: str) -> set[str]:
        """The words that must not reach a viewer, as they stand in the answers."""
        words = {mark(name, meeting) for meeting in ("both", "alone") for name in EVERYTHING - self.fields(viewer, meeting)} | {*NEVER}
        words |= {CALENDARS_NAME} if viewer != "the owner of the copy" else set()
        return words | (
            {GUEST, "Schiefer", "The deal", "Acme", NOTED} if viewer in {"a member of another workspace", "anonymous"} else set()
        )

    def ids(self) -> dict[str, list[object]]:
        """Parameter of an address → what to put there."""
        space = self.alice.workspace_id
        return {
            "event_id": list(self.events.values()),
            "meeting_id": list(self.events.values()),
            "person_id": [self.anna.pk],
            "company_id": [self.acme.pk],
            "opportunity_id": [self.deal.pk],
            "note_id": list(Note.objects.of(space).order_by("pk").values_list("pk", flat=True)),
            "account_id": [self.desk.account.pk],
            "calendar_id": [self.desk.calendar.pk],
            "member_id": [self.bob.pk],
            "taken_out_id": [TakenOut.objects.of(space).get().pk],
            "token_id": [ApiToken.objects.of(space).filter(member=self.bob).latest("pk").pk],
            "block_id": [Block.objects.of(space).latest("pk").pk],
            "invitation_id": [Invitation.objects.of(space).latest("pk").pk],
            "address_id": [MemberAddress.objects.of(space).latest("pk").pk],
            "provider": ["google", "microsoft"],
            "token": ["nobody-has-this"],
            "secret": ["own-secret-person", "own-secret-company", "own-secret-opportunity"],
            "subscription_id": [Subscription.objects.of(space).filter(member=self.bob).latest("pk").pk],
            "inquiry_id": [Inquiry.objects.of(space).latest("pk").pk],
            "file_id": [ImportFile.objects.of(space).latest("pk").pk],
            "act_id": [Act.objects.of(space).latest("pk").pk],
            "ending": ["csv", "ics", "json"],
            "pk": [Authenticator.objects.get(user=self.alice.user).pk],
            "provider_id": ["oidc"],
        }


def mark(name: str, meeting: str) -> str:
    """What stands in a field of a meeting and nowhere else."""
    return f"{WORDS[name]}-{meeting}"


def _content(meeting: str) -> dict[str, Any]:
    return {
        "title": f"{ASKED} {mark('title', meeting)}",
        "description": mark("description", meeting),
        "location": mark("location", meeting),
        "join_url": f"https://meet.example/{mark('join_url', meeting)}",
        "web_url": f"https://calendar.example/{mark('web_url', meeting)}",
        "attachments": (mark("attachments", meeting),),
    }


def _member(workspace: Workspace, name: str) -> Member:
    return actions.add_member(workspace, f"{name}@lumen.example", "member", None, name.title(), now=NOW)
