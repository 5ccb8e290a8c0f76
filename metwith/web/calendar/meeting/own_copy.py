"""A member's own copy of a meeting: what colleagues see of it, taking it out for good, and letting it in again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from metwith.accounts.models import SharingLevel
from metwith.calendars.actions import own_copy
from metwith.lib import clock
from metwith.lib.errors import Invalid
from metwith.rules.show import capped
from metwith.web.calendar.meeting.page import context_of, origin_of
from metwith.web.site.forms import refuse
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.calendars.actions.own_copy import OwnCopy
    from metwith.web.site.members import MemberRequest

ONE, SERIES = "one", "series"


class LevelForm(forms.Form):
    """How much colleagues see of the copy."""

    level = forms.ChoiceField(label=gettext_lazy("Colleagues see"), required=False, widget=forms.RadioSelect)
    scope = forms.ChoiceField(
        label=gettext_lazy("Of which meetings"),
        choices=[(ONE, gettext_lazy("This one meeting")), (SERIES, gettext_lazy("All of this series"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, copy: OwnCopy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"level": copy.level and capped(copy.level, copy.levels[-1]), "scope": SERIES if copy.whole else ONE}
        self.fields["level"].choices = [("", _default_level(copy)), *((level, _label(level)) for level in copy.levels)]  # type: ignore[attr-defined]  # a ChoiceField's
        if copy.levels[-1] != SharingLevel.EVERYTHING:
            self.fields["level"].help_text = _("In this workspace colleagues see at most: %(level)s.") % {"level": _label(copy.levels[-1])}
        if not copy.repeats:
            del self.fields["scope"]


def _default_level(copy: OwnCopy) -> str:
    """What holds when nothing is set; of an occurrence that is first the word on its series."""
    told = {"level": _label(capped(copy.default_level, copy.levels[-1]))}
    if not copy.series:
        return _("As much as of the rest of your calendar: %(level)s") % told
    told["series"] = _label(capped(copy.series, copy.levels[-1]))
    return _("Nothing of its own: this one as its series (%(series)s), the series as your calendar (%(level)s)") % told


def _label(level: str) -> str:
    return str(SharingLevel(level).label)


@require_http_methods(["GET", "HEAD", "POST"])
def own(request: MemberRequest, event_id: int) -> HttpResponse:
    """What colleagues see of the member's copy, and the way to take it out. 404 for a meeting that they have no copy of."""
    with or_404():
        copy = own_copy.own_copy(request.member, event_id)
    form = LevelForm(request.POST if request.method == "POST" else None, copy=copy)
    if form.is_valid():
        whole = form.cleaned_data.get("scope") == SERIES
        try:
            own_copy.set_level(request.member, event_id, form.cleaned_data["level"], whole=whole)
        except Invalid as error:
            refuse(form, error)
        else:
            messages.success(request, _("Saved. It holds at once."))
            return redirect(context_of(request, event_id)["self_url"])
    context = context_of(request, event_id) | {"form": form, "copy": copy}
    return render(request, "calendar/meeting/own_copy.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def take_out(request: MemberRequest, event_id: int) -> HttpResponse:
    """What would go; with a POST, it goes for good."""
    given = request.POST if request.method == "POST" else request.GET
    whole = given.get("scope") == SERIES
    with or_404():
        copy = own_copy.own_copy(request.member, event_id)
        if request.method != "POST":
            leaving = own_copy.would_leave(request.member, event_id, whole=whole)
            context = context_of(request, event_id) | {"leaving": leaving, "whole": whole and copy.repeats}
            return render(request, "calendar/meeting/take_out.html", context)
        origin = origin_of(request)
        many = own_copy.take_out(request.member, event_id, whole=whole, now=clock.now())
    words = ngettext(
        "Taken out. It stays out; under Settings, Accounts you can let it in again.",
        "%(many)d meetings are taken out. They stay out; under Settings, Accounts you can let them in again.",
        many,
    )
    messages.success(request, words % {"many": many})
    return redirect(origin.page if origin else reverse("home"))


@require_safe
def taken_out(request: MemberRequest) -> HttpResponse:
    """What the member took out: when, and from where; more is not kept."""
    return render(request, "accounts/taken_out.html", {"rows": own_copy.taken_out(request.member)})


@require_POST
def let_in(request: MemberRequest, taken_out_id: int) -> HttpResponse:
    """Let one in again."""
    with or_404():
        own_copy.let_in(request.member, taken_out_id)
    messages.success(request, _("It may come in again. Your calendars are being read for it."))
    return redirect("taken-out")
