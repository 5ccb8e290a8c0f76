"""The first start: is there a workspace yet, and the sample to look at before making one."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from metwith.workspaces.models import Member, Workspace

if TYPE_CHECKING:
    from datetime import datetime

DEMO = "metwith.calendars.demo"


def needed() -> bool:
    """Whether nobody has made a workspace of their own yet. The sample does not count."""
    return not Workspace.objects.filter(sample=False).exists()


def sample_offered() -> bool:
    """Whether this installation carries the sample."""
    return find_spec(DEMO) is not None


def offer_sample(now: datetime) -> Member:
    """The owner of the sample workspace, which is made on the first call."""
    if (known := sample_owner()) is not None:
        return known
    made: Member = import_module(DEMO).make_demo(now=now)
    return made


def sample_owner() -> Member | None:
    """Who may look at the sample that was made, if it was."""
    found = Member.objects.across_workspaces("nobody has a workspace yet").filter(workspace__sample=True)
    return found.select_related("user", "workspace").order_by("pk").first()
