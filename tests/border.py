"""The machine that guards the border of a workspace: in every statement of the product each workspace's table is tied to its workspace.

Every statement of every test passes by here. Judged is what code under metwith/ asks (the nearest frame that is no library's); what a
test itself asks is its own affair. `tests/tied.py` says what a tie is, from PostgreSQL's own parse of the statement. Who serves the whole
installation stands in `ACROSS`. What is asked past Django's connection is not seen here: the scan, the proof and the rotation of keys,
which read everything, and COPY, which adds rows.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import class_prepared

from tests.tied import untied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from django.db import models

PRODUCT = f"{Path(__file__).resolve().parent.parent / 'metwith'}/"
LIBRARIES = ("site-packages", f"{sys.base_prefix}/lib/", "<frozen", "<string>")
PASSED_BY = {__file__, f"{PRODUCT}lib/sql.py", f"{PRODUCT}workspaces/scope.py"}
"""Who sends a statement for others."""


class CrossedBorder(AssertionError):
    """A query on a workspace's table that does not say which workspace."""


def owned_base() -> type[models.Model]:
    """What every model behind the border comes from."""
    from metwith.workspaces.scope import OwnedByWorkspace  # noqa: PLC0415  models need Django set up

    return OwnedByWorkspace


def owned_models() -> list[type[models.Model]]:
    """The models behind the border."""
    return [model for model in apps.get_models() if issubclass(model, owned_base())]


ACROSS = {
    "accounts/oauth/tokens.py:_shared": ("accounts_account", "a permission at a service knows no workspaces"),
    "calendars/exports/subscribe.py:held_by": ("calendars_subscription", "the address tells the workspace"),
    "calendars/jobs.py:go_on": ("calendars_changedfact calendars_removal", "the clock serves all"),
    "calendars/jobs.py:sync_due_calendars": ("calendars_calendar", "the clock serves all"),
    "calendars/sync/aside.py:purge_old": ("calendars_setaside", "the clock serves all"),
    "calendars/sync/extend_series.py:calendars_behind": ("calendars_series", "the clock serves all"),
    "calendars/sync/meeting/settling.py:workspaces_to_part": ("calendars_event", "an upgrade serves all"),
    "calendars/upkeep.py:forget_inquiries": ("calendars_inquiry", "the clock serves all"),
    "cli/admin/account.py:disconnect": ("accounts_account", "the operator names accounts by id"),
    "cli/admin/privacy.py:verify": ("calendars_calendar", "the operator verifies everything"),
    "cli/admin/sync.py:_known": ("accounts_account", "the operator names accounts by id"),
    "cli/admin/sync.py:_targets": ("calendars_calendar", "the operator syncs everything"),
    "cli/doctor/calendars.py:findings": ("calendars_calendar", "the doctor looks at the whole installation"),
    "cli/doctor/oauth.py:_accounts": ("accounts_account", "the doctor looks at the whole installation"),
    "cli/doctor/oauth.py:_clients": ("accounts_oauthclient", "the doctor looks at the whole installation"),
    "cli/doctor/oauth.py:_lost_at": ("calendars_calendar", "the doctor looks at the whole installation"),
    "cli/doctor/oauth.py:_organisations": ("accounts_organisation", "the doctor looks at the whole installation"),
    "cli/doctor/push.py:_channels": ("calendars_channel", "the doctor looks at the whole installation"),
    "cli/doctor/push.py:_used": ("calendars_channel", "the doctor looks at the whole installation"),
    "engine/due.py:due": ("calendars_calendar letters_box", "the clock serves all"),
    "engine/inquiries.py:_make_room": ("calendars_inquiry", "a server knows no workspaces"),
    "engine/push.py:_unwatched": ("calendars_calendar letters_box", "the clock serves all"),
    "engine/push.py:due": ("calendars_channel letters_bell", "the clock serves all"),
    "engine/webhooks.py:receive": ("calendars_channel letters_bell", "a notice names no workspace"),
    "privacy/live_read.py:reread": ("calendars_calendar", "the operator verifies everything"),
    "privacy/storage_check.py:note_result": ("calendars_calendar", "the operator verifies everything"),
    "records/acts/forgetting.py:forget_old_acts": ("records_act", "the clock serves all"),
    "records/imports/waiting.py:forget_old_files": ("records_importfile", "the clock serves all"),
    "records/jobs.py:tidy_acts": ("records_act records_importfile", "the clock serves all"),
    "web/signin/pages.py:NewPassword.get_context_data": ("workspaces_member", "a user signs in to every workspace at once"),
    "web/site/first_run.py:sample_owner": ("workspaces_member", "nobody has a workspace yet"),
    "workspaces/actions.py:_forget": ("workspaces_member", "a user may be in another workspace"),
    "workspaces/actions.py:_retire": ("workspaces_member", "a user may be in another workspace"),
    "workspaces/actions.py:invitation_for": ("workspaces_invitation", "the link tells the workspace"),
    "workspaces/addresses.py:verify_sign_in": ("workspaces_member", "a user signs in to every workspace at once"),
    "workspaces/queries.py:member_with_address": ("workspaces_member", "the operator names members by address"),
    "workspaces/queries.py:membership": ("workspaces_member", "signing in asks in which workspaces somebody is"),
    "workspaces/queries.py:token_with": ("workspaces_apitoken", "the token tells the workspace"),
    "workspaces/ways_in.py:end_other_ways_in": ("workspaces_member", "a user signs in to every workspace at once"),
    "workspaces/ways_in.py:end_ways_in": ("workspaces_member", "a user signs in to every workspace at once"),
}
"""Who may ask beyond one workspace, of which tables, and why. Every other table of such a statement is tied to the rows of these."""
MIGRATIONS = "/migrations/"
"""An upgrade goes through the tables of all."""


