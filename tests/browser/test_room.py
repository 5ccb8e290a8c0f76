"""How pages use the room there is: on phones, on tablets, beside a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.conftest import OpenAs
from tests.people import opportunity

if TYPE_CHECKING:
    from metwith.workspaces.models import Member


def test_an_amount_stands_in_its_own_column(open_as: OpenAs, alice: Member):
    opportunity(alice, "Pilot", amount="48000.50", currency="EUR", close_date="2027-01-31", stage="proposal")
    page = open_as(alice)
    page.goto("/opportunities/")
    shown = page.locator("td.number").first.evaluate("cell => getComputedStyle(cell).display")
    assert shown == "table-cell"
