"""Addresses of meetings and of the pieces of the Calendar tab."""

from __future__ import annotations

from django.urls import path

from metwith.web.calendar import diagnose, download, everything, subscribe, tab
from metwith.web.calendar.meeting import add, notes, own_copy, page

urlpatterns = [
    path("calendar/<str:kind>/<int:record_id>/", tab.part, name="calendar-part"),
    path("calendar/<str:kind>/<int:record_id>/meetings.<str:ending>", download.meetings, name="meetings-file"),
    path("calendar/<str:kind>/<int:record_id>/subscribe/", subscribe.Subscribe.as_view(), name="subscribe"),
    path("meetings/", everything.meetings, name="meetings"),
    path("meetings/list/", everything.part, name="meetings-part"),
    path("meetings/list/meetings.<str:ending>", download.all_meetings, name="all-meetings-file"),
    path("subscribed/<str:secret>/meetings.ics", subscribe.feed, name="subscribed"),
    path("meetings/none/", page.nothing, name="no-meeting"),
    path("meetings/missing/", diagnose.missing, name="missing"),
    path("meetings/missing/found/", diagnose.answer, name="missing-found"),
    path("meetings/<int:event_id>/", page.meeting, name="meeting"),
    path("meetings/<int:event_id>/own/", own_copy.own, name="meeting-own"),
    path("meetings/<int:event_id>/out/", own_copy.take_out, name="meeting-out"),
    path("meetings/<int:event_id>/notes/", notes.notes, name="meeting-notes"),
    path("meetings/<int:event_id>/link/", page.choose_record, name="meeting-choose-record"),
    path("meetings/<int:event_id>/link/by-hand/", page.link, name="meeting-link"),
    path("meetings/<int:event_id>/add/", add.add, name="meeting-add"),
    path("meetings/<int:event_id>/unlink/", page.unlink, name="meeting-unlink"),
]
