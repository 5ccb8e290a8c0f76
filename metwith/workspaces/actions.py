"""The verbs about who is in a workspace. Pages, API and command line call these; they take a member and `now`, never a request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from metwith.lib import tokens
from metwith.lib.addresses import domain_of
from metwith.lib.errors import Invalid, NotAllowed
from metwith.lib.text import single_line
from metwith.rules.identity import Way
from metwith.rules.show import LEVELS, capped
from metwith.workspaces import addresses, audit, queries, signals
from metwith.workspaces.audit import Action
from metwith.workspaces.may import admins_only, owners_only
from metwith.workspaces.models import ApiToken, AuditLine, Invitation, Member, User, Workspace
from metwith.workspaces.ways_in import end_ways_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from metwith.rules.identity import WorkspaceIdentities

Role = Member.MemberRole
NOWHERE = "invalid"
FORMER = f"metwith.{NOWHERE}"
"""Where the addresses of former users lie, so that they are free for others (RFC 2606: nobody's). The database knows it too."""
INVITATION_LASTS = timedelta(days=14)
PASSWORD_AGAIN = timedelta(minutes=10)
"""Between two links to a new password that admins have mailed to the same member."""
TOKEN_PREFIX = "metwith_"  # noqa: S105  says whose token it is, to people and to scanners for leaked secrets


@transaction.atomic
def create_workspace(name: str, owner_address: str, password: str | None = None, owner_name: str = "", *, now: datetime) -> Member:
    """A new workspace and its owner. Raises Invalid (`name`, `address`, `password`)."""
    title = _filled("name", name, 200, _("Give the workspace a name."))
    workspace = Workspace.objects.create(name=title, created_at=now)
    return add_member(workspace, owner_address, Role.OWNER, password, owner_name, now=now)


@transaction.atomic
def rename_workspace(member: Member, name: str, *, time_zone: str = "") -> Workspace:
    """Another name for the workspace, and where its days begin; empty: where its longest-standing owner is.

    Admins only. Raises Invalid (`name`, `time_zone`).
    """
    admins_only(member)
    workspace = member.workspace
    workspace.name = _filled("name", name, 200, _("Give the workspace a name."))
    workspace.time_zone = _zone(time_zone) if time_zone else ""
    workspace.save(update_fields=["name", "time_zone"])
    return workspace


@transaction.atomic
def set_sharing_rules(member: Member, *, cap: str, default: str) -> Workspace:
    """The most that colleagues see, and what a new account begins with. Admins only. Holds at once. Raises Invalid (`cap`, `default`)."""
    admins_only(member)
    for field, level in (("cap", cap), ("default", default)):
        if level not in LEVELS:
            raise Invalid(field, _("The sharing level is one of: %(levels)s.") % {"levels": ", ".join(LEVELS)})
    workspace = member.workspace
    before = {"cap": workspace.sharing_cap, "default": workspace.sharing_default}
    workspace.sharing_cap, workspace.sharing_default = cap, capped(default, cap)
    workspace.save(update_fields=["sharing_cap", "sharing_default"])
    for kind, level in (("cap", workspace.sharing_cap), ("default", workspace.sharing_default)):
        if level != before[kind]:
            audit.note(member, Action.CAP, kind=kind, from_=before[kind], to=level)
    return workspace


@transaction.atomic
def delete_workspace(member: Member) -> None:
    """Remove the workspace with everything in it, and its users. Owners only; there is no way back."""
    owners_only(member)
    users = list(User.objects.filter(memberships__workspace=member.workspace_id))
    Workspace.objects.filter(pk=member.workspace_id).delete()
    _forget(users)


@transaction.atomic
def add_member(
    workspace: Workspace,
    address: str,
    role: str = Role.MEMBER,
    password: str | None = None,
    name: str = "",
    *,
    now: datetime,
) -> Member:
    """A new user as a member: the operator's verb, who vouches for the address. Raises Invalid (`address`, `role`, `password`).

    Without a password they sign in by single sign-on, or after an operator set one.
    """
    user = _new_user(address, password, name)
    member = Member.objects.create(workspace=workspace, user=user, role=_role(role), created_at=now)
    Invitation.objects.of(workspace).filter(address=user.email).delete()
    addresses.note_sign_in(member, Way.OPERATOR, now)
    return member


@transaction.atomic
def invite(
    member: Member, address: str, role: str, now: datetime, *, post: Callable[[str, str], None] | None = None
) -> tuple[Invitation, str]:
    """Ask somebody to join; asking again makes a new link and ends the old one. Nobody is one of us by it before it is taken up.

    `post` mails a token to the address; then it is told to nobody else (the token returned is empty), and whoever takes it up has the
    address. Without it the token is returned, once. Admins only; owners are invited by owners. Raises Invalid (`address`, `role`), and what
    `post` raises; then nothing changed.
    """
    admins_only(member)
    _owners_make_owners(member, _role(role))
    folded = read_invited(member, address, mailed=post is not None)
    token = tokens.make()
    before = Invitation.objects.of(member.workspace_id).filter(address=folded, accepted_at=None, one_of_us=True).exists()
    invitation, _created = Invitation.objects.update_or_create(
        workspace_id=member.workspace_id,
        address=folded,
        defaults={
            "role": role,
            "token_hash": tokens.digest_of(token),
            "invited_by": member,
            "created_at": now,
            "expires_at": now + INVITATION_LASTS,
            "accepted_at": None,
            "mailed": post is not None,
            "one_of_us": False,
        },
    )
    if before:
        # It was one of us since an upgrade; by this invitation it is not before it is taken up.
        signals.announce_ours(member.workspace_id, addresses=[folded])
    audit.note(member, Action.INVITED, kind=invitation.role, to="mailed" if post else "shown")
    if post is None:
        return invitation, token
    post(folded, token)
    return invitation, ""


def read_invited(member: Member, text: str, *, mailed: bool) -> str:
    """Whom an admin wants to invite, folded.

    Raises Invalid (`address`): it is none, signs in here, is shown to be a member's, or is on a record and no link is mailed.
    """
    folded = _address(text)
    if User.objects.filter(email=folded).exists():
        raise Invalid("address", _("%(address)s already signs in here.") % {"address": folded})
    who = addresses.who_is_who(member.workspace_id)
    if any(folded in who.verified_of(pk) for pk in queries.members_of(member.workspace_id).values_list("pk", flat=True)):
        raise Invalid("address", _("%(address)s is one of you already.") % {"address": folded})
    if not mailed and signals.on_record(member.workspace_id, folded):
        words = _("%(address)s belongs to a person among your records. Only a link that is mailed to it can make it one of you.")
        raise Invalid("address", words % {"address": folded})
    return folded


@transaction.atomic
def withdraw_invitation(member: Member, invitation_id: int) -> None:
    """Take an invitation back. Admins only. Raises Invitation.DoesNotExist."""
    admins_only(member)
    invitation = Invitation.objects.of(member.workspace_id).get(pk=invitation_id, accepted_at=None)
    Invitation.objects.of(member.workspace_id).filter(pk=invitation.pk).delete()
    audit.note(member, Action.UNINVITED)
    if invitation.one_of_us:
        signals.announce_ours(member.workspace_id, addresses=[invitation.address])


def invitation_for(token: str, now: datetime) -> Invitation:
    """The open invitation of a link. Raises Invalid (`token`) when the link was never ours, was used, or ran out."""
    found = Invitation.objects.across_workspaces("the link tells the workspace").filter(token_hash=tokens.digest_of(token))
    invitation = found.filter(accepted_at=None, expires_at__gt=now).select_related("workspace").first()
    if invitation is None:
        raise Invalid("token", _("This invitation is not valid any more. Ask for a new link."))
    return invitation


@transaction.atomic
def accept_invitation(token: str, name: str, password: str | None, now: datetime) -> Member:
    """Join by the link: verified where it was only mailed, else named. Raises Invalid (`token`, `name`, `password`).

    Without a password (single sign-on) they have none.
    """
    found = invitation_for(token, now)
    invitation = Invitation.objects.of(found.workspace).select_for_update().get(pk=found.pk)
    if invitation.accepted_at or invitation.token_hash != found.token_hash:
        raise Invalid("token", _("This invitation is not valid any more. Ask for a new link."))
    if not invitation.mailed and signals.on_record(found.workspace_id, invitation.address):
        raise Invalid("token", _("This invitation is not valid any more. Ask for a new link."))
    user = _new_user(invitation.address, password, _filled("name", name, 200, _("Tell us your name.")))
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    member = Member.objects.create(workspace=found.workspace, user=user, role=invitation.role, created_at=now)
    way = Way.LINK if invitation.mailed else Way.INVITED
    addresses.note_sign_in(member, way, now, by=invitation.invited_by_id)
    return member


@transaction.atomic
def change_role(member: Member, other_id: int, role: str) -> Member:
    """Give a member another role. Admins only; owners are made and unmade by owners; the last owner stays. Raises Member.DoesNotExist."""
    admins_only(member)
    other = _locked(member, other_id)
    wanted = _role(role)
    _owners_make_owners(member, wanted)
    _owners_make_owners(member, other.role)
    if other.role == Role.OWNER and wanted != Role.OWNER:
        _not_the_last_owner(other)
    audit.note(member, Action.ROLE, member=other.pk, from_=other.role, to=wanted)
    other.role = wanted
    other.save(update_fields=["role"])
    return other


@transaction.atomic
def mail_password(admin: Member, other_id: int, now: datetime, post: Callable[[Member], None]) -> Member:
    """Have `post` mail a member the link to a new password, to their sign-in address. Admins only.

    Raises Member.DoesNotExist, and Invalid where the address was never shown to be theirs, or the last link is just on its way.
    """
    admins_only(admin)
    other = _locked(admin, other_id)
    if not addresses.signs_in_verified(other):
        message = _("The address of %(name)s was never shown to be theirs, so nothing is mailed to it. Ask the operator.")
        raise Invalid("", message % {"name": other})
    lines = AuditLine.objects.of(admin.workspace_id).filter(action=Action.PASSWORD_MAILED, at__gt=now - PASSWORD_AGAIN)
    if lines.filter(facts__member=other.pk).exists():
        raise Invalid("", _("A link was mailed a moment ago. Wait ten minutes before the next one."))
    audit.note(admin, Action.PASSWORD_MAILED, member_=other.pk)
    post(other)
    return other


@transaction.atomic
def remove_member(member: Member, other_id: int, *, keep: bool = True, now: datetime) -> None:
    """Let a member go, or leave. Their meetings stay, no longer updated; or, without `keep`, go with the accounts.

    Admins only, except for oneself; the last owner stays. Raises Member.DoesNotExist.
    """
    other = _locked(member, other_id)
    if other.pk != member.pk:
        admins_only(member)
        _owners_make_owners(member, other.role)
    if other.role == Role.OWNER:
        _not_the_last_owner(other)
    audit.note(member, Action.MEMBER_REMOVED, member_=other.pk, kind="kept" if keep else "removed")
    later = signals.leaves(other.workspace_id, other.pk, keep=keep)
    Invitation.objects.of(member.workspace_id).filter(address=other.user.email).delete()
    if keep or later:
        _retire(other, now)
    else:
        end_member(other)


@transaction.atomic
def remove_former(owner: Member, other_id: int) -> None:
    """Remove what a former member left. Owners only. Raises Member.DoesNotExist."""
    owners_only(owner)
    other = Member.objects.of(owner.workspace_id).select_related("user").get(pk=other_id, left_at__isnull=False)
    audit.note(owner, Action.MEMBER_REMOVED, member_=other.pk, kind="removed")
    later = signals.leaves(other.workspace_id, other.pk, keep=False)
    # With the last of what they left a former member goes by whoever took it away.
    if not later and Member.objects.of(other.workspace_id).filter(pk=other.pk).exists():
        end_member(other)


@transaction.atomic
def end_member(other: Member) -> None:
    """Nothing is left of a member's copies: name and addresses go too, and from then on say nothing. `other.user` must be loaded."""
    before = addresses.who_is_who(other.workspace_id)
    known, user = addresses.addresses_held(other), other.user
    other.delete()
    _forget([user])
    _announce_gone(other.workspace_id, known, before)


def _retire(other: Member, now: datetime) -> None:
    """No sign-in and no sight from now on. The name and the addresses stay for the copies; somebody else may sign in with the address."""
    before = addresses.who_is_who(other.workspace_id)
    known = addresses.addresses_held(other)
    Member.objects.of(other.workspace_id).filter(pk=other.pk).update(left_at=now, role=Role.MEMBER)
    ApiToken.objects.of(other.workspace_id).filter(member=other).delete()
    signals.announce(signals.ways_in_ended, workspace_id=other.workspace_id, member_id=other.pk)
    _announce_gone(other.workspace_id, known, before)
    user = other.user
    if Member.objects.across_workspaces("a user may be in another workspace").filter(user=user, left_at=None).exists():
        return
    user.email, user.name, user.is_active = f"former-{user.pk}@{FORMER}", str(user), False
    user.save(update_fields=["email", "name", "is_active"])
    end_ways_in(user)


def _announce_gone(workspace_id: int, known: Collection[str], before: WorkspaceIdentities) -> None:
    """Tell what these addresses counted for. Without any nothing changed: to announce none means that it may be whatever there is."""
    addresses.tell_own(workspace_id, before, known)
    if known:
        signals.announce_ours(workspace_id, addresses=known, domains={domain_of(address) for address in known})


@transaction.atomic
def change_profile(member: Member, *, name: str, time_zone: str, language: str = "") -> User:
    """What a member says of themselves. Raises Invalid (`name`, `time_zone`, `language`)."""
    user = member.user
    user.name = _filled("name", name, 200, _("Tell us your name."))
    zone = _zone(time_zone)
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid("language", _("Choose a language from the list."))
    user.time_zone, user.language = zone, language
    user.save(update_fields=["name", "time_zone", "language"])
    return user


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise Invalid("time_zone", _("Choose a time zone from the list."))
    return name


@transaction.atomic
def set_password(user: User, password: str) -> None:
    """Another password, checked for strength. The old one is asked for where people do this themselves. Raises Invalid (`password`)."""
    _strong(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def create_token(member: Member, name: str, *, now: datetime) -> str:
    """A bearer token with which a program may do what the member may. Returned once; only its hash is kept."""
    token = TOKEN_PREFIX + tokens.make()
    title = single_line(name)[:100]
    ApiToken.objects.create(workspace_id=member.workspace_id, member=member, name=title, token_hash=tokens.digest_of(token), created_at=now)
    audit.note(member, Action.TOKEN_MADE)
    return token


@transaction.atomic
def revoke_token(member: Member, token_id: int) -> None:
    """End one of the member's own tokens. Raises ApiToken.DoesNotExist."""
    ApiToken.objects.of(member.workspace_id).filter(member=member).get(pk=token_id).delete()
    audit.note(member, Action.TOKEN_REVOKED)


def member_for_token(token: str, now: datetime) -> Member | None:
    """Whose token this is; None for a wrong one. When it was last used is noted to the minute."""
    digest = tokens.digest_of(token)
    held = queries.token_with(digest)
    if held is None or not tokens.same(held.token_hash, digest):
        return None
    if tokens.to_note(held.last_used_at, now):
        ApiToken.objects.of(held.workspace_id).filter(pk=held.pk).update(last_used_at=now)
    return held.member


def _owners_make_owners(member: Member, role: str) -> None:
    if role == Role.OWNER and member.role != Role.OWNER:
        raise NotAllowed(_("Only an owner can do this to an owner."))


def _locked(member: Member, other_id: int) -> Member:
    """A member of the same workspace. All its owners are locked, so that two of them cannot unmake each other at once."""
    list(Member.objects.of(member.workspace_id).select_for_update().filter(role=Role.OWNER).order_by("id").values_list("id"))
    return queries.members_of(member.workspace_id).get(pk=other_id)


def _not_the_last_owner(owner: Member) -> None:
    if not Member.objects.of(owner.workspace_id).filter(role=Role.OWNER).exclude(pk=owner.pk).exists():
        raise Invalid("role", _("A workspace needs an owner. Make somebody else an owner first."))


def _role(text: str) -> str:
    if text not in Role.values:
        raise Invalid("role", _("A role is one of: %(roles)s.") % {"roles": ", ".join(Role.values)})
    return text


def _address(text: str) -> str:
    folded = addresses.typed(text)
    if domain_of(folded).rpartition(".")[2] == NOWHERE:
        raise addresses.no_address(folded)
    return folded


def _new_user(address: str, password: str | None, name: str) -> User:
    folded = _address(address)
    if User.objects.filter(email=folded).exists():
        raise Invalid("address", _("%(address)s already signs in here.") % {"address": folded})
    user = User(email=folded, name=single_line(name)[:200])
    if password is not None:
        _strong(password, user)
    return User.objects.create_user(folded, password, name=user.name)


def check_password(password: str, *, address: str = "", name: str = "") -> None:
    """Whether it would do for somebody new, before anything else of them is looked at. Raises Invalid (`password`)."""
    _strong(password, User(email=address, name=name))


def _strong(password: str, user: User) -> None:
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise Invalid("password", " ".join(error.messages)) from error


def _filled(field: str, text: str, longest: int, missing: str) -> str:
    value = single_line(text)
    if not value:
        raise Invalid(field, missing)
    if len(value) > longest:
        raise Invalid(field, _("This is too long: at most %(longest)d characters.") % {"longest": longest})
    return value


def _forget(users: Iterable[User]) -> None:
    """Remove users who belong nowhere any more, with their sign-in methods."""
    for user in users:
        if not Member.objects.across_workspaces("a user may be in another workspace").filter(user=user).exists():
            user.delete()
