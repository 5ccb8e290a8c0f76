from __future__ import annotations

import hashlib
import re
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers import catalogue
from metwith.calendars.providers.caldav import discover, locations, services
from metwith.calendars.providers.caldav.discover import NamedServer
from metwith.engine.errors import ConnectFailed
from metwith.engine.vocabulary import RemoteAccount
from metwith.lib import http
from tests.servers import PASSWORD, USER, free_port
from tests.web_server import LocalServer, make_certificate, says

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from metwith.engine.port import Step
    from tests.servers import CalDavServer
    from tests.web_server import Answer

DOMAINS = ("acme.example", "dav.acme.example", "hoster.example", "icloud.com", "caldav.icloud.com")
_HEAD = '<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'


def multistatus(*members: tuple[str, str]) -> bytes:
    responses = (
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop>{props}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        for href, props in members
    )
    return f"{_HEAD}{''.join(responses)}</D:multistatus>".encode()


def of_account(home: str = "/dav/ana/") -> str:
    return f"<C:calendar-home-set><D:href>{home}</D:href></C:calendar-home-set>"


CALENDAR = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype><D:displayname>Work</D:displayname>"
BASIC = {"WWW_Authenticate": 'Basic realm="cal"'}


def here(host: str, _port: int) -> tuple[str, ...]:
    if host in DOMAINS or host == "127.0.0.1":
        return ("127.0.0.1",)
    raise http.UnknownHost("No such name.", host=host)


@dataclass
class Desk:
    """Connects as somebody would who typed these things."""

    client: partial[http.GuardedClient]
    steps: list[Step] = field(default_factory=list)
    named: NamedServer | None = None

    def connect(
        self, server: str = "", *, address: str = "ana@acme.example", username: str = "", secret: str = "pw"
    ) -> discover.DiscoveredAccount:
        account = RemoteAccount("caldav", address, server=server, username=username, secret=secret)
        return discover.discover_account(
            account, now=lambda: datetime.now(UTC), on_step=self.steps.append, lookup=lambda _domain: self.named, client=self.client
        )

    def fail(self, server: str = "", **typed: str) -> ConnectFailed:
        with pytest.raises(ConnectFailed) as failed:
            self.connect(server, **typed)
        assert failed.value.message
        assert failed.value.advice
        assert "pw" not in f"{failed.value.message} {failed.value.advice} {failed.value.detail}".split()
        return failed.value


@pytest.fixture
def desk() -> Desk:
    return Desk(partial(http.client, lookup=here))


@pytest.fixture
def web() -> Iterator[LocalServer]:
    running = Strict()
    yield running
    running.stop()


class Strict(LocalServer):
    """Answers 404 wherever nothing else is said."""

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(certificate)
        self.answers = NotFound()

    def has_account(self, path: str = "/dav/", home: str = "/dav/ana/") -> None:
        self.answers[path] = says(multistatus((path, of_account(home))), 207)
        self.answers[home] = says(multistatus((home, ""), (f"{home}work/", CALENDAR)), 207)

    def passwords(self) -> list[str]:
        """The paths that were sent credentials."""
        return [path for _method, path, headers, _body in self.asked if "authorization" in headers]


class NotFound(dict[str, "Answer"]):
    def __missing__(self, _path: str) -> Answer:
        return says(b"not here", 404)


# --- real servers -----------------------------------------------------------------------------------------------------------------


@pytest.mark.server
@pytest.mark.parametrize("path", ["", "owner/", "owner/work/", "nonsense/"])
def test_radicale_is_found_from_any_of_its_addresses(radicale: CalDavServer, desk: Desk, path: str):
    if "/owner/work/" not in radicale.hand.request("PROPFIND", "/owner/", headers={"Depth": "1"}).text:
        radicale.make_calendar("work")
    found = desk.connect(radicale.url + path, username=USER, secret=PASSWORD)
    assert found.server == radicale.url + "owner/"
    assert "work" in {calendar.name for calendar in found.calendars}
    assert [step.key for step in desk.steps if step.done] == ["find", "login", "account", "calendars"]


@pytest.mark.server
def test_xandikos_is_found(xandikos: CalDavServer, desk: Desk):
    found = desk.connect(xandikos.url, username=USER, secret=PASSWORD)
    assert found.server == xandikos.url + "user/calendars/"
    assert "calendar" in {calendar.name for calendar in found.calendars}


