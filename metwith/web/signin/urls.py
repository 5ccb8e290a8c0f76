"""The addresses of signing in, a line each: of the login library's only those that are used.

Nothing of `allauth.urls` is included: its pages of e-mail addresses, connected identities and sign-up, its confirmations and codes are not
there, whatever the next version adds. tests/web/test_routing.py fails for a foreign address that nobody listed, and for a name that the
library's flows want and nobody answers.
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as single
from allauth.socialaccount.providers.openid_connect import views as library_oidc
from django.urls import path, re_path

from metwith.web.signin import oidc, pages, reauthentication_pages
from metwith.web.site.reauthentication import fresh_page

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", pages.by_invitation, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("reauthenticate/oidc/", reauthentication_pages.by_oidc, name="reauthenticate_oidc"),
    path("reauthenticate/oidc/go/", reauthentication_pages.by_oidc_go, name="reauthenticate_oidc_go"),
    path("carry-on/", reauthentication_pages.carry_on, name="carry_on"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", fresh_page(account.password_set), name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        pages.NewPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path("2fa/", factors.index, name="mfa_index"),
    path("2fa/authenticate/", factors.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", fresh_page(app.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", fresh_page(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", fresh_page(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", fresh_page(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", fresh_page(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("2fa/webauthn/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", fresh_page(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/webauthn/reauthenticate/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", fresh_page(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", fresh_page(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("2fa/webauthn/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("oidc/<slug:provider_id>/login/", oidc.away, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", library_oidc.callback, name="openid_connect_callback"),
    path("3rdparty/login/cancelled/", single.login_cancelled, name="socialaccount_login_cancelled"),
]
