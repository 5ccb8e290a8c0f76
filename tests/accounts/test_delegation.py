"""The signed word by which a service account acts for a person (RFC 7523), and the key file that it is signed by."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from metwith.accounts.oauth.delegation import GOOGLE_SCOPES, assertion, read_key
from metwith.lib.errors import Invalid

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PEM, PKCS8, OPENSSL = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
NONE = serialization.NoEncryption()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file(private_key: bytes | str) -> str:
    key = private_key if isinstance(private_key, str) else private_key.decode()
    about = {"type": "service_account", "client_email": "metwith@north.example", "client_id": "1", "private_key_id": "k1"}
    return json.dumps(about | {"private_key": key})


def part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=="))


@pytest.mark.parametrize("written", [PKCS8, OPENSSL])
def test_the_word_says_who_may_act_for_whom_and_is_signed_by_the_key(written: serialization.PrivateFormat):
    key = read_key(key_file(RSA.private_bytes(PEM, written, NONE)))
    signed, _dot, signature = assertion(key, "ana@north.example", "https://oauth2.example/token", NOW).rpartition(".")
    header, claims = map(part, signed.split("."))
    assert header == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert claims == {
        "iss": "metwith@north.example",
        "sub": "ana@north.example",
        "scope": " ".join(GOOGLE_SCOPES),
        "aud": "https://oauth2.example/token",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
    }
    RSA.public_key().verify(base64.urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    "private_key",
    [
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "no key",
        '{"kty": "oct", "k": "c2VjcmV0"}',
        RSA.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        RSA.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"secret")),
        ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, NONE),
    ],
    ids=["broken", "text", "a JSON key", "public", "encrypted", "another kind"],
)
def test_a_key_that_cannot_sign_is_refused_when_it_is_pasted(private_key: bytes | str):
    with pytest.raises(Invalid, match="private key in the file cannot be read"):
        read_key(key_file(private_key))
