"""One border for the APIs of all services: what is tried again, what is renewed, and which of the five errors comes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from metwith.calendars.providers.caldav import dav
from metwith.calendars.providers.google import provider as google
from metwith.calendars.providers.microsoft import provider as microsoft
from metwith.engine.apis.graph import Throttled
from metwith.engine.apis.rest import (
    ATTEMPTS,
    BearerAuth,
    Meaning,
    Refusals,
    Rejected,
    json_object,
    plain_reason,
    provider_errors,
    send_once,
    send_with_retries,
)
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, SlowDown
from metwith.lib import http

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.engine.errors import ProviderError

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOST = "api.example"
GOOGLE, GRAPH, DAV = google.REFUSALS, microsoft.REFUSALS, dav.REFUSALS
OURS = Refusals(
    reasons=lambda response: [response.text],
    meanings=(
        Meaning(SlowDown, "Patience.", statuses=frozenset({429}), again=True, wait=timedelta(minutes=5)),
        Meaning(CursorExpired, "Lost.", reasons=frozenset({"lost"})),
        Meaning(ProviderBroken, "Broken.", statuses=frozenset({502}), again=True),
        Meaning(NeedsReconnect, "Sign in.", statuses=frozenset({401, 403})),
        Meaning(Gone, "Gone."),
    ),
)
"""A service that nobody has, so that nothing here rests on one that somebody has."""


class Service:
    """Gives these answers one after another, then 200, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        """What was sent to be let in."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.headers.get("authorization", ""))
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, json={"told": True})
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, *, auth: httpx.Auth | None = None) -> httpx.Response:
        with httpx.Client(transport=httpx.MockTransport(self), auth=auth) as client:
            return client.get("https://api.example/things")


def refusal(status: int, word: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, text=word, headers={name.replace("_", "-"): value for name, value in headers.items()})


def asked(service: Service, how: Callable[..., httpx.Response] = send_with_retries) -> httpx.Response:
    with provider_errors(lambda: NOW):
        return how(service.send, OURS, lambda: NOW)


@pytest.mark.parametrize("passing", [refusal(502), refusal(429), http.Unreachable("It does not answer.", host="api.example")])
def test_what_may_pass_is_tried_again(passing: httpx.Response | Exception):
    service = Service(passing)
    assert asked(service).json() == {"told": True}
    assert len(service.asked) == 2


def test_what_does_not_pass_is_tried_no_more_than_so_often():
    service = Service(*[refusal(502)] * 10)
    with pytest.raises(ProviderBroken, match=r"Broken\."):
        asked(service)
    assert len(service.asked) == ATTEMPTS


@pytest.mark.parametrize(
    "final",
    [
        refusal(404),
        refusal(403),
        refusal(502, retry_after="1"),
        refusal(429, retry_after="1"),
        http.TimedOut("It is too slow.", host="api.example"),
        http.UnknownHost("Nobody is called that.", host="api.example"),
    ],
)
def test_what_a_second_question_would_not_help_is_asked_once(final: httpx.Response | Exception):
    service = Service(*[final] * 10)
    with pytest.raises((Gone, NeedsReconnect, ProviderBroken, SlowDown)):
        asked(service)
    assert len(service.asked) == 1


def test_what_would_be_done_twice_is_sent_once():
    service = Service(*[refusal(502)] * 10)
    with pytest.raises(ProviderBroken):
        asked(service, send_once)
    assert len(service.asked) == 1


def test_the_first_row_that_fits_counts_and_the_last_fits_all():
    assert OURS.rejected(502, "api.example", ["lost"]).meaning.error is CursorExpired
    assert OURS.rejected(418, "api.example", ["no idea"]).meaning.error is Gone


def test_the_one_who_asked_may_know_more_of_a_refusal():
    with pytest.raises(Rejected) as caught:
        send_with_retries(Service(refusal(404, "lost")).send, OURS, lambda: NOW)
    assert (caught.value.status, caught.value.reasons, caught.value.for_good) == (404, frozenset({"lost"}), True)


@pytest.mark.parametrize(("status", "error"), [(401, NeedsReconnect), (429, SlowDown)])
def test_but_what_means_the_same_everywhere_is_no_matter_of_theirs(status: int, error: type[ProviderError]):
    with pytest.raises(error):
        send_with_retries(Service(*[refusal(status)] * 10).send, OURS, lambda: NOW)


def test_patience_ends_when_the_service_says_else_when_its_table_does():
    with pytest.raises(SlowDown) as named:
        asked(Service(refusal(429, retry_after="60")))
    with pytest.raises(SlowDown) as unnamed:
        asked(Service(*[refusal(429)] * 10))
    assert (named.value.until, unnamed.value.until) == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=5))


def test_no_more_of_a_body_is_told_than_plain_words():
    with pytest.raises(Gone) as plain:
        asked(Service(refusal(404, "notFound")))
    with pytest.raises(Gone) as secret:
        asked(Service(refusal(404, "Meeting with <Ana>")))
    assert (plain.value.detail, secret.value.detail) == ("404 notFound api.example", "404 api.example")
    assert [plain_reason(word) for word in ("rate_limit", "a b", "x" * 200, "ü", None, {"a": 1})] == ["rate_limit", "", "", "", "", ""]


def test_an_error_of_the_connection_is_a_broken_provider():
    with pytest.raises(ProviderBroken) as caught, provider_errors(lambda: NOW):
        raise http.BadCertificate("Its certificate is not valid.", host="api.example", hint="expired")
    assert (caught.value.message, caught.value.detail) == ("Its certificate is not valid.", "api.example expired")


@pytest.mark.parametrize(("body", "read"), [(b'{"a": 1}', {"a": 1}), (b"[1]", None), (b"{", None), (b"", None), (b"\xff", None)])
def test_a_body_is_a_json_object_or_nothing(body: bytes, read: dict[str, int] | None):
    assert json_object(httpx.Response(200, content=body)) == read


class Tokens:
    def __init__(self) -> None:
        self.refreshed = 0

    def access_token(self, *, refresh: bool = False) -> str:
        self.refreshed += refresh
        return f"token {self.refreshed}"


def test_a_token_that_is_refused_is_renewed_once():
    service, tokens = Service(refusal(401)), Tokens()
    assert send_once(lambda: service.send(auth=BearerAuth(tokens)), OURS, lambda: NOW).is_success
    assert service.asked == ["Bearer token 0", "Bearer token 1"]
    service = Service(*[refusal(401)] * 10)
    with pytest.raises(NeedsReconnect):
        send_with_retries(lambda: service.send(auth=BearerAuth(tokens)), OURS, lambda: NOW)
    assert len(service.asked) == 2


def test_a_redirect_does_not_take_the_token_to_another_server_even_of_the_same_site():
    service = Service(httpx.Response(307, headers={"location": "https://pages.api.example/"}))
    with http.GuardedClient(on_redirect=lambda _url: None, transport=httpx.MockTransport(service), auth=BearerAuth(Tokens())) as client:
        assert client.get("https://api.example/things").is_success
    assert service.asked == ["Bearer token 0", ""]


# --- the tables of the services that we read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "error", "again"),
    [
        (GOOGLE.rejected(401, HOST, ["authError"], ""), NeedsReconnect, False),
        (GOOGLE.rejected(403, HOST, ["forbidden"], ""), NeedsReconnect, False),
        (GOOGLE.rejected(403, HOST, ["rateLimitExceeded"], ""), SlowDown, True),
        (GOOGLE.rejected(403, HOST, ["dailyLimitExceeded"], ""), SlowDown, False),
        (GOOGLE.rejected(403, HOST, ["accessNotConfigured"], ""), ProviderBroken, False),
        (GOOGLE.rejected(404, HOST, ["notFound"], ""), Gone, False),
        (GOOGLE.rejected(410, HOST, ["fullSyncRequired"], ""), CursorExpired, False),
        (GOOGLE.rejected(429, HOST, ["rateLimitExceeded"], ""), SlowDown, True),
        (GOOGLE.rejected(429, HOST, ["dailyLimitExceeded"], ""), SlowDown, False),
        (GOOGLE.rejected(500, HOST, ["backendError"], ""), ProviderBroken, True),
        (GOOGLE.rejected(503, HOST, [""], ""), ProviderBroken, True),
        (GOOGLE.rejected(503, HOST, [""], "9"), SlowDown, False),
        (GOOGLE.rejected(400, HOST, ["badRequest"], ""), ProviderBroken, False),
        (GRAPH.rejected(401, HOST, ["invalidauthenticationtoken"], ""), NeedsReconnect, False),
        (GRAPH.rejected(403, HOST, ["erroraccessdenied"], ""), NeedsReconnect, False),
        (GRAPH.rejected(404, HOST, ["erroritemnotfound"], ""), Gone, False),
        (GRAPH.rejected(404, HOST, ["mailboxnotenabledforrestapi"], ""), Gone, False),
        (GRAPH.rejected(400, HOST, ["syncstatenotfound"], ""), CursorExpired, False),
        (GRAPH.rejected(404, HOST, ["syncstatenotfound"], ""), CursorExpired, False),
        (GRAPH.rejected(410, HOST, ["gone"], ""), CursorExpired, False),
        (GRAPH.rejected(429, HOST, ["applicationthrottled"], ""), Throttled, False),
        (GRAPH.rejected(503, HOST, [""], "9"), Throttled, False),
        (GRAPH.rejected(504, HOST, [""], "9"), Throttled, False),
        (GRAPH.rejected(504, HOST, [""], ""), ProviderBroken, True),
        (GRAPH.rejected(500, HOST, [""], ""), ProviderBroken, True),
        (GRAPH.rejected(400, HOST, ["errorinvalidrequest"], ""), ProviderBroken, False),
        (DAV.rejected(401, HOST, [""], ""), NeedsReconnect, False),
        (DAV.rejected(401, HOST, [dav.UNASKED], ""), dav.Unasked, False),
        (DAV.rejected(403, HOST, ["{DAV:}need-privileges"], ""), NeedsReconnect, False),
        (DAV.rejected(404, HOST, [""], ""), Gone, False),
        (DAV.rejected(410, HOST, [""], ""), Gone, False),
        (DAV.rejected(429, HOST, [""], ""), SlowDown, False),
        (DAV.rejected(500, HOST, [""], ""), ProviderBroken, False),
        (DAV.rejected(502, HOST, [""], ""), ProviderBroken, True),
        (DAV.rejected(503, HOST, [""], "9"), SlowDown, False),
        (DAV.rejected(507, HOST, [""], ""), ProviderBroken, False),
    ],
)
def test_what_a_refusal_means(refused: Rejected, error: type[ProviderError], again: bool):
    assert (refused.meaning.error, refused.meaning.again) == (error, again)
