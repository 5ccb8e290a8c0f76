"""What an organisation grants for all its people at once, so that none of them has to click.

Google     a service account with domain-wide delegation: a signed assertion that names the person (RFC 7523, section 2.1), a token for each
Microsoft  an application permission: client credentials (RFC 6749, section 4.4), one token for all mailboxes

Sources: developers.google.com/identity/protocols/oauth2/service-account, learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from cryptography.exceptions import UnsupportedAlgorithm
from django.utils.translation import gettext
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from metwith.accounts.models import Account, Enrolment, Organisation
from metwith.accounts.oauth import flow
from metwith.accounts.oauth.clients import Client
from metwith.accounts.oauth.errors import ClientRefused, Withdrawn
from metwith.accounts.oauth.services import GOOGLE, KEYS, MICROSOFT, service
from metwith.lib import secrets
from metwith.lib.errors import Invalid
from metwith.lib.i18n import _
from metwith.workspaces.may import admins_only

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.accounts.oauth.owners import Owner
    from metwith.workspaces.models import Member

GOOGLE_SCOPES = ("https://www.googleapis.com/auth/userinfo.email", *service(GOOGLE).needed)
"""What an administrator allows the service account in the Admin console."""
MICROSOFT_PERMISSIONS = ("Calendars.Read", "User.Read.All")
"""Application permissions: the calendars, and who is who: the id that outlives an address, and the aliases."""
SECONDS = 3600
"""How long an assertion is good: the most Google takes."""
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Key:
    """Google's key file, as far as it is needed."""

    client_email: str
    client_id: str
    private_key_id: str
    private_key: str = field(repr=False)

    def dump(self) -> str:
        """As it is kept, encrypted."""
        names = ("client_email", "client_id", "private_key_id", "private_key")
        return json.dumps({name: getattr(self, name) for name in names})


def read_key(text: str) -> Key:
    """Read a key file. Raises Invalid (`secret`)."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("secret", gettext("This is no key file. Paste all of the JSON file, from { to }.")) from error
    if not isinstance(held, dict) or held.get("type") != "service_account":
        raise Invalid("secret", gettext("This is no key of a service account. The file says “type”: “service_account” near its beginning."))
    values = {name: held.get(name) for name in ("client_email", "client_id", "private_key_id", "private_key")}
    if not all(isinstance(value, str) and 0 < len(value) < 20_000 for value in values.values()):
        raise Invalid("secret", gettext("The key file is not complete. Make a new key, and paste all of it."))
    key = Key(**{name: str(value) for name, value in values.items()})
    _signer(key)
    return key


def _signer(key: Key) -> RSAKey:
    try:
        found = RSAKey.import_key(key.private_key)
    except (ValueError, TypeError, UnsupportedAlgorithm, JoseError) as error:
        raise Invalid("secret", gettext("The private key in the file cannot be read. Make a new key, and paste all of it.")) from error
    # A public key is a key as well, and a certificate has one.
    if not found.is_private:
        raise Invalid("secret", gettext("The private key in the file cannot be read. Make a new key, and paste all of it."))
    return found


def assertion(key: Key, person: str, audience: str, now: datetime) -> str:
    """A JSON Web Token, signed with RS256 (RFC 7515, 7519): "I am the service account, let me act for this person"."""
    at = int(now.timestamp())
    claims = {"iss": key.client_email, "sub": person, "scope": " ".join(GOOGLE_SCOPES), "aud": audience, "iat": at, "exp": at + SECONDS}
    return jwt.encode({"alg": "RS256", "kid": key.private_key_id}, claims, _signer(key), algorithms=["RS256"])


# --- what is kept -------------------------------------------------------------------------------------------------------------------


def organisation_of(workspace_id: int, provider: str) -> Client | None:
    """What a workspace's organisation granted at a provider; None when nothing."""
    row = Organisation.objects.of(workspace_id).filter(provider=provider).first()
    if row is None:
        return None
    secret = secrets.decrypt(workspace_id, row.secret)
    return Client(row.client_id, secret, service(provider, row.tenant), by_operator=False, tenant=row.tenant)


def granted(workspace_id: int, provider: str) -> Client:
    """The same. Raises ClientRefused when nothing is."""
    client = organisation_of(workspace_id, provider)
    if client is None:
        raise ClientRefused(_("The organisation no longer grants anything here."))
    return client