@pytest.mark.server
def test_a_wrong_password_is_said_to_be_one(radicale: CalDavServer, desk: Desk):
    failed = desk.fail(radicale.url, username=USER, secret="wrong")
    assert failed.step == "login"
    assert "password" in failed.message


@pytest.mark.server
def test_the_catalogue_keeps_what_was_found(radicale: CalDavServer):
    account = RemoteAccount("caldav", "ana@acme.example", server=radicale.url, username=USER, secret=PASSWORD)
    radicale.make_calendar("for the catalogue")
    connected = catalogue.connect(account, keyed=str, now=lambda: datetime.now(UTC))
    assert connected.account.server == radicale.url + "owner/"
    with catalogue.open_provider(connected.account, keyed=str, now=lambda: datetime.now(UTC)) as provider:
        assert provider.calendars() == connected.calendars
        assert provider.own_addresses() == ()


# --- what goes wrong --------------------------------------------------------------------------------------------------------------------


def test_a_host_that_is_not_there(desk: Desk):
    failed = desk.fail("https://nowhere.example/")
    assert failed.step == "find"
    assert failed.detail == "nowhere.example"


def test_nobody_listening(desk: Desk):
    assert desk.fail(f"http://127.0.0.1:{free_port()}/").step == "find"


def test_not_a_caldav_server(web: LocalServer, desk: Desk):
    web.answers["/"] = says(b"<html>Welcome</html>")
    failed = desk.fail(web.url("/"))
    assert (failed.step, "CalDAV" in failed.message) == ("find", True)


def test_what_is_typed_is_no_address(desk: Desk):
    assert desk.fail("https://").step == "find"
    assert desk.fail("http://exa mple/").step == "find"
    assert desk.fail("", address="").step == "find"


def test_a_private_address_is_refused_unless_the_operator_allows_it(monkeypatch: pytest.MonkeyPatch, desk: Desk):
    monkeypatch.delenv("METWITH_ALLOW_PRIVATE_HOSTS")
    assert "METWITH_ALLOW_PRIVATE_HOSTS=1" in desk.fail("http://127.0.0.1/").advice


def test_a_certificate_for_another_name(tmp_path: Path, desk: Desk):
    certificate = make_certificate(tmp_path, "other.example")
    web = Strict(certificate)
    desk.client = partial(http.client, lookup=here, verify=ssl.create_default_context(cafile=str(certificate)))
    failed = desk.fail(web.url("/", host="acme.example", scheme="https"))
    web.stop()
    assert "certificate" in failed.message
    assert "acme.example" in failed.detail


def test_an_account_without_calendars(web: Strict, desk: Desk):
    web.has_account("/dav/")
    web.answers["/dav/ana/"] = says(multistatus(("/dav/ana/", "")), 207)
    assert desk.fail(web.url("/dav/")).step == "calendars"


def test_a_server_that_breaks_at_the_list_of_calendars(web: Strict, desk: Desk):
    web.has_account("/dav/")
    web.answers["/dav/ana/"] = says(b"", 500)
    failed = desk.fail(web.url("/dav/"))
    assert (failed.step, failed.detail) == ("calendars", "500 127.0.0.1")


def test_a_server_that_asks_for_patience(web: Strict, desk: Desk):
    web.answers["/dav/"] = says(b"", 429, Retry_After="60")
    assert "Wait" in desk.fail(web.url("/dav/")).advice


def test_a_service_that_wants_a_password_of_its_own_says_so(web: Strict, desk: Desk):
    web.answers["/dav/"] = says(b"", 401, **BASIC)
    failed = desk.fail(web.url("/dav/", host="caldav.icloud.com"))
    assert failed.step == "login"
    assert "made for this app" in failed.advice


# --- where it looks ---------------------------------------------------------------------------------------------------------------------


def test_well_known_is_followed(web: Strict, desk: Desk):
    web.answers["/.well-known/caldav"] = says(status=301, Location="/hidden/")
    web.has_account("/hidden/")
    assert desk.connect(web.url("/")).server == web.url("/dav/ana/")


