"""Addresses of notes."""

from __future__ import annotations

from django.urls import path

from metwith.web.notes import pages

urlpatterns = [
    path("<int:note_id>/", pages.note, name="note"),
    path("<int:note_id>/edit/", pages.edit, name="note-edit"),
    path("<int:note_id>/delete/", pages.delete, name="note-delete"),
]
