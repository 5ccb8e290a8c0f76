"""Another workspace's ids at every address, a copied row of credentials, and a way in that outlives its owner's rights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.urls import reverse

from metwith.accounts.models import Account
from metwith.calendars.models import Calendar
from metwith.calendars.sync.run import sync_calendar
from metwith.engine.access import describe
from metwith.engine.models import State
from metwith.lib import secrets
from metwith.rules.health import Failed
from metwith.workspaces import actions
from tests.calendars.desk import Desk
from tests.exits.requests import Exit, exits
from tests.exits.world import GUEST, Viewer, World
from tests.people import NOW, company, opportunity, person
from tests.savepoints import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db

NOT_CONTENT = {"django_session", "workspaces_apitoken", "django_migrations"}
"""Of tokens, when they were last used is noted."""

OVER = {"web:asked": "get", "web:asked-give-up": "post"}
"""What is over soon leads to the accounts, whosever it was and whether or not it ever was: exit → by which method."""


def rows() -> dict[str, list[str]]:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in NOT_CONTENT:
                cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608  the tables' own names
                found[table] = sorted(row for (row,) in cursor.fetchall())
    return found


def of_somebody(world: World) -> list[Exit]:
    """The addresses that name a thing of the workspace."""
    return [exit_ for exit_ in exits(world.ids()) if re.search(r"/\d+(/|$)", exit_.path) and not exit_.of_signing_in]


def every_way(viewer: Viewer, exit_: Exit) -> Iterator[Any]:
    client = viewer.program if exit_.for_programs else viewer.browser
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if exit_.for_programs else ("GET", "POST"):
        with undone():
            # What fits there, so that it is refused for whose it is and not for what it says.
            field = "text" if "/notes" in exit_.path else "name"
            sent: dict[str, Any] = {"data": {field: "Mine now"}} if method != "GET" else {}
            yield getattr(client, method.lower())(
                exit_.path, **sent, **({"content_type": "application/json"} if exit_.for_programs else {})
            )


def test_another_workspaces_ids_are_nothing_at_any_address():
    world = World("everything", "everything")
    stranger = world.viewers["a member of another workspace"]
    checked = of_somebody(world)
    assert len(checked) > 60
    before = rows()
    for exit_ in checked:
        for response in every_way(stranger, exit_):
            if response.status_code == 302:
                assert exit_.name in OVER, exit_
                assert response["Location"] == "/settings/accounts/", exit_
                continue
            assert response.status_code in {404, 405}, (exit_, response.status_code)
    for name, method in OVER.items():
        unknown = getattr(stranger.browser, method)(reverse(name.removeprefix("web:"), args=[999_999]))
        assert (unknown.status_code, unknown["Location"]) == (302, "/settings/accounts/"), "an id that there never was is answered just so"
    assert rows() == before


def test_another_workspaces_ids_are_nothing_within_what_is_sent():
    world = World("everything", "everything")
    stranger = world.viewers["a member of another workspace"]
    charlie = stranger.member
    assert charlie is not None
    eve, deal = person(charlie, "Eve", "eve@north.example"), opportunity(charlie, "Ours")
    theirs, before = {"company_id": world.acme.pk, "contact_id": world.anna.pk}, rows()
    for path, given in (
        (f"/api/v1/people/{eve.pk}", {"company_id": world.acme.pk}),
        (f"/api/v1/opportunities/{deal.pk}", theirs),
    ):
        answer = stranger.program.patch(path, given, content_type="application/json")
        assert answer.status_code == 422, path
    for path, sent in (
        (f"/opportunities/{deal.pk}/edit/", {"name": "Ours", "stage": "new", "contact": GUEST}),
        (f"/people/{eve.pk}/merge/", {"with": world.anna.pk, "keep": eve.pk, "other": world.anna.pk}),
    ):
        assert stranger.browser.post(path, sent).status_code in {404, 422}, path
    assert stranger.browser.get(f"/people/{eve.pk}/merge/?with={world.anna.pk}").status_code == 404
    assert rows() == before


def test_a_copied_row_of_credentials_opens_nothing_in_another_workspace(alice: Member, charlie: Member, caplog: pytest.LogCaptureFixture):
    """Somebody who can write to the database, or a backup put together wrongly, still has no key to the other's calendar."""
    hers, his = Desk(alice, "alice"), Desk(charlie, "charlie")
    hers.put("lunch", "anna@acme.example")
    copied = {name: getattr(Account.objects.of(alice.workspace).get(), name) for name in ("secret", "server", "address", "username")}
    Account.objects.of(charlie.workspace).filter(pk=his.account.pk).update(
        **copied | {"secret": secrets.encrypt(alice.workspace_id, "her password")}
    )
    with pytest.raises(secrets.KeyWrong) as refused:
        describe(Account.objects.of(charlie.workspace).select_related("member__user").get())
    assert "her password" not in str(refused.value)
    outcome = sync_calendar(charlie.workspace_id, his.calendar.pk, clock=lambda: NOW)
    assert (type(outcome), getattr(outcome, "kind", "")) == (Failed, State.DEFECT)
    assert "her password" not in f"{outcome}{caplog.text}"
    assert his.uids() == set()
    assert Calendar.objects.of(charlie.workspace).get().last_success_at is None


