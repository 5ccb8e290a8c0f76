"""Of others' pages only those answer that are used: the login library's are listed one by one."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import allauth
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

OTHERS = {
    "allauth.account.views": {
        "account_login", "account_logout", "account_inactive", "account_reauthenticate", "account_change_password", "account_set_password",
        "account_reset_password", "account_reset_password_done", "account_reset_password_from_key_done",
    },
    "allauth.mfa.base.views": {"mfa_index", "mfa_authenticate", "mfa_reauthenticate"},
    "allauth.mfa.totp.views": {"mfa_activate_totp", "mfa_deactivate_totp"},
    "allauth.mfa.recovery_codes.views": {"mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"},
    "allauth.mfa.webauthn.views": {
        "mfa_list_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn", "mfa_login_webauthn",
    },
    "allauth.socialaccount.providers.openid_connect.views": {"openid_connect_callback"},
    "allauth.socialaccount.views": {"socialaccount_login_cancelled"},
    "functools": {"api-root", "openapi-json", "openapi-view"},  # ninja's pages about the API
    "ninja.operation": {"api"},
}  # fmt: skip
"""What of others answers here: the view's module → the names of its addresses; `api`: an operation of ours, which ninja calls."""

UNREACHABLE = {
    "account_email": "the page of e-mail addresses, and what redirects to it: neither is there",
    "account_email_verification_sent": "a stage of signing in that ClosedDoor leaves out, and the page of e-mail addresses",
    "account_confirm_email": "in letters that only the page of e-mail addresses sends",
    "account_confirm_login_code": "signing in by a mailed code is off, and its stage left out",
    "account_request_login_code": "the same",
    "account_change_phone": "telephones are off, and their stage left out",
    "account_verify_phone": "the same",
    "account_confirm_password_reset_code": "a new password is chosen by a link, not by a code",
    "account_complete_password_reset": "the same",
    "account_password_reset_completed": "the same",
    "account_signup_by_passkey": "nobody signs up",
    "mfa_signup_webauthn": "the same",
    "mfa_trust": "browsers are not trusted",
    "socialaccount_connections": "identities are connected by signing in with a verified address alone",
    "socialaccount_signup": "after ClosedSocialDoor.is_open_for_signup, which is never",
    "usersessions_list": "a template's, behind a switch that is off",
    "openid_login": "another provider's template",
}
"""Names in the library's code and templates that no flow here comes to, each with the reason."""
NAME = re.compile(r"(?:account|mfa|socialaccount|openid|openid_connect|usersessions)_[a-z_]+")
IN_TEMPLATE = re.compile(r"{%\s*url\s+['\"]([a-z_]+)['\"]")
LIBRARY = Path(allauth.__file__).parent
LOOKED_AT = ("account", "core", "mfa", "socialaccount", "templatetags")
NOT_INSTALLED = re.compile(r"/(?:providers/(?!base|oauth2/|openid_connect)|migrations|tests|management)\b|/urls\.py$")


def _leaves(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _leaves(entry)
        else:
            yield entry


def _named() -> set[str]:
    return {entry.name for entry in _leaves(get_resolver()) if entry.name}


def test_of_others_only_what_is_listed_answers():
    found: dict[str, set[str]] = {}
    for entry in _leaves(get_resolver()):
        module = entry.callback.__module__
        if not module.startswith("metwith."):
            name = "api" if module == "ninja.operation" else entry.name or str(entry.pattern)
            found.setdefault(module, set()).add(name)
    assert found == OTHERS


def _reversed() -> Iterator[str]:
    """Names of addresses that the library's code goes to: arguments of `reverse` and its like, and what is kept to be given to them."""
    goes = {"reverse", "reverse_lazy", "redirect", "headed_redirect_response", "get_frontend_url", "passthrough_next_url"}
    for path in (path for part in LOOKED_AT for path in (LIBRARY / part).rglob("*.py") if not NOT_INSTALLED.search(str(path))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                texts = [argument for argument in node.args if called in goes]
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"urlname", "_urlname"}:
                texts = [node.value]
            else:
                continue
            yield from (str(text.value) for text in texts if isinstance(text, ast.Constant) and NAME.fullmatch(str(text.value)))
    for path in (LIBRARY / "templates").rglob("*.html"):
        yield from IN_TEMPLATE.findall(path.read_text(encoding="utf-8"))


def test_no_flow_of_the_library_leads_to_an_address_that_is_not_there():
    """What it goes to is answered, or cannot be come to, by a reason that is written down; a new version's names are looked at here first."""
    wanted = set(_reversed())
    assert {"account_login", "mfa_authenticate", "socialaccount_login_cancelled"} <= wanted
    assert wanted - _named() == set(UNREACHABLE)


@pytest.mark.parametrize(
    "path",
    [
        "email/", "confirm-email/", "confirm-email/abc/", "login/code/", "login/code/confirm/", "3rdparty/", "3rdparty/signup/",
        "3rdparty/login/error/", "social/connections/", "social/signup/", "password/reset/confirm/", "phone/change/", "sessions/",
        "signup/passkey/", "2fa/trust/", "2fa/webauthn/signup/", "_allauth/browser/v1/account/email", "",
    ],
)  # fmt: skip
def test_the_rest_is_not_there(as_alice: Client, stranger: Client, path: str):
    for browser in (as_alice, stranger):
        assert browser.get(f"/sign-in/{path}").status_code == 404
        assert browser.post(f"/sign-in/{path}", {"email": "chief@lumen.example", "action_add": ""}).status_code == 404
