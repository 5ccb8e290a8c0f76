"""Where signed-in browsers are remembered, and how what an older version kept of them is sealed."""

from __future__ import annotations

import asyncio
import importlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore as Djangos
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import Client

from metwith.lib import clock
from metwith.workspaces import sessions as subject
from metwith.workspaces.sessions import SessionStore

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db


def kept() -> list[str]:
    return list(Session.objects.values_list("session_key", flat=True))


def made(**content: Any) -> str:
    """A session's word."""
    store = SessionStore()
    store.update(content)
    store.save()
    assert store.session_key
    return store.session_key


def test_a_session_is_found_by_its_word_and_stands_in_the_table_by_another():
    word = made(colour="red")
    assert SessionStore(word)["colour"] == "red"
    assert kept() == [subject.kept_as(word)] != [word]
    assert SessionStore().exists(word)


def test_what_stands_in_the_table_opens_nothing():
    made(colour="red")
    (row,) = Session.objects.all()
    for word in (row.session_key, row.session_data[:32], row.session_data[:40]):
        assert SessionStore(word).load() == {}
        assert not SessionStore().exists(word)


def test_what_a_session_holds_cannot_be_read_in_the_table():
    made(secret="JBSWY3DPEHPK3PXP")
    (row,) = Session.objects.all()
    assert Djangos().decode(row.session_data) == {}
    assert [content for _ends, content in subject.all_sessions()] == [{"secret": "JBSWY3DPEHPK3PXP"}]


def test_a_session_is_saved_again_renamed_and_ended():
    word = made(colour="red")
    store = SessionStore(word)
    store["colour"] = "blue"
    store.save()
    store.cycle_key()
    assert store.session_key
    assert store.session_key != word
    assert SessionStore(word).load() == {}
    assert SessionStore(store.session_key)["colour"] == "blue"
    SessionStore().delete(store.session_key)
    assert kept() == []


def test_deleting_a_session_that_has_no_word_deletes_nothing():
    made(colour="red")
    SessionStore().delete()
    assert len(kept()) == 1


def test_a_session_that_ended_is_nobodys():
    word = made(colour="red")
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    assert SessionStore(word).load() == {}


@pytest.mark.django_db(transaction=True)
def test_the_other_way_of_asking_leads_over_the_hash_too():
    word = made(colour="red")

    async def ask() -> tuple[dict[str, Any], bool, list[str]]:
        store = SessionStore(word)
        found, there = await store.aload(), await store.aexists(word)
        await store.aset("colour", "blue")
        await store.asave()
        await SessionStore().adelete(subject.kept_as(word))
        before = await sync_to_async(kept)()
        await SessionStore().adelete(word)
        await sync_to_async(connections.close_all)()  # of the thread in which Django does all this
        return found, there, before

    assert asyncio.run(ask()) == ({"colour": "red"}, True, [subject.kept_as(word)])
    assert kept() == []


def test_whoever_was_signed_in_before_the_upgrade_still_is(alice: Member):
    """With second factors that are still good."""
    module = importlib.import_module("metwith.workspaces.migrations.0006_sealed_sessions")
    browser = Client()
    browser.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    word = browser.cookies["sessionid"].value
    # As the version before kept them.
    Session.objects.update(session_key=word, session_data=Djangos().encode(dict(browser.session)))
    totp = Authenticator.objects.create(user=alice.user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    codes = Authenticator.objects.create(user=alice.user, type="recovery_codes", data={"seed": "5eed" * 20, "used_mask": 2})
    assert browser.get("/").status_code == 302  # what is not sealed is nobody's; and the browser is told to forget the word

    module.seal_sessions(apps, None)
    with connection.cursor() as cursor:
        cursor.execute(module.HASHED)
    module.seal_second_factors(apps, None)

    browser.cookies["sessionid"] = word
    assert browser.get("/").status_code == 200
    assert kept() == [subject.kept_as(word)]
    codes.refresh_from_db()
    totp.refresh_from_db()
    assert "5eed" not in str(codes.data)
    assert "JBSWY3DPEHPK3PXP" not in str(totp.data)
    assert len(RecoveryCodes(codes).get_unused_codes()) == 9
    module.open_second_factors(apps, None)
    codes.refresh_from_db()
    assert codes.data == {"seed": "5eed" * 20, "used_mask": 2}
