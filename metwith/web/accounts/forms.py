"""What is typed to connect calendars and to set an account up. Passwords and secret addresses are never echoed back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metwith.accounts.models import SharingLevel
from metwith.calendars.models import NewPeople

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metwith.calendars.vocabulary import RemoteCalendar

LARGEST_FILE = 50_000_000
"""Bytes of an uploaded calendar."""
_PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}


class CalDavForm(forms.Form):
    """An address and a password are enough where the server can be found from the address."""

    address = forms.EmailField(
        label=_("E-mail address"), max_length=320, widget=forms.EmailInput(attrs={"autocomplete": "email", **_PLAIN})
    )
    secret = forms.CharField(
        label=_("App password"),
        strip=False,
        max_length=1000,
        help_text=_("A password made for one app, in your provider's security settings. Where there is none, your usual password."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    server = forms.CharField(
        label=_("Server"),
        required=False,
        max_length=2000,
        help_text=_("Only when it is not found by itself: a name such as cal.example.org, or the address your provider gives for CalDAV."),
        widget=forms.TextInput(attrs={"inputmode": "url", **_PLAIN}),
    )
    username = forms.CharField(
        label=_("User name"),
        required=False,
        max_length=320,
        help_text=_("Only when it is not the e-mail address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", **_PLAIN}),
    )


class FeedForm(forms.Form):
    """A calendar's secret address. It is typed in the open, since nobody can check forty letters behind dots."""

    secret = forms.CharField(
        label=_("Address of the calendar"),
        max_length=2000,
        help_text=_("It begins with https:// or webcal:// and is a secret: whoever has it can read the calendar."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", **_PLAIN}),
    )
    address = forms.EmailField(
        label=_("Your e-mail address in this calendar"), max_length=320, help_text=_("So that we know which of the participants is you.")
    )

    def clean_secret(self) -> str:
        """http, https or webcal, with a host that can be one; without a scheme, https."""
        typed: str = self.cleaned_data["secret"].strip()
        address = typed if "://" in typed else f"https://{typed}"
        if not _is_feed(address):
            raise forms.ValidationError(gettext("This is not the address of a calendar. It begins with https:// or webcal://."))
        return address


def _is_feed(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https", "webcal", "webcals"} and ("." in host or ":" in host or host == "localhost")


class SharingForm(forms.Form):
    """How much colleagues see."""

    sharing = forms.ChoiceField(label=_("What colleagues see"), choices=SharingLevel.choices, initial=SharingLevel.METADATA)


class _NewPeople(forms.Form):
    new_people = forms.ChoiceField(
        label=_("Add people I meet as new contacts"),
        choices=NewPeople.choices,
        initial=NewPeople.OFF,
        required=False,
        help_text=_(
            "An outsider we do not know yet becomes a person, and their work domain a company. Never rooms, lists or no-reply addresses."
        ),
    )

    def clean_new_people(self) -> str:
        """Off unless it was chosen."""
        return self.cleaned_data["new_people"] or NewPeople.OFF


class FileForm(SharingForm, _NewPeople):
    """A calendar exported to a file. It is read once and then forgotten: nothing but its meetings stays."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("An .ics file of up to 50 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".ics,.ical,text/calendar"}),
    )
    name = forms.CharField(label=_("Name"), required=False, max_length=300, help_text=_("Empty: the file's own."))
    field_order = ("file", "name", "sharing", "new_people")

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if too_large:
            self.fields["file"].error_messages["required"] = gettext(
                "The file is larger than 50 MB. Export a shorter time, or connect the calendar's address."
            )

    def clean_file(self) -> Any:
        """Not above the size."""
        given = self.cleaned_data["file"]
        if given.size > LARGEST_FILE:
            raise forms.ValidationError(gettext("The file is larger than 50 MB. Export a shorter time, or connect the calendar's address."))
        return given

    def clean_name(self) -> str:
        """The file's own where none was typed: many files do not name the calendar in them."""
        given = self.cleaned_data.get("file")
        return str(self.cleaned_data["name"] or (given.name if given else ""))


class ChooseForm(SharingForm):
    """The second page: which of the calendars that were found, and how."""

    calendars = forms.MultipleChoiceField(
        label=_("Calendars"), error_messages={"required": _("Choose at least one calendar, or go back and connect nothing.")}
    )
    field_order = ("calendars", "sharing")

    def __init__(self, *args: Any, calendars: Sequence[RemoteCalendar], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendars"].choices = [(c.id, c.name) for c in calendars if c.readable]  # type: ignore[attr-defined]


class ReconnectForm(forms.Form):
    """A new password for an account that lost its access."""

    secret = forms.CharField(
        label=_("App password"), strip=False, max_length=2000, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )


class DisconnectForm(forms.Form):
    """What happens to what was read."""

    what = forms.ChoiceField(
        label=_("The meetings that were read"),
        choices=(
            ("keep", _("Keep them on their records. They are no longer updated.")),
            ("purge", _("Remove them. Meetings that a colleague's calendar holds too stay with that copy.")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what happens to the meetings.")},
    )
