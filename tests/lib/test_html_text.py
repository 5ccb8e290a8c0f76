from __future__ import annotations

import time

import pytest

from metwith.lib.html_text import LONGEST, plain


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Agenda\n1 < 2 & 3 > 2\n<anna@acme.example>", "Agenda\n1 < 2 & 3 > 2\n<anna@acme.example>"),
        ("<p>Agenda</p><ul><li>One</li><li>Two &amp; three</li></ul>", "Agenda\nOne\nTwo & three"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ('<a href="https://x.example/a">Slides</a>', "Slides (https://x.example/a)"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="mailto:anna@acme.example">anna@acme.example</a>', "anna@acme.example"),
        ('<a href="javascript:evil()">here</a><script>evil()</script><b>bold</b>', "herebold"),
        ("<div>a</div>\n<br>\n<br>\n<br><div>b</div>", "a\n\nb"),
        ("<br>", ""),
        ("", ""),
    ],
)
def test_words_stay_and_markup_goes(raw: str, text: str):
    assert plain(raw) == text


@pytest.mark.parametrize("piece", ["<a", "<!--", "<a href=", "<br><![CDATA[", "</a <", "<br &", "<li>"])
def test_no_text_takes_long(piece: str):
    begun = time.perf_counter()
    assert len(plain("<br>" + piece * LONGEST)) <= 2 * LONGEST
    assert time.perf_counter() - begun < 2
