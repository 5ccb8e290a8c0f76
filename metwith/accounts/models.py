"""The way in: members' accounts at providers, and what must never come in. Shared by the calendar and the e-mail channel."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from metwith.workspaces.models import Member
from metwith.workspaces.scope import OwnedByWorkspace, Reference, SameWorkspace, addressable


class SharingLevel(models.TextChoices):
    """How much colleagues see of a copy (product.md, section 6)."""

    METADATA = "metadata", _("Time and participants only")
    SUBJECT = "subject", _("Also the title")
    EVERYTHING = "everything", _("Everything")


class Account(OwnedByWorkspace):
    """A member's connection to a provider."""

    member = Reference(Member)
    provider = models.CharField(max_length=20)
    """A key of the provider catalogue."""
    address = models.EmailField(max_length=320)
    """Whose calendars these are; folded."""
    server = models.CharField(max_length=2000, blank=True)
    """Where a CalDAV account lives. The address of an ICS feed is a secret, so it is in `secret`."""
    username = models.CharField(max_length=320, blank=True)
    secret = models.TextField(blank=True)
    """Encrypted for this workspace (lib.secrets): password, secret address, or an OAuth grant. Never shown again, never logged."""
    host = models.CharField(max_length=32, blank=True, default="", db_default="")
    """A keyed digest of the outside server it is read from (engine/slots.py); empty where there is none."""
    subject = models.CharField(max_length=255, blank=True)
    """Who the owner is at the provider, whatever the address says; empty where a provider knows no such thing."""
    sharing = models.CharField(max_length=12, choices=SharingLevel, default=SharingLevel.METADATA)
    disconnected_at = models.DateTimeField(null=True)
    """Set when it was disconnected and its meetings were kept."""
    delegated = models.BooleanField(default=False)
    """Opened by what the organisation granted (`Organisation`), not by its owner's own consent."""
    assigned = models.BooleanField(default=False)
    """Opened at an address that only an admin says is the owner's (`Enrolment.address`)."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            addressable("account_addressable"),
            SameWorkspace(field="member", name="account_member"),
            models.UniqueConstraint(
                fields=["workspace", "provider", "subject", "member"], condition=~models.Q(subject=""), name="account_of_subject_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "member"], name="account_of_member")]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"


class OAuthClient(OwnedByWorkspace):
    """As what Metwith introduces itself to a provider, for one workspace. What the environment says wins (oauth.clients)."""

    provider = models.CharField(max_length=20)
    client_id = models.CharField(max_length=300)
    secret = models.TextField()
    """Encrypted for this workspace (lib.secrets)."""
    tenant = models.CharField(max_length=100, blank=True)
    """Microsoft: whose accounts may sign in; empty means everybody's."""
    tenant_by_owner = models.BooleanField(default=False)
    """An owner of the workspace named it: addresses at its own domains are verified (oauth.owners)."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "provider"], name="oauth_client_once")]


class Organisation(OwnedByWorkspace):
    """What an organisation granted for all its people at once: Google's service account, Microsoft's application (oauth.organisation)."""

    provider = models.CharField(max_length=20)
    client_id = models.CharField(max_length=300)
    tenant = models.CharField(max_length=100, blank=True)
    secret = models.TextField()
    """Encrypted for this workspace (lib.secrets): Google's key file, Microsoft's client secret. Never shown again."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "provider"], name="organisation_once")]


class Enrolment(OwnedByWorkspace):
    """A member whom an admin chose to be connected by what the organisation granted."""

    class State(models.TextChoices):
        ASKED = "asked", _("Being connected")
        CONNECTED = "connected", _("Connected")
        FAILED = "failed", _("Not connected")
        LEFT = "left", _("Disconnected by themselves")

    member = Reference(Member)
    provider = models.CharField(max_length=20)
    address = models.EmailField(max_length=320, blank=True)
    """By which the provider knows them, folded, as an admin said; empty: the one they sign in with here."""
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    message = models.TextField(blank=True)
    """Why it failed, English, a msgid."""
    detail = models.TextField(blank=True)
    """The technical line: codes and hosts, never content."""
    told = models.BooleanField(default=False)
    """They have seen the notice."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "provider"], name="enrolment_once"),
            SameWorkspace(field="member", name="enrolment_member"),
        ]


class Block(OwnedByWorkspace):
    """Somebody, or a word in titles, that must never come in: a member's own, or (without a member) the workspace's."""

    class Kind(models.TextChoices):
        """What is compared."""

        WHO = "who", _("An address or domain")
        WORD = "word", _("A word in the title")
        ERASED = "erased", _("An erased person")

    member = Reference(Member, null=True, blank=True)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.WHO)
    pattern = models.CharField(max_length=320)
    """A folded address, or a folded domain that includes its subdomains; or a word as `rules.blocks.fold_word` makes it; or, of somebody erased,
    a keyed digest of their address (`accounts.queries.digest_of`)."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member", "kind", "pattern"], name="block_once", nulls_distinct=False),
            SameWorkspace(field="member", name="block_member"),
        ]


class Quota(models.Model):
    """How far a client's quota at a provider is used up, for all workspaces and workers that share it (accounts.pacing)."""

    key = models.CharField(max_length=60, primary_key=True)
    free_at = models.DateTimeField()
    """See lib.quota."""
