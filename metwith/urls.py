"""What answers where, a line each."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("sign-in/", include("allauth.urls")),
    path("api/v1/", include("metwith.api.urls")),
    path("", include("metwith.web.urls")),
]
