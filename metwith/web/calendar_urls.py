"""Addresses of meetings and of the pieces of the Calendar tab."""

from __future__ import annotations

from django.urls import path

from metwith.web import calendar_along, calendar_feed, calendar_meeting, calendar_missing, calendar_own_copy, calendar_tab

urlpatterns = [
    path("calendar/<str:kind>/<int:record_id>/", calendar_tab.part, name="calendar-part"),
    path("calendar/<str:kind>/<int:record_id>/meetings.<str:ending>", calendar_along.meetings, name="meetings-file"),
    path("calendar/<str:kind>/<int:record_id>/subscribe/", calendar_feed.Subscribe.as_view(), name="subscribe"),
    path("subscribed/<str:secret>/meetings.ics", calendar_feed.feed, name="subscribed"),
    path("meetings/none/", calendar_meeting.nothing, name="no-meeting"),
    path("meetings/missing/", calendar_missing.missing, name="missing"),
    path("meetings/missing/found/", calendar_missing.found, name="missing-found"),
    path("meetings/<int:event_id>/", calendar_meeting.meeting, name="meeting"),
    path("meetings/<int:event_id>/own/", calendar_own_copy.own, name="meeting-own"),
    path("meetings/<int:event_id>/out/", calendar_own_copy.take_out, name="meeting-out"),
    path("meetings/<int:event_id>/link/", calendar_meeting.choose_record, name="meeting-choose-record"),
    path("meetings/<int:event_id>/link/by-hand/", calendar_meeting.link, name="meeting-link"),
    path("meetings/<int:event_id>/unlink/", calendar_meeting.unlink, name="meeting-unlink"),
]