@pytest.mark.parametrize("path", ["/remote.php/dav/", "/SOGo/dav/", "/dav.php/", "/caldav.php/", "/caldav/"])
def test_known_paths_are_tried_where_well_known_leads_nowhere(web: Strict, desk: Desk, path: str):
    web.answers["/.well-known/caldav"] = says(b"<html>SOGo</html>")
    web.has_account(path)
    assert desk.connect(web.url("")).calendars[0].id == "/dav/ana/work/"


def test_the_principal_leads_to_the_home(web: Strict, desk: Desk):
    web.answers["/dav/"] = says(
        multistatus(("/dav/", "<D:current-user-principal><D:href>/p/ana/</D:href></D:current-user-principal>")), 207
    )
    web.has_account("/p/ana/", "/homes/ana/")
    assert desk.connect(web.url("/dav/")).server == web.url("/homes/ana/")


def test_the_user_name_is_the_address_when_none_is_typed(web: Strict, desk: Desk):
    web.has_account("/dav/")
    assert desk.connect(web.url("/dav/"), address="ana@acme.example").username == "ana@acme.example"


def secure(tmp_path: Path, desk: Desk) -> Strict:
    certificate = make_certificate(tmp_path, *DOMAINS)
    desk.client = partial(http.client, lookup=here, verify=ssl.create_default_context(cafile=str(certificate)))
    return Strict(certificate)


def test_the_mail_domains_dns_names_the_server(tmp_path: Path, desk: Desk):
    web = secure(tmp_path, desk)
    web.has_account("/special/")
    desk.named = NamedServer("dav.acme.example", web.port, "/special/")
    found = desk.connect(address="ana@acme.example")
    web.stop()
    assert found.server == web.url("/dav/ana/", host="dav.acme.example", scheme="https")


def test_a_server_named_in_another_domain_is_not_sent_the_password(tmp_path: Path, desk: Desk):
    web = secure(tmp_path, desk)
    web.has_account("/dav/")
    desk.named = NamedServer("hoster.example", web.port)
    failed = desk.fail(address="ana@acme.example")
    web.stop()
    assert "hoster.example" in failed.detail
    assert web.asked == []


def test_a_redirect_to_another_domain_does_not_carry_the_password(tmp_path: Path, desk: Desk):
    web = secure(tmp_path, desk)
    web.answers["/.well-known/caldav"] = says(status=302, Location=web.url("/theirs/", host="hoster.example", scheme="https"))
    web.answers["/theirs/"] = says(b"", 401, **BASIC)
    failed = desk.fail(web.url("/", host="acme.example", scheme="https"))
    web.stop()
    assert "hoster.example" in failed.detail
    assert "/theirs/" in [path for _method, path, *_ in web.asked]
    assert "/theirs/" not in web.passwords()


def test_a_domain_that_names_nothing_gets_advice_to_enter_the_server(desk: Desk):
    assert "Enter the server" in desk.fail(address="ana@nowhere.example").advice


def test_a_calendar_on_another_host_of_the_service_keeps_its_whole_address(tmp_path: Path, desk: Desk):
    """ICloud: the home set lies on a host of its own; a second one may lie elsewhere."""
    web = secure(tmp_path, desk)
    second = web.url("/shared/", host="dav.acme.example", scheme="https")
    homes = f"<C:calendar-home-set><D:href>/dav/ana/</D:href><D:href>{second}</D:href></C:calendar-home-set>"
    web.has_account("/dav/")
    web.answers["/dav/"] = says(multistatus(("/dav/", homes)), 207)
    web.answers["/shared/"] = says(multistatus(("/shared/team/", CALENDAR)), 207)
    found = desk.connect(web.url("/dav/", host="acme.example", scheme="https"))
    web.stop()
    assert {calendar.id for calendar in found.calendars} == {"/dav/ana/work/", second + "team/"}


