"""Addresses of Settings → Accounts, below /settings/accounts/."""

from __future__ import annotations

from django.urls import path

from metwith.web.accounts import connect, oauth, pages, preview, undo_contacts, upload
from metwith.web.calendar.meeting import own_copy
from metwith.web.site import inquiry

urlpatterns = [
    path("", pages.accounts, name="accounts"),
    path("taken-out/", own_copy.taken_out, name="taken-out"),
    path("taken-out/<int:taken_out_id>/", own_copy.let_in, name="let-in"),
    path("connect/", connect.connect, name="connect"),
    path("connect/caldav/", connect.typed, {"provider": "caldav"}, name="connect-caldav"),
    path("connect/address/", connect.typed, {"provider": "ics"}, name="connect-ics"),
    path("connect/file/", upload.file, name="connect-file"),
    path("connect/tried/", connect.tried, name="connect-tried"),
    path("connect/choose/", connect.choose, name="connect-choose"),
    path("connect/preview/", preview.preview, name="connect-preview"),
    path("connect/look/", preview.look_again, name="connect-look"),
    path("connect/cancel/", preview.cancel, name="connect-cancel"),
    path("connect/left/", preview.left, {"to": "connect"}, name="connect-left"),
    path("left/", preview.left, {"to": "accounts"}, name="account-left"),
    path("asked/<int:inquiry_id>/", inquiry.watch, name="asked"),
    path("asked/<int:inquiry_id>/give-up/", inquiry.give_up, name="asked-give-up"),
    path("connect/<slug:provider>/", oauth.way, name="connect-oauth"),
    path("connect/<slug:provider>/arrived/", oauth.arrived, name="connect-oauth-arrived"),
    path("connect/<slug:provider>/go/", oauth.go, name="connect-oauth-go"),
    path("connect/<slug:provider>/back/", oauth.back, name="connect-oauth-back"),
    path("<int:account_id>/", pages.account, name="account"),
    path("<int:account_id>/state/", pages.state, name="account-state"),
    path("<int:account_id>/sharing/", pages.share, name="account-sharing"),
    path("<int:account_id>/sharing/calendars/", pages.set_apart, name="account-set-apart"),
    path("<int:account_id>/calendars/", pages.choose_calendars, name="account-calendars"),
    path("<int:account_id>/sync/", pages.sync, name="account-sync"),
    path("<int:account_id>/calendars/<int:calendar_id>/pause/", pages.pause, name="calendar-pause"),
    path("<int:account_id>/calendars/<int:calendar_id>/empty/", pages.confirm_empty, name="calendar-confirm-empty"),
    path("<int:account_id>/calendars/<int:calendar_id>/people/", undo_contacts.newcomers, name="calendar-newcomers"),
    path("<int:account_id>/reconnect/", pages.reconnect, name="account-reconnect"),
    path("<int:account_id>/reconnected/", pages.reconnected, name="account-reconnected"),
    path("<int:account_id>/disconnect/", pages.disconnect, name="account-disconnect"),
    path("<int:account_id>/purge/", pages.purge, name="account-purge"),
]
