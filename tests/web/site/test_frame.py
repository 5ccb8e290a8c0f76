"""What all pages share."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from metwith.web.templatetags.ui import icon, initials

WEB = Path(settings.PACKAGE) / "web"


def _symbols() -> set[str]:
    return set(re.findall(r'<symbol id="([^"]+)"', (WEB / "static/metwith/icons.svg").read_text()))


def test_every_icon_a_template_names_is_in_the_sprite():
    templates = "".join(path.read_text() for path in WEB.glob("templates/**/*.html"))
    named = set(re.findall(r'{% icon "([^"]+)" %}', templates))
    assert len(named) > 10
    assert named <= _symbols()


def test_the_sprite_holds_nothing_that_no_page_shows():
    sources = [path.read_text() for path in [*WEB.glob("templates/**/*.html"), *WEB.glob("**/*.py")]]
    assert not {name for name in _symbols() if not any(f'"{name}"' in source for source in sources)}


def test_the_one_stylesheet_stays_small():
    """Counted without gaps: in shape, each declaration has a line of its own."""
    assert len("".join((WEB / "static/metwith/metwith.css").read_text().split())) < 46_000


def test_an_icon_is_silent_and_a_face_has_two_letters():
    assert 'aria-hidden="true"' in icon("lock")
    assert initials("Anna Lindt") == "AL"


def test_the_page_for_our_own_mistakes_needs_nothing_that_could_be_broken():
    page = render_to_string("500.html")
    assert "Something broke on our side" in page
    assert "<nav" not in page
