"""What the operator sets: every setting, its type and what is right for it, in one place. Nothing else of Metwith reads its environment.

A setting that is wrong is refused by its own name with what is right, at the start (`check`) and wherever it is asked for. Written by hand: a
library for this would bring three more, and its messages are for programmers. docs/operator-guide.md lists the same names.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS: dict[str, Setting[object]] = {}
"""Name → setting: all of them."""
YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
HOST = re.compile(r"\*|\.?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?|\[[0-9A-Fa-f:.]+\]")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class SettingWrong(ValueError):
    """A setting of the operator cannot be used; the message names it and says what to do, and never repeats what may be a secret."""


@dataclass(frozen=True, slots=True)
class Setting[T]:
    """One variable of the environment. `parse` raises ValueError for what is wrong; not set and empty are `default`."""

    name: str
    parse: Callable[[str], T]
    right: str
    """Completes "NAME must be …"."""
    default: T

    def __post_init__(self) -> None:
        SETTINGS[self.name] = self

    def __call__(self) -> T:
        """What it is set to now. Raises SettingWrong."""
        text = self.text
        if not text:
            return self.default
        try:
            return self.parse(text)
        except ValueError:
            raise SettingWrong(f"{self.name} must be {self.right}.") from None

    @property
    def text(self) -> str:
        """As it was written; empty when it is not set."""
        return os.environ.get(self.name, "").strip()


def check_settings() -> None:
    """Every setting at once, before anything is started. Raises SettingWrong with a line for each that is wrong."""
    if wrong := [*_wrong(), *_incomplete()]:
        raise SettingWrong("\n".join(wrong))


def unknown() -> tuple[str, ...]:
    """Variables that look like settings and are none: mistyped, most likely."""
    return tuple(sorted(name for name in os.environ if name.startswith("METWITH_") and name not in SETTINGS.keys() | INTERNAL))


def _wrong() -> Iterator[str]:
    for setting in SETTINGS.values():
        try:
            setting()
        except SettingWrong as wrong:
            yield str(wrong)


def _incomplete() -> Iterator[str]:
    for name, needed in NEEDS.items():
        if SETTINGS[name].text and not SETTINGS[needed].text:
            yield f"{name} is set and {needed} is not. Set both, or neither."


def text(name: str, default: str = "") -> Setting[str]:
    """What may be any text: a name, a password."""
    return Setting(name, str, "a text", default)


def number(name: str, default: int, *, least: int = 0, most: int = 1_000_000_000) -> Setting[int]:
    """A whole number."""

    def parse(written: str) -> int:
        if not (written.isascii() and written.isdecimal() and len(written) < 12 and least <= int(written) <= most):
            raise ValueError
        return int(written)

    return Setting(name, parse, f"a whole number from {least}" + (f" to {most}" if most < 1_000_000_000 else ""), default)


def switch(name: str) -> Setting[bool]:
    """On or off; off when it is not set."""

    def parse(written: str) -> bool:
        if written.lower() not in YES | NO:
            raise ValueError
        return written.lower() in YES

    return Setting(name, parse, "1 or 0 (yes or no)", default=False)


def one_of(name: str, choices: tuple[str, ...], default: str) -> Setting[str]:
    """One of a few words, in whatever case."""
    known = {choice.lower(): choice for choice in choices}

    def parse(written: str) -> str:
        if written.lower() not in known:
            raise ValueError
        return known[written.lower()]

    return Setting(name, parse, " or ".join(choices), default)


def address(name: str, *, bare: bool = False) -> Setting[str]:
    """Of a server: http or https. `bare`: without a path. Without the last slash."""

    def parse(written: str) -> str:
        parts = urlsplit(written)
        if parts.scheme not in {"http", "https"} or not HOST.fullmatch(_bracketed(parts.hostname or "")) or parts.username or parts.query:
            raise ValueError
        if (parts.port is not None and not parts.port) or (bare and parts.path.strip("/")):
            raise ValueError
        return written.rstrip("/")

    right = "where people reach it, such as https://metwith.example.org, without a path" if bare else "an address that begins with https://"
    return Setting(name, parse, right, "")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def hosts(name: str, default: list[str]) -> Setting[list[str]]:
    """Names of hosts, separated by commas."""

    def parse(written: str) -> list[str]:
        found = [part.strip() for part in written.split(",") if part.strip()]
        if not found or not all(HOST.fullmatch(part) for part in found):
            raise ValueError
        return found

    return Setting(
        name, parse, "names of hosts separated by commas, such as metwith.example.org, without https:// and without a port", default
    )


def host(name: str) -> Setting[str]:
    """The name or address of one host."""

    def parse(written: str) -> str:
        if written == "*" or not HOST.fullmatch(_bracketed(written.strip("[]"))):
            raise ValueError
        return written

    return Setting(name, parse, "the name of a host, such as mail.example.org, without a port", "")


def mail_address(name: str, default: str) -> Setting[str]:
    """An e-mail address, with or without a name before it."""

    def parse(written: str) -> str:
        if not re.fullmatch(r"[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+", written):
            raise ValueError
        return written

    return Setting(name, parse, "an e-mail address, such as metwith@example.org", default)


# Read where they are used, by rules of their own that name them too: server.installation, lib.secrets.
HOME, KEY, DATABASE_URL = text("METWITH_HOME"), text("METWITH_KEY"), text("DATABASE_URL")
CONNECTIONS = number("METWITH_CONNECTIONS", 8, least=1, most=10_000)
WORKER_MEMORY = number("METWITH_WORKER_MEMORY", 600, least=1)
HOSTS = hosts("METWITH_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
ORIGIN = address("METWITH_ORIGIN", bare=True)
PROXIES = number("METWITH_PROXIES", 0, most=20)
ALLOW_PRIVATE_HOSTS = switch("METWITH_ALLOW_PRIVATE_HOSTS")
SMTP_HOST, SMTP_PORT = host("METWITH_SMTP_HOST"), number("METWITH_SMTP_PORT", 587, least=1, most=65_535)
SMTP_USER, SMTP_PASSWORD = text("METWITH_SMTP_USER"), text("METWITH_SMTP_PASSWORD")
MAIL_FROM = mail_address("METWITH_MAIL_FROM", "metwith@localhost")
OIDC_CLIENT_ID, OIDC_SECRET = text("METWITH_OIDC_CLIENT_ID"), text("METWITH_OIDC_SECRET")
OIDC_SERVER, OIDC_NAME = address("METWITH_OIDC_SERVER"), text("METWITH_OIDC_NAME", "Single sign-on")
GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = text("METWITH_GOOGLE_CLIENT_ID"), text("METWITH_GOOGLE_CLIENT_SECRET")
MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET = text("METWITH_MICROSOFT_CLIENT_ID"), text("METWITH_MICROSOFT_CLIENT_SECRET")
MICROSOFT_TENANT = text("METWITH_MICROSOFT_TENANT")
GOOGLE_QUOTA, MICROSOFT_QUOTA = number("METWITH_GOOGLE_QUOTA", 10_000, least=1), number("METWITH_MICROSOFT_QUOTA", 20_000, least=1)
GOOGLE_SERVER, MICROSOFT_SERVER = address("METWITH_GOOGLE_SERVER"), address("METWITH_MICROSOFT_SERVER")
LOG, LOG_LEVEL = one_of("METWITH_LOG", ("json", "text"), "text"), one_of("METWITH_LOG_LEVEL", LEVELS, "INFO")

NEEDS = {
    "METWITH_OIDC_CLIENT_ID": "METWITH_OIDC_SERVER",
    "METWITH_OIDC_SERVER": "METWITH_OIDC_CLIENT_ID",
    "METWITH_OIDC_SECRET": "METWITH_OIDC_CLIENT_ID",
    "METWITH_GOOGLE_CLIENT_ID": "METWITH_GOOGLE_CLIENT_SECRET",
    "METWITH_GOOGLE_CLIENT_SECRET": "METWITH_GOOGLE_CLIENT_ID",
    "METWITH_MICROSOFT_CLIENT_ID": "METWITH_MICROSOFT_CLIENT_SECRET",
    "METWITH_MICROSOFT_CLIENT_SECRET": "METWITH_MICROSOFT_CLIENT_ID",
    "METWITH_SMTP_USER": "METWITH_SMTP_HOST",
    "METWITH_SMTP_PASSWORD": "METWITH_SMTP_HOST",
}
"""A setting that is of no use without another."""
INTERNAL = frozenset({"METWITH_PARENT", "METWITH_TEST_HOME", "METWITH_TEST_RUN", "METWITH_TEST_DATABASE_URL", "METWITH_TEST_SAMPLE"})
"""Set by Metwith for its own processes, or by its tests."""
