"""What answers where, a line each."""

from __future__ import annotations

from django.urls import include, path

from metwith.calendars import hooks

urlpatterns = [
    path("sign-in/", include("metwith.web.signin.urls")),
    path("api/v1/", include("metwith.api.urls")),
    path("hooks/google", hooks.google, name="hooks-google"),
    path("hooks/microsoft", hooks.microsoft, name="hooks-microsoft"),
    path("", include("metwith.web.urls")),
]