FOLDERS = ("", "/nextcloud", "/intern/cloud", "/a/b/c")
PASTED = (
    "",
    "/",
    "/index.php",
    "/index.php/apps/calendar",
    "/index.php/apps/calendar/dayGridMonth/now/edit/popover/L3JlbW90ZS5waHA=/1796029200",
    "/apps/calendar/timeGridWeek/2026-11-30",
    "/index.php/login?redirect_url=/apps/calendar#now",
    "/SOGo/so/ana/Calendar/view#!/calendar/day",
    "/login.html",
)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("pasted", PASTED)
def test_a_server_below_a_path_is_found_by_what_a_browser_shows(web: Strict, desk: Desk, folder: str, pasted: str):
    web.has_account(f"{folder}/remote.php/dav/", f"{folder}/remote.php/dav/calendars/ana/")
    found = desk.connect(web.url(f"{folder}{pasted}"))
    assert found.server == web.url(f"{folder}/remote.php/dav/calendars/ana/")


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("/davical", "/davical/caldav.php/"),
        ("/davical/index.php", "/davical/caldav.php/"),
        ("/baikal/html", "/baikal/html/dav.php/"),
        ("/baikal/html/admin/", "/baikal/html/dav.php/"),
        ("/radicale", "/radicale/"),
        ("/radicale/.web/", "/radicale/"),
        ("/mail/SOGo/so/ana/Calendar/view", "/mail/SOGo/dav/"),
        ("/groupware", "/groupware/dav/"),
        ("/groupware/dav", "/groupware/dav/"),
        ("/zimbra/", "/dav/"),
    ],
)
@pytest.mark.parametrize("last", ["", "/"])
def test_each_known_path_is_tried_below_the_typed_one_with_its_slash_or_without(web: Strict, desk: Desk, typed: str, path: str, last: str):
    """The server minds the slash at the end of its own address."""
    web.has_account(path, "/homes/ana/")
    assert desk.connect(web.url(typed.rstrip("/") + last)).server == web.url("/homes/ana/")


@pytest.mark.parametrize("scheme", ["caldavs", "CALDAV", "webcals"])
def test_other_schemes_for_the_same_mean_https(tmp_path: Path, desk: Desk, scheme: str):
    web = secure(tmp_path, desk)
    web.has_account("/dav/")
    found = desk.connect(web.url("/dav/", host="acme.example", scheme=scheme))
    web.stop()
    assert found.server == web.url("/dav/ana/", host="acme.example", scheme="https")


def test_however_deep_a_path_is_a_server_is_asked_a_bounded_number_of_times(web: Strict, desk: Desk):
    assert desk.fail(web.url("/a" * 200)).step == "find"
    assert len(web.asked) <= locations.MOST


def test_the_address_that_was_typed_is_asked_first_and_each_place_once(web: Strict, desk: Desk):
    desk.fail(web.url("/nextcloud/index.php/apps/calendar?day=1#x"))
    paths = [path for _method, path, *_ in web.asked]
    assert paths[0] == "/nextcloud/index.php/apps/calendar?day=1"
    assert len(paths) == len(set(paths))
    assert paths.index("/nextcloud/remote.php/dav/") < paths.index("/.well-known/caldav")


# --- led from https to http ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def plain() -> Iterator[Strict]:
    """The same host's other port, where nothing is encrypted."""
    running = Strict()
    yield running
    running.stop()


def _leads_down(web: Strict, plain: Strict, *paths: str) -> None:
    for path in paths:
        web.answers[path] = says(status=301, Location=plain.url("/dav/", host="acme.example"))


@pytest.mark.parametrize("found_at", ["/", "/remote.php/dav/"])
def test_a_well_known_that_leads_to_http_is_passed_over(tmp_path: Path, desk: Desk, plain: Strict, found_at: str):
    web = secure(tmp_path, desk)
    _leads_down(web, plain, "/.well-known/caldav")
    plain.answers["/dav/"] = says(b"", 401, **BASIC)
    web.has_account(found_at)
    found = desk.connect(web.url("/", host="acme.example", scheme="https"))
    web.stop()
    assert found.server == web.url("/dav/ana/", host="acme.example", scheme="https")
    assert plain.passwords() == []


@pytest.mark.parametrize("answer", [says(b"", 401, **BASIC), says(b"<html>Welcome</html>"), says(b"", 404)])
def test_a_server_that_leads_to_http_everywhere_is_told_apart(tmp_path: Path, desk: Desk, plain: Strict, answer: Answer):
    web = secure(tmp_path, desk)
    _leads_down(web, plain, *services.PATHS)
    plain.answers["/dav/"] = answer
    failed = desk.fail(web.url("/", host="acme.example", scheme="https"))
    web.stop()
    assert "without encryption" in failed.message
    assert failed.detail == "acme.example"
    assert plain.passwords() == []


