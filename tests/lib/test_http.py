from __future__ import annotations

import gzip
import ssl
import time
import tracemalloc
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from metwith.lib import http
from metwith.lib.net import wire
from tests.servers import free_port
from tests.web_server import LocalServer, make_certificate, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

NAMES = ("cal.acme.example", "dav.acme.example", "elsewhere.example")


@pytest.fixture
def server() -> Iterator[LocalServer]:
    running = LocalServer()
    running.answers["/"] = says()
    yield running
    running.stop()


def here(host: str, _port: int) -> tuple[str, ...]:
    """A DNS in which some names lead to this machine."""
    assert host in NAMES or host == "127.0.0.1", host
    return ("127.0.0.1",)


@contextmanager
def open_client(**options: Any) -> Iterator[http.GuardedClient]:
    with http.client(**{"allow_private": True, "timeout": 5, "lookup": here, **options}) as client:
        yield client


@contextmanager
def picky_client(permits: Callable[[str], bool], lookup: Callable[[str, int], tuple[str, ...]]) -> Iterator[http.GuardedClient]:
    """A client whose guard we can tell what is private, since a test reaches nothing but this machine."""
    transport = http.Transport(permits=permits, lookup=lookup, timeout=5, max_bytes=1000, verify=True)
    with http.GuardedClient(transport=transport, on_redirect=lambda _url: None) as client:
        yield client


NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "0.0.0.0",  # noqa: S104  an address to refuse
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "100::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_address_inside_is_public(address: str):
    assert not http.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str):
    assert http.is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3", "169.254.169.254"])
def test_private_targets_are_refused_with_the_hint_for_the_operator(host: str):
    with http.client(allow_private=False) as client, pytest.raises(http.Refused) as refused:
        client.get(f"http://{host}/secret?token=1")
    assert "METWITH_ALLOW_PRIVATE_HOSTS=1" in refused.value.hint


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    with http.client(allow_private=False, lookup=lambda *_: ("8.8.8.8", "10.0.0.1")) as client, pytest.raises(http.Refused):
        client.get("http://both.example/")


def test_the_operator_may_allow_private_hosts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("METWITH_ALLOW_PRIVATE_HOSTS", raising=False)
    assert not http.allow_private_hosts()
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "0")
    assert not http.allow_private_hosts()
    monkeypatch.setenv("METWITH_ALLOW_PRIVATE_HOSTS", "1")
    assert http.allow_private_hosts()


def test_the_connection_goes_to_the_address_that_was_checked(server: LocalServer):
    """A DNS that answers otherwise the second time is not asked a second time."""
    answers = iter([("127.0.0.1",), ("10.0.0.1",)])
    with picky_client(lambda address: address == "127.0.0.1", lambda *_: next(answers)) as client:
        assert client.get(server.url("/", host="rebinding.example")).text == "hello"
    assert server.asked[0][2]["host"] == f"rebinding.example:{server.port}"


def test_the_next_address_is_tried_when_the_first_does_not_answer(server: LocalServer):
    with open_client(lookup=lambda *_: ("127.0.0.2", "127.0.0.1")) as client:
        assert client.get(server.url("/")).text == "hello"


def test_a_redirect_into_a_private_network_is_refused(server: LocalServer):
    server.answers["/away"] = says(status=302, Location="http://inside.example/")
    addresses = {"outside.example": ("127.0.0.1",), "inside.example": ("10.0.0.1",)}
    with picky_client(lambda address: address == "127.0.0.1", lambda host, _port: addresses[host]) as client, pytest.raises(http.Refused):
        client.get(server.url("/away", host="outside.example"))


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/", "file:///etc/passwd", "mailto:ana@acme.example", "http://acme:x:y/"])
def test_a_redirect_to_another_kind_of_address_is_refused(server: LocalServer, target: str):
    server.answers["/away"] = says(status=302, Location=target)
    with open_client() as client, pytest.raises(http.Refused):
        client.get(server.url("/away"))


@pytest.mark.parametrize("url", ["ftp://cal.acme.example/", "file:///etc/passwd"])
def test_only_the_web_is_read(url: str):
    with open_client() as client, pytest.raises(http.Refused):
        client.get(url)


