"""What `GET /gone-quiet` asks and answers, for the OpenAPI description."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from metwith.api.schemas import Named, Paging


class QuietAsk(Paging):
    """Which of them."""

    mine: bool = Field(False, description="Only whom you have met yourself.")


class QuietOut(Schema):
    """A company, or a person without one, that has gone quiet. The same for whoever asks, but for what you have put off."""

    kind: Literal["person", "company"]
    id: int
    name: str
    last_met_at: str = Field(description="ISO 8601 in UTC; of an all-day meeting the date.")
    usual_days: float = Field(description="The usual gap: the median of the last ten, at least 14; whole days or halves.")
    silent_days: int = Field(description="Since the last meeting, in the workspace’s time zone.")
    overdue_days: int = Field(description="Since twice the usual gap had passed.")
    open_opportunities: list[Named] = Field(description="At most three.")


class QuietsOut(Schema):
    """A page of them: those with an open opportunity first, then by how far overdue."""

    items: list[QuietOut]
    next: str | None
    figures_pending: bool = Field(description="Figures of many records are being counted; those are left out meanwhile.")
