"""There is one way out of Metwith: `lib.http`, with its guard and its deadlines. Whatever else could open a connection is found here."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import metwith

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(metwith.__file__).parent
CONNECTS = frozenset(
    [
        "_socket",
        "aiohttp",
        "asyncio.streams",
        "dns",
        "ftplib",
        "http.client",
        "httpcore",
        "httplib2",
        "imaplib",
        "nntplib",
        "poplib",
        "pycurl",
        "requests",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "telnetlib",
        "urllib.request",
        "urllib3",
        "websockets",
        "xmlrpc",
    ]
)
"""Modules that connect, or that something is connected with."""
CLIENTS = frozenset(
    [
        "AsyncClient",
        "AsyncHTTPTransport",
        "Client",
        "HTTPTransport",
        "delete",
        "get",
        "head",
        "options",
        "patch",
        "post",
        "put",
        "request",
        "stream",
    ]
)
"""What httpx has that sends without our transport; `httpx.Client(transport=…)` over a fake is for practice only."""
OPENS = frozenset(["create_connection", "open_connection", "getaddrinfo", "gethostbyname", "urlopen"])
KNOWN = {
    "lib/net/wire.py": {"httpcore", "ssl"},  # the way itself
    "lib/net/lookup.py": {"dns", "socket"},  # the DNS, in time
    "server/postgres.py": {"socket"},  # our own PostgreSQL's socket
    "cli/run/ports.py": {"socket"},  # a free port of this machine
    "cli/run/serve.py": {"socket", "create_connection"},  # whether our own site listens
    "lib/net/requests_door.py": {"requests"},  # allauth's sessions, led through lib.http
}


def _at_work(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs: what is imported for types alone connects nothing."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _at_work(child)


def found(path: Path) -> set[str]:
    names: set[str] = set()
    for node in _at_work(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update(name for alias in node.names for name in (node.module, f"{node.module}.{alias.name}"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            names.update({node.func.attr} & OPENS)
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "httpx" and node.func.attr in CLIENTS:
                names.add(f"httpx.{node.func.attr}")
        elif isinstance(node, ast.ClassDef):
            names.update(f"httpx.{base.attr}" for base in node.bases if isinstance(base, ast.Attribute) and base.attr in CLIENTS)
    return {known for name in names for known in [_door(name)] if known}


def _door(name: str) -> str:
    """The module that connects which a name is, or is part of; a client of httpx; a call that opens."""
    parents = {name[:at] for at in range(len(name)) if name[at] == "."} | {name}
    return next(iter(sorted(parents & CONNECTS)), name if (name.startswith("httpx.") and name[6:] in CLIENTS) or name in OPENS else "")


def test_nothing_but_lib_http_reaches_out():
    ways = {
        str(path.relative_to(ROOT)): names
        for path in sorted(ROOT.rglob("*.py"))
        if path.relative_to(ROOT).parts[0] != "practice" and (names := found(path))
    }
    beside = {where: names - KNOWN.get(where, set()) for where, names in ways.items()}
    assert {where: names for where, names in beside.items() if names} == {"lib/http.py": {"httpx.Client"}}


def test_every_exception_is_still_one():
    assert {where: KNOWN[where] for where in KNOWN if not KNOWN[where] <= found(ROOT / where)} == {}


def test_the_search_finds_each_way(tmp_path: Path):
    for line, way in {
        "import requests": "requests",
        "import urllib.request": "urllib.request",
        "from urllib import request": "urllib.request",
        "from urllib.request import urlopen": "urllib.request",
        "from http import client": "http.client",
        "import dns.resolver": "dns",
        "from socket import create_connection": "socket",
        "import httpx\nhttpx.get('https://north.example')": "httpx.get",
        "import httpx\nwith httpx.Client() as client: pass": "httpx.Client",
        "from httpx import Client": "httpx.Client",
        "import httpx\nclass Mine(httpx.AsyncClient): pass": "httpx.AsyncClient",
        "import asyncio\nasyncio.open_connection('north.example', 80)": "open_connection",
    }.items():
        (tmp_path / "module.py").write_text(line)
        assert way in found(tmp_path / "module.py"), line