def test_five_redirects_are_followed_and_six_are_not(server: LocalServer):
    for number in range(6):
        server.answers[f"/{number}"] = says(status=302, Location=f"/{number + 1}")
    server.answers["/6"] = says()
    with open_client() as client:
        assert client.get(server.url("/1")).url.path == "/6"
        with pytest.raises(http.Refused):
            client.get(server.url("/0"))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["PROPFIND", "REPORT"])
def test_a_redirect_keeps_method_body_and_headers(server: LocalServer, method: str, status: int):
    server.answers["/old"] = says(status=status, Location="/new")
    server.answers["/new"] = says()
    with open_client() as client:
        client.request(method, server.url("/old"), content=b"<what/>", headers={"Depth": "1"})
    asked_method, path, headers, body = server.asked[-1]
    assert (asked_method, path, headers["depth"], body) == (method, "/new", "1", b"<what/>")


def test_see_other_means_get(server: LocalServer):
    server.answers["/old"] = says(status=303, Location="/new")
    server.answers["/new"] = says()
    with open_client() as client:
        client.request("REPORT", server.url("/old"), content=b"<what/>")
    assert server.asked[-1][0::3] == ("GET", b"")


def credentials_after(server: LocalServer, target: str, *, home: str = "") -> bool:
    server.answers["/away"] = says(status=302, Location=target)
    server.answers["/there"] = says()
    with open_client(auth=httpx.BasicAuth("ana", "secret"), home=home) as client:
        client.get(server.url("/away", host="cal.acme.example"))
    assert server.asked[-1][1] == "/there"
    return "authorization" in server.asked[-1][2]


def test_credentials_go_along_within_a_registrable_domain(server: LocalServer):
    assert credentials_after(server, server.url("/there", host="dav.acme.example"))


def test_credentials_do_not_go_to_another_domain(server: LocalServer):
    assert not credentials_after(server, server.url("/there", host="elsewhere.example"))


def test_credentials_stay_at_home_whoever_is_asked_first(server: LocalServer):
    assert not credentials_after(server, server.url("/there", host="cal.acme.example"), home="https://elsewhere.example/")


@pytest.mark.parametrize(
    ("home", "url", "may"),
    [
        ("https://a.acme.example", "https://b.acme.example", True),
        ("https://a.acme.example", "http://a.acme.example", False),
        ("http://a.acme.example", "https://a.acme.example", True),
        ("https://acme.co.uk", "https://other.co.uk", False),
        ("https://localhost", "https://localhost", True),
        ("https://localhost", "https://otherhost", False),
        ("https://10.0.0.1", "https://10.0.0.2", False),
    ],
)
def test_where_credentials_may_go(home: str, url: str, may: bool):
    assert http.may_carry_credentials(httpx.URL(home), httpx.URL(url)) is may


def test_credentials_in_the_address_do_not_travel_to_another_host(server: LocalServer):
    server.answers["/away"] = says(status=302, Location=server.url("/there", host="elsewhere.example"))
    server.answers["/there"] = says()
    with open_client() as client:
        client.get(f"http://ana:secret@cal.acme.example:{server.port}/away")
    assert "authorization" in server.asked[0][2]
    assert "authorization" not in server.asked[1][2]


@pytest.mark.parametrize("name", ["Authorization", "Cookie"])
def test_what_a_caller_says_of_itself_stays_behind_at_a_redirect(server: LocalServer, name: str):
    server.answers["/away"] = says(status=302, Location=server.url("/there", host="elsewhere.example"), Set_Cookie="session=theirs")
    server.answers["/there"] = says()
    with open_client() as client:
        client.get(server.url("/away", host="cal.acme.example"), headers={name: "secret"})
    assert [name.lower() in headers for _, _, headers, _ in server.asked] == [True, False]


def test_servers_that_send_us_in_a_circle_are_left(server: LocalServer):
    server.answers["/here"] = says(status=307, Location="/there")
    server.answers["/there"] = says(status=307, Location="/here")
    with open_client() as client, pytest.raises(http.Refused, match="too often"):
        client.get(server.url("/here"))
    assert len(server.asked) == http.MAX_REDIRECTS + 1


