"""Why connecting did not work, in words: the step, the likely cause, and what to do. Nobody is asked here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metwith.calendars.providers.caldav.dav import Unasked
from metwith.calendars.providers.caldav.services import wants_app_password
from metwith.engine.errors import ConnectFailed, NeedsReconnect, SlowDown
from metwith.lib import http
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from metwith.engine.apis.rest import Rejected
    from metwith.engine.errors import ProviderError

FIND, LOGIN = "find", "login"


@dataclass(frozen=True, slots=True)
class SearchState:
    """How far a search had come."""

    step: str
    host: str
    """That was asked last."""
    elsewhere: str
    """The first other site that anybody named or led to."""
    unencrypted: str
    """The first host that leads from https to http."""
    typed: bool
    """Whether a server was named at all."""


def explained(error: ProviderError, sought: SearchState) -> ConnectFailed:
    """For what the port's errors say."""
    if isinstance(error, ConnectFailed):
        return error
    if isinstance(error, NeedsReconnect):
        return _login_failed(error, sought)
    if isinstance(error, SlowDown):
        advice = _("Wait some minutes, then try again.")
    elif sought.elsewhere:
        return _sent_on(sought.elsewhere, error.detail)
    elif sought.unencrypted:
        return _unencrypted(sought.unencrypted)
    else:
        advice = _("Ask whoever runs the calendar for its CalDAV address, and enter that as the server.")
    return ConnectFailed(error.message, step=sought.step, advice=advice, detail=error.detail)


def _login_failed(error: NeedsReconnect, sought: SearchState) -> ConnectFailed:
    if isinstance(error, Unasked):
        advice = _("Metwith signs in with a user name and a password. Look in the server's settings for a password made for apps.")
    elif wants_app_password(sought.host):
        advice = _("This service wants a password made for this app: make one in its account settings, and enter it here.")
    else:
        advice = _(
            "Check both. Some servers want the user name without the part after @, and with two-step sign-in a password made for this app."
        )
    return ConnectFailed(error.message, step=LOGIN, advice=advice, detail=error.detail)


def _sent_on(site: str, detail: str) -> ConnectFailed:
    return ConnectFailed(
        _("The calendars are on another site, and your password was not sent there unasked."),
        step=FIND,
        advice=_("If you trust that site, enter it as the server. Its name is in the details."),
        detail=f"{site} ({detail})" if detail else site,
    )


def _unencrypted(host: str) -> ConnectFailed:
    return ConnectFailed(
        _("The server leads to an address without encryption, and your password was not sent there."),
        step=FIND,
        advice=_("Whoever runs the server has to mend this: behind a proxy it must know that it is reached by https."),
        detail=host,
    )


def refused(error: Rejected, sought: SearchState) -> ConnectFailed:
    """For an answer that is no success, of a server that knows the account."""
    return ConnectFailed(
        _("The server found your account, but does not show its calendars."),
        step=sought.step,
        advice=_("Try again later. If it stays, ask whoever runs the server."),
        detail=f"{error.status} {error.host}",
    )


def unreached(error: http.HttpError, sought: SearchState) -> ConnectFailed:
    """For a server that did not answer, or is not asked."""
    if isinstance(error, http.Refused):
        advice = error.hint or _("Check the server's address.")
    elif sought.elsewhere:
        return _sent_on(sought.elsewhere, error.host)
    elif not sought.typed and isinstance(error, http.Unreachable):
        advice = _("Your mail address does not tell where its calendars are. Enter the server's address.")
    elif isinstance(error, http.UnknownHost):
        advice = _("Check the spelling of the server's name.")
    elif isinstance(error, http.BadCertificate):
        advice = error.advice
    else:
        advice = _("Check the address, and whether the server is running. Then try again.")
    detail = error.host if isinstance(error, http.Refused) else " ".join(filter(None, (error.host, error.hint)))
    return ConnectFailed(error.message, step=sought.step, advice=advice, detail=detail)
