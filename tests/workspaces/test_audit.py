"""The audit log: written with the deed, never changed, gone with its workspace only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, transaction

from metwith.workspaces import actions, audit
from metwith.workspaces.audit import Action
from metwith.workspaces.models import AuditLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from metwith.workspaces.models import Member

pytestmark = pytest.mark.django_db


def test_a_line_tells_who_what_and_no_more(alice: Member) -> None:
    audit.note(alice, Action.LEVEL, account=7, from_="metadata", to="subject")
    line = AuditLine.objects.of(alice.workspace_id).get()
    assert (line.member_id, line.who, line.action) == (alice.pk, str(alice), "level")
    assert line.facts == {"account": 7, "from": "metadata", "to": "subject"}


def test_what_is_no_known_fact_is_not_written_down(alice: Member) -> None:
    with pytest.raises(TypeError):
        audit.note(alice, Action.BLOCKED, pattern="salary")
    assert not AuditLine.objects.of(alice.workspace_id).exists()


def test_an_operators_command_is_noted_without_a_member(alice: Member) -> None:
    audit.note(None, Action.ERASED, workspace=alice.workspace_id, purged=3)
    assert AuditLine.objects.of(alice.workspace_id).get().member_id is None


@pytest.mark.parametrize("deed", [lambda lines: lines.update(who="nobody"), lambda lines: lines.delete()], ids=["change", "remove"])
def test_the_database_refuses_to_change_or_remove_a_line(alice: Member, deed: Callable[[QuerySet[AuditLine]], object]) -> None:
    audit.note(alice, Action.CAP, to="subject")
    lines = AuditLine.objects.of(alice.workspace_id)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        deed(lines)
    assert lines.get().who == str(alice)


def test_the_lines_go_with_their_workspace(alice: Member) -> None:
    audit.note(alice, Action.CAP, to="subject")
    actions.delete_workspace(alice)
    assert not AuditLine.objects.of(alice.workspace_id).exists()
