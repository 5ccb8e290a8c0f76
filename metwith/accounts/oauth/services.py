"""The two services that are connected by OAuth, as facts: addresses, scopes, habits. Pure but for two settings of the operator.

Sources: developers.google.com/identity/protocols/oauth2/web-server, learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from metwith.lib.i18n import _
from metwith.server import environment

GOOGLE, MICROSOFT = "google", "microsoft"
KEYS = (GOOGLE, MICROSOFT)
PRACTICE_CLIENT, PRACTICE_SECRET = "metwith-practice", "no-secret-at-all"
"""The client of `metwith serve --with-fakes`. It is good at servers on this machine, and nowhere else."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYBODY = "common"
"""Microsoft's tenant for work, school and personal accounts alike."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is asked, and for what."""

    key: str
    label: str
    """English, a msgid where it is more than a name."""
    authorize_url: str
    token_url: str
    identity_url: str
    """Says who signed in, to whoever holds an access token."""
    revoke_url: str
    """Empty: there is no way to take a permission back from here."""
    api_url: str
    """Where calendars are read when a practice server stands in; empty: where they always are."""
    own_page: str
    """Where people see, and take back, what they allowed."""
    scopes: tuple[str, ...]
    """What is asked for: to read, and nothing else."""
    needed: tuple[str, ...]
    """What of it nothing works without; people may leave out single scopes."""
    habits: tuple[tuple[str, str], ...] = ()
    """Further parameters of the authorize request."""
    practice: bool = False
    """A server of the operator's own stands in for the real one."""
    organisation_url: str = ""
    """Says which domains the organisation of whoever signed in has proven to be its own; empty where that is not asked."""


def service(key: str, tenant: str = "") -> Service:
    """A service by its key; `tenant` is Microsoft's. KeyError for any other key."""
    return {GOOGLE: _google, MICROSOFT: _microsoft}[key](tenant)


def practice_server(key: str) -> str:
    """The base address of what stands in for the real service (`METWITH_GOOGLE_SERVER`, `METWITH_MICROSOFT_SERVER`); usually empty."""
    return {GOOGLE: environment.GOOGLE_SERVER, MICROSOFT: environment.MICROSOFT_SERVER}[key]()


def practising(key: str) -> bool:
    """Whether the practice client is set for a service, at a practice server on this machine."""
    chosen = {GOOGLE: environment.GOOGLE_CLIENT_ID, MICROSOFT: environment.MICROSOFT_CLIENT_ID}[key]() == PRACTICE_CLIENT
    return chosen and urlsplit(practice_server(key)).hostname in _LOOPBACK


def _google(_tenant: str) -> Service:
    base = practice_server(GOOGLE)
    events, calendars = (f"https://www.googleapis.com/auth/calendar.{name}.readonly" for name in ("events", "calendarlist"))
    return Service(
        key=GOOGLE,
        label=_("Google (practice)") if practising(GOOGLE) else "Google",
        authorize_url=f"{base or 'https://accounts.google.com'}/o/oauth2/v2/auth",
        token_url=f"{base or 'https://oauth2.googleapis.com'}/token",
        identity_url=f"{base or 'https://openidconnect.googleapis.com'}/v1/userinfo",
        revoke_url=f"{base or 'https://oauth2.googleapis.com'}/revoke",
        api_url=f"{base}/calendar/v3" if base else "",
        own_page=base if practising(GOOGLE) else "https://myaccount.google.com/connections",
        scopes=("openid", "email", events, calendars),
        needed=(events, calendars),
        # Without "consent" there is no refresh token the second time somebody says yes.
        habits=(("access_type", "offline"), ("prompt", "consent"), ("include_granted_scopes", "true")),
        practice=bool(base),
    )


def _microsoft(tenant: str) -> Service:
    base = practice_server(MICROSOFT)
    login = f"{base or 'https://login.microsoftonline.com'}/{tenant or EVERYBODY}/oauth2/v2.0"
    return Service(
        key=MICROSOFT,
        label=_("Microsoft (practice)") if practising(MICROSOFT) else "Microsoft",
        authorize_url=f"{login}/authorize",
        token_url=f"{login}/token",
        identity_url=f"{base or 'https://graph.microsoft.com'}/v1.0/me?$select=id,mail,userPrincipalName,proxyAddresses",
        revoke_url="",
        api_url=f"{base}/v1.0" if base else "",
        own_page=base if practising(MICROSOFT) else "https://myapps.microsoft.com",
        scopes=("offline_access", "User.Read", "Calendars.Read"),
        needed=("User.Read", "Calendars.Read"),
        habits=(("prompt", "select_account"),),
        practice=bool(base),
        organisation_url=f"{base or 'https://graph.microsoft.com'}/v1.0/organization?$select=id,verifiedDomains",
    )


def missing_scopes(asked: Service, granted: str) -> tuple[str, ...]:
    """Which needed scopes a token answer does not name. An answer that names none at all granted what was asked (RFC 6749, section 5.1)."""
    if not granted.strip():
        return ()
    # Microsoft answers with or without "https://graph.microsoft.com/" before the name, in letters of any case.
    names = {_short(scope) for scope in granted.split()}
    return tuple(scope for scope in asked.needed if _short(scope) not in names)


def _short(scope: str) -> str:
    return scope.rpartition("/")[2].lower()


def scope_words(scope: str) -> str:
    """What a scope lets us do, as the consent page puts it; to be translated where it is shown."""
    return {
        "calendar.events.readonly": _("see the events on all your calendars"),
        "calendar.calendarlist.readonly": _("see the list of your calendars"),
        "calendars.read": _("read your calendars"),
        "user.read": _("sign you in and read your profile"),
    }.get(_short(scope), scope)
