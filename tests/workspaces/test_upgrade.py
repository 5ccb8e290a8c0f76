"""A home of the version before, upgraded: nothing is lost, nobody is locked out, nothing is purged or fetched (product.md, section 3).

The tables are migrated back, filled as that version left them, and migrated again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps as now_apps
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from metwith.calendars import jobs
from metwith.calendars.models import Entry, Link
from metwith.lib import secrets
from metwith.rules.identity import Way
from metwith.workspaces import domains
from metwith.workspaces.addresses import to_go_through, who_is_who
from metwith.workspaces.models import Invitation, Member, MemberAddress, User
from tests.calendars.worker import work
from tests.people import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

BEFORE = [
    ("workspaces", "0004_own_domains_said"),
    ("accounts", "0006_address_at_provider"),
    ("calendars", "0007_subscriptions"),
    ("records", "0001_initial"),
    ("account", "0009_emailaddress_unique_primary_email"),
    ("mfa", "0003_authenticator_type_uniq"),
    ("sessions", "0001_initial"),
]
"""The last migrations of the version before."""
JOINED = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
COOKIE, SEED = "0123456789abcdefghijklmnopqrstuv", "5eed"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ANNA, KIM, CHIEF = "anna@acme.example", "kim@kin.example", "chief@lumen.example"
MOVED = {
    "accounts_alias",
    "account_emailaddress",
    "workspaces_memberaddress",
    "workspaces_owndomain",
    "django_migrations",
    "django_content_type",
    "auth_permission",
}
"""Tables whose number of rows changes: aliases go into the table of addresses, what the sign-in library kept of its own is emptied."""


class Old:
    """What the version before wrote, by its own tables."""

    def __init__(self, apps: Any) -> None:
        self.apps = apps
        self.space = self.make("workspaces.Workspace", name="Lumen Studio")
        self.members: dict[str, Any] = {}
        self.anna: Any = None
        """A person on record."""

    def make(self, model: str, **fields: Any) -> Any:
        return self.apps.get_model(model).objects.create(**fields)

    def own(self, model: str, **fields: Any) -> Any:
        return self.make(model, workspace=self.space, **fields)

    def member(self, address: str, role: str = "member", *, at: datetime = JOINED, login: str = "") -> Any:
        """With `login`, the address was changed afterwards."""
        name = address.partition("@")[0]
        user = self.make("workspaces.User", email=login or address, name=name.title(), password=make_password(PASSWORD))
        found = self.members[name] = self.own("workspaces.Member", user=user, role=role, created_at=at)
        return found

    def invited(self, address: str, *, at: datetime, **facts: Any) -> Any:
        """By a link that was taken up at that moment."""
        self.invitation(address, accepted_at=at)
        return self.member(address, at=at, **facts)

    def invitation(self, address: str, accepted_at: datetime | None = None, **facts: Any) -> Any:
        asked = {"role": "member", "token_hash": f"hash of {address}", "expires_at": JOINED + timedelta(days=14)} | facts
        return self.own("workspaces.Invitation", address=address, accepted_at=accepted_at, **asked)

    def account(self, member: str, provider: str, address: str, *aliases: str, **facts: Any) -> Any:
        about = {"server": "https://dav.example/", "secret": "", "subject": ""} | facts
        row = self.own("accounts.Account", member=self.members[member], provider=provider, address=address, **about)
        for alias in aliases:
            self.own("accounts.Alias", account=row, address=alias)
        return self.own("calendars.Calendar", account=row, remote_id="work", name="Work", enabled=True, cursor="1.7", next_sync_at=JOINED)

    def signed_in(self, member: str) -> None:
        """A browser, with a cookie as that version gave it."""
        user = self.members[member].user
        word = User(password=user.password).get_session_auth_hash()
        data = {"_auth_user_id": str(user.pk), "_auth_user_backend": BACKEND, "_auth_user_hash": word}
        self.make("sessions.Session", session_key=COOKIE, session_data=SessionStore().encode(data), expire_date=LATER)

    def copy(self, event: Any, calendar: Any, organizer: str, **facts: Any) -> None:
        when = {"starts_at": JOINED, "ends_at": JOINED + timedelta(hours=1)}
        people = [[organizer, "", "accepted", "required", "individual", True], [ANNA, "Anna", "accepted", "required", "individual", False]]
        about = {"remote_id": f"{calendar.pk}/{event.pk}", "digest": b"x", "title": "Lunch", "attendees": people}
        self.own("calendars.Entry", event=event, calendar=calendar, **when, **about, **facts)


def filled(apps: Any) -> Old:
    """An organisation as it was: each way of joining, each provider, addresses on records and on none, and copies that disagree."""
    old = Old(apps)
    old.member("alice@lumen.example", "owner")
    old.invited("bob@lumen.example", at=JOINED + timedelta(days=1))
    old.invited("cara@lumen.example", at=JOINED + timedelta(days=2), login=CHIEF)
    dave = old.member("dave@lumen.example")
    for address in ("dave@lumen.example", "boss@lumen.example"):
        old.make("account.EmailAddress", user_id=dave.user_id, email=address)
    old.invited("gus@studio.example", at=JOINED + timedelta(days=3))
    old.invited("hugo@harbour.example", at=JOINED + timedelta(days=4))
    old.invited("olga@gmail.com", at=JOINED + timedelta(days=5))
    old.invitation("new@partner.example")
    old.invitation("late@partner.example", expires_at=JOINED)
    acme = old.own("records.Company", name="Acme", name_key="acme")
    harbour = old.own("records.Company", name="Harbour", name_key="harbour")
    for company, domain in ((acme, "acme.example"), (harbour, "harbour.example")):
        old.own("records.CompanyDomain", company=company, domain=domain)
    anna = old.anna = old.own("records.Person", name="Anna", name_key="anna", company=acme)
    old.own("records.PersonAddress", person=anna, address=ANNA, folded=ANNA, primary=True)
    old.own("workspaces.MemberAddress", member=old.members["bob"], address="bob@home.example")
    old.own("workspaces.OwnDomain", domain="lumen-group.example", standing="whole")
    google = old.account("bob", "google", "bob@lumen.example", "robert@lumen.example", "bob@bobs.example", subject="1001")
    eve = old.account("gus", "caldav", ANNA, KIM, username="gus")
    old.account("alice", "ics", "alice@lumen.example")
    old.account("dave", "microsoft", "dave@lumen.example", subject="aad-1", delegated=True)
    old.account("hugo", "microsoft", "hugo@group.example", subject="aad-2", delegated=True, vouched=True)
    old.account("olga", "caldav", "olga@gmail.com", disconnected_at=JOINED)
    old.account("bob", "file", "bob@lumen.example")
    event = old.own("calendars.Event", ical_uid="lunch", key="", starts_at=JOINED, ends_at=JOINED + timedelta(hours=1))
    old.copy(event, google, "bob@lumen.example", sharing="everything")
    old.copy(event, eve, ANNA, sequence=999_999)
    old.own("calendars.Attendee", event=event, address=ANNA, reversed_domain="example.acme.", response="accepted", role="required")
    when = {"starts_at": JOINED, "ends_at": JOINED + timedelta(hours=1)}
    old.own("calendars.Link", event=event, record_kind=1, record_id=anna.pk, reason="by-hand", because="Bob", **when)
    old.own("calendars.Trace", calendar=google, item="x", part="", reason="private", seen_on=JOINED.date())
    bob = old.members["bob"]
    old.own("calendars.MeetingLevel", member=bob, mark="of lunch", level="everything")
    old.make("mfa.Authenticator", user_id=bob.user_id, type="recovery_codes", data={"seed": SEED, "used_mask": 0})
    old.signed_in("dave")
    return old


def rows() -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name not in MOVED]
        counted = {}
        for name in tables:
            cursor.execute(f'select count(*) from "{name}"')  # noqa: S608  names of tables
            counted[name] = cursor.fetchone()[0]
    return {name: many for name, many in counted.items() if many}


def _migrated(targets: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def upgraded() -> tuple[dict[str, int], Old]:
    """Rows of the version before, and who was there; the tables are today's again."""
    today = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        old = filled(_migrated(BEFORE))
        before = rows()
    finally:
        _migrated(today)
    return before, old


