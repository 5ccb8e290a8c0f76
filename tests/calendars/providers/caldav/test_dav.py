from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.providers.caldav.dav import canonical

BASE = "https://cal.acme.example/dav/ana/work/"


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/dav/a@b/1.ics", "/dav/a@b/1.ics"),
        ("/dav/a%40b/1.ics", "/dav/a@b/1.ics"),
        ("https://cal.acme.example/dav/a%40b/1.ics", "/dav/a@b/1.ics"),
        ("1.ics", "/dav/ana/work/1.ics"),
        ("../x.ics", "/dav/ana/x.ics"),
        ("/dav/../x.ics", "/x.ics"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a%2fb", "/a%2Fb"),
        ("/%C3%BC", "/%C3%BC"),
        ("/ü", "/%C3%BC"),
        ("/%c3%bc", "/%C3%BC"),
        ("/a%20b", "/a%20b"),
        ("/a b", "/a%20b"),
        ("/50%25", "/50%25"),
        ("/a%23b", "/a%23b"),
        ("/%FC", "/%FC"),
        ("/", "/"),
        ("", "/dav/ana/work/"),
        ("http://[bad", "http:/%5Bbad".replace("http:/", "http://")),
    ],
)
def test_an_href_has_one_spelling(href: str, path: str):
    assert canonical(BASE, href) == path


@given(st.text(alphabet="ab/.%@+ü2F40", max_size=12))
def test_what_is_canonical_stays_so(href: str):
    once = canonical(BASE, f"/x/{href}")
    assert canonical(BASE, once) == once
