"""Descriptions: lines and links stay, everything that acts goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from metwith.web.calendar.meeting.description import LONGEST, description_html, was_cut

REL = 'target="_blank" rel="noopener noreferrer nofollow"'


def test_the_lines_of_plain_text_stay_lines():
    assert description_html("one\ntwo\r\n\r\nthree") == "one<br>\ntwo<br>\n<br>\nthree"


def test_addresses_in_plain_text_become_links_without_the_full_stop():
    assert (
        description_html("See https://a.example/x?y=1&z=2.")
        == f'See <a href="https://a.example/x?y=1&amp;z=2" {REL}>https://a.example/x?y=1&amp;z=2</a>.'
    )
    assert '<a href="mailto:anna@acme.example"' in description_html("Ask anna@acme.example!")
    assert '<a href="https://www.acme.example"' in description_html("www.acme.example")


def test_angle_brackets_of_plain_text_are_shown_not_obeyed():
    assert description_html("1 < 2 and 3 > 2") == "1 &lt; 2 and 3 &gt; 2"
    assert '&lt;<a href="https://zoom.us/j/1"' in description_html("Join: <https://zoom.us/j/1>")


def test_html_keeps_its_words_lists_and_links():
    kept = description_html('<p>Hello <b>you</b></p><ul><li>one</li></ul><a href="https://x.example">there</a>')
    assert kept == f'<p>Hello <b>you</b></p><ul><li>one</li></ul><a href="https://x.example" {REL}>there</a>'


def test_line_ends_count_in_html_that_has_no_breaks_of_its_own():
    assert description_html("one\n<b>two</b>") == "one<br>\n<b>two</b>"
    assert "<br>" not in description_html("<p>one</p>\n<p>two</p>")


def test_an_address_inside_a_link_is_not_linked_twice():
    assert description_html('<a href="https://x.example">https://y.example</a>').count("<a ") == 1


def test_headings_and_tables_become_lines():
    assert "<h1" not in description_html("<h1>Agenda</h1>")
    assert description_html("<table><tr><td>a</td><td>b</td></tr></table>").replace(" ", "") == "ab<br>"


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        "<p onclick=alert(1) style='position:fixed'>x</p>",
        "<iframe src=https://x.example></iframe>",
        "<svg><a href=javascript:alert(1)>x</a></svg>",
        '<a href="https://x.example" target=_self rel=opener>x</a>',
        "<style>body{display:none}</style>x",
        "<form action=https://x.example><input></form>",
        'https://x.example/"onmouseover="alert(1)',
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    ],
)
def test_nothing_that_acts_comes_through(evil: str):
    shown = description_html(evil)
    for part in (
        "<script",
        "onerror=alert(1)>",
        'href="javascript',
        'href="data',
        " onclick",
        "<iframe",
        "<svg",
        "<style",
        "<form",
        "<input",
        " style=",
    ):
        assert part not in shown
    assert 'rel="opener"' not in shown
    assert ' onmouseover="' not in shown.replace("&quot;", "'")


@given(some.text(alphabet="<>/aphrefbdiv=\"' &;:jst\n.@www", max_size=60))
def test_whatever_is_sent_only_known_tags_come_out(raw: str):
    import re  # noqa: PLC0415

    tags = {found.lower() for found in re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", description_html(raw))}
    assert tags <= {"a", "b", "blockquote", "br", "code", "div", "em", "hr", "i", "li", "ol", "p", "pre", "s", "strong", "u", "ul"}


def test_nothing_to_read_is_nothing():
    assert description_html("") == description_html("  \n ") == description_html("<p>&nbsp;</p><br>") == ""


def test_an_endless_text_is_cut_and_says_so():
    long = "word " * LONGEST
    assert was_cut(long)
    assert len(description_html(long)) <= LONGEST
    assert not was_cut("short")
