"""Settings → Never let in: blocks, a member's own and the workspace's. What would go is shown before anything does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from django.views.decorators.http import require_POST

from metwith.accounts import blocks as verbs
from metwith.accounts.models import Block
from metwith.lib.errors import Invalid
from metwith.privacy.block_effect import would_go
from metwith.web.site.forms import refuse
from metwith.web.site.members import or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from metwith.web.site.members import MemberRequest
    from metwith.workspaces.models import Member


class BlockForm(forms.Form):
    """Whom or what to block. For everybody is for admins."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What"), choices=lambda: [(kind.value, kind.label) for kind in verbs.KINDS], initial=Block.Kind.WHO
    )
    text = forms.CharField(
        label=gettext_lazy("Addresses, domains or words"),
        max_length=4000,
        help_text=gettext_lazy("Several are set apart by commas. A domain includes its subdomains; a word is a whole word."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "placeholder": "clinic.example, anna@home.example"}),
    )
    everybody = forms.BooleanField(label=gettext_lazy("For everybody in the workspace, not only in my calendars"), required=False)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not member.is_admin:
            del self.fields["everybody"]


class BlocksPage(View):
    """The list, and adding to it in two steps: look what would go, then do it."""

    request: MemberRequest

    def get(self, request: MemberRequest) -> HttpResponse:
        """The list. A theme's words come in the address and stand in the form."""
        given = {name: request.GET[name] for name in ("kind", "text") if name in request.GET}
        return self._page(BlockForm(member=request.member, initial=given))

    def post(self, request: MemberRequest) -> HttpResponse:
        """Show what would go; with `confirmed`, do it."""
        form = BlockForm(request.POST, member=request.member)
        if not form.is_valid():
            return self._page(form, 422)
        kind, everybody = form.cleaned_data["kind"], form.cleaned_data.get("everybody", False)
        try:
            patterns = verbs.read_patterns(kind, form.cleaned_data["text"])
            if "confirmed" not in request.POST:
                leaving = would_go(request.member, kind, patterns, everybody=everybody)
                return render(request, "settings/block.html", {"form": form, "patterns": patterns, "leaving": leaving})
            many = verbs.add_blocks(request.member, kind, patterns, everybody=everybody)
        except Invalid as error:
            refuse(form, error)
            return self._page(form, 422)
        messages.success(request, ngettext("%(many)d block is set.", "%(many)d blocks are set.", many) % {"many": many})
        return redirect("blocks")

    def _page(self, form: BlockForm, status: int = 200) -> HttpResponse:
        rows = list(verbs.visible_to(self.request.member))
        context = {
            "form": form,
            "themes": verbs.THEMES,
            "mine": [row for row in rows if row.member_id],
            "everybodys": [row for row in rows if not row.member_id],
        }
        return render(self.request, "settings/blocks.html", context, status=status)


@require_POST
def remove(request: MemberRequest, block_id: int) -> HttpResponse:
    """Take one away; what may come in again is read again."""
    with or_404():
        verbs.remove_block(request.member, block_id)
    messages.success(request, _("Removed. What may come in again is being read."))
    return redirect("blocks")
