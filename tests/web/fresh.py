"""Sessions that are too old for what needs a fresh sign-in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from metwith.lib import clock
from metwith.web.site.reauthentication import LASTS

if TYPE_CHECKING:
    from django.test import Client


def stale(client: Client, by: timedelta = timedelta(seconds=1)) -> Client:
    """The same browser, whose owner signed in a little too long ago."""
    session = client.session
    user, _at = session["fresh-sign-in"]
    session["fresh-sign-in"] = [user, (clock.now() - LASTS - by).isoformat()]
    session.save()
    return client
