"""What answers where, a line each."""

from __future__ import annotations

from functools import partial

from django.urls import include, path

from metwith.calendars.jobs import LISTENER
from metwith.calendars.providers.catalogue import notices
from metwith.engine import webhooks

urlpatterns = [
    path("sign-in/", include("metwith.web.signin.urls")),
    path("api/v1/", include("metwith.api.urls")),
    path("hooks/google", webhooks.google(partial(notices, "google"), [LISTENER]), name="hooks-google"),
    path("hooks/microsoft", webhooks.graph(partial(notices, "microsoft"), [LISTENER]), name="hooks-microsoft"),
    path("", include("metwith.web.urls")),
]
