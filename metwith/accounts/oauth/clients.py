"""As what we introduce ourselves: client id and secret, from the environment or from the workspace's admin page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts.models import OAuthClient
from metwith.accounts.oauth.services import GOOGLE, KEYS, MICROSOFT, PRACTICE_CLIENT, Service, practising, service
from metwith.lib import secrets
from metwith.lib.errors import Invalid
from metwith.server import environment
from metwith.workspaces.may import admins_only

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")


FROM_ENVIRONMENT = {
    GOOGLE: (environment.GOOGLE_CLIENT_ID, environment.GOOGLE_CLIENT_SECRET),
    MICROSOFT: (environment.MICROSOFT_CLIENT_ID, environment.MICROSOFT_CLIENT_SECRET),
}


@dataclass(frozen=True, slots=True)
class Client:
    """A registered application."""

    client_id: str
    secret: str = field(repr=False)
    service: Service
    by_operator: bool
    """From the environment: the same for all workspaces, and not to be changed on a page."""
    tenant: str = ""
    tenant_named: bool = False
    """The operator or an owner of the workspace named the tenant: what it says of addresses at its own domains is believed."""


def from_environment(provider: str) -> Client | None:
    """`METWITH_GOOGLE_CLIENT_ID` and `…_SECRET`; for Microsoft also `…_TENANT`. None unless both are set.

    The practice client is one at a practice server on this machine only.
    """
    client_id, secret = (setting() for setting in FROM_ENVIRONMENT[provider])
    if client_id == PRACTICE_CLIENT and not practising(provider):
        return None
    tenant = environment.MICROSOFT_TENANT() if provider == MICROSOFT else ""
    if not client_id or not secret:
        return None
    return Client(client_id, secret, service(provider, tenant), by_operator=True, tenant=tenant, tenant_named=bool(tenant))


def client_of(workspace_id: int, provider: str) -> Client | None:
    """What a workspace uses for a provider; None when nobody has set it up, or the provider knows no OAuth."""
    if provider not in KEYS:
        return None
    if client := from_environment(provider):
        return client
    row = OAuthClient.objects.of(workspace_id).filter(provider=provider).first()
    if row is None:
        return None
    secret = secrets.decrypt(workspace_id, row.secret)
    reached = service(provider, row.tenant)
    return Client(row.client_id, secret, reached, by_operator=False, tenant=row.tenant, tenant_named=row.tenant_by_owner)


def save_client(member: Member, provider: str, *, client_id: str, secret: str = "", tenant: str = "") -> None:
    """Set a workspace's client; an empty secret keeps the one that is there. Raises NotAllowed or Invalid.

    A tenant that an owner names is believed (`Client.tenant_named`), until somebody who is none names another.
    """
    admins_only(member)
    client_id, secret, tenant = client_id.strip(), secret.strip(), tenant.strip() if provider == MICROSOFT else ""
    known = OAuthClient.objects.of(member.workspace_id).filter(provider=provider).first()
    if not client_id:
        raise Invalid("client_id", _("Enter the client id."))
    if not secret and (known is None or known.client_id != client_id):
        raise Invalid("secret", _("Enter the client secret that belongs to this id."))
    if tenant and not _TENANT.fullmatch(tenant):
        raise Invalid("tenant", _("A tenant is an id such as 72f988bf-86f1-41af-91ab-2d7cd011db47, or a domain."))
    row = known or OAuthClient(workspace_id=member.workspace_id, provider=provider)
    kept = row.tenant_by_owner and row.tenant == tenant
    row.tenant_by_owner = bool(tenant) and (kept or member.role == member.MemberRole.OWNER)
    row.client_id, row.tenant = client_id, tenant
    if secret:
        row.secret = secrets.encrypt(member.workspace_id, secret)
    row.save()


def remove_client(member: Member, provider: str) -> None:
    """Forget a workspace's client. Accounts that were connected by it are no longer read."""
    admins_only(member)
    OAuthClient.objects.of(member.workspace_id).filter(provider=provider).delete()
