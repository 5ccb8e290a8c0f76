"""A key is changed: everything is encrypted with the new one, wherever it stands, and the old one may go."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection

from metwith.accounts.models import Account, OAuthClient
from metwith.calendars.intents.removals import Removal
from metwith.lib import secrets
from metwith.workspaces import rotation as subject
from metwith.workspaces.models import Installation
from metwith.workspaces.sessions import SessionStore
from tests.people import NOW, company

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()


@pytest.fixture(autouse=True)
def own_digest_key() -> Iterator[None]:
    yield
    secrets._DIGEST_KEYS.clear()


@pytest.fixture
def held(alice: Member, charlie: Member, monkeypatch: pytest.MonkeyPatch) -> Member:
    """Secrets of every kind, under the old key; and a text that only looks like one."""
    monkeypatch.setenv("METWITH_KEY", OLD)
    Installation.objects.create(key_check=secrets.make_check())
    for member in (alice, charlie):
        for number in range(3):
            Account.objects.create(
                workspace=member.workspace, member=member, provider="ics", secret=secrets.encrypt(member.workspace_id, f"{member} {number}")
            )
    OAuthClient.objects.create(
        workspace=alice.workspace, provider="google", client_id="x", secret=secrets.encrypt(alice.workspace_id, "client")
    )
    sealed = secrets.encrypt_for(secrets.SECOND_FACTORS, "JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(user=alice.user, type="totp", data={"secret": sealed, "more": [sealed]})
    SessionStore().save()
    company(alice, "gAAAAA" + "x" * 150)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('q', 't', jsonb_build_object('sealed', %s::text))",
            [secrets.encrypt(charlie.workspace_id, "asked")],
        )
    return alice


def rotated(monkeypatch: pytest.MonkeyPatch) -> subject.Rotation:
    monkeypatch.setenv("METWITH_KEY", f"{NEW},{OLD}")
    done = subject.Rotation()
    done.run(lambda _table: None)
    return done


def test_after_it_the_new_key_alone_opens_everything(held: Member, charlie: Member, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subject, "AT_ONCE", 2)
    done = rotated(monkeypatch)
    monkeypatch.setenv("METWITH_KEY", NEW)
    for member in (held, charlie):
        found = {secrets.decrypt(row.workspace_id, row.secret) for row in Account.objects.of(member.workspace)}
        assert found == {f"{member} {number}" for number in range(3)}
    assert secrets.decrypt(held.workspace_id, OAuthClient.objects.of(held.workspace).get().secret) == "client"
    data = Authenticator.objects.get().data
    assert {secrets.decrypt_for(secrets.SECOND_FACTORS, token) for token in (data["secret"], *data["more"])} == {"JBSWY3DPEHPK3PXP"}
    secrets.decrypt_for(secrets.SESSIONS, Session.objects.get().session_data)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'sealed' FROM procrastinate_jobs WHERE task_name = 't'")
        assert secrets.decrypt(charlie.workspace_id, cursor.fetchone()[0]) == "asked"
    secrets.verify_check(Installation.objects.get().key_check)
    assert done.renewed == 3 + 3 + 1 + 2 + 1 + 1
    assert {place.partition(".")[0] for place in done.unreadable} == {"records_company"}, "what only looks like one is left as it is"


def test_until_it_is_over_the_new_key_alone_is_refused(held: Member, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METWITH_KEY", f"{NEW},{OLD}")
    broken_off = subject.Rotation()

    def stop(table: str) -> None:
        if table == "mfa_authenticator":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off.run(stop)
    monkeypatch.setenv("METWITH_KEY", NEW)
    with pytest.raises(secrets.KeyWrong):
        secrets.verify_check(Installation.objects.get().key_check)
    assert broken_off.renewed + rotated(monkeypatch).renewed > 0
    assert rotated(monkeypatch).renewed == 0, "run again there is nothing left"


def test_keyed_hashes_stay_what_they_were(held: Member, monkeypatch: pytest.MonkeyPatch):
    """What was taken out, or erased, stays out: it is known by nothing else."""
    before = secrets.keyed_digest(held.workspace_id, 7, "taken out")
    rotated(monkeypatch)
    for line in (f"{NEW},{OLD}", NEW):
        monkeypatch.setenv("METWITH_KEY", line)
        secrets._DIGEST_KEYS.clear()
        subject.load_digest_key()
        assert secrets.keyed_digest(held.workspace_id, 7, "taken out") == before


def test_with_one_key_it_changes_nothing(held: Member):
    before = list(Account.objects.of(held.workspace).values_list("secret", flat=True))
    done = subject.Rotation()
    done.run(lambda _table: None)
    assert done.renewed == 0
    assert list(Account.objects.of(held.workspace).values_list("secret", flat=True)) == before


def test_what_is_still_to_be_removed_can_be_found_with_the_new_key(held: Member, monkeypatch: pytest.MonkeyPatch):
    """An address that is being erased is encrypted until the work is done: with the old key gone it would never be."""
    sealed = secrets.encrypt(held.workspace_id, "anna@acme.example")
    Removal.objects.create(workspace=held.workspace, kind=Removal.Kind.ERASED, sealed=sealed, created_at=NOW)
    assert "calendars_removal.sealed" not in rotated(monkeypatch).unreadable
    monkeypatch.setenv("METWITH_KEY", NEW)
    row = Removal.objects.of(held.workspace_id).get()
    assert secrets.decrypt(row.workspace_id, row.sealed) == "anna@acme.example"