def way(address: str, member: str) -> set[str]:
    held = MemberAddress.objects.across_workspaces("a test").filter(address=address, member__user__name=member)
    return set(held.values_list("way", flat=True))


def test_nothing_is_lost_nobody_is_locked_out_and_nothing_is_purged_or_fetched(upgraded: tuple[dict[str, int], Old]):
    before, old = upgraded
    there = rows()
    assert there.pop("overview_outdated", 0) <= 1, "what is on record is counted after the upgrade, and nothing else is new"
    assert there == before
    _whose_is_what()
    _who_is_one_of_us(old.space.pk)
    for address in ("alice@lumen.example", "bob@lumen.example", CHIEF, "dave@lumen.example", "gus@studio.example", "olga@gmail.com"):
        browser = Client()
        assert browser.post("/sign-in/login/", {"login": address, "password": PASSWORD}).status_code == 302, address
        assert browser.get("/").status_code == 200, address
    _nobody_signs_in_anew()
    calendars = now_apps.get_model("calendars.Calendar").objects.across_workspaces("a test")
    assert set(calendars.values_list("cursor", "next_sync_at", "enabled")) == {("1.7", JOINED, True)}
    assert "procrastinate_jobs" not in before
    _what_disagrees_is_parted(old.space.pk, old.anna.pk)


