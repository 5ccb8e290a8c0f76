"""What the frame around every page knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from metwith.lib import mail

if TYPE_CHECKING:
    from django.http import HttpRequest

    from metwith.workspaces.models import Member


OF_ADMINS = frozenset({"workspace", "clients", "subject"})
"""Pages of the settings that others do not find there."""


@dataclass(frozen=True)
class NavigationPlace:
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
        return {"member": None, "mail_works": mail.works()}
    return {
        "member": member,
        "workspace": member.workspace,
        "places": _areas(request.path),
        "in_settings": request.path.startswith(("/settings/", "/sign-in/")),
        "settings_groups": _settings(member, request.path),
        "mail_works": mail.works(),
    }


def _areas(path: str) -> tuple[NavigationPlace, ...]:
    here = path.split("/")[1]
    return tuple(
        NavigationPlace(label, reverse(name), icon, key, current=here == name or (name == "home" and not here))
        for name, label, icon, key in (
            ("home", _("Home"), "house", "h"),
            ("meetings", _("Meetings"), "calendar", "m"),
            ("people", _("People"), "users", "p"),
            ("companies", _("Companies"), "building-2", "c"),
            ("opportunities", _("Opportunities"), "target", "o"),
        )
    )


@dataclass(frozen=True)
class SettingsPlace:
    """One page of the settings."""

    label: str
    about: str
    url: str
    current: bool


@dataclass(frozen=True)
class SettingsGroup:
    """Pages that belong together."""

    label: str
    pages: tuple[SettingsPlace, ...]


def _settings(member: Member, path: str) -> tuple[SettingsGroup, ...]:
    def group(label: str, *pages: tuple[str, str, str, tuple[str, ...]]) -> SettingsGroup:
        shown = [place for place in pages if member.is_admin or place[0] not in OF_ADMINS]
        return SettingsGroup(
            label, tuple(SettingsPlace(label, about, reverse(name), path.startswith(roots)) for name, label, about, roots in shown)
        )

    return (
        group(
            _("Yours"),
            ("profile", _("Your profile"), _("Name, time zone, language, password, second factor"), ("/settings/you/", "/sign-in/")),
            ("accounts", _("Accounts"), _("The calendars you connected, and what colleagues see of them"), ("/settings/accounts/",)),
            (
                "blocks",
                _("Never let in"),
                _("Block list: people, domains and words whose meetings must not be stored"),
                ("/settings/blocks/",),
            ),
            ("receipt", _("Privacy receipt"), _("What is kept, what is not and why, and what was proven"), ("/settings/receipt/",)),
            ("tokens", _("API tokens"), _("Keys for programs that act as you, and your calendar subscriptions"), ("/settings/tokens/",)),
            ("privacy", _("What Metwith keeps"), _("And what it never does: to read, and to show to others"), ("/privacy/",)),
        ),
        group(
            _("Workspace"),
            ("members", _("Members"), _("Who is here, roles, invitations"), ("/settings/members/",)),
            ("workspace", _("Workspace"), _("Its name and zone, and what colleagues see at most"), ("/settings/workspace/",)),
            ("ours", _("Who is one of us"), _("Internal domains, and whose addresses are yours"), ("/settings/ours/",)),
            (
                "clients",
                _("Google and Microsoft"),
                _("What members need to connect their calendars there"),
                ("/settings/clients/", "/settings/organisation/"),
            ),
            ("audit", _("Audit log"), _("Who changed, looked at or took out what touches privacy"), ("/settings/audit/",)),
            ("subject", _("A person's data"), _("What is held about an address: show, export, erase"), ("/settings/person/",)),
        ),
    )
