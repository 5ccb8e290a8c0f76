"""What Metwith keeps, and what it never does: for everybody to read, also before they sign in. The texts are those of docs/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The page, in the reader's language unless another is asked for."""
    known = dict(settings.LANGUAGES)
    wanted = request.GET.get("language") or (get_language() or "")[:2]
    language = wanted if wanted in known else "en"
    member = getattr(request, "member", None)
    context = {
        "frame": "site/base.html" if member else "signin/door.html",
        "text": f"site/policy/{language}.html",
        "language": language,
        "languages": settings.LANGUAGES,
    }
    return render(request, "site/policy/page.html", context)