def _nobody_signs_in_anew() -> None:
    browser = Client()
    browser.cookies["sessionid"] = COOKIE
    assert browser.get("/").status_code == 200
    held = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert (held == SEED, secrets.decrypt_for(secrets.SECOND_FACTORS, held)) == (False, SEED)


def _what_disagrees_is_parted(workspace_id: int, anna: int) -> None:
    """By what the clock asks for afterwards. Both keep the link by hand, and Bob's copy its level."""
    jobs.part_old_meetings(timestamp=0)
    work()
    copies = Entry.objects.of(workspace_id).values_list("organizer", "sharing", "starts_at")
    assert set(copies) == {("bob@lumen.example", "everything", JOINED), (ANNA, "", JOINED)}
    by_organizer = dict(Entry.objects.of(workspace_id).values_list("organizer", "event_id"))
    assert len(set(by_organizer.values())) == 2
    by_hand = Link.objects.of(workspace_id).filter(reason="by-hand", hidden=False)
    assert set(by_hand.values_list("event_id", "record_id")) == {(event_id, anna) for event_id in by_organizer.values()}


def _whose_is_what() -> None:
    assert way("alice@lumen.example", "Alice") == {Way.OPERATOR, Way.BEFORE}
    assert way("bob@lumen.example", "Bob") == {Way.INVITED, Way.BEFORE}
    assert way(CHIEF, "Cara") == {Way.INVITED}
    assert Way.INVITED in way("dave@lumen.example", "Dave")
    assert way("bob@home.example", "Bob") == {Way.GIVEN}
    assert way(ANNA, "Gus") == {Way.SERVER}
    for address, member in ((KIM, "Gus"), ("robert@lumen.example", "Bob"), ("bob@bobs.example", "Bob"), ("hugo@group.example", "Hugo")):
        assert way(address, member) == {Way.BEFORE}, address
    verified = [row for row in MemberAddress.objects.across_workspaces("a test") if row.way == Way.OPERATOR]
    assert [row.address for row in verified] == ["alice@lumen.example"]


def _who_is_one_of_us(workspace_id: int) -> None:
    who = who_is_who(workspace_id)
    for address in (KIM, "bob@bobs.example", "hugo@group.example", "bob@home.example", "new@partner.example", "late@partner.example"):
        assert who.own_identities.includes(address), address
    assert who.claimed == {ANNA}
    for domain in ("lumen.example", "lumen-group.example", "studio.example"):
        assert who.own_identities.owns(domain), domain
    assert not who.own_identities.owns("gmail.com")
    waiting = [domain.name for domain in domains.domains_of(workspace_id) if domain.waits]
    assert waiting == ["harbour.example"]
    listed = {row.address for row in to_go_through(workspace_id)}
    assert {"bob@lumen.example", CHIEF, KIM, "gus@studio.example"} <= listed
    assert ANNA not in listed
    assert Invitation.objects.of(workspace_id).filter(one_of_us=True).count() == 2
    assert Member.objects.of(workspace_id).filter(left_at=None).count() == 7