@pytest.mark.parametrize("host", ["acme.example", "hoster.example"])
def test_what_answers_there_without_a_password_is_not_kept_as_the_server(tmp_path: Path, desk: Desk, plain: Strict, host: str):
    """It would be sent the password with every later reading, once it asks."""
    web = secure(tmp_path, desk)
    web.answers["/.well-known/caldav"] = says(status=301, Location=plain.url("/dav/", host=host))
    plain.has_account()
    desk.fail(web.url("/", host="acme.example", scheme="https"))
    web.has_account("/remote.php/dav/")
    assert desk.connect(web.url("/", host="acme.example", scheme="https")).server.startswith("https://acme.example")
    web.stop()
    assert plain.passwords() == []


def test_a_wrong_password_is_tried_once_and_not_at_each_place(web: Strict, desk: Desk):
    """Servers lock accounts after some."""
    web.answers["/nextcloud/remote.php/dav/"] = says(b"", 401, **BASIC)
    web.answers["/remote.php/dav/"] = says(b"", 401, **BASIC)
    assert desk.fail(web.url("/nextcloud")).step == "login"
    asked = [path for _method, path, *_ in web.asked]
    assert "/remote.php/dav/" not in asked


def test_a_page_that_wants_another_kind_of_sign_in_says_nothing_about_the_password(web: Strict, desk: Desk):
    web.answers["/nextcloud"] = says(b"", 401, WWW_Authenticate='Bearer realm="Nextcloud"')
    web.has_account("/nextcloud/remote.php/dav/")
    assert desk.connect(web.url("/nextcloud")).calendars
    web.answers.clear()
    web.answers["/nextcloud"] = says(b"", 401, WWW_Authenticate='Bearer realm="Nextcloud"')
    assert "password made for apps" in desk.fail(web.url("/nextcloud")).advice


# --- certificates ---------------------------------------------------------------------------------------------------------------------


def test_a_certificate_that_nobody_vouches_for_is_told_with_what_the_operator_can_do(tmp_path: Path, desk: Desk):
    web = Strict(make_certificate(tmp_path, "acme.example"))
    failed = desk.fail(web.url("/", host="acme.example", scheme="https"))
    web.stop()
    assert "vouches" in failed.message
    assert "SSL_CERT_FILE" in failed.advice


# --- passwords ------------------------------------------------------------------------------------------------------------------------


def digest(handler: BaseHTTPRequestHandler, good: Answer, body: bytes) -> None:
    """Digest with MD5 and qop=auth (RFC 7616), as sabre/dav asks for it."""
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', handler.headers.get("Authorization", "")))
    if not handler.headers.get("Authorization", "").startswith("Digest "):
        says(b"", 401, WWW_Authenticate='Digest realm="dav", nonce="abc", qop="auth", algorithm=MD5')(handler, body)
        return
    secret = hashlib.md5(b"ana:dav:pw").hexdigest()  # noqa: S324  the protocol's choice
    request = hashlib.md5(f"{handler.command}:{handler.path}".encode()).hexdigest()  # noqa: S324
    wanted = hashlib.md5(f"{secret}:abc:{given['nc']}:{given['cnonce']}:auth:{request}".encode()).hexdigest()  # noqa: S324
    (good if given["response"] == wanted else says(b"", 403))(handler, body)


@pytest.mark.parametrize("host", ["127.0.0.1", "acme.example"])
def test_digest_is_spoken_where_it_is_asked_for(web: Strict, desk: Desk, host: str):
    web.has_account("/dav/")
    for path in list(web.answers):
        web.answers[path] = partial(lambda good, handler, body: digest(handler, good, body), web.answers[path])
    found = desk.connect(web.url("/dav/", host=host), username="ana")
    assert [calendar.name for calendar in found.calendars] == ["Work"]


def test_no_password_goes_unasked_over_an_open_line(web: Strict, desk: Desk):
    web.has_account("/dav/")
    desk.connect(web.url("/dav/", host="acme.example"))
    assert web.passwords() == []


def test_basic_is_spoken_over_an_open_line_when_asked_for(web: Strict, desk: Desk):
    web.has_account("/dav/")

    def ask_first(good: Answer, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        (good if "Authorization" in handler.headers else says(b"", 401, **BASIC))(handler, body)

    for path in list(web.answers):
        web.answers[path] = partial(ask_first, web.answers[path])
    assert desk.connect(web.url("/dav/", host="acme.example")).calendars
    assert len(web.asked) == 3, "it is asked for once"
