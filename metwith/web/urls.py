"""The addresses of all pages, a line each; those of the three kinds of records are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import include, path

from metwith.web import (
    address_review,
    audit,
    blocks,
    calendar_feed,
    home,
    oauth_clients,
    organisation,
    ours,
    own_addresses,
    privacy,
    profile,
    receipt,
    record_csv,
    record_edit,
    record_lists,
    record_merge,
    record_pages,
    search,
    subject,
    welcome,
    workspace,
)
from metwith.web.record_kinds import KINDS

if TYPE_CHECKING:
    from django.urls import URLPattern

    from metwith.web.record_kinds import RecordKind


def _records(kind: RecordKind) -> list[URLPattern]:
    """The list at `/people/`, a record at `/people/7/`; names are `people`, `person`, `person_edit` and so on."""
    at, one = f"{kind.plural}/", f"{kind.plural}/<int:record_id>/"
    key = {"kind": kind.key}
    urls = [
        path(at, record_lists.records, key, name=kind.plural),
        path(f"{at}new/", record_edit.new, key, name=f"{kind.key}_new"),
        path(f"{at}offers/", record_lists.offers, key, name=f"{kind.key}_offers"),
        path(f"{at}trash/", record_lists.trash, key, name=f"{kind.key}_trash_list"),
        path(f"{at}import/", record_csv.Import.as_view(), key, name=f"{kind.key}_import"),
        path(f"{at}export.csv", record_csv.export, key, name=f"{kind.key}_export"),
        path(one, record_pages.record, key, name=kind.key),
        path(f"{one}emails/", record_pages.record, key | {"tab": "emails"}, name=f"{kind.key}_emails"),
        path(f"{one}details/", record_pages.record, key | {"tab": "details"}, name=f"{kind.key}_details"),
        path(f"{one}edit/", record_edit.edit, key, name=f"{kind.key}_edit"),
        path(f"{one}trash/", record_edit.trash, key, name=f"{kind.key}_trash"),
        path(f"{one}restore/", record_edit.restore, key, name=f"{kind.key}_restore"),
        path(f"{one}delete/", record_edit.confirm_delete, key, name=f"{kind.key}_delete"),
        path(f"{one}deleted/", record_edit.delete, key, name=f"{kind.key}_deleted"),
    ]
    return [*urls, path(f"{one}merge/", record_merge.Merge.as_view(), key, name=f"{kind.key}_merge")] if kind.merges else urls


SETTINGS = [
    path("", profile.index, name="settings"),
    path("you/", profile.Profile.as_view(), name="profile"),
    path("you/addresses/", own_addresses.addresses_page, name="own_addresses"),
    path("you/addresses/<int:address_id>/mail/", own_addresses.mail_link, name="own_address_mail"),
    path("you/addresses/confirm/<str:token>/", own_addresses.Confirm.as_view(), name="own_address_confirm"),
    path("heard/", own_addresses.heard, name="vouching_heard"),
    path("tokens/", profile.Tokens.as_view(), name="tokens"),
    path("tokens/<int:token_id>/revoke/", profile.revoke_token, name="token_revoke"),
    path("tokens/addresses/<int:subscription_id>/revoke/", calendar_feed.revoke, name="subscription_revoke"),
    path("blocks/", blocks.Blocks.as_view(), name="blocks"),
    path("blocks/<int:block_id>/remove/", blocks.remove, name="block_remove"),
    path("audit/", audit.log, name="audit"),
    path("audit/export.csv", audit.export, name="audit_export"),
    path("person/", subject.Subject.as_view(), name="subject"),
    path("person/export/<slug:kind>/", subject.export, name="subject_export"),
    path("person/erase/", subject.erase, name="subject_erase"),
    path("receipt/", receipt.receipt, name="receipt"),
    path("receipt/export.json", receipt.as_json, name="receipt_json"),
    path("receipt/export.csv", receipt.as_csv, name="receipt_csv"),
    path("ours/", ours.ours, name="ours"),
    path("ours/domain/", ours.say_domain, name="ours_domain"),
    path("ours/address/", ours.add_address, name="ours_address"),
    path("ours/address/<int:address_id>/remove/", ours.remove_address, name="ours_address_remove"),
    path("ours/review/", address_review.review, name="address_review"),
    path("ours/review/done/", address_review.done, name="address_review_done"),
    path("ours/review/<int:address_id>/vouch/", address_review.vouch, name="address_vouch"),
    path("ours/review/<int:address_id>/let-go/", address_review.let_go, name="address_let_go"),
    path("ours/free-mail.txt", ours.free_mail, name="ours_free_mail"),
    path("workspace/", workspace.workspace, name="workspace"),
    path("workspace/name/", workspace.rename, name="workspace_rename"),
    path("workspace/sharing/", workspace.set_sharing_rules, name="sharing_rules"),
    path("workspace/invite/", workspace.invite, name="invite"),
    path("workspace/invitations/<int:invitation_id>/withdraw/", workspace.withdraw, name="invitation_withdraw"),
    path("workspace/members/<int:member_id>/role/", workspace.change_role, name="member_role"),
    path("workspace/members/<int:member_id>/remove/", workspace.confirm_removal, name="member_remove"),
    path("workspace/members/<int:member_id>/removed/", workspace.remove_member, name="member_removed"),
    path("workspace/former/<int:member_id>/remove/", workspace.confirm_former, name="former_remove"),
    path("workspace/former/<int:member_id>/removed/", workspace.remove_former, name="former_removed"),
    path("clients/", oauth_clients.clients, name="clients"),
    path("clients/checked/", oauth_clients.checked, name="client-checked"),
    path("clients/<slug:provider>/", oauth_clients.save, name="client_save"),
    path("clients/<slug:provider>/check/", oauth_clients.check, name="client_check"),
    path("clients/<slug:provider>/remove/", oauth_clients.remove, name="client_remove"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("organisation/checked/", organisation.checked, name="organisation-checked"),
    path("organisation/<slug:provider>/", organisation.save, name="organisation_save"),
    path("organisation/<slug:provider>/check/", organisation.check, name="organisation_check"),
    path("organisation/<slug:provider>/pick/", organisation.pick, name="organisation_pick"),
    path("organisation/<slug:provider>/remove/", organisation.remove, name="organisation_remove"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("welcome/", welcome.Welcome.as_view(), name="welcome"),
    path("welcome/sample/", welcome.sample, name="sample"),
    path("join/<str:token>/", welcome.Join.as_view(), name="join"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("search/", search.search, name="search"),
    *(url for kind in KINDS.values() for url in _records(kind)),
    path("settings/", include(SETTINGS)),
    path("", include("metwith.web.calendar_urls")),
    path("settings/accounts/", include("metwith.web.accounts_urls")),
]
