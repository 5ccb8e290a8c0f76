"""Every page: readable in both themes, on a phone, by everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.records import actions as record_actions
from metwith.workspaces import actions, domains
from tests.browser.conftest import PHONE, RULES, OpenAs, accessible, fits, violations
from tests.people import NOW, company, opportunity, person

if TYPE_CHECKING:
    from playwright.sync_api import Request

    from metwith.workspaces.models import Member
    from tests.accounts.practice import Practice

DOORS = ["/privacy/", "/sign-in/login/", "/sign-in/password/reset/", "/sign-in/signup/", "/join/nonsense/", "/no/such/page/"]
LONG = "Möbelhaus Ägir & Söhne Vertriebsgesellschaft mit beschränkter Haftung, Niederlassung Leipzig"


def _pages(alice: Member) -> list[str]:
    """A filled workspace's pages."""
    acme = company(alice, LONG, "acme.example", "a-very-long-domain-name-of-a-subsidiary.acme-group.example")
    anna = person(
        alice, "Anna Lindt", "anna@acme.example", "anna.lindt.private@a-very-long-free-mail.example", company=acme, job_title="Head of IT"
    )
    twin = person(alice, "A. Lindt", "lindt@gmx.example")
    for number in range(60):
        person(alice, f"Person {number}", f"p{number}@globex.example")
    deal = opportunity(
        alice, "Pilot", company=acme, contact=anna, amount="48000.50", currency="EUR", close_date="2027-01-31", stage="proposal"
    )
    gone = person(alice, "Gone")
    record_actions.trash(alice, "person", gone.pk, now=NOW)
    bob = actions.add_member(alice.workspace, "bob@lumen.example", "member", None, "Bob Brandt", now=NOW)
    actions.invite(alice, "dora@lumen.example", "member", NOW)
    domains.decide_domain(alice, "lumen-labs.example", "whole")
    actions.create_token(alice, "Report", now=NOW)
    records = [("people", anna.pk), ("companies", acme.pk), ("opportunities", deal.pk)]
    return [
        *(f"/{plural}/{what}" for plural, _ in records for what in ("", "new/", "trash/", "import/")),
        *(f"/{plural}/{pk}/{what}" for plural, pk in records for what in ("", "emails/", "details/", "edit/")),
        "/people/?q=zzz",
        f"/people/{anna.pk}/merge/?q=lindt",
        f"/people/{anna.pk}/merge/?with={twin.pk}",
        f"/people/{gone.pk}/details/",
        f"/people/{gone.pk}/delete/",
        "/search/?q=lindt",
        "/settings/",
        "/settings/you/",
        "/settings/tokens/",
        "/settings/blocks/",
        "/settings/audit/",
        "/settings/audit/?what=cap",
        "/settings/person/",
        "/settings/ours/?mail=gmx",
        "/privacy/",
        "/settings/workspace/",
        "/settings/members/",
        "/gone-quiet/",
        "/people/met/",
        "/meetings/",
        f"/settings/workspace/members/{bob.pk}/remove/",
        "/settings/clients/",
        "/settings/organisation/",
        "/settings/accounts/connect/",
        "/settings/accounts/connect/google/",
        "/settings/accounts/connect/google/back/",
        "/sign-in/2fa/",
        "/sign-in/password/change/",
        "/sign-in/logout/",
        "/people/999999/",
    ]


def test_every_page_passes_axe_in_both_themes(open_as: OpenAs, alice: Member, practice: Practice):
    page = open_as(alice)
    for path in _pages(alice):
        page.goto(path)
        accessible(page)
        fits(page)


def test_every_page_fits_a_phone(open_as: OpenAs, alice: Member, practice: Practice):
    page = open_as(alice, viewport=PHONE, has_touch=True, is_mobile=True)
    for path in _pages(alice):
        page.goto(path)
        fits(page)
        assert not violations(page, RULES)


@pytest.mark.parametrize("size", [{"width": 1280, "height": 860}, PHONE], ids=["desktop", "phone"])
def test_the_pages_before_the_door_pass_too(open_as: OpenAs, alice: Member, size: dict[str, int]):
    page = open_as(None, viewport=size)
    for path in DOORS:
        page.goto(path)
        accessible(page)
        fits(page)


def test_the_first_page_passes_too(open_as: OpenAs, db: None):
    page = open_as(None)
    page.goto("/")
    assert page.url.endswith("/welcome/")
    accessible(page)


def test_on_a_phone_everything_touched_is_large_enough(open_as: OpenAs, alice: Member):
    person(alice, "Anna Lindt", "anna@acme.example")
    page = open_as(alice, viewport=PHONE, has_touch=True, is_mobile=True)
    for path in ("/people/", "/people/new/", "/settings/workspace/"):
        page.goto(path)
        small = page.eval_on_selector_all(
            ".bar a, .button:not(.small), .iconic, input:not([type=hidden], [type=checkbox], [type=radio]), select",
            "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 120))",
        )
        assert not small, (path, small)


def test_a_page_is_light(open_as: OpenAs, alice: Member):
    for number in range(60):
        person(alice, f"Person {number}", f"p{number}@globex.example")
    page = open_as(alice)
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108  the library marks what it calls
    page.goto("/people/")
    page.wait_for_load_state("networkidle")
    assert sum(request.sizes()["responseBodySize"] for request in asked) < 150_000, "as it comes over the wire"
