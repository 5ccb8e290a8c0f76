"""The requests library, which allauth asks an organisation's identity provider with, led through our own way out.

On its own it waits for each piece of an answer as long as it takes, and allauth asks within a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

import httpx
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from metwith.lib import http
from metwith.lib.i18n import _
from metwith.lib.net import outgoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest, Response

SECONDS = 15.0
"""For a question and the whole of its answer: a page waits for it."""
_LARGEST = 1_000_000


def session() -> requests.Session:
    """A session whose every request goes through `lib.http`. Private addresses are allowed: the operator names the server."""
    made = requests.Session()
    made.trust_env = False
    for scheme in ("https://", "http://"):
        made.mount(scheme, _Guarded())
    return made


class _Guarded(BaseAdapter):
    @override
    def send(self, request: PreparedRequest, *_options: Any, **_more: Any) -> Response:
        """See requests. Its own time-outs and certificates are ours instead. Raises what is a RequestException."""
        question = httpx.Request(request.method or "GET", request.url or "", headers=_headers(request), content=_bytes(request.body))
        try:
            # Signing in is the exchange of an OAuth code, with a server that the operator named: whoever waits has nowhere else to be.
            with (
                outgoing.allowed(),
                http.client(
                    allow_private=True, timeout=SECONDS, whole=SECONDS, max_bytes=_LARGEST, on_redirect=_stay_if(request)
                ) as client,
            ):
                return _response(request, client.send(question))
        except http.HttpError as error:
            raise requests.ConnectionError(str(error), request=request) from error

    @override
    def close(self) -> None:
        """Each request has a client of its own."""


def _stay_if(request: PreparedRequest) -> Callable[[httpx.URL], None]:
    """What is sent holds codes and secrets: an identity provider takes them where it said, and nowhere else."""

    def judge(_url: httpx.URL) -> None:
        if request.method != "GET":
            raise http.Refused(_("The server redirects to an address that is none."))

    return judge


def _headers(request: PreparedRequest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value.decode("latin-1") for name, value in request.headers.items()}


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


def _response(request: PreparedRequest, answer: httpx.Response) -> Response:
    made = requests.Response()
    made.status_code, made.reason, made.url, made.request = answer.status_code, answer.reason_phrase, str(answer.url), request
    made.headers = CaseInsensitiveDict(answer.headers)
    made.encoding = get_encoding_from_headers(made.headers)
    made._content = answer.content  # noqa: SLF001  the only way to give it one that has been read
    return made
