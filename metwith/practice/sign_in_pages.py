"""The pages of a practice Google or Microsoft. They look like neither, so that nobody takes them for the real ones."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from metwith.accounts.oauth.services import GOOGLE, scope_words
from metwith.practice.asgi import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = {GOOGLE: "Google", "microsoft": "Microsoft"}
_WORDS = {
    "openid": "know who you are",
    "email": "see your e-mail address",
    "offline_access": "keep this access while you are away",
}
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    # No form-action: the answer to the form leads back to whoever asked.
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


def sheet() -> Answer:
    """The style sheet."""
    text = resources.files("metwith.practice").joinpath("practice.css").read_text()
    return Answer(text, headers={"content-type": "text/css; charset=utf-8"})


def who(key: str, address: str, *, wrong: bool) -> Answer:
    """Asks who signs in."""
    complaint = '<p class="wrong" role="alert">This is not an e-mail address.</p>' if wrong else ""
    return _page(
        key,
        "Sign in",
        f"""<p>Under any address you like: a calendar with some meetings is made for it. There is no password.</p>
<form method="post">{complaint}
<label for="login">E-mail address</label>
<input id="login" name="login" type="email" required autofocus autocomplete="off" value="{escape(address)}">
<div class="actions"><button class="yes">Next</button></div></form>""",
        422 if wrong else 200,
    )


def consent(key: str, address: str, scopes: Iterable[str]) -> Answer:
    """Asks for the permission. At Google each part can be left out by itself."""
    named = "".join(_line(key, scope) for scope in scopes)
    return _page(
        key,
        "Metwith asks for permission",
        f"""<form method="post"><input type="hidden" name="login" value="{escape(address)}">
<p class="signed">Signed in as <b>{escape(address)}</b> <button class="link" name="other" value="1">Use another address</button></p>
<p id="may">May Metwith do this?</p>
<ul aria-labelledby="may">{named}</ul>
<div class="actions"><button class="yes" name="answer" value="allow">Allow</button>
<button name="answer" value="deny">Do not allow</button></div></form>""",
    )


def _line(key: str, scope: str) -> str:
    words = escape(_WORDS.get(scope) or scope_words(scope))
    small = f"<small>{escape(scope)}</small>"
    if key != GOOGLE:
        return f"<li><span>{words}{small}</span></li>"
    return f'<li><label><input type="checkbox" name="{escape(scope)}" checked><span>{words}{small}</span></label></li>'


def home(key: str, allowed: Iterable[str]) -> Answer:
    """Who allowed what, and a way to take it back."""
    rows = "".join(
        f"""<li><form method="post" action="/withdraw"><input type="hidden" name="address" value="{escape(address)}">
<span>{escape(address)}</span> <button>Take the permission back</button></form></li>"""
        for address in allowed
    )
    words = "These people let Metwith read their calendars:" if rows else "Nobody has let Metwith read a calendar."
    return _page(key, "Permissions", f'<p>{words}</p><ul class="people">{rows}</ul>')


def refusal(key: str, error: str, description: str) -> Answer:
    """The request is one that leads nobody back."""
    code = f"Error 400: {error}" if key == GOOGLE else description
    return _page(key, "This does not work", f'<p class="wrong">{escape(code)}</p>', 400)


def _page(key: str, title: str, body: str, status: int = 200) -> Answer:
    name = NAMES[key]
    text = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>{title} · practice {name}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/practice.css"></head>
<body><header class="banner"><b>Practice {name}</b> runs on this machine. Nothing here is, or reaches, the real {name}.</header>
<main><h1>{title}</h1>
{body}
</main></body></html>
"""
    return Answer(text, status, _HEADERS)