def test_a_session_and_a_token_may_what_their_member_may_now():
    """Not what the member might when they were made."""
    world = World("metadata", "everything")
    dora = world.dora
    actions.change_role(world.alice, dora.pk, "admin")
    admin = Viewer("admin", dora)
    accounts = f"/api/v1/accounts/{world.desk.account.pk}/sync"
    assert admin.browser.get("/settings/organisation/").status_code == 200
    assert admin.program.post(accounts).status_code == 202
    actions.change_role(world.alice, dora.pk, "member")
    assert admin.browser.get("/settings/organisation/").status_code == 403
    assert admin.browser.post("/settings/workspace/name/", {"name": "Dora's"}).status_code == 403
    assert admin.browser.post(f"/settings/workspace/members/{dora.pk}/role/", {"role": "owner"}).status_code == 403
    assert admin.program.post(accounts).status_code in {403, 404}


def test_an_open_session_of_somebody_who_was_made_less_may_no_more_than_any_member():
    """Every verb of admins, and a colleague's account."""
    world = World("metadata", "everything")
    actions.change_role(world.alice, world.dora.pk, "admin")
    viewer, bobs = Viewer("admin", world.dora), world.desk.account.pk
    invitation, address = world.ids()["invitation_id"][0], world.ids()["address_id"][0]
    actions.change_role(world.alice, world.dora.pk, "member")
    before = rows()
    for path, sent in (
        (f"/settings/workspace/members/{world.erin.pk}/role/", {"role": "admin"}),
        (f"/settings/workspace/members/{world.erin.pk}/removed/", {}),
        (f"/settings/workspace/invitations/{invitation}/withdraw/", {}),
        ("/settings/workspace/invite/", {"invite-address": "eve@evil.example", "invite-role": "member"}),
        ("/settings/workspace/sharing/", {"sharing-cap": "everything", "sharing-default": "everything"}),
        ("/settings/ours/domain/", {"domain": "acme.example", "standing": "whole"}),
        (f"/settings/ours/address/{address}/remove/", {}),
        ("/settings/person/erase/", {"address": GUEST, "again": GUEST}),
        ("/settings/organisation/google/pick/", {"members": [world.erin.pk]}),
        ("/settings/clients/google/", {"client_id": "x", "secret": "y"}),
        (f"/settings/accounts/{bobs}/disconnect/", {"what": "purge"}),
        (f"/settings/accounts/{bobs}/sync/", {}),
    ):
        status = viewer.browser.post(path, sent).status_code
        assert status in {403, 404}, (path, status)
    assert viewer.program.post(f"/api/v1/accounts/{bobs}/sync").status_code in {403, 404}
    assert rows() == before


def test_a_session_and_a_token_end_with_their_member():
    world = World("metadata", "everything")
    viewer = world.viewers["a member who took part"]
    path = f"/people/{world.anna.pk}/"
    assert viewer.browser.get(path).status_code == viewer.program.get("/api/v1/people").status_code == 200
    actions.remove_member(world.alice, world.dora.pk, keep=False, now=NOW)
    assert viewer.browser.get(path).headers["Location"].startswith("/sign-in/login/")
    assert viewer.program.get("/api/v1/people").status_code == 401


def test_somebody_who_was_switched_off_is_out_at_once():
    world = World("metadata", "everything")
    viewer = world.viewers["a member who took part"]
    world.dora.user.is_active = False
    world.dora.user.save()
    assert viewer.browser.get(f"/people/{world.anna.pk}/").status_code == 302
    assert viewer.program.get("/api/v1/people").status_code == 401


def test_a_new_password_ends_the_other_sessions():
    world = World("metadata", "everything")
    thief = world.viewers["a member who took part"].browser
    assert thief.get("/people/").status_code == 200
    actions.set_password(world.dora.user, "a long enough new sentence")
    assert thief.get("/people/").status_code == 302


def test_a_member_makes_nobody_and_not_themselves_more_than_they_are(alice: Member, bob: Member):
    viewer = Viewer("member", bob)
    company(alice, "Acme", "acme.example")
    for path, sent in (
        ("/settings/workspace/invite/", {"address": "eve@evil.example", "role": "owner"}),
        (f"/settings/workspace/members/{bob.pk}/role/", {"role": "owner"}),
        (f"/settings/workspace/members/{alice.pk}/removed/", {}),
        ("/settings/ours/domain/", {"domain": "acme.example"}),
        ("/settings/workspace/sharing/", {"cap": "everything", "default": "everything"}),
        ("/settings/organisation/google/", {}),
        ("/settings/clients/google/", {"client_id": "x", "secret": "y"}),
    ):
        assert viewer.browser.post(path, sent).status_code == 403, path