def test_a_body_that_is_too_large_is_not_read_to_its_end(server: LocalServer):
    server.answers["/large"] = says(b"x" * 2000)
    with open_client(max_bytes=1000) as client, pytest.raises(http.TooLarge):
        client.get(server.url("/large"))


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_small_body_that_unpacks_to_a_huge_one_is_too_large(server: LocalServer, pack: Callable[[bytes], bytes]):
    encoding = "gzip" if pack is gzip.compress else "deflate"
    server.answers["/bomb"] = says(pack(b"x" * 5_000_000), Content_Encoding=encoding)
    with open_client(max_bytes=1_000_000) as client, pytest.raises(http.TooLarge):
        client.get(server.url("/bomb"))


def _bare_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", _bare_deflate)])
def test_packed_bodies_are_unpacked(server: LocalServer, encoding: str, pack: Callable[[bytes], bytes]):
    text = b"".join(b"%d " % number for number in range(60_000))
    server.answers["/packed"] = says(pack(text), Content_Encoding=encoding)
    with open_client() as client:
        assert client.get(server.url("/packed")).content == text


@pytest.mark.parametrize("body", [gzip.compress(b"x" * 9999, mtime=0)[:-12], b"\x1f\x8bnonsense", b"<html>"])
def test_a_packed_body_that_is_cut_or_none_is_an_error(server: LocalServer, body: bytes):
    server.answers["/cut"] = says(body, Content_Encoding="gzip")
    with open_client() as client, pytest.raises(http.Unreachable):
        client.get(server.url("/cut"))


def test_what_comes_after_the_end_of_a_packed_body_counts_too(server: LocalServer):
    """It is thrown away, but a server could go on sending it for ever."""
    server.answers["/tail"] = says(gzip.compress(b"x") + bytes(2_000_000), Content_Encoding="gzip")
    with open_client(max_bytes=1_000_000) as client, pytest.raises(http.TooLarge):
        client.get(server.url("/tail"))


def test_a_packed_body_is_unpacked_by_small_pieces(server: LocalServer):
    """Not first unpacked and then measured."""
    server.answers["/bomb"] = says(gzip.compress(bytes(200_000_000), compresslevel=1), Content_Encoding="gzip")
    tracemalloc.start()
    try:
        with open_client(max_bytes=1_000_000) as client, pytest.raises(http.TooLarge):
            client.get(server.url("/bomb"))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip, br", "identity", "made-up"])
def test_what_was_not_asked_for_is_not_unpacked(server: LocalServer, encoding: str):
    """Neither here nor by httpx, which would do it without a measure wherever the libraries for it happen to be installed."""
    body = gzip.compress(gzip.compress(bytes(5_000_000)))
    server.answers["/odd"] = says(body, Content_Encoding=encoding)
    with open_client(max_bytes=1_000_000) as client:
        assert client.get(server.url("/odd")).content == body
    assert server.asked[-1][2]["accept-encoding"] == "gzip, deflate"


def test_an_empty_packed_body_is_empty(server: LocalServer):
    server.answers["/empty"] = says(b"", Content_Encoding="gzip")
    with open_client() as client:
        assert client.get(server.url("/empty")).content == b""


def test_a_body_shorter_than_announced_is_an_error(server: LocalServer):
    def answer(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"short")
        handler.close_connection = True

    server.answers["/short"] = answer
    with open_client() as client, pytest.raises(http.Unreachable):
        client.get(server.url("/short"))


