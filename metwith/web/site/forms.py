"""Forms of the pages around records: what is typed, and in which words it is asked for.

What may be stored is decided by the verbs (`actions`); a refusal comes back to the field it names by `refuse`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from metwith.accounts.models import SharingLevel
from metwith.lib.errors import Invalid
from metwith.web.site.zones import ZoneField, ZoneInput
from metwith.workspaces import actions
from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from collections.abc import Iterable


def refuse(form: forms.Form, error: Invalid) -> None:
    """Say a verb's refusal at the field it names, or above the form when it has no such field."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def zone_field() -> ZoneField:
    """Of somebody new: `zone.js` fills in the browser's own."""
    return ZoneField(label=_("Time zone"), initial="UTC", widget=ZoneInput({"data-zone": ""}))


def password_field() -> forms.CharField:
    """A new password."""
    return forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 8 characters. A long sentence is better than a short puzzle."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": 8}),
    )


class _NewUser(forms.Form):
    """Whoever fills it in becomes somebody here: the password is looked at with all the rest, not after it."""

    @override
    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if password := given.get("password"):
            try:
                actions.check_password(password, address=given.get("address", ""), name=given.get("name", ""))
            except Invalid as error:
                refuse(self, error)
        return given


class WelcomeForm(_NewUser):
    """The first workspace and its owner."""

    workspace = forms.CharField(
        label=_("Name of your workspace"),
        max_length=200,
        help_text=_("Your organisation, as your colleagues call it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    address = forms.EmailField(label=_("Your e-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = password_field()
    time_zone = zone_field()


class JoinForm(_NewUser):
    """Somebody who was invited and is new here."""

    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = password_field()
    time_zone = zone_field()


class ProfileForm(forms.Form):
    """What a member says of themself."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    time_zone = ZoneField(label=_("Time zone"), help_text=_("All times are shown in it."))
    language = forms.ChoiceField(label=_("Language"), required=False, choices=lambda: [("", _("As the browser asks")), *settings.LANGUAGES])


class WorkspaceForm(forms.Form):
    """The workspace's name and zone."""

    name = forms.CharField(label=_("Name"), max_length=200)
    time_zone = ZoneField(
        label=_("Time zone"),
        required=False,
        help_text=_(
            "Empty: the first owner’s. “Last met” and “Next” count an all-day meeting from midnight there. Everybody sees times in their own."
        ),
    )


class SharingRulesForm(forms.Form):
    """What holds for everybody's sharing."""

    cap = forms.ChoiceField(
        label=_("Colleagues see at most"),
        choices=SharingLevel.choices,
        help_text=_(
            "Whatever a member chooses. Members can always share less; you and whoever took part in a meeting always see all of it."
        ),
    )
    default = forms.ChoiceField(label=_("A new account begins with"), choices=SharingLevel.choices)


class InviteForm(forms.Form):
    """Somebody to invite. Only owners may make owners."""

    address = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Member.MemberRole.choices, initial=Member.MemberRole.MEMBER)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if member.role != Member.MemberRole.OWNER:
            self.fields["role"].choices = [c for c in Member.MemberRole.choices if c[0] != Member.MemberRole.OWNER]  # type: ignore[attr-defined]


class DomainForm(forms.Form):
    """A domain of the organisation's own."""

    domain = forms.CharField(
        label=_("Domain"), max_length=253, widget=forms.TextInput(attrs={"placeholder": "example.com", "autocapitalize": "none"})
    )


class AddressForm(forms.Form):
    """A further address of a member."""

    member = forms.ChoiceField(label=_("Member"))
    address = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"})
    )

    def __init__(self, *args: Any, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].choices = [(member.pk, str(member)) for member in members]  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("What is it for?"), max_length=100, widget=forms.TextInput(attrs={"placeholder": _("Reporting script")}))
