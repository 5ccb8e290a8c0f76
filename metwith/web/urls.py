"""The addresses of all pages, a line each; those of the three kinds of records are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import include, path

from metwith.web.calendar import subscribe
from metwith.web.home import briefing, home, quiet, search
from metwith.web.records import acts, csv, detail, edit, imports, lists, merge, met, notes
from metwith.web.records.kinds import KINDS
from metwith.web.settings import (
    address_review,
    audit,
    blocks,
    delegation,
    members,
    my_addresses,
    oauth_clients,
    own_addresses,
    profile,
    receipt,
    subject_access,
    workspace,
)
from metwith.web.signin import first_visit
from metwith.web.site import policy

if TYPE_CHECKING:
    from django.urls import URLPattern

    from metwith.web.records.kinds import KindPages


def _records(kind: KindPages) -> list[URLPattern]:
    """The list at `/people/`, a record at `/people/7/`; names are `people`, `person`, `person_edit` and so on."""
    at, one = f"{kind.plural}/", f"{kind.plural}/<int:record_id>/"
    key = {"kind": kind.key}
    urls = [
        path(at, lists.records, key, name=kind.plural),
        path(f"{at}new/", edit.new, key, name=f"{kind.key}_new"),
        path(f"{at}offers/", lists.offers, key, name=f"{kind.key}_offers"),
        path(f"{at}trash/", lists.trash, key, name=f"{kind.key}_trash_list"),
        path(f"{at}import/", imports.Import.as_view(), key, name=f"{kind.key}_import"),
        path(f"{at}import/sample.csv", csv.sample, key, name=f"{kind.key}_sample"),
        path(f"{at}export.csv", csv.export, key, name=f"{kind.key}_export"),
        path(one, detail.record, key, name=kind.key),
        path(f"{one}emails/", detail.record, key | {"tab": "emails"}, name=f"{kind.key}_emails"),
        path(f"{one}notes/", notes.notes, key, name=f"{kind.key}_notes"),
        path(f"{one}details/", detail.record, key | {"tab": "details"}, name=f"{kind.key}_details"),
        path(f"{one}edit/", edit.edit, key, name=f"{kind.key}_edit"),
        path(f"{one}trash/", edit.trash, key, name=f"{kind.key}_trash"),
        path(f"{one}restore/", edit.restore, key, name=f"{kind.key}_restore"),
        path(f"{one}delete/", edit.confirm_delete, key, name=f"{kind.key}_delete"),
        path(f"{one}deleted/", edit.delete, key, name=f"{kind.key}_deleted"),
    ]
    if kind.merges:  # people and companies, which one meets
        urls += [
            path(f"{one}merge/", merge.Merge.as_view(), key, name=f"{kind.key}_merge"),
            path(f"{one}put-off/", quiet.put_off_quiet, key, name=f"{kind.key}_put_off"),
            path(f"{one}put-off/end/", quiet.show_again, key, name=f"{kind.key}_put_off_end"),
        ]
    return urls


ACTS = [
    path("imports/<int:file_id>/", imports.show, name="import"),
    path("imports/<int:file_id>/columns/", imports.choose, name="import_columns"),
    path("imports/<int:file_id>/store/", imports.store, name="import_store"),
    path("imports/<int:file_id>/give-up/", imports.give_up, name="import_give_up"),
    path("imports/<int:file_id>/not-taken.csv", imports.rejected, name="import_rejected"),
    path("acts/<int:act_id>/", acts.show, name="act"),
    path("acts/<int:act_id>/take-back/", acts.undo, name="act_undo"),
]
SETTINGS = [
    path("", profile.index, name="settings"),
    path("you/", profile.Profile.as_view(), name="profile"),
    path("you/addresses/", my_addresses.addresses_page, name="own_addresses"),
    path("you/addresses/<int:address_id>/mail/", my_addresses.mail_link, name="own_address_mail"),
    path("you/addresses/confirm/<str:token>/", my_addresses.Confirm.as_view(), name="own_address_confirm"),
    path("heard/", my_addresses.heard, name="vouching_heard"),
    path("tokens/", profile.TokensPage.as_view(), name="tokens"),
    path("tokens/<int:token_id>/revoke/", profile.revoke_token, name="token_revoke"),
    path("tokens/addresses/<int:subscription_id>/revoke/", subscribe.revoke, name="subscription_revoke"),
    path("blocks/", blocks.BlocksPage.as_view(), name="blocks"),
    path("blocks/<int:block_id>/remove/", blocks.remove, name="block_remove"),
    path("audit/", audit.log, name="audit"),
    path("audit/export.csv", audit.export, name="audit_export"),
    path("person/", subject_access.Subject.as_view(), name="subject"),
    path("person/export/<slug:kind>/", subject_access.export, name="subject_export"),
    path("person/erase/", subject_access.erase, name="subject_erase"),
    path("receipt/", receipt.receipt, name="receipt"),
    path("receipt/export.json", receipt.as_json, name="receipt_json"),
    path("receipt/export.csv", receipt.as_csv, name="receipt_csv"),
    path("ours/", own_addresses.own_addresses, name="ours"),
    path("ours/domain/", own_addresses.say_domain, name="ours_domain"),
    path("ours/address/", own_addresses.add_address, name="ours_address"),
    path("ours/address/<int:address_id>/remove/", own_addresses.remove_address, name="ours_address_remove"),
    path("ours/review/", address_review.review, name="address_review"),
    path("ours/review/done/", address_review.done, name="address_review_done"),
    path("ours/review/<int:address_id>/vouch/", address_review.vouch, name="address_vouch"),
    path("ours/review/<int:address_id>/let-go/", address_review.let_go, name="address_let_go"),
    path("ours/free-mail.txt", own_addresses.free_mail, name="ours_free_mail"),
    path("workspace/", workspace.workspace, name="workspace"),
    path("workspace/name/", workspace.rename, name="workspace_rename"),
    path("workspace/sharing/", workspace.set_sharing_rules, name="sharing_rules"),
    path("members/", members.members_page, name="members"),
    path("workspace/invite/", members.invite, name="invite"),
    path("workspace/invitations/<int:invitation_id>/withdraw/", members.withdraw, name="invitation_withdraw"),
    path("workspace/members/<int:member_id>/role/", members.change_role, name="member_role"),
    path("workspace/members/<int:member_id>/remove/", members.confirm_removal, name="member_remove"),
    path("workspace/members/<int:member_id>/removed/", members.remove_member, name="member_removed"),
    path("workspace/members/<int:member_id>/password/", members.mail_password, name="member_password"),
    path("workspace/former/<int:member_id>/remove/", members.confirm_former, name="former_remove"),
    path("workspace/former/<int:member_id>/removed/", members.remove_former, name="former_removed"),
    path("clients/", oauth_clients.clients, name="clients"),
    path("clients/checked/", oauth_clients.checked, name="client-checked"),
    path("clients/<slug:provider>/", oauth_clients.save, name="client_save"),
    path("clients/<slug:provider>/check/", oauth_clients.check, name="client_check"),
    path("clients/<slug:provider>/remove/", oauth_clients.remove, name="client_remove"),
    path("organisation/", delegation.organisation, name="organisation"),
    path("organisation/checked/", delegation.checked, name="organisation-checked"),
    path("organisation/<slug:provider>/", delegation.save, name="organisation_save"),
    path("organisation/<slug:provider>/check/", delegation.check, name="organisation_check"),
    path("organisation/<slug:provider>/pick/", delegation.pick, name="organisation_pick"),
    path("organisation/<slug:provider>/remove/", delegation.remove, name="organisation_remove"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("meetings/<int:event_id>/briefing/", briefing.show, name="briefing"),
    path("gone-quiet/", quiet.page, name="quiet"),
    path("gone-quiet/part/", quiet.part, name="quiet-part"),
    path("welcome/", first_visit.Welcome.as_view(), name="welcome"),
    path("welcome/sample/", first_visit.sample, name="sample"),
    path("join/<str:token>/", first_visit.Join.as_view(), name="join"),
    path("privacy/", policy.privacy, name="privacy"),
    path("search/", search.search, name="search"),
    path("people/met/", met.met, name="met"),
    path("people/met/part/", met.met_part, name="met-part"),
    path("people/met/hint/", met.met_hint, name="met-hint"),
    path("people/met/left-out/", met.met_left_out, name="met-left-out"),
    path("search/suggestions/", search.suggestions, name="suggestions"),
    *(url for kind in KINDS.values() for url in _records(kind)),
    path("notes/", include("metwith.web.notes.urls")),
    *ACTS,
    path("settings/", include(SETTINGS)),
    path("", include("metwith.web.calendar.urls")),
    path("settings/accounts/told/", delegation.acknowledge, name="accounts-told"),
    path("settings/accounts/", include("metwith.web.accounts.urls")),
]