def test_a_body_that_drips_is_given_up(server: LocalServer):
    def answer(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _number in range(1000):
            try:
                handler.wfile.write(b"x")
            except OSError:
                break
            time.sleep(0.02)
        handler.close_connection = True

    server.answers["/drip"] = answer
    with open_client(timeout=0.05) as client, pytest.raises(http.TimedOut):
        client.get(server.url("/drip"))


def test_a_server_that_says_nothing_times_out(server: LocalServer):
    server.answers["/sleepy"] = lambda _handler, _body: time.sleep(0.5)
    with open_client(timeout=0.1) as client, pytest.raises(http.TimedOut):
        client.get(server.url("/sleepy"))


def test_nobody_listening_is_unreachable():
    with open_client() as client, pytest.raises(http.Unreachable):
        client.get(f"http://127.0.0.1:{free_port()}/")


def test_a_name_that_cannot_be_is_an_unknown_host():
    with pytest.raises(http.UnknownHost):
        http.resolve("a" * 70 + ".example", 80)


def test_proxies_of_the_environment_are_ignored(server: LocalServer, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with open_client() as client:
        assert client.get(server.url("/")).text == "hello"


def test_no_message_holds_more_than_the_host(server: LocalServer):
    server.answers["/private/token"] = says(b"x" * 2000)
    with open_client(max_bytes=1000) as client, pytest.raises(http.HttpError) as error:
        client.get(f"http://ana:secret@127.0.0.1:{server.port}/private/token?key=1")
    assert str(error.value).endswith("(127.0.0.1)")
    for word in ("private", "token", "key", "ana", "secret"):
        assert word not in str(error.value)


def test_large_answers_can_be_streamed(server: LocalServer):
    server.answers["/large"] = says(b"x" * 200_000)
    with open_client() as client, client.stream("GET", server.url("/large")) as response:
        assert sum(len(piece) for piece in response.iter_bytes()) == 200_000


# --- certificates -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), "cal.acme.example")


@pytest.fixture
def secure(certificate: Path) -> Iterator[LocalServer]:
    running = LocalServer(certificate)
    running.answers["/"] = says()
    yield running
    running.stop()


def test_a_certificate_is_checked_against_the_name_though_the_address_was_looked_up_before(secure: LocalServer, certificate: Path):
    trust = ssl.create_default_context(cafile=str(certificate))
    with open_client(verify=trust) as client:
        assert client.get(secure.url("/", host="cal.acme.example", scheme="https")).text == "hello"
        with pytest.raises(http.BadCertificate) as error:
            client.get(secure.url("/", host="dav.acme.example", scheme="https"))
    assert "dav.acme.example" in error.value.hint


def test_an_unknown_certificate_is_refused(secure: LocalServer):
    with open_client() as client, pytest.raises(http.BadCertificate) as error:
        client.get(secure.url("/", host="cal.acme.example", scheme="https"))
    assert error.value.hint


@pytest.mark.parametrize(
    ("days", "names", "words"),
    [
        ((-9, -2), ["cal.acme.example"], "run out"),
        ((2, 9), ["cal.acme.example"], "not valid yet"),
        ((-1, 1), ["other.example"], "another name"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(tmp_path: Path, days: tuple[int, int], names: list[str], words: str):
    certificate = make_certificate(tmp_path, *names, days=days)
    running = LocalServer(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    with open_client(verify=trust) as client, pytest.raises(http.BadCertificate, match=words) as error:
        client.get(running.url("/", host="cal.acme.example", scheme="https"))
    running.stop()
    assert error.value.advice


def test_a_certificate_that_nobody_vouches_for_is_told_apart_from_one_that_has_run_out(secure: LocalServer):
    with open_client() as client, pytest.raises(http.BadCertificate, match="vouches") as error:
        client.get(secure.url("/", host="cal.acme.example", scheme="https"))
    assert "SSL_CERT_FILE" in error.value.advice


def test_the_operator_s_own_authorities_are_believed(secure: LocalServer, certificate: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    wire._ssl_context.cache_clear()
    with open_client() as client:
        assert client.get(secure.url("/", host="cal.acme.example", scheme="https")).text == "hello"
    wire._ssl_context.cache_clear()


def test_a_server_that_speaks_no_tls_is_told_apart(server: LocalServer):
    with open_client() as client, pytest.raises(http.BadCertificate):
        client.get(server.url("/", host="cal.acme.example", scheme="https"))


def test_kept_connections_serve_the_next_client_too(server: LocalServer):
    callers: list[int] = []

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        callers.append(handler.client_address[1])
        says(b"hello")(handler, body)

    server.answers["/"] = answer
    for kept in (True, True, False):
        with open_client(kept=kept) as client:
            assert client.get(server.url("/"), headers={"Authorization": "Bearer x"}).text == "hello"
    first, second, third = callers
    assert first == second != third


def test_a_kept_connection_that_the_server_has_closed_is_opened_anew(server: LocalServer):
    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        says(b"hello")(handler, body)
        handler.close_connection = True

    server.answers["/"] = answer
    for _ in range(3):
        with open_client(kept=True) as client:
            assert client.get(server.url("/")).text == "hello"
        time.sleep(0.05)
