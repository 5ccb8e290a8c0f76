"""Addresses of Settings → Accounts, below /settings/accounts/."""

from __future__ import annotations

from django.urls import path

from metwith.web import (
    accounts_connect,
    accounts_file,
    accounts_newcomers,
    accounts_oauth,
    accounts_pages,
    accounts_preview,
    asked,
    calendar_own_copy,
    organisation,
)

urlpatterns = [
    path("", accounts_pages.accounts, name="accounts"),
    path("told/", organisation.told, name="accounts-told"),
    path("taken-out/", calendar_own_copy.taken_out, name="taken-out"),
    path("taken-out/<int:taken_out_id>/", calendar_own_copy.let_in, name="let-in"),
    path("connect/", accounts_connect.connect, name="connect"),
    path("connect/caldav/", accounts_connect.typed, {"provider": "caldav"}, name="connect-caldav"),
    path("connect/address/", accounts_connect.typed, {"provider": "ics"}, name="connect-ics"),
    path("connect/file/", accounts_file.file, name="connect-file"),
    path("connect/tried/", accounts_connect.tried, name="connect-tried"),
    path("connect/choose/", accounts_connect.choose, name="connect-choose"),
    path("connect/preview/", accounts_preview.preview, name="connect-preview"),
    path("connect/look/", accounts_preview.look_again, name="connect-look"),
    path("connect/cancel/", accounts_preview.cancel, name="connect-cancel"),
    path("connect/left/", accounts_preview.left, {"to": "connect"}, name="connect-left"),
    path("left/", accounts_preview.left, {"to": "accounts"}, name="account-left"),
    path("asked/<int:inquiry_id>/", asked.watch, name="asked"),
    path("asked/<int:inquiry_id>/give-up/", asked.give_up, name="asked-give-up"),
    path("connect/<slug:provider>/", accounts_oauth.way, name="connect-oauth"),
    path("connect/<slug:provider>/arrived/", accounts_oauth.arrived, name="connect-oauth-arrived"),
    path("connect/<slug:provider>/go/", accounts_oauth.go, name="connect-oauth-go"),
    path("connect/<slug:provider>/back/", accounts_oauth.back, name="connect-oauth-back"),
    path("<int:account_id>/", accounts_pages.account, name="account"),
    path("<int:account_id>/state/", accounts_pages.state, name="account-state"),
    path("<int:account_id>/sharing/", accounts_pages.share, name="account-sharing"),
    path("<int:account_id>/sharing/calendars/", accounts_pages.set_apart, name="account-set-apart"),
    path("<int:account_id>/calendars/", accounts_pages.choose_calendars, name="account-calendars"),
    path("<int:account_id>/sync/", accounts_pages.sync, name="account-sync"),
    path("<int:account_id>/calendars/<int:calendar_id>/pause/", accounts_pages.pause, name="calendar-pause"),
    path("<int:account_id>/calendars/<int:calendar_id>/empty/", accounts_pages.confirm_empty, name="calendar-confirm-empty"),
    path("<int:account_id>/calendars/<int:calendar_id>/people/", accounts_newcomers.newcomers, name="calendar-newcomers"),
    path("<int:account_id>/reconnect/", accounts_pages.reconnect, name="account-reconnect"),
    path("<int:account_id>/reconnected/", accounts_pages.reconnected, name="account-reconnected"),
    path("<int:account_id>/disconnect/", accounts_pages.disconnect, name="account-disconnect"),
    path("<int:account_id>/purge/", accounts_pages.purge, name="account-purge"),
]
