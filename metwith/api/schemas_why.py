"""What `GET /meetings/{id}/why` answers, for the OpenAPI description."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from metwith.calendars.rules.explain import Speaks


class CopyOut(Schema):
    """A copy of a meeting, by whose calendar it is in."""

    owner: str
    mine: bool
    calendar: str | None = Field(description="Its name; null in a colleague's.")


class TimesOut(Schema):
    """Whose times a meeting has."""

    copy_of: CopyOut = Field(alias="copy")
    reason: Speaks


class SightOut(Schema):
    """What you see, and what decides it."""

    copy_of: CopyOut = Field(alias="copy", description="The one that you are shown.")
    level: Literal["metadata", "subject", "everything"]
    setting: Literal["own", "took-part", "meeting", "series", "calendar", "account"]
    capped: bool = Field(description="The workspace allows less than the setting says.")


class PlacedOut(Schema):
    """A record that a meeting is on, and why."""

    kind: Literal["person", "company", "opportunity"]
    id: int
    name: str
    reason: Literal["address", "person", "domain", "by-hand"]
    because: str = Field(description="The address that led there, or the member who linked it.")
    taken_off: bool


class WhyOut(Schema):
    """Why a meeting is here, and why you see of it what you see."""

    calendars: list[CopyOut]
    kept_for: list[str] = Field(description="The addresses that are not one of you: for them it was kept.")
    times: TimesOut
    sight: SightOut
    records: list[PlacedOut]
