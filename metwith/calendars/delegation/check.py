"""Whether what an organisation granted opens a calendar, tried on one person, and which part of it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.accounts.oauth import check as client_check
from metwith.accounts.oauth import delegation, flow
from metwith.accounts.oauth.check import ClientFinding
from metwith.accounts.oauth.errors import ClientRefused, OAuthProblem, Withdrawn
from metwith.accounts.oauth.services import GOOGLE
from metwith.calendars.delegation import enrolment
from metwith.engine.errors import ConnectFailed
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from metwith.accounts.oauth.clients import Client
    from metwith.workspaces.models import Member

UNKNOWN = ClientFinding(
    "person",
    good=False,
    words=_("The organisation's directory does not know this address. Try with the address somebody signs in with there."),
)
NOT_DELEGATED = ClientFinding(
    "delegation",
    good=False,
    words=_(
        "The service account may not act for people yet. In Google's Admin console, enter its client id with every scope shown here; "
        "it can take some hours to hold."
    ),
)
KEY_GOOD = ClientFinding("key", good=True, words=_("The key is accepted, and may act for people."))
SECRET_GOOD = ClientFinding("secret", good=True, words=_("Tenant, client id and secret are accepted."))
KEY_GONE = ClientFinding(
    "key", good=False, words=_("Google does not accept the key: it was deleted, or the service account was. Make a new key.")
)
CLOCK = ClientFinding("clock", good=False, words=_("The clock of this server is wrong: set it, or signing in will fail at times."))
NO_DIRECTORY = ClientFinding(
    "delegation", good=False, words=_("The application permission User.Read.All is missing, or admin consent for it.")
)
NO_CALENDARS = ClientFinding(
    "calendars",
    good=False,
    words=_("The application permission Calendars.Read is missing, or admin consent for it, or an access policy leaves this mailbox out."),
)
API_OFF = ClientFinding("calendars", good=False, words=_("The Google Calendar API is not switched on for the service account's project."))
NO_MAILBOX = ClientFinding("calendars", good=False, words=_("This person has no mailbox there, and so no calendar."))
LATER = ClientFinding("calendars", good=None, words=_("The calendars could not be read right now. Try again in a few minutes."))


def check_mailbox(client: Client, member: Member, address: str, now: Callable[[], datetime]) -> tuple[ClientFinding, ...]:
    """Look at each part, in the order in which they should be mended; ends at the first that is wrong."""
    found = [*client_check.reached(client, now())]
    if not all(finding.good for finding in found):
        return tuple(found)
    google = client.service.key == GOOGLE
    try:
        grant = delegation.token_for(client, address, now())
    except OAuthProblem as problem:
        return (*found, *_no_token(problem, google=google))
    found.append(KEY_GOOD if google else SECRET_GOOD)
    try:
        delegation.owner(client, grant, address)
    except OAuthProblem as problem:
        return (*found, _no_owner(problem, google=google))
    found.append(ClientFinding("person", good=True, words=_("The directory knows the person it was tried with.")))
    try:
        enrolment.look_into_mailbox(client, member, address, now)
    except ConnectFailed as problem:
        return (*found, _no_calendars(problem.detail))
    return (*found, ClientFinding("calendars", good=True, words=_("Their calendars can be read.")))


def _no_token(problem: OAuthProblem, *, google: bool) -> tuple[ClientFinding, ...]:
    if isinstance(problem, Withdrawn):
        return (UNKNOWN,)
    if not google:
        # Only Microsoft's own codes: "invalid_client" goes with a wrong id and with a wrong secret.
        codes = " ".join(word for word in problem.detail.split() if word.startswith("AADSTS"))
        return client_check.findings_from_answer(codes) or (_unclear(problem),)
    if flow.KEY_CLOCK in problem.detail:
        return (CLOCK,)
    if any(sign in problem.detail for sign in ("unauthorized_client", "invalid_scope", "access_denied")):
        return (NOT_DELEGATED,)
    return (KEY_GONE,) if isinstance(problem, ClientRefused) else (_unclear(problem),)


def _unclear(problem: OAuthProblem) -> ClientFinding:
    return ClientFinding("server", good=None, words=problem.message)


def _no_owner(problem: OAuthProblem, *, google: bool) -> ClientFinding:
    """`detail` is `host: status`."""
    if problem.detail.endswith((": 401", ": 403")):
        return NOT_DELEGATED if google else NO_DIRECTORY
    return UNKNOWN if problem.detail.endswith((": 404", ": 400")) else _unclear(problem)


def _no_calendars(detail: str) -> ClientFinding:
    """`detail` begins with the status and the service's own code."""
    status, _space, rest = detail.partition(" ")
    code = rest.partition(" ")[0].lower()
    if code in {"accessnotconfigured", "service_disabled"}:
        return API_OFF
    if code.startswith("mailboxnot"):
        return NO_MAILBOX
    return NO_CALENDARS if status in {"401", "403"} else LATER
