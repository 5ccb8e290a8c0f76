"""Names are looked up in the hosts file and then by the DNS, and the DNS is given five seconds, or what a caller has left."""

from __future__ import annotations

import itertools
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from metwith.lib import http
from metwith.lib.net import deadline, lookup
from metwith.lib.net.lookup import Names
from tests.fence import no_waiting_for_ever

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    type Say = Callable[[dns.message.Message], bytes | None]
    type Tell = Callable[[dns.message.Message], bytes]

SHORT = 0.3


@pytest.fixture(autouse=True)
def _fenced() -> Iterator[None]:
    with no_waiting_for_ever():
        yield


class NameServer:
    """A name server on this machine that says what a test has it say; None is silence."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.asked: list[tuple[str, str]] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            data, where = self.socket.recvfrom(4096)
            if data == b"over":
                return
            query = dns.message.from_wire(data)
            self.asked.append((query.question[0].name.to_text(), dns.rdatatype.to_text(query.question[0].rdtype)))
            if (answer := self.say(query)) is not None:
                self.socket.sendto(answer, where)

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"over", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()


def zone(**records: tuple[str, ...]) -> Tell:
    """Knows some names: `cal_north_example=("192.0.2.1", "2001:db8::1")`."""

    def say(query: dns.message.Message) -> bytes:
        answer = dns.message.make_response(query)
        name, kind = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
        known = records.get(name.to_text(omit_final_dot=True).replace(".", "_"))
        if known is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif those := [one for one in known if (":" in one) == (kind == "AAAA")]:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *those))
        return answer.to_wire()

    return say


def broken(query: dns.message.Message) -> bytes:
    answer = dns.message.make_response(query)
    answer.set_rcode(dns.rcode.SERVFAIL)
    return answer.to_wire()


@contextmanager
def machine(
    tmp_path: Path, say: Say, *, hosts: str = "", resolv_conf: str | bytes | None = "nameserver 127.0.0.1\n"
) -> Iterator[tuple[Names, NameServer]]:
    """A machine with these files and this name server; None: without a resolv.conf."""
    (tmp_path / "hosts").write_text(hosts)
    if resolv_conf is not None:
        (tmp_path / "resolv.conf").write_bytes(resolv_conf if isinstance(resolv_conf, bytes) else resolv_conf.encode())
    server = NameServer(say)
    try:
        yield Names(tmp_path / "hosts", tmp_path / "resolv.conf", server.port), server
    finally:
        server.stop()


def test_the_dns_is_asked_for_both_families_and_ipv4_comes_first(tmp_path: Path):
    with machine(tmp_path, zone(cal_north_example=("2001:db8::1", "192.0.2.1"))) as (names, _server):
        assert names.addresses("cal.north.example") == ("192.0.2.1", "2001:db8::1")


def test_a_name_that_is_not_there_has_no_address(tmp_path: Path):
    with machine(tmp_path, zone()) as (names, _server):
        assert names.addresses("cal.north.example") == ()


def test_the_hosts_file_comes_first_and_the_dns_is_not_asked(tmp_path: Path):
    hosts = "# ours\n192.0.2.7 cal.north.example cal # here\n2001:db8::7\tCAL.north.example.\nnonsense other.example\n192.0.2.8\n"
    with machine(tmp_path, zone(cal_north_example=("192.0.2.1",), other_example=("192.0.2.2",)), hosts=hosts) as (names, server):
        assert names.addresses("Cal.North.example.") == ("192.0.2.7", "2001:db8::7")
        assert names.addresses("cal") == ("192.0.2.7",)
        assert server.asked == []
        assert names.addresses("other.example") == ("192.0.2.2",)


def test_a_hosts_file_that_changes_is_read_again(tmp_path: Path):
    with machine(tmp_path, zone(), hosts="192.0.2.7 cal.north.example\n") as (names, _server):
        names.addresses("cal.north.example")
        names.hosts.write_text("192.0.2.77 cal.north.example\n")
        assert names.addresses("cal.north.example") == ("192.0.2.77",)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "metwith.localhost"])
def test_this_machine_is_known_without_any_file(tmp_path: Path, host: str):
    with machine(tmp_path, zone()) as (names, server):
        names.hosts.unlink()
        assert names.addresses(host) == ("127.0.0.1", "::1")
        assert server.asked == []


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
def test_a_number_is_an_address_in_every_spelling_and_nobody_is_asked(tmp_path: Path, host: str, address: str):
    with machine(tmp_path, zone()) as (names, server):
        assert names.addresses(host) == (address,)
        assert server.asked == []


ODD = {
    "missing": None,
    "empty": "",
    "without a server": "search north.example\noptions ndots:1\n",
    "a server that is none": "nameserver\nnameserver dns.north.example\nnameserver 300.1.1.1\n",
    "names that are none": f"search {'x' * 70}.example\ndomain ..\n",
    "no text": b"\xff\xfe\x00nameserver \xff\n",
    "odd options": "options timeout:0 ndots:many attempts\nsortlist 1.2.3.4\n",
}


@pytest.mark.parametrize("resolv_conf", ODD.values(), ids=list(ODD))
def test_an_odd_resolv_conf_is_no_reason_not_to_ask(tmp_path: Path, resolv_conf: str | bytes | None):
    """This machine is asked then (resolv.conf(5))."""
    with machine(tmp_path, zone(cal_north_example=("192.0.2.1",)), resolv_conf=resolv_conf) as (names, _server):
        assert names.addresses("cal.north.example") == ("192.0.2.1",)


def test_what_is_odd_in_resolv_conf_hides_nothing_that_is_not(tmp_path: Path):
    text = f"nameserver 300.1.1.1\nnameserver 127.0.0.1\nsearch north.example {'x' * 70}\nsearch north.example\n"
    with machine(tmp_path, zone(cal_north_example=("192.0.2.1",)), resolv_conf=text) as (names, _server):
        assert names.addresses("cal") == ("192.0.2.1",)


def test_a_name_server_that_stumbles_over_one_family_is_believed_about_the_other(tmp_path: Path):
    known = zone(cal_north_example=("192.0.2.1",))
    with machine(tmp_path, lambda query: broken(query) if query.question[0].rdtype == dns.rdatatype.AAAA else known(query)) as (
        names,
        _server,
    ):
        assert names.addresses("cal.north.example") == ("192.0.2.1",)


def _wrong(query: dns.message.Message) -> bytes:
    """An answer to another question: it is passed over, and waited on."""
    query.id = (query.id + 1) % 65536
    return zone(cal_north_example=("192.0.2.66",))(query)


@pytest.mark.parametrize("say", [lambda _query: None, _wrong, lambda _query: b"no message"], ids=["silent", "wrong", "garbage"])
def test_a_name_server_that_does_not_answer_is_given_up(tmp_path: Path, say: Say):
    with machine(tmp_path, say) as (names, _server), deadline.within(SHORT), pytest.raises(http.TimedOut):
        names.addresses("cal.north.example")


def test_five_seconds_are_the_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(deadline, "NAMES", SHORT)
    with machine(tmp_path, lambda _query: None) as (names, server), pytest.raises(http.TimedOut):
        names.addresses("cal.north.example")
    assert server.asked


def test_names_that_lead_round_in_circles_end(tmp_path: Path):
    def say(query: dns.message.Message) -> bytes:
        answer = dns.message.make_response(query)
        name = query.question[0].name
        for number in itertools.count():
            if number > 30:
                break
            target = f"a{number}.example."
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", target))
            name = dns.name.from_text(target)
        return answer.to_wire()

    with machine(tmp_path, say) as (names, _server), deadline.within(SHORT):
        assert names.addresses("cal.north.example") == ()


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "a..b", ".", "caf\udce9.example", "a b", "x" * 300])
def test_a_name_that_cannot_be_has_no_address(tmp_path: Path, host: str):
    with machine(tmp_path, zone()) as (names, _server):
        assert names.addresses(host) == ()


def test_looking_up_is_within_the_time_of_the_question():
    """However long a name server is given: what is asked has its own time."""
    seen: list[float] = []

    def slow(host: str, _port: int) -> tuple[str, ...]:
        seen.append(deadline.seconds_left(1000))
        return ("127.0.0.1",)

    with http.client(allow_private=False, timeout=2, lookup=slow) as client, pytest.raises(http.Refused):
        client.get("http://cal.north.example/")
    assert seen[0] <= 2


def test_a_name_without_an_address_is_an_unknown_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with machine(tmp_path, zone()) as (names, _server):
        monkeypatch.setattr(lookup, "Names", lambda: names)
        with pytest.raises(http.UnknownHost):
            http.resolve("cal.north.example", 443)
