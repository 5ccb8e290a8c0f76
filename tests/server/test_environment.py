from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from metwith.server import environment as subject

ROOT = Path(__file__).resolve().parent.parent.parent
TEXTS = {
    "METWITH_HOME", "METWITH_KEY", "DATABASE_URL", "METWITH_SMTP_USER", "METWITH_SMTP_PASSWORD", "METWITH_OIDC_CLIENT_ID",
    "METWITH_OIDC_SECRET", "METWITH_OIDC_NAME", "METWITH_GOOGLE_CLIENT_ID", "METWITH_GOOGLE_CLIENT_SECRET", "METWITH_MICROSOFT_CLIENT_ID",
    "METWITH_MICROSOFT_CLIENT_SECRET", "METWITH_MICROSOFT_TENANT",
}  # fmt: skip
"""Any text may be right, or whoever uses it judges it: the folder, the key and the database's address say so themselves (test_home, test_secrets)."""
RUBBISH = (
    "x x",
    "-1",
    "1e9",
    "٣",
    "https://",
    "ftp://x.example",
    "!",
    "a@b@c",
    "9" * 30,
    "https://user:pass@x.example",
    "x.example:8000/a b",
)
PLUMBING = {
    "cli/main.py", "cli/run/product.py", "wsgi.py", "cli/run/worker.py", "cli/run/web.py", "cli/run/practice.py", "cli/admin/backup.py",  # set for processes that are started
    "server/supervisor.py", "server/parent_watch.py", "server/postgres.py", "server/installation.py",  # XDG_DATA_HOME, which is not ours
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in subject.SETTINGS:
        monkeypatch.delenv(name, raising=False)


def test_nothing_set_is_right():
    subject.check_settings()


@pytest.mark.parametrize("name", sorted(subject.SETTINGS.keys() - TEXTS))
def test_a_setting_that_is_rubbish_names_itself_and_says_what_is_right(name: str, monkeypatch: pytest.MonkeyPatch):
    refused = [said for rubbish in RUBBISH if (said := _said(name, rubbish, monkeypatch))]
    assert len(refused) >= len(RUBBISH) - 3
    assert all(said.startswith(f"{name} must be ") for said in refused)
    assert not any("user:pass" in said for said in refused), "it may be a secret"


def _said(name: str, written: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said of it when it is asked for, and at the start; empty: it is right."""
    monkeypatch.setenv(name, written)
    try:
        subject.SETTINGS[name]()
    except subject.SettingWrong as wrong:
        with pytest.raises(subject.SettingWrong, match=name):
            subject.check_settings()
        return str(wrong)
    return ""


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METWITH_PROXIES", "x")
    monkeypatch.setenv("METWITH_SMTP_PORT", "smtp")
    monkeypatch.setenv("METWITH_OIDC_CLIENT_ID", "metwith")
    with pytest.raises(subject.SettingWrong) as wrong:
        subject.check_settings()
    assert str(wrong.value).splitlines() == [
        "METWITH_PROXIES must be a whole number from 0 to 20.",
        "METWITH_SMTP_PORT must be a whole number from 1 to 65535.",
        "METWITH_OIDC_CLIENT_ID is set and METWITH_OIDC_SERVER is not. Set both, or neither.",
    ]


@pytest.mark.parametrize(("name", "needed"), subject.NEEDS.items())
def test_half_of_what_belongs_together_names_the_other_half(name: str, needed: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, "https://id.example" if name.endswith("SERVER") else "x")
    with pytest.raises(subject.SettingWrong, match=f"{name} is set and {needed} is not"):
        subject.check_settings()


@pytest.mark.parametrize(
    ("name", "written", "found"),
    [
        ("METWITH_ORIGIN", "https://metwith.example.org/", "https://metwith.example.org"),
        ("METWITH_ORIGIN", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("METWITH_HOSTS", "metwith.example.org, .example.net,[::1]", ["metwith.example.org", ".example.net", "[::1]"]),
        ("METWITH_HOSTS", "*", ["*"]),
        ("METWITH_OIDC_SERVER", "https://id.example/realms/north", "https://id.example/realms/north"),
        ("METWITH_GOOGLE_SERVER", "http://[::1]:9000", "http://[::1]:9000"),
        ("METWITH_ALLOW_PRIVATE_HOSTS", "Yes", True),
        ("METWITH_ALLOW_PRIVATE_HOSTS", "0", False),
        ("METWITH_LOG", "JSON", "json"),
        ("METWITH_LOG_LEVEL", "debug", "DEBUG"),
        ("METWITH_MAIL_FROM", "Metwith <metwith@example.org>", "Metwith <metwith@example.org>"),
        ("METWITH_SMTP_HOST", "10.0.0.25", "10.0.0.25"),
        ("METWITH_PROXIES", "", 0),
    ],
)
def test_what_is_right_is_read(name: str, written: str, found: object, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, written)
    assert subject.SETTINGS[name]() == found


def test_a_name_that_is_none_is_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METWITH_PROXYS", "1")
    assert "METWITH_PROXYS" in subject.unknown()
    assert "METWITH_PROXIES" not in subject.unknown()


def test_nothing_else_reads_the_environment():
    """A setting that is read elsewhere would neither be checked nor walked here."""
    reading = set()
    for path in (ROOT / "metwith").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
                reading.add(path.relative_to(ROOT / "metwith").as_posix())
    assert reading - {"server/environment.py"} <= PLUMBING


def test_the_operators_guide_lists_each():
    guide = (ROOT / "docs" / "operator-guide.md").read_text(encoding="utf-8")
    table = guide.partition("## Settings")[2].partition("\n## ")[0]
    written = set()
    for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE):
        first = ""
        for name in re.findall(r"`([A-Z_…]+)`", cell):
            whole = name if not name.startswith("…") else re.sub(r"_(CLIENT_ID|HOST)$", "", first) + name[1:]
            first = first or whole
            written.add(whole)
    assert subject.SETTINGS.keys() - written == set()