def save_organisation(member: Member, provider: str, *, secret: str = "", client_id: str = "", tenant: str = "") -> None:
    """Set what the organisation granted: Google's key file, or Microsoft's tenant, client id and secret. An empty secret keeps the one there is.

    Raises NotAllowed, or Invalid (`secret`, `client_id`, `tenant`).
    """
    admins_only(member)
    if provider not in KEYS:
        raise Invalid("provider", gettext("There is no such provider."))
    row = Organisation.objects.of(member.workspace_id).filter(provider=provider).first()
    row = row or Organisation(workspace_id=member.workspace_id, provider=provider)
    secret = secret.strip()
    if not secret and (not row.secret or (provider == MICROSOFT and row.client_id != client_id.strip())):
        wanted = gettext("Paste the key file.") if provider == GOOGLE else gettext("Enter the client secret that belongs to this id.")
        raise Invalid("secret", wanted)
    if provider == MICROSOFT:
        row.client_id, row.tenant = _application(client_id.strip(), tenant.strip())
    elif secret:
        key = read_key(secret)
        row.client_id, secret = key.client_id, key.dump()
    if secret:
        row.secret = secrets.encrypt(member.workspace_id, secret)
    row.save()


def _application(client_id: str, tenant: str) -> tuple[str, str]:
    if not client_id:
        raise Invalid("client_id", gettext("Enter the client id."))
    if not _TENANT.fullmatch(tenant) or tenant in {"common", "organizations", "consumers"}:
        raise Invalid(
            "tenant", gettext("Enter your organisation's tenant: an id such as 72f988bf-86f1-41af-91ab-2d7cd011db47, or a domain.")
        )
    return client_id, tenant


def remove_organisation(member: Member, provider: str) -> None:
    """Forget it, with every token that came of it. Members who were connected by it are asked to sign in themselves."""
    admins_only(member)
    Organisation.objects.of(member.workspace_id).filter(provider=provider).delete()
    Account.objects.of(member.workspace_id).filter(provider=provider, delegated=True).update(secret="")


def note_departure(account: Account) -> None:
    """An account is being disconnected, by its owner or an admin: nobody connects it again over their head."""
    others = Account.objects.of(account.workspace_id).filter(member_id=account.member_id, provider=account.provider, disconnected_at=None)
    if not others.filter(delegated=True).exclude(pk=account.pk).exists():
        chosen = Enrolment.objects.of(account.workspace_id).filter(member_id=account.member_id, provider=account.provider)
        chosen.update(state=Enrolment.State.LEFT, told=True)


# --- tokens -------------------------------------------------------------------------------------------------------------------------


def token_for(client: Client, person: str, now: datetime) -> flow.TokenSet:
    """A token by which a person's calendars can be read; `person` is their address.

    Raises Withdrawn when the service does not know the person (any more), ClientRefused when it is the key or what was granted, Unavailable.
    """
    try:
        return _google(client, person, now) if client.service.key == GOOGLE else _microsoft(client, now)
    except Withdrawn as problem:
        if any(sign in problem.detail for sign in (flow.KEY_SIGNATURE, flow.KEY_CLOCK, flow.KEY_GONE)):
            raise ClientRefused(_("What the organisation granted is not accepted."), advice=_ADMIN, detail=problem.detail) from problem
        raise Withdrawn(_("The organisation's directory does not know this address."), advice=_ADMIN, detail=problem.detail) from problem
    except ClientRefused as problem:
        raise ClientRefused(_("What the organisation granted is not accepted."), advice=_ADMIN, detail=problem.detail) from problem


_ADMIN = _("An admin of the workspace can check it under Settings, Google and Microsoft, Whole organisation.")


def _google(client: Client, person: str, now: datetime) -> flow.TokenSet:
    try:
        signed = assertion(Key(**json.loads(client.secret)), person, client.service.token_url, now)
    except (Invalid, ValueError, TypeError) as error:
        raise ClientRefused(_("What the organisation granted is not accepted."), detail="key") from error
    return flow.ask_token(client, now, grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=signed)


def _microsoft(client: Client, now: datetime) -> flow.TokenSet:
    about = {"client_id": client.client_id, "client_secret": client.secret, "scope": "https://graph.microsoft.com/.default"}
    return flow.ask_token(client, now, grant_type="client_credentials", **about)


def owner(client: Client, tokens: flow.TokenSet, person: str) -> Owner:
    """Who the person at an address is; what the organisation says of them verifies nothing. Raises Withdrawn, Unavailable."""
    if client.service.key == MICROSOFT:
        # Not "me": nobody signed in.
        url = client.service.identity_url.replace("/me?", f"/users/{quote(person, safe='@')}?")
        client = replace(client, service=replace(client.service, identity_url=url))
    return flow.identify(client, tokens).claimed()
