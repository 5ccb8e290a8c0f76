"""See it as …: whose eyes an address asks for, and what the pages say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.translation import gettext as _

from metwith.lib.text import whole

if TYPE_CHECKING:
    from metwith.rules.identity import WorkspaceIdentities
    from metwith.workspaces.models import Member


def asked(named: str, viewer: Member, who: WorkspaceIdentities) -> int:
    """The colleague of `?as=`; 0 without one, and for the viewer's own eyes. Raises Http404 for who is no member here."""
    if not named:
        return 0
    member_id = whole(named, 18) or 0
    if member_id not in who.names:
        raise Http404
    return 0 if member_id == viewer.pk else member_id


def sees(name: str, level: str) -> str:
    """That a colleague sees more than is shown: `Bob sees the title`; nothing when they do not."""
    words = {"subject": _("%(name)s sees the title"), "everything": _("%(name)s sees everything")}
    return words[level] % {"name": name} if level in words else ""
