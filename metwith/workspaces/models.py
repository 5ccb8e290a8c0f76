"""Who: workspaces, the people who sign in, their memberships, invitations and tokens."""

from __future__ import annotations

from typing import Any, ClassVar, override

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from metwith.lib import clock
from metwith.rules.own_identities import DomainOwnership
from metwith.rules.show import LEVELS
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable


class Installation(models.Model):
    """One row: what belongs to the installation as a whole."""

    key_check = models.TextField()
    """A known text, encrypted with the master key: a wrong key is noticed at start."""
    digest_key = models.TextField(blank=True, default="")
    """The key that keyed hashes are made with, encrypted (`lib.secrets`); empty until a key was rotated: the last one is."""


class Workspace(models.Model):
    """One organisation; nothing crosses its border."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200)
    sample = models.BooleanField(default=False)
    """Made by `metwith demo` or the first page: shows where it came from and can be deleted."""
    sharing_cap = models.CharField(max_length=12, default=LEVELS[-1])
    """The most that colleagues see of each other's meetings, whatever an account's own level is; one of rules.show.LEVELS."""
    sharing_default = models.CharField(max_length=12, default=LEVELS[0])
    """The level that a new account begins with."""
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    """Where its all-day meetings begin at midnight, for figures; empty: in its longest-standing owner's."""
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Users are named by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user with a hashed password; without one, nobody can sign in with a password until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @override
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractUser):
    """Somebody who signs in. What they may do is said by their memberships."""

    username = None  # type: ignore[assignment]  # the address is the name
    first_name = None  # type: ignore[assignment]  # one `name`, as people write it
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    """IANA name; the viewer's zone."""
    language = models.CharField(_("language"), max_length=10, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    @override
    def __str__(self) -> str:
        return self.name or self.email

    @override
    def get_full_name(self) -> str:
        return self.name

    @override
    def get_short_name(self) -> str:
        return self.name or self.email


class Member(OwnedByWorkspace):
    """A user in a workspace."""

    class MemberRole(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMIN = "admin", _("Admin")
        MEMBER = "member", _("Member")

    user = models.ForeignKey(User, on_delete=models.DB_CASCADE, related_name="memberships")
    """The one index that does not begin with the workspace: signing in asks which workspaces somebody belongs to."""
    role = models.CharField(max_length=10, choices=MemberRole, default=MemberRole.MEMBER)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    left_at = models.DateTimeField(null=True)
    """A former member: their copies stayed. No sign-in, no sight; the name and the addresses stay for the copies."""
    heard_at = models.DateTimeField(null=True)
    """When they last said that they have read which addresses were vouched for."""

    class Meta:
        constraints: ClassVar = [
            addressable("member_addressable"),
            models.UniqueConstraint(fields=["workspace", "user"], name="member_once"),
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_admin(self) -> bool:
        """Owners are admins too."""
        return self.role in {self.MemberRole.OWNER, self.MemberRole.ADMIN}


class Invitation(OwnedByWorkspace):
    """Somebody asked to join. An open one makes nobody one of us."""

    address = models.EmailField()
    """Folded."""
    role = models.CharField(max_length=10, choices=Member.MemberRole, default=Member.MemberRole.MEMBER)
    token_hash = models.CharField(max_length=64)
    """SHA-256 of the link's token; the token itself is shown once."""
    invited_by = Reference(Member, null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    mailed = models.BooleanField(default=False)
    """The link was mailed and shown to nobody: who takes it up has the address."""
    one_of_us = models.BooleanField(default=False)
    """Open since a version in which an open one made one of us: it does until an owner has gone through them."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "address"], name="invitation_once"),
            models.UniqueConstraint(fields=["token_hash"], name="invitation_token"),
            SameWorkspace(field="invited_by", name="invitation_invited_by", set_null=True),
        ]


class OwnDomain(OwnedByWorkspace):
    """What an admin says of a domain; those of the members' addresses are the organisation's own without a row, subdomains included."""

    domain = models.CharField(max_length=253)
    """Folded."""
    standing = models.CharField(max_length=5, default=DomainOwnership.WHOLE)
    """A `rules.own_identities.Standing`."""
    waits = models.BooleanField(default=False)
    """Nobody said so: a member's verified sign-in address brought it, a company on record has it, and an admin has yet to decide."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "domain"], name="own_domain_once")]


class MemberAddress(OwnedByWorkspace):
    """An address of a member, and how it came to be theirs (workspaces.addresses)."""

    member = Reference(Member)
    address = models.EmailField(max_length=320)
    """Folded."""
    way = models.CharField(max_length=8)
    """A `rules.identity.Way`."""
    by_id = models.BigIntegerField(null=True)
    """The member who invited, gave or vouched. No reference: it outlives them."""
    account_id = models.BigIntegerField(default=0)
    """The account that brought it; 0: none did. No reference: accounts are a room above, which takes away what it brought."""
    created_at = models.DateTimeField(default=clock.now, editable=False)
    mailed_at = models.DateTimeField(null=True)
    """When the last link to confirm it was mailed."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "address", "account_id"], name="member_address_of"),
            SameWorkspace(field="member", name="member_address_member"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "address"], name="member_address_whose")]


class ApiToken(OwnedByWorkspace):
    """A bearer token of a member: may do what the member may."""

    member = Reference(Member)
    name = models.CharField(max_length=100, blank=True)
    token_hash = models.CharField(max_length=64)
    """SHA-256; the token itself is shown once."""
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_hash"], name="api_token_hash"),
            SameWorkspace(field="member", name="api_token_member"),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "member"], name="api_token_of_member")]


class AuditLine(OwnedByWorkspace):
    """Somebody did something that touches others' privacy (workspaces.audit). Only ever added: the database refuses the rest."""

    at = models.DateTimeField()
    member_id = models.BigIntegerField(null=True)
    """No reference: the line outlives the member. Empty: the operator, by a command."""
    who = models.CharField(max_length=320, blank=True)
    """The member's name then."""
    action = models.CharField(max_length=20)
    """An `audit.Action`."""
    facts = models.JSONField(default=dict)
    """`audit.FACTS`: ids, levels, numbers."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-at", "-id"], name="audit_newest"),
            # Home asks at each visit what was vouched for since: few lines of a long log.
            models.Index(fields=["workspace", "at"], name="audit_of_us", condition=models.Q(action="ours")),
        ]
