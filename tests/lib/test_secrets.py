from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.lib import secrets as subject

if TYPE_CHECKING:
    from pathlib import Path

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.urlsafe_b64encode(b"\xfb\xff" * 16).decode()


@pytest.fixture
def keyless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a key."""
    monkeypatch.setenv("METWITH_HOME", str(tmp_path))
    monkeypatch.delenv("METWITH_KEY", raising=False)
    return tmp_path


def test_a_new_key_is_its_owners_alone(keyless):
    path = subject.create_key()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(subject.master_key()) == 32
    assert [file.name for file in keyless.iterdir()] == ["key"]


def test_a_key_that_is_there_is_never_replaced(keyless):
    subject.create_key()
    before = subject.master_key()
    subject.create_key()
    assert subject.master_key() == before


def test_no_key_is_a_refusal_and_none_is_made(keyless):
    with pytest.raises(subject.KeyMissing, match="METWITH_KEY"):
        subject.django_secret_key()
    assert not subject.has_key()
    assert list(keyless.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_others_can_read_is_refused(keyless, mode):
    subject.create_key().chmod(mode)
    with pytest.raises(subject.KeyWrong, match="chmod 600"):
        subject.master_key()


@pytest.mark.parametrize(
    "text", ["short", "!" * 44, base64.b64encode(b"x" * 31).decode(), base64.b64encode(b"x" * 33).decode(), f"{OLD},x"]
)
def test_what_is_no_key_is_refused_without_repeating_it(keyless, monkeypatch, text):
    monkeypatch.setenv("METWITH_KEY", text)
    with pytest.raises(subject.KeyWrong) as caught:
        subject.master_key()
    assert text not in str(caught.value)


def test_an_empty_key_file_is_refused(keyless):
    subject.key_file().touch(mode=0o600)
    with pytest.raises(subject.KeyMissing):
        subject.master_key()


def test_the_environment_comes_before_the_file(keyless, monkeypatch):
    subject.create_key()
    monkeypatch.setenv("METWITH_KEY", OLD)
    assert subject.master_key() == b"o" * 32


@given(st.text(), st.integers(min_value=1))
def test_what_was_encrypted_comes_back(text, workspace):
    assert subject.decrypt(workspace, subject.encrypt(workspace, text)) == text


def test_a_secret_moved_to_another_workspace_does_not_open():
    with pytest.raises(subject.KeyWrong):
        subject.decrypt(2, subject.encrypt(1, "password"))


@pytest.mark.parametrize("token", ["", "no token", "gAAAAAB", "ü"])
def test_what_is_no_token_does_not_open(token):
    with pytest.raises(subject.KeyWrong):
        subject.decrypt(1, token)


def test_a_key_put_before_the_old_one_encrypts_and_the_old_one_still_opens(monkeypatch):
    monkeypatch.setenv("METWITH_KEY", OLD)
    token = subject.encrypt(1, "password")
    monkeypatch.setenv("METWITH_KEY", f"{NEW}, {OLD}")
    assert subject.decrypt(1, token) == "password"
    renewed = subject.encrypt(1, subject.decrypt(1, token))
    monkeypatch.setenv("METWITH_KEY", NEW)
    assert subject.decrypt(1, renewed) == "password"
    with pytest.raises(subject.KeyWrong):
        subject.decrypt(1, token)


def test_a_trace_is_the_same_for_the_same_and_says_nothing_elsewhere(monkeypatch):
    monkeypatch.setenv("METWITH_KEY", OLD)
    trace = subject.keyed_digest(1, 2, "event")
    assert len(trace) == 32
    assert trace == subject.keyed_digest(1, 2, "event") == subject.digester(1, 2)("event")
    others = {subject.keyed_digest(2, 2, "event"), subject.keyed_digest(1, 3, "event"), subject.keyed_digest(1, 2, "Event")}
    assert len(others | {trace}) == 4
    monkeypatch.setenv("METWITH_KEY", NEW)
    assert subject.keyed_digest(1, 2, "event") != trace


def test_traces_stay_comparable_while_a_key_is_rotated(monkeypatch):
    monkeypatch.setenv("METWITH_KEY", OLD)
    trace = subject.keyed_digest(1, 2, "event")
    monkeypatch.setenv("METWITH_KEY", f"{NEW},{OLD}")
    assert subject.keyed_digest(1, 2, "event") == trace


def test_a_trace_can_be_made_of_any_text():
    assert subject.keyed_digest(1, 2, "\ud800")


def test_the_check_value_knows_its_key(monkeypatch):
    monkeypatch.setenv("METWITH_KEY", OLD)
    check = subject.make_check()
    subject.verify_check(check)
    monkeypatch.setenv("METWITH_KEY", f"{NEW},{OLD}")
    subject.verify_check(check)
    monkeypatch.setenv("METWITH_KEY", NEW)
    with pytest.raises(subject.KeyWrong, match="Put back the key"):
        subject.verify_check(check)


def test_sessions_stay_signed_while_a_key_is_rotated(monkeypatch):
    monkeypatch.setenv("METWITH_KEY", OLD)
    before = subject.django_secret_key()
    monkeypatch.setenv("METWITH_KEY", f"{NEW},{OLD}")
    assert subject.django_secret_key() != before
    assert subject.django_secret_key_fallbacks() == [before]