def asked_by_product(frame: FrameType | None) -> str:
    """The function under metwith/ whose statement it is (`calendars/jobs.py:go_on`); `""` where the nearest frame of ours is a test's."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name not in PASSED_BY and not any(mark in name for mark in LIBRARIES):
            function = frame.f_code.co_qualname.partition(".<locals>")[0]
            return f"{name.removeprefix(PRODUCT)}:{function}" if name.startswith(PRODUCT) else ""
        frame = frame.f_back
    return ""


def trespass(sql: str, tables: frozenset[str], asked_by: str, *, filled: bool = True) -> str:
    """The table that a statement of this function of the product reaches without its workspace; `""` when there is none."""
    if not asked_by or MIGRATIONS in asked_by:
        return ""
    across = frozenset(ACROSS[asked_by][0].split()) if asked_by in ACROSS else frozenset[str]()
    return untied(sql, tables, across, filled=filled)


def _heirs(base: type[models.Model]) -> Iterator[type[models.Model]]:
    for heir in base.__subclasses__():
        if not heir._meta.abstract:
            yield heir
        yield from _heirs(heir)


class Guard:
    """An execute wrapper of Django's (`connection.execute_wrapper`)."""

    def __init__(self) -> None:
        self.tables = frozenset(model._meta.db_table for model in _heirs(owned_base()))
        class_prepared.connect(self._learn)

    def _learn(self, sender: type[models.Model], **_: Any) -> None:
        """Also what a test makes up is behind the border."""
        if issubclass(sender, owned_base()):
            self.tables |= {sender._meta.db_table}

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        filled = params is not None
        if untied(str(sql), self.tables, filled=filled):
            place = asked_by_product(sys._getframe())
            if found := trespass(str(sql), self.tables, place, filled=filled):
                raise CrossedBorder(f"a statement of {place} reaches {found} without its workspace: {sql}")
        return execute(sql, params, many, context)


@contextmanager
def at_every_connection(wrapper: Callable[..., Any]) -> Iterator[None]:
    """An execute wrapper of Django's stands at every connection, also those of a live server's threads."""

    def watch(connection: Any, **_: Any) -> None:
        if wrapper not in connection.execute_wrappers:
            connection.execute_wrappers.append(wrapper)

    connection_created.connect(watch)
    for connection in connections.all(initialized_only=True):
        watch(connection)
    yield
    connection_created.disconnect(watch)


@pytest.fixture(scope="session", autouse=True)
def border() -> Iterator[None]:
    """For the whole run."""
    with at_every_connection(Guard()):
        yield
