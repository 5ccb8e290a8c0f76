"""What is said of the workspace's own domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.lib.errors import Invalid, NotAllowed
from metwith.workspaces import addresses, domains, signals
from metwith.workspaces.models import AuditLine, OwnDomain

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def said(alice: Member) -> dict[str, str]:
    return {domain.name: domain.standing.value for domain in domains.domains_of(alice.workspace_id)}


def test_a_domain_is_added_narrowed_and_taken_away(alice: Member) -> None:
    assert domains.decide_domain(alice, " https://www.Lumen.co.uk/ ", "whole") == "lumen.co.uk"
    assert said(alice) == {"lumen.example": "whole", "lumen.co.uk": "whole"}
    domains.decide_domain(alice, "lumen.co.uk", "exact")
    assert said(alice) == {"lumen.example": "whole", "lumen.co.uk": "exact"}
    domains.decide_domain(alice, "lumen.co.uk", "aside")
    assert said(alice) == {"lumen.example": "whole"}
    assert not OwnDomain.objects.of(alice.workspace).exists()


def test_a_domain_that_a_member_brings_is_set_aside_and_taken_back(alice: Member, bob: Member) -> None:
    assert [domain.brought_by for domain in domains.domains_of(alice.workspace_id)] == [("Alice Adler", "Bob Brandt")]
    domains.decide_domain(alice, "lumen.example", "aside")
    assert said(alice) == {"lumen.example": "aside"}
    assert not addresses.who_is_who(alice.workspace_id).own_identities.owns("lumen.example")
    domains.decide_domain(alice, "lumen.example", "whole")
    assert said(alice) == {"lumen.example": "whole"}
    assert not OwnDomain.objects.of(alice.workspace).exists()


def test_a_domain_below_an_own_one_can_be_set_aside_by_name(alice: Member) -> None:
    domains.decide_domain(alice, "client.lumen.example", "aside")
    assert said(alice) == {"lumen.example": "whole", "client.lumen.example": "aside"}
    domains.decide_domain(alice, "lumen.example", "exact")
    domains.decide_domain(alice, "client.lumen.example", "aside")
    assert said(alice) == {"lumen.example": "exact"}


@pytest.mark.parametrize(("domain", "field"), [("gmail.com", "domain"), ("co.uk", "domain"), ("no domain", "domain"), ("", "domain")])
def test_what_is_nobodys_own_is_refused(alice: Member, domain: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        domains.decide_domain(alice, domain, "whole")
    assert caught.value.field == field
    with pytest.raises(Invalid):
        domains.decide_domain(alice, "lumen.test", "perhaps")


def test_only_admins_say_it(bob: Member) -> None:
    with pytest.raises(NotAllowed):
        domains.decide_domain(bob, "lumen.test", "whole")


def test_a_change_is_told_and_noted_once(alice: Member) -> None:
    told: list[int] = []

    def note(*, workspace_id: int, **_: object) -> None:
        told.append(workspace_id)

    signals.ours_changed.connect(note, weak=False)
    for standing in ("whole", "whole", "exact", "aside", "aside"):
        domains.decide_domain(alice, "lumen.test", standing)
    signals.ours_changed.disconnect(note)
    assert told == [alice.workspace_id] * 3
    lines = AuditLine.objects.of(alice.workspace).filter(action="ours").order_by("pk").values_list("facts", flat=True)
    assert list(lines) == [{"kind": "domain", "to": standing} for standing in ("whole", "exact", "aside")]


def test_another_workspaces_word_does_not_count(alice: Member, charlie: Member) -> None:
    domains.decide_domain(charlie, "lumen.example", "aside")
    assert said(alice) == {"lumen.example": "whole"}
