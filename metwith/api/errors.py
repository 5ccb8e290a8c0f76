"""How the API says no: always `{"error": {"code", "message", "field"?}}` with the right status."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import AuthenticationError, HttpError, ValidationError

from metwith.api.schemas import Problem
from metwith.lib import throttle
from metwith.lib.errors import Invalid, NotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http.response import HttpResponseBase
    from django.urls import URLResolver
    from ninja import NinjaAPI

    from metwith.records.models import Record

    type Handler = Callable[[HttpRequest, Any], HttpResponse]

UNPROCESSABLE = 422
"""Named by its number: Python renamed it in 3.13."""

CODES: Mapping[int, str] = {
    400: "bad-request",
    401: "unauthorized",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    UNPROCESSABLE: "invalid",
    429: "too-many-requests",
}

STRANGER: dict[int, Any] = {401: Problem, 429: Problem}
"""For the description: what an operation may answer besides its own."""
STRANGER_OR_MISSING = STRANGER | {404: Problem}
STRANGER_OR_INVALID = STRANGER | {400: Problem, 413: Problem, UNPROCESSABLE: Problem}
ANY = STRANGER_OR_MISSING | STRANGER_OR_INVALID
CONFLICT: dict[int, Any] = {409: Problem}


class Conflict(Exception):
    """What is asked for does not fit the state that things are in (409). `message` is translated and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TooMany(Exception):
    """Somebody tries one token after the other (429)."""


def problem(status: int, message: str, field: str = "") -> JsonResponse:
    """An error's answer."""
    error = {"code": CODES.get(status, "error"), "message": message}
    return JsonResponse({"error": error | ({"field": field} if field else {})}, status=status)


def install(api: NinjaAPI) -> None:
    """Have every refusal of ours, and of the framework, answered in this form."""
    handlers: tuple[tuple[type[Exception], Handler], ...] = (
        (Invalid, lambda _request, error: problem(UNPROCESSABLE, error.message, error.field)),
        (NotAllowed, lambda _request, error: problem(HTTPStatus.FORBIDDEN, error.message)),
        (Conflict, lambda _request, error: problem(HTTPStatus.CONFLICT, error.message)),
        (ObjectDoesNotExist, _missing),
        (Http404, _missing),
        (ValidationError, _invalid),
        (HttpError, _http_error),
        (AuthenticationError, _stranger),
        (TooMany, _too_many),
        (RequestDataTooBig, _too_large),
    )
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)


def alive[R: Record](record: R) -> R:
    """A record that is not in the trash. Raises Http404."""
    if record.trashed_at is not None:
        raise Http404
    return record


def in_words(patterns: Sequence[URLPattern | URLResolver]) -> list[URLPattern]:
    """The framework's own plain-text answers (wrong method, no such path) in the same form."""
    return [URLPattern(p.pattern, _worded(p.callback), p.default_args, p.name) for p in patterns if isinstance(p, URLPattern)]


@csrf_exempt
def nothing_here(request: HttpRequest, _rest: str) -> HttpResponse:
    """For every path under the API's that is none."""
    return _missing(request, None)


def _worded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    # Nothing of the API is opened by a cookie, so there is nothing to forge.
    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            given = view(request, *args, **kwargs)
        except Http404:
            return _missing(request, None)
        if not isinstance(given, HttpResponseNotAllowed):
            return given
        # The framework names them in the order of a set: another one in each process.
        allowed = ", ".join(sorted(given["Allow"].split(", ")))
        worded = problem(
            HTTPStatus.METHOD_NOT_ALLOWED, _("This address does not know that method. It knows: %(methods)s.") % {"methods": allowed}
        )
        worded["Allow"] = allowed
        return worded

    return answer


def _missing(_request: HttpRequest, _error: object) -> HttpResponse:
    return problem(HTTPStatus.NOT_FOUND, _("There is nothing here, or it is not yours to see."))


def _stranger(_request: HttpRequest, _error: object) -> HttpResponse:
    message = _("Send a valid token: “Authorization: Bearer …”. Make one under Settings → API tokens, or with `metwith token create`.")
    answer = problem(HTTPStatus.UNAUTHORIZED, message)
    answer["WWW-Authenticate"] = 'Bearer realm="metwith"'
    return answer


def _too_many(_request: HttpRequest, _error: object) -> HttpResponse:
    answer = problem(HTTPStatus.TOO_MANY_REQUESTS, _("Too many wrong tokens came from your address. Try again in a minute."))
    answer["Retry-After"] = str(throttle.SECONDS)
    return answer


def _too_large(_request: HttpRequest, _error: object) -> HttpResponse:
    most = {"most": settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
    return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("This is too large: at most %(most)d bytes. Send less at a time.") % most)


def _http_error(_request: HttpRequest, error: Any) -> HttpResponse:
    # The framework's only one besides the stranger: a body that is no JSON. Its own message may quote the body.
    return problem(error.status_code, _("The body cannot be read: JSON in UTF-8 is expected."))


def _invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    """The first of the wrong inputs, by its name. What was sent is not repeated."""
    first = error.errors[0]
    named = [str(part) for part in first["loc"][1:] if part not in {"body", "query"}]
    return problem(UNPROCESSABLE, _("This cannot be used: %(reason)s.") % {"reason": first["msg"]}, ".".join(named))
