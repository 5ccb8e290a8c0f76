"""The installation's key, and everything derived from it.

One master key (32 random bytes, base64) lives in `METWITH_HOME/key` with mode 0600 or in `METWITH_KEY`. What is needed is
derived from it by HKDF (RFC 5869) with a purpose of its own, a workspace's id included: a row copied to another workspace
does not decrypt there. For rotation several keys stand in one line, separated by commas: the first encrypts, all decrypt.
No key, or a wrong one, is a refusal (`KeyMissing`, `KeyWrong`), never a silent new key.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
import stat
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from metwith.server import environment
from metwith.server.installation import KEY_FILE, home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY_BYTES = 32
CHECK_TEXT = b"metwith"
SECOND_FACTORS, SESSIONS, DIGESTS = "second-factors", "sessions", "digests"
"""Purposes of the whole installation: people and their browsers belong to no workspace, and a key of digests to all."""
OF_ALL = (SECOND_FACTORS, SESSIONS, DIGESTS)
_DIGEST_KEYS: list[bytes] = []
"""The key that digests are made with, once `use_digest_key` has told; at most one."""


class KeyProblem(Exception):
    """The key cannot be used; the message says what to do."""


class KeyMissing(KeyProblem):
    """There is no key."""


class KeyWrong(KeyProblem):
    """There is a key, but it is not one, lies open to others, or does not fit the data."""


def key_file() -> Path:
    """Where the key lies when `METWITH_KEY` does not give it."""
    return home() / KEY_FILE


def has_key() -> bool:
    """Whether a key is given at all, good or bad."""
    return bool(environment.KEY()) or key_file().exists()


def master_key() -> bytes:
    """The key that encrypts, 32 bytes. Raises KeyMissing or KeyWrong."""
    return master_keys()[0]


def master_keys() -> tuple[bytes, ...]:
    """All keys, the one that encrypts first. Raises KeyMissing or KeyWrong."""
    return _parse(environment.KEY() or _read_key_file())


def create_key() -> Path:
    """Make the key file, with mode 0600, and return its path. For a fresh installation only; a file that is there is never replaced."""
    path = key_file()
    text = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES))
    # Written beside and linked into place: a crash leaves no half key, and of two processes starting at once one wins.
    draft = path.with_name(f"key.{os.getpid()}.new")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path


def _read_key_file() -> str:
    path = key_file()
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        message = (
            f"There is no key: {path} is missing and METWITH_KEY is not set. Restore the key file from your backup, or set METWITH_KEY."
        )
        raise KeyMissing(message) from error
    except (OSError, UnicodeDecodeError) as error:
        message = f"The key file {path} cannot be read. It must belong to the user that runs Metwith, with mode 0600."
        raise KeyWrong(message) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"The key file {path} can be read by others (mode {stat.S_IMODE(mode):04o}). Run: chmod 600 '{path}'"
        raise KeyWrong(message)
    return text


def _parse(text: str) -> tuple[bytes, ...]:
    keys = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            key = base64.b64decode(part.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            message = "METWITH_KEY or the key file holds something that is no key: expected 32 bytes in base64 (44 characters)."
            raise KeyWrong(message)
        keys.append(key)
    if not keys:
        message = "The key file is empty. Restore it from your backup, or set METWITH_KEY."
        raise KeyMissing(message)
    return tuple(keys)


@lru_cache(maxsize=4096)
def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"metwith/{purpose}".encode()).derive(key)


@lru_cache(maxsize=4096)
def _cipher(keys: tuple[bytes, ...], purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(key, purpose))) for key in keys])


def encrypt(workspace_id: int, text: str) -> str:
    """`text`, encrypted for this workspace; ASCII."""
    return encrypt_for(of_workspace(workspace_id), text)


def decrypt(workspace_id: int, token: str) -> str:
    """What `encrypt` was given. Raises KeyWrong when the token is not of this workspace and these keys."""
    return decrypt_for(of_workspace(workspace_id), token)


def encrypt_for(purpose: str, text: str) -> str:
    """`text`, encrypted for a purpose of the whole installation, such as SECOND_FACTORS; ASCII."""
    return _cipher(master_keys(), purpose).encrypt(text.encode()).decode("ascii")


def decrypt_for(purpose: str, token: str) -> str:
    """What `encrypt_for` was given. Raises KeyWrong when the token is not of this purpose and these keys."""
    try:
        return _cipher(master_keys(), purpose).decrypt(token.encode("ascii")).decode()
    except (InvalidToken, UnicodeError) as error:
        message = "A stored secret cannot be read with this key. Add the key it was written with to METWITH_KEY, after a comma."
        raise KeyWrong(message) from error


def of_workspace(workspace_id: int) -> str:
    """The purpose for which a workspace's secrets are encrypted."""
    return f"workspace/{workspace_id}"


def renewed(purpose: str, token: str) -> str | None:
    """The step of a key rotation: a token under the first key, itself where it is that already. None where no key opens it."""
    keys, data = master_keys(), token.encode("ascii")
    try:
        _cipher(keys[:1], purpose).decrypt(data)
    except InvalidToken:
        try:
            return _cipher(keys, purpose).rotate(data).decode("ascii")
        except InvalidToken:
            return None
    return token


def seal_digest_key() -> str:
    """The key that digests are made with now, encrypted: for keeping it when the older keys go."""
    return encrypt_for(DIGESTS, base64.b64encode(_digest_key()).decode("ascii"))


def use_digest_key(sealed: str) -> None:
    """Make digests with what `seal_digest_key` gave, in this process from now on. Raises KeyWrong."""
    _DIGEST_KEYS[:] = [base64.b64decode(decrypt_for(DIGESTS, sealed))]


def _digest_key() -> bytes:
    """The last key, since that one stays while a new one is put before it; or the one that was kept when it went."""
    return _DIGEST_KEYS[0] if _DIGEST_KEYS else master_keys()[-1]


def keyed_digest(workspace_id: int, calendar_id: int, text: str) -> str:
    """A trace of `text` that says nothing without the key and fits no other calendar: 16 bytes as 32 hexadecimal characters.

    A rotation keeps all of them comparable: the key that makes them stays (`_digest_key`).
    """
    return digester(workspace_id, calendar_id)(text)


def digester(workspace_id: int, calendar_id: int) -> Callable[[str], str]:
    """`keyed_digest` for many texts of one calendar: the key is read once."""
    key = _derive(_digest_key(), f"trace/{workspace_id}/{calendar_id}")

    def digest(text: str) -> str:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()

    return digest


def django_secret_key() -> str:
    """Django's SECRET_KEY: signs sessions and links."""
    return _derive(master_key(), "django").hex()


def django_secret_key_fallbacks() -> list[str]:
    """Django's SECRET_KEY_FALLBACKS: what older keys signed stays good during a rotation."""
    return [_derive(key, "django").hex() for key in master_keys()[1:]]


def make_check() -> str:
    """A value to keep in the database, by which a wrong key is noticed at the next start."""
    return _cipher(master_keys(), "check").encrypt(CHECK_TEXT).decode("ascii")


def verify_check(value: str) -> None:
    """Raise KeyWrong when none of the keys is the one that made `value`."""
    try:
        _cipher(master_keys(), "check").decrypt(value.encode("ascii"))
    except (InvalidToken, UnicodeError) as error:
        message = (
            "The key does not fit this database: its stored credentials could not be read. "
            "Put back the key file it was set up with, or set METWITH_KEY to that key."
        )
        raise KeyWrong(message) from error
