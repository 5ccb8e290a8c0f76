"""What the frame around every page knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True)
class Place:
    """One entry of the bar."""

    label: str
    url: str
    icon: str
    key: str
    """The letter that goes here after `g`."""
    current: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    """The member, their workspace and the places of the bar; nothing of it for somebody who is not signed in."""
    member = getattr(request, "member", None)
    if member is None:
        return {"member": None, "workspace": None, "places": ()}
    return {"member": member, "workspace": member.workspace, "places": _places(request.path), "in_settings": request.path.startswith("/settings/")}


def _places(path: str) -> tuple[Place, ...]:
    here = path.split("/")[1]
    return tuple(
        Place(label, reverse(name), icon, key, current=here == name or (name == "home" and not here))
        for name, label, icon, key in (
            ("home", _("Home"), "house", "h"),
            ("people", _("People"), "users", "p"),
            ("companies", _("Companies"), "building-2", "c"),
            ("opportunities", _("Opportunities"), "target", "o"),
        )
    )
