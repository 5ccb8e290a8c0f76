"""A passkey as the login library keeps it: a real credential, which nobody holds."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData


def kept(name: str = "Laptop") -> dict[str, Any]:
    """What lies in `Authenticator.data`."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    credential = AttestedCredentialData.create(b"\0" * 16, b"key", ES256.from_cryptography_key(public))
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    told = AttestationObject.create("none", AuthenticatorData.create(b"\0" * 32, flags, 1, credential), {})
    said = CollectedClientData.create(CollectedClientData.TYPE.CREATE, b"challenge", "http://localhost")
    answer = {"clientDataJSON": _text(bytes(said)), "attestationObject": _text(bytes(told))}
    return {"name": name, "credential": {"id": "a2V5", "rawId": "a2V5", "type": "public-key", "response": answer}}


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
