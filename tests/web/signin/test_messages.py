"""Signing in speaks as the rest does: the login library's words are ours (metwith/web/signin/messages.py)."""

from __future__ import annotations

import gettext
import re
from pathlib import Path
from typing import TYPE_CHECKING

import allauth
import django
import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from metwith.settings import PACKAGE as OURS
from metwith.web.signin.messages import COUNTED, WORDS
from tests.web.walked import Walk

if TYPE_CHECKING:
    from django.test import Client

    from metwith.workspaces.models import Member

FOREIGN = {
    "pt": re.compile(
        r"palavra-passe|sessão|introduza|ligação|registo|factor|\bactiv[oa]s?\b|enviámos|demasiad|contacte|\bemail\b|\bficheiro|utilizador(?!a)|desabilit",
        re.IGNORECASE,
    ),
    "de": re.compile(r"\b(?:du|dein\w*|dir|dich|gib|lass|versuche es|bestätige)\b", re.IGNORECASE),
}
"""What only Portugal says, or what is said to friends."""
ADDRESS = re.compile(r"\S+@\S+|/\S*email\S*")


PACKAGES = (Path(django.__file__).parent / "conf", Path(django.__file__).parent / "contrib" / "auth", Path(allauth.__file__).parent)


def known(*homes: Path, language: str = "de") -> set[str]:
    """Everything that these catalogues translate; of a plural, its singular."""
    found: set[str] = set()
    for home in homes:
        with (home / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
            keys = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # there is no other way to them
        found |= {key[0] if isinstance(key, tuple) else key for key in keys}
    return found


def test_each_listed_string_is_one_of_the_librarys():
    """Letter by letter: one that the library says otherwise from some version on would no longer be translated by us."""
    assert {*WORDS, *(one for one, _many in COUNTED)} - known(*PACKAGES) == set()


@pytest.mark.parametrize("language", FOREIGN)
def test_no_page_of_signing_in_speaks_otherwise(alice: Member, language: str, monkeypatch: pytest.MonkeyPatch):
    asked: set[str] = set()
    catalogue = translation._trans  # type: ignore[attr-defined]  # where every gettext looks, lazy ones too
    plain = catalogue.gettext

    def noted(text: str) -> str:
        asked.add(text)
        return str(plain(text))

    monkeypatch.setattr(catalogue, "gettext", noted)
    walk = Walk(alice, language)
    assert len(walk.said) > 90
    found = {(where, word) for where, text in walk.said.items() for word in FOREIGN[language].findall(ADDRESS.sub("", text))}
    assert found == set()
    assert (asked & known(PACKAGES[-1])) - known(OURS, language=language) == set(), "list them in metwith/web/signin/messages.py"


def test_english_is_ours_too():
    """`locale/en` says nothing but the libraries' strings otherwise, fills in what they do, and none of them is one of our own."""
    with (Path(OURS) / "locale" / "en" / "LC_MESSAGES" / "django.po").open("rb") as file:
        ours = {message.id: message.string for message in read_po(file) if message.id}
    assert ours.keys() <= {*WORDS, *COUNTED}
    gaps = re.compile(r"%\(?\w+\)?[ds]|\{\w+\}|<a href")
    for original, said in ours.items():
        for one, other in zip(*((texts,) if isinstance(texts, str) else texts for texts in (original, said)), strict=True):
            assert sorted(gaps.findall(str(one))) == sorted(gaps.findall(str(other))), original
    with translation.override("en"):
        assert translation.gettext("This field is required.") == "This is missing."


def test_a_form_says_what_is_missing_in_our_words(client: Client, db: None):
    page = client.post("/welcome/", {"address": "nonsense"}).content.decode()
    assert "This is missing." in page
    assert "This is not an e-mail address." in page
    assert "This field" not in page
